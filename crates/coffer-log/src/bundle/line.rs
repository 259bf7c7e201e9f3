//! A line of `entries.jsonl`: a leaf, and what follows from it, its index and its log.
//!
//! ```text
//! {"entry":<leaf>,"leaf_hash":"<64 hex>","log_index":<index>,"log_origin":"<origin>"}\n
//! ```
//!
//! # Invariants
//!
//! * A line is canonical JSON if its leaf is, and nothing here reads JSON: all but the leaf is known beforehand, so the
//!   leaf is what is left.

use crate::Origin;
use crate::decimal;
use crate::tree::{Hash, leaf_hash};

/// The longest leaf, in bytes: its length is stored as a `u16`.
pub(super) const LEAF_MAX_BYTES: usize = 65_535;
/// More than the longest line with the longest name of a log, in bytes.
pub(super) const LINE_MAX_BYTES: usize = 131_071;

/// The line of `leaf`, which is the entry `index` of the log `origin`.
pub fn make(leaf: &[u8], index: u64, origin: &Origin) -> Vec<u8> {
    let hash = hex(&leaf_hash(leaf));
    [HEAD, leaf, HASH, hash.as_bytes(), tail(index, origin).as_bytes()].concat()
}

/// How long the line of a leaf of `leaf` bytes is, in bytes.
#[must_use]
pub fn line_len(leaf: usize, index: u64, origin: &Origin) -> usize {
    let around = HEAD.len().saturating_add(HASH.len()).saturating_add(HASH_DIGITS);
    leaf.saturating_add(around).saturating_add(tail(index, origin).len())
}

/// The leaf in `line` and its hash, if it is the line of the entry `index` of the log `origin`.
pub(super) fn take_apart<'a>(
    line: &'a [u8],
    index: u64,
    origin: &Origin,
) -> Result<(&'a [u8], Hash), LineFault> {
    if !line.ends_with(b"\n") {
        return Err(LineFault::Cut);
    }
    let before_tail =
        line.strip_suffix(tail(index, origin).as_bytes()).ok_or_else(|| misplaced(line, index))?;
    let (before_hash, written) = before_tail.split_last_chunk::<HASH_DIGITS>().ok_or(LineFault::Form)?;
    let leaf =
        before_hash.strip_suffix(HASH).and_then(|rest| rest.strip_prefix(HEAD)).ok_or(LineFault::Form)?;
    if leaf.len() > LEAF_MAX_BYTES {
        return Err(LineFault::TooLong);
    }
    let hash = leaf_hash(leaf);
    if hex(&hash).as_bytes() == written { Ok((leaf, hash)) } else { Err(LineFault::Hash) }
}

/// The index that a line says it has.
pub(super) fn index_of(line: &[u8]) -> Option<u64> {
    let (before_origin, _origin) = rsplit(line.strip_suffix(b"\"}\n")?, ORIGIN)?;
    let (_before_index, index) = rsplit(before_origin, INDEX)?;
    decimal::parse(std::str::from_utf8(index).ok()?)
}

/// Not the line that belongs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum LineFault {
    /// It does not end with a line end.
    #[error("its line is cut")]
    Cut,
    /// It is not made as a line is.
    #[error("its line is not that of an entry")]
    Form,
    /// It says that it is another entry.
    #[error("missing: the line in its place is that of entry {0}")]
    OtherIndex(u64),
    /// It says that it is of another log.
    #[error("its line is of another log")]
    OtherLog,
    /// The leaf is longer than leaves are.
    #[error("it is longer than {LEAF_MAX_BYTES} bytes")]
    TooLong,
    /// The hash in it is not that of the leaf.
    #[error("its hash is not the one written beside it")]
    Hash,
}

const HEAD: &[u8] = b"{\"entry\":";
const HASH: &[u8] = b",\"leaf_hash\":\"";
/// Of a hash.
const HASH_DIGITS: usize = 64;
const INDEX: &[u8] = b"\",\"log_index\":";
const ORIGIN: &[u8] = b",\"log_origin\":\"";

/// What is behind the hash.
fn tail(index: u64, origin: &Origin) -> String {
    format!("\",\"log_index\":{index},\"log_origin\":\"{origin}\"}}\n")
}

/// Why a line has not the tail of entry `index`.
fn misplaced(line: &[u8], index: u64) -> LineFault {
    match index_of(line) {
        None => LineFault::Form,
        Some(other) if other != index => LineFault::OtherIndex(other),
        Some(_) => LineFault::OtherLog,
    }
}

fn hex(hash: &Hash) -> String {
    base16ct::lower::encode_string(hash.bytes())
}

/// What is before and behind the last `separator`.
fn rsplit<'a>(text: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(separator.len()).rposition(|window| window == separator)?;
    let (before, behind) = text.split_at_checked(at)?;
    Some((before, behind.strip_prefix(separator)?))
}

#[cfg(test)]
mod tests;
