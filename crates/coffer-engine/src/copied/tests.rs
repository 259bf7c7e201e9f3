use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const KIND: Copied = Copied(b"TEST");

fn whole(typed: &str) -> Option<String> {
    match KIND.read(typed.as_bytes()) {
        Read::Whole(text) => Some(text.to_string()),
        Read::Mistyped | Read::Other => None,
    }
}

#[test]
fn what_is_made_is_read_however_it_is_typed() {
    let text = KIND.generate().unwrap();
    assert_eq!(text.len(), TEXT_BYTES);
    assert_eq!(text.split('-').map(str::len).collect::<Vec<_>>(), [4, 5, 5, 5, 5, 5, 5]);
    let spelled = text.as_str();
    let (name, letters) = spelled.split_once('-').unwrap();
    for typed in [
        spelled.to_owned(),
        spelled.to_lowercase(),
        format!("  {}\r\n", spelled.replace('-', " ")),
        format!("{name}-{}", letters.replace('-', "")),
        format!("{name}-{}", letters.replace('0', "o").replace('1', "L")),
        format!("{name}-{}", letters.replace('0', "O").replace('1', "i")),
    ] {
        assert_eq!(whole(&typed).as_deref(), Some(spelled), "{typed}");
    }
}

#[test]
fn no_two_are_alike_and_all_letters_come() {
    let texts: Vec<_> = (0..200).map(|_| KIND.generate().unwrap()).collect();
    let letters: BTreeSet<char> =
        texts.iter().flat_map(|text| text.chars().skip(4)).filter(|letter| *letter != '-').collect();
    assert_eq!(letters.len(), 32, "{letters:?}");
    assert_eq!(texts.iter().map(|text| text.as_str()).collect::<BTreeSet<_>>().len(), texts.len());
}

#[test]
fn another_kind_is_something_else() {
    let text = KIND.generate().unwrap();
    assert!(matches!(Copied(b"OTHR").read(text.as_bytes()), Read::Other));
    // In the place of another it is told too.
    let renamed = text.replace("TEST", "OTHR");
    assert!(matches!(Copied(b"OTHR").read(renamed.as_bytes()), Read::Mistyped));
    for typed in ["", "TEST", "TESTAMENT of a horse", "correct horse battery staple"] {
        assert!(matches!(KIND.read(typed.as_bytes()), Read::Other), "{typed}");
    }
    for typed in ["TEST-", "TEST-1", "test horse battery staple"] {
        assert!(matches!(KIND.read(typed.as_bytes()), Read::Mistyped), "{typed}");
    }
}

proptest! {
    /// Of these slips none is read: by chance one in a million would be, and the seed is fixed.
    #[test]
    fn a_slip_is_told(at in 0_usize..30, other in 0_usize..32, kind in 0_u8..3) {
        let text = whole("TEST-0123456789ABCDEFGHJKMNPQRS").unwrap_or_else(|| {
            KIND.spelled(b"0123456789ABCDEFGHJKMNPQRS").to_string()
        });
        let mut letters: Vec<u8> = text.bytes().skip(5).filter(|byte| *byte != b'-').collect();
        match kind {
            0 => letters[at] = LETTERS[other],
            1 => letters.swap(at, at.wrapping_add(1) % 30),
            _ => { letters.remove(at); }
        }
        let typed = format!("TEST-{}", String::from_utf8(letters).unwrap());
        let same = typed.replace('-', "") == text.replace('-', "");
        prop_assert_eq!(whole(&typed).is_some(), same, "{}", typed);
    }

    #[test]
    fn nothing_that_is_typed_panics(typed in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = KIND.read(&typed);
        let _ = KIND.read(&[b"TEST-".as_slice(), &typed].concat());
    }
}
