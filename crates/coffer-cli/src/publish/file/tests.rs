use std::os::unix::fs::{MetadataExt, symlink};

use coffer_encryption::SigningKey;
use coffer_log::tree::leaf_hash;
use coffer_log::{Frontier, Origin};

use super::*;

/// The checkpoint of a log of `size` entries.
fn note(origin: &str, size: u64) -> SignedNote {
    let mut tree = Frontier::new();
    (0..size).for_each(|index| tree.push(leaf_hash(&index.to_be_bytes())).unwrap());
    let checkpoint = Checkpoint { origin: Origin::parse(origin).unwrap(), size, root: tree.root() };
    checkpoint.sign(&SigningKey::generate().unwrap(), 1_800_000_000).unwrap()
}

#[test]
fn a_newer_checkpoint_takes_the_place_of_an_older_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.checkpoint");
    for size in [3, 3, 7] {
        let note = note("coffer.example/log", size);
        to_file(&path, &note).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), note.to_string());
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o644);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_is_something_else_is_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let ours = note("coffer.example/log", 5);
    fs::write(path("letter"), "dear diary").unwrap();
    fs::write(path("other"), note("coffer.example/other", 5).to_string()).unwrap();
    fs::write(path("longer"), note("coffer.example/log", 9).to_string()).unwrap();
    fs::write(path("empty"), "").unwrap();
    symlink(path("empty"), path("link")).unwrap();
    fs::create_dir(path("folder")).unwrap();
    for name in ["letter", "other", "longer", "link", "folder"] {
        let before = fs::read(path(name)).ok();
        assert!(to_file(&path(name), &ours).is_err(), "{name}");
        assert_eq!(fs::read(path(name)).ok(), before, "{name}");
    }
    to_file(&path("empty"), &ours).unwrap();
    assert!(to_file(&path("nowhere/out"), &ours).is_err());
}
