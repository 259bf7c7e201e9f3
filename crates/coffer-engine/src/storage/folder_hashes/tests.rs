use super::{FolderHashes, REMEMBERED};
use crate::path::FolderPath;

fn folder(number: u8) -> FolderPath {
    FolderPath::parse(&format!("folder/{number}")).unwrap()
}

#[test]
fn what_is_remembered_is_not_made_again_and_the_oldest_goes_first() {
    let hashes = FolderHashes::default();
    let last = u8::try_from(REMEMBERED).unwrap();
    for number in 0..=last {
        assert_eq!(hashes.hash(&folder(number), || [number; 16]), [number; 16]);
    }
    for number in 1..=last {
        assert_eq!(hashes.hash(&folder(number), || panic!("it is remembered")), [number; 16]);
    }
    assert_eq!(hashes.hash(&folder(0), || [99; 16]), [99; 16], "it was forgotten");
}

#[test]
fn no_name_is_shown() {
    let hashes = FolderHashes::default();
    hashes.hash(&folder(7), || [7; 16]);
    assert_eq!(format!("{hashes:?}"), "FolderHashes");
}
