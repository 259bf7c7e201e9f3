//! The texts of the log: notes, checkpoints, keys, proofs, takeovers, what witnesses answer; names and lines of a bundle.
//! What is accepted is shown again, byte for byte.
#![no_main]

use coffer_log::Origin;
use coffer_log::bundle::{entry_line, fuzzing};
use libfuzzer_sys::fuzz_target;

#[path = "../../crates/coffer-log/tests/parsers/check.rs"]
mod texts;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        texts::check(text);
        if let Some(name) = fuzzing::file_name(text) {
            assert_eq!(name, text, "a file of a bundle has one name");
        }
    }
    let origin = Origin::parse("log.example").unwrap();
    if let Some(index) = fuzzing::index_in(bytes)
        && let Some((leaf, _)) = fuzzing::leaf_in(bytes, index, &origin)
    {
        assert_eq!(entry_line(leaf, index, &origin), bytes, "a leaf has one line");
    }
    let line = entry_line(bytes, 7, &origin);
    assert_eq!(fuzzing::leaf_in(&line, 7, &origin).map(|(leaf, _)| leaf), Some(bytes));
    assert!(fuzzing::leaf_in(&line, 8, &origin).is_none());
});
