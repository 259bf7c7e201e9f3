//! A checkpoint held against the history: is it signed by the key that signs trees of its size?

use std::fmt;

use super::{Epoch, KeyHistory};
use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::note::{NoteError, SignedNote};

impl KeyHistory {
    /// Checks both of the log's signatures on a checkpoint. Signatures of others, of witnesses, are left alone.
    ///
    /// # Errors
    ///
    /// [`CheckError`]; also when the key of another epoch signed although the right one did too, and when a takeover
    /// names another root for the same size: two trees of one log.
    pub fn check(&self, note: &SignedNote) -> Result<CheckedCheckpoint, CheckError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        if checkpoint.origin != self.origin {
            return Err(CheckError::Origin);
        }
        let epoch = self.key_at(checkpoint.size);
        if let Some(other) = self.signed_by_other(note, epoch) {
            return Err(CheckError::OtherEpoch {
                epoch: other.number,
                sizes: self.sizes_of(other),
                size: checkpoint.size,
            });
        }
        note.verify(epoch.key())?;
        let timed = note.verify(&epoch.cosigner())?;
        let time = timed.time().ok_or_else(|| NoteError::NotSigned(self.origin.name().clone()))?;
        let anchor = self.anchors().find(|(size, _, _)| *size == checkpoint.size);
        if let Some((size, _, epoch)) = anchor.filter(|(_, root, _)| *root != checkpoint.root) {
            return Err(CheckError::OtherRoot { epoch, size });
        }
        Ok(CheckedCheckpoint { epoch: epoch.number, checkpoint, time })
    }

    /// Another epoch than `right` whose key signed, or is said to have.
    fn signed_by_other(&self, note: &SignedNote, right: &Epoch) -> Option<&Epoch> {
        let right_keys = [right.key.clone(), right.cosigner()];
        let lines = note.unknown(&right_keys);
        self.epochs().find(|epoch| {
            let keys = [epoch.key.clone(), epoch.cosigner()];
            lines.iter().any(|line| keys.iter().any(|key| key.is_named_by(line)))
        })
    }

    fn sizes_of(&self, epoch: &Epoch) -> Sizes {
        let next = self.epochs().find(|later| later.number > epoch.number);
        Sizes { larger_than: (epoch.number > 0).then_some(epoch.start), up_to: next.map(|next| next.start) }
    }
}

/// A checkpoint that the right key of its log signed: [`KeyHistory::check`] makes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedCheckpoint {
    checkpoint: Checkpoint,
    epoch: u32,
    time: u64,
}

impl CheckedCheckpoint {
    /// What was signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The epoch whose key signed it.
    #[must_use]
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// When it was the largest tree, in seconds since 1970, as the log says.
    #[must_use]
    pub fn time(&self) -> u64 {
        self.time
    }
}

/// The sizes that the key of an epoch signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    larger_than: Option<u64>,
    up_to: Option<u64>,
}

impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.larger_than, self.up_to) {
            (Some(start), Some(end)) => write!(f, "larger than {start}, up to {end}"),
            (Some(start), None) => write!(f, "larger than {start}"),
            (None, Some(end)) => write!(f, "up to {end}"),
            (None, None) => f.write_str("of any size"),
        }
    }
}

/// Not a checkpoint of this log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    /// Not a checkpoint at all.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// One of another log.
    #[error("the checkpoint is of another log")]
    Origin,
    /// The key of another epoch signed it.
    #[error(
        "the checkpoint of size {size} is signed by the key of epoch {epoch}, which signs only trees {sizes}"
    )]
    OtherEpoch {
        /// Whose key signed.
        epoch: u32,
        /// What that key signs.
        sizes: Sizes,
        /// The size in the checkpoint.
        size: u64,
    },
    /// The key of the epoch did not sign, or its signature does not fit.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// A takeover, which the same log signed, names another root for the tree of this size.
    #[error("the checkpoint of size {size} has another root than the takeover of epoch {epoch} at that size")]
    OtherRoot {
        /// Whose takeover.
        epoch: u32,
        /// The size in the checkpoint.
        size: u64,
    },
}
