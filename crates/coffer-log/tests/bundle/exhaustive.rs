//! A small bundle, changed in every way that is one byte or one file: each is a fault.

use std::fs;
use std::path::Path;

use coffer_log::bundle::{VerifyOptions, verify};

use crate::files;

#[test]
fn every_changed_byte_and_every_file_more_or_less_is_a_fault() {
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/log/bundles/good-small");
    let bundle = files::read(&small);
    let dir = tempfile::tempdir().unwrap();
    files::write(dir.path(), &bundle);
    let is_sound = || verify(dir.path(), &VerifyOptions::default()).is_ok();
    assert!(is_sound(), "the control");
    let mut changes = 0_u32;
    for (name, bytes) in &bundle {
        let path = dir.path().join(name);
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, &changed).unwrap();
            assert!(!is_sound(), "{name}: byte {at}");
            changes += 1;
        }
        fs::write(&path, [bytes.as_slice(), b"x"].concat()).unwrap();
        assert!(!is_sound(), "{name}: a byte more");
        fs::remove_file(&path).unwrap();
        // Older checkpoints are an extra: a bundle may have none.
        assert_eq!(is_sound(), name.starts_with("checkpoints/"), "{name}: gone");
        fs::write(&path, bytes).unwrap();
    }
    assert!(is_sound() && changes > 8000);
}
