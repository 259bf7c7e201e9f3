use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Barrier;

use coffer_encryption::{RootKey, UnlockerKey};

use super::*;
use crate::block_on::block_on;

const PLACE: Enrolment = Enrolment { instance: [1; 16], id: [2; 16], root_generation: 1, now_ms: 3 };

/// A folder, and a key file in a folder of its own within.
fn made() -> (tempfile::TempDir, KeyFile) {
    let folder = tempfile::tempdir().unwrap();
    let file = KeyFile::create(&folder.path().join("keys/master.key")).unwrap();
    (folder, file)
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// What a key file opens, seen from outside: whether this one opens what that one has wrapped.
fn opens(file: &KeyFile, wrapped_by: &KeyFile) -> Result<bool, UnlockError> {
    let place = Enrolment { id: wrapped_by.id(), ..PLACE };
    let row = block_on(wrapped_by.enroll(&RootKey::generate().unwrap(), place)).unwrap();
    block_on(file.open(place.instance, place.id, &row)).map(|root| root.is_some())
}

#[test]
fn a_key_file_is_made_for_its_owner_alone_and_read_again() {
    let (_folder, file) = made();
    let of = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(of(file.path()), 0o600);
    assert_eq!(of(file.path().parent().unwrap()), 0o700);
    let again = KeyFile::read(file.path()).unwrap();
    assert_eq!((again.id(), again.path()), (file.id(), file.path()));
    assert_eq!(opens(&again, &file), Ok(true));
    let names: Vec<_> =
        fs::read_dir(file.path().parent().unwrap()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["master.key"], "the draft is gone");
}

#[test]
fn a_key_file_is_never_overwritten() {
    let (_folder, file) = made();
    let before = fs::read(file.path()).unwrap();
    let again = KeyFile::create(file.path()).map(|_| ());
    assert_eq!(again, Err(UnlockError::KeyFileExists(file.path().to_owned())));
    assert_eq!(fs::read(file.path()).unwrap(), before);
    // A link that leads nowhere is something, too.
    let link = file.path().with_file_name("link.key");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    assert_eq!(KeyFile::create(&link).map(|_| ()), Err(UnlockError::KeyFileExists(link)));
    assert_eq!(fs::read_dir(file.path().parent().unwrap()).unwrap().count(), 2, "no draft is left");
}

#[test]
fn of_eight_who_make_a_key_file_one_does_and_all_read_his() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys/master.key");
    let start = Barrier::new(8);
    let (mut made, mut read) = (Vec::new(), Vec::new());
    std::thread::scope(|scope| {
        let one = || {
            start.wait();
            let created = KeyFile::create(&path);
            (created, KeyFile::read(&path).unwrap())
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
        for thread in threads {
            let (created, seen) = thread.join().unwrap();
            match created {
                Ok(file) => made.push(file.id()),
                Err(error) => assert_eq!(error, UnlockError::KeyFileExists(path.clone())),
            }
            read.push(seen.id());
        }
    });
    assert_eq!(made.len(), 1);
    assert_eq!(read, [made[0]; 8]);
}

#[test]
fn a_missing_key_file_is_named() {
    let (folder, file) = made();
    let path = folder.path().join("keys/other.key");
    assert_eq!(KeyFile::read(&path).map(|_| ()), Err(UnlockError::KeyFileMissing(path)));
    let nowhere = folder.path().join("nowhere/master.key");
    assert_eq!(KeyFile::read(&nowhere).map(|_| ()), Err(UnlockError::KeyFileMissing(nowhere)));
    let folder = file.path().parent().unwrap();
    assert!(matches!(
        KeyFile::read(folder).map(|_| ()),
        Err(UnlockError::Io { .. } | UnlockError::KeyFilePermissions { .. })
    ));
}

#[test]
fn a_key_file_open_to_others_is_refused_until_that_is_mended() {
    let (_folder, file) = made();
    let folder = file.path().parent().unwrap();
    let refused = |path: &Path, problem: &str| {
        let problem = problem.to_owned();
        assert_eq!(
            KeyFile::read(file.path()).map(|_| ()),
            Err(UnlockError::KeyFilePermissions { path: path.to_owned(), problem })
        );
    };
    for open in [0o644, 0o640, 0o604, 0o660, 0o777] {
        mode(file.path(), open);
        refused(file.path(), &format!("mode {open:04o}, wanted 0600"));
    }
    mode(file.path(), 0o600);
    for open in [0o755, 0o750, 0o701, 0o720] {
        mode(folder, open);
        refused(folder, &format!("mode {open:04o}, wanted 0700"));
    }
    mode(folder, 0o700);
    assert!(KeyFile::read(file.path()).is_ok());
    mode(file.path(), 0o400);
    assert!(KeyFile::read(file.path()).is_ok(), "stricter is fine");
}

/// Every byte of the line counts. The comments above it do not.
#[test]
fn a_damaged_key_file_says_so_and_never_gives_another_key() {
    let (_folder, file) = made();
    let path = file.path();
    let text = fs::read(path).unwrap();
    let line = text.windows(12).position(|window| window == b"coffer-key-1").unwrap();
    let read = |bytes: &[u8]| {
        fs::write(path, bytes).unwrap();
        KeyFile::read(path)
    };
    let damaged = UnlockError::KeyFileDamaged(path.to_owned());
    for len in 0..text.len() {
        match read(&text[..len]) {
            Err(error) => assert_eq!(error, damaged, "cut at {len}"),
            // Only the end of the last line is missing.
            Ok(again) => {
                assert_eq!(len, text.len() - 1);
                assert_eq!(opens(&again, &file), Ok(true));
            }
        }
    }
    for (place, bit) in (line..text.len()).flat_map(|place| (0..8).map(move |bit| (place, bit))) {
        let mut flipped = text.clone();
        flipped[place] ^= 1 << bit;
        match read(&flipped) {
            Err(error) => assert_eq!(error, damaged, "byte {place}, bit {bit}"),
            // The end of the line may be another kind of space.
            Ok(again) => {
                assert_eq!(place, text.len() - 1, "byte {place}, bit {bit}");
                assert_eq!(opens(&again, &file), Ok(true));
            }
        }
    }
    for place in line..text.len() - 1 {
        let without = [&text[..place], &text[place + 1..]].concat();
        assert_eq!(read(&without).map(|_| ()), Err(damaged.clone()), "without byte {place}");
    }
    for bytes in [&[&text[..], &text[line..]].concat()[..], b"", b"\xff\xfe", b"# only comments\n"] {
        assert_eq!(read(bytes).map(|_| ()), Err(damaged.clone()));
    }
    let huge = [vec![b'#'; 5000], b"\n".to_vec(), text[line..].to_vec()].concat();
    assert_eq!(read(&huge).map(|_| ()), Err(damaged), "what is behind 4096 bytes is not read");
    assert!(read(&[b"# moved to another disk\n\n", &text[..]].concat()).is_ok(), "comments may be added");
}

/// Somebody made a key file with the id of ours: it does not fit, and that is said, not that it is unknown.
#[test]
fn a_key_file_of_the_same_id_and_another_key_does_not_fit() {
    let (folder, file) = made();
    let other = KeyFile::create(&folder.path().join("other/master.key")).unwrap();
    let theirs = fs::read_to_string(other.path()).unwrap();
    let key_of_theirs = theirs.lines().last().unwrap().split(' ').nth(2).unwrap();
    let (mut both, mut key) = ([0_u8; 48], [0_u8; 32]);
    base16ct::lower::decode(key_of_theirs, &mut key).unwrap();
    both[..16].copy_from_slice(&file.id());
    both[16..].copy_from_slice(&key);
    let check = base16ct::lower::encode_string(&coffer_encryption::hash::sha256(&both)[..4]);
    let id = base16ct::lower::encode_string(&file.id());
    let path: PathBuf = folder.path().join("keys/forged.key");
    fs::write(&path, format!("coffer-key-1 {id} {key_of_theirs} {check}\n")).unwrap();
    mode(&path, 0o600);
    let forged = KeyFile::read(&path).unwrap();
    assert_eq!(opens(&forged, &file), Err(UnlockError::WrongKeyFile(path)));
    assert_eq!(opens(&other, &file), Ok(false), "another id is somebody else's row");
}

#[test]
fn a_wrap_is_bound_to_instance_unlocker_and_generation() {
    let key = UnlockerKey::from_bytes(&mut [5; 32]);
    let root = RootKey::generate().unwrap();
    let row = wrap_root(&key, &root, UnlockerKind::KeyFile, PLACE, None).unwrap();
    assert!(unwrap_root(&key, [1; 16], [2; 16], &row).is_some());
    assert!(unwrap_root(&key, [9; 16], [2; 16], &row).is_none(), "another instance");
    assert!(unwrap_root(&key, [1; 16], [9; 16], &row).is_none(), "another unlocker");
    assert!(unwrap_root(&UnlockerKey::from_bytes(&mut [6; 32]), [1; 16], [2; 16], &row).is_none());
    let later = UnlockerRow { root_generation: 2, ..row };
    assert!(unwrap_root(&key, [1; 16], [2; 16], &later).is_none(), "another generation");
}

#[test]
fn errors_and_debug_show_no_key() {
    let (_folder, file) = made();
    let text = fs::read_to_string(file.path()).unwrap();
    let key = text.lines().last().unwrap().split(' ').nth(2).unwrap();
    assert_eq!(key.len(), 64);
    let mut decimal = [0_u8; 32];
    base16ct::lower::decode(key, &mut decimal).unwrap();
    let shown = format!(
        "{file:?} {:?} {}",
        UnlockError::WrongKeyFile(file.path().to_owned()),
        UnlockError::WrongPassphrase
    );
    assert!(!shown.contains(key) && !shown.contains(&format!("{decimal:?}")[1..20]));
}
