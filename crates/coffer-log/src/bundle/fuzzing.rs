//! Doors to what reads the files of a bundle, for fuzzing: behind the feature `fuzzing`, which no release has.

use super::layout::Name;
use super::line;
use crate::{Hash, Origin};

/// What the file of this name is, written again.
#[must_use]
pub fn file_name(path: &str) -> Option<String> {
    Name::parse(path).map(|name| name.to_string())
}

/// The leaf in a line of `entries.jsonl` and its hash, when it is the line of this entry of this log.
#[must_use]
pub fn leaf_in<'l>(line: &'l [u8], index: u64, origin: &Origin) -> Option<(&'l [u8], Hash)> {
    line::take_apart(line, index, origin).ok()
}

/// The index that a line says it has.
#[must_use]
pub fn index_in(line: &[u8]) -> Option<u64> {
    line::index_of(line)
}
