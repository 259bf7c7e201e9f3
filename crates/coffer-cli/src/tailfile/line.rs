//! One line: what it has to be, and which entry of which log it is.

use serde::de::IgnoredAny;

use super::TailFileError;

/// The longest line, in bytes, with its line end: about twice the longest leaf.
pub const LINE_MAX_BYTES: usize = 128 * 1024;

/// How a line begins.
pub(super) const HEAD: &str = "{\"entry\":";
const HASH: &str = ",\"leaf_hash\":\"";
const INDEX: &str = "\",\"log_index\":";
const ORIGIN: &str = ",\"log_origin\":\"";
const TAIL: &str = "\"}\n";

/// Which entry a line is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'l> {
    pub(super) origin: &'l str,
    pub(super) index: u64,
}

impl<'l> Line<'l> {
    /// Reads a line with its line end.
    pub(super) fn read(line: &'l [u8]) -> Result<Self, LineError> {
        if line.len() > LINE_MAX_BYTES {
            return Err(LineError::TooLong);
        }
        let (end, text) = line.split_last().ok_or(LineError::Unfinished)?;
        if *end != b'\n' {
            return Err(LineError::Unfinished);
        }
        if text.iter().any(|byte| *byte < b' ') {
            return Err(LineError::Control);
        }
        std::str::from_utf8(line).ok().and_then(Self::take_apart).ok_or(LineError::Form)
    }

    /// From behind: an origin has no quotes, so what stands before it is found by its last occurrence, whatever the
    /// entry says.
    fn take_apart(line: &'l str) -> Option<Self> {
        let (rest, origin) = line.strip_suffix(TAIL)?.rsplit_once(ORIGIN)?;
        let (rest, index) = rest.rsplit_once(INDEX)?;
        let (rest, hash) = rest.rsplit_once(HASH)?;
        let entry = rest.strip_prefix(HEAD)?;
        let is_plain = !origin.is_empty() && !origin.contains(['"', '\\']);
        let is_hash = hash.len() == 64 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_entry = entry.starts_with('{') && serde_json::from_str::<IgnoredAny>(entry).is_ok();
        let number: u64 = index.parse().ok()?;
        (is_plain && is_hash && is_entry && number.to_string() == index)
            .then_some(Self { origin, index: number })
    }
}

/// Reads lines, each with its line end.
pub(super) fn read_all(lines: &[u8]) -> Result<Vec<Line<'_>>, TailFileError> {
    let numbered = lines.split_inclusive(|byte| *byte == b'\n').zip(1_usize..);
    numbered
        .map(|(line, number)| Line::read(line).map_err(|cause| TailFileError::Line { number, cause }))
        .collect()
}

/// Why a line is not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It has no line end.
    #[error("it has no line end")]
    Unfinished,
    /// It has a byte below 0x20 before its line end.
    #[error("it has a control character")]
    Control,
    /// It is longer than [`LINE_MAX_BYTES`].
    #[error("it is longer than {LINE_MAX_BYTES} bytes")]
    TooLong,
    /// It is not an entry as JSON, with hash, index and origin behind it.
    #[error("it is not the line of an entry")]
    Form,
    /// An entry of its log with this index, or a later one, is in the file.
    #[error("the file already has an entry of its log with this index, or a later one")]
    Repeated,
}
