//! What a log's key says besides checkpoints: certificates of erasures, and of backups. How each is checked.
//!
//! # Invariants
//!
//! * It names a size of the log that signs it, and the key of that size's epoch has to have signed: whoever steals the newest key can't
//!   date a statement back.

use crate::checkpoint::Origin;
use crate::history::KeyHistory;
use crate::note::{NoteError, SignedNote};
use crate::tree::Hash;

/// Digits of an id.
const ID_DIGITS: usize = 32;
/// Digits of a SHA-256.
const HASH_DIGITS: usize = 64;

/// Not a statement of this log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not the text of one.
    #[error("the note does not say what it should")]
    Form,
    /// One of another log.
    #[error("the note is signed in the name of another log")]
    Origin,
    /// The key of the epoch did not sign, or its signature does not fit.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A takeover, which the same log signed, names another root for the tree of this size.
    #[error("the note names another root than the log's own takeover at size {size}")]
    OtherRoot {
        /// The size in the note.
        size: u64,
    },
}

impl KeyHistory {
    /// Whether a note is signed by the key that signs trees of the size that it names; the epoch of that key.
    pub(crate) fn check_statement(
        &self,
        note: &SignedNote,
        origin: &Origin,
        (size, root): (u64, Hash),
    ) -> Result<u32, StatementError> {
        if origin != self.origin() {
            return Err(StatementError::Origin);
        }
        let epoch = self.key_at(size);
        note.verify(epoch.key())?;
        if self.anchors().any(|(at, signed, _)| at == size && signed != root) {
            return Err(StatementError::OtherRoot { size });
        }
        Ok(epoch.number())
    }
}

/// What a line says behind this word.
pub(crate) fn said<'a>(line: &'a str, what: &str) -> Option<&'a str> {
    line.strip_prefix(what)?.strip_prefix(' ')
}

pub(crate) fn is_id(text: &str) -> bool {
    is_hex(text, ID_DIGITS)
}

pub(crate) fn is_sha256(text: &str) -> bool {
    is_hex(text, HASH_DIGITS)
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}
