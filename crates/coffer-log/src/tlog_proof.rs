//! Proofs to keep: index, hashes and checkpoint in one text, checked without asking anyone (C2SP tlog-proof).
//!
//! # Invariants
//!
//! * There is no line of extra data: nothing would vouch for it. A proof that has one is refused.

use std::fmt;

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::decimal;
use crate::history::{CheckError, CheckedCheckpoint, KeyHistory};
use crate::note::{NoteError, SignedNote, VerifierKey};
use crate::proof::{ProofError, verify_inclusion};
use crate::tree::{Hash, leaf_hash};

/// That a leaf is in a log, of which nothing has been checked but the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Index of the leaf.
    pub index: u64,
    /// From the leaf's sibling to the child of the root, at most [`HASHES_MAX`].
    pub hashes: Vec<Hash>,
    /// The checkpoint of the tree that the hashes lead to.
    pub checkpoint: SignedNote,
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    ///
    /// [`TlogProofError`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, TlogProofError> {
        let (head, note) = text.split_once("\n\n").ok_or(TlogProofError::Form)?;
        let mut lines = head.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(TlogProofError::Form);
        }
        let index = lines.next().ok_or(TlogProofError::Form)?;
        if index.starts_with("extra ") {
            return Err(TlogProofError::Extra);
        }
        let index = index.strip_prefix("index ").and_then(decimal::parse).ok_or(TlogProofError::Index)?;
        let hashes = parse_hashes(lines)?;
        Ok(Self { index, hashes, checkpoint: SignedNote::parse(note)? })
    }

    /// Checks that `leaf` is in the log, in a tree whose checkpoint all of `keys` signed. One of them is a key of the
    /// log itself: its name is the origin.
    ///
    /// # Errors
    ///
    /// [`TlogProofError`].
    pub fn verify(&self, leaf: &[u8], keys: &[VerifierKey]) -> Result<Checkpoint, TlogProofError> {
        let checkpoint = Checkpoint::parse(self.checkpoint.text())?;
        if !keys.iter().any(|key| key.name() == checkpoint.origin.name()) {
            return Err(TlogProofError::NoLogKey);
        }
        for key in keys {
            self.checkpoint.verify(key)?;
        }
        self.includes(leaf, &checkpoint)?;
        Ok(checkpoint)
    }

    /// Checks that `leaf` is in the log with this history.
    ///
    /// # Errors
    ///
    /// [`TlogProofError`].
    pub fn verify_in(&self, leaf: &[u8], history: &KeyHistory) -> Result<CheckedCheckpoint, TlogProofError> {
        let checked = history.check(&self.checkpoint)?;
        self.includes(leaf, checked.checkpoint())?;
        Ok(checked)
    }

    fn includes(&self, leaf: &[u8], checkpoint: &Checkpoint) -> Result<(), ProofError> {
        verify_inclusion(&leaf_hash(leaf), self.index, checkpoint.size, &self.hashes, &checkpoint.root)
    }
}

/// Byte for byte what was parsed.
impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\nindex {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", hash.to_base64()))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Hashes, one a line.
pub(crate) fn parse_hashes<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<Hash>, TlogProofError> {
    let mut hashes = Vec::new();
    for line in lines {
        if hashes.len() == HASHES_MAX {
            return Err(TlogProofError::TooManyHashes);
        }
        hashes.push(Hash::from_base64(line).ok_or(TlogProofError::Hash)?);
    }
    Ok(hashes)
}

/// Not a proof, or one that proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Not the first line, an index, hashes, a blank line and a note.
    #[error("a proof is `{HEADER}`, an index, hashes, a blank line and a checkpoint")]
    Form,
    /// There is a line of extra data.
    #[error("the proof has extra data, which nothing vouches for")]
    Extra,
    /// The second line is not an index.
    #[error("the index of the proof is not `index` and a decimal number below 2^63")]
    Index,
    /// A line is not a hash.
    #[error("a line of the proof is not a hash in base64")]
    Hash,
    /// More than [`HASHES_MAX`].
    #[error("a proof has at most {HASHES_MAX} hashes")]
    TooManyHashes,
    /// The checkpoint is not a note, or one of the keys did not sign it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note is not a checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// None of the keys is one of the log.
    #[error("no key of the log itself was given")]
    NoLogKey,
    /// The history of the log does not accept the checkpoint.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The hashes prove nothing.
    #[error(transparent)]
    Proof(#[from] ProofError),
}

/// The most hashes between a leaf and a root.
pub const HASHES_MAX: usize = 63;

const HEADER: &str = "c2sp.org/tlog-proof@v1";

#[cfg(test)]
mod tests;
