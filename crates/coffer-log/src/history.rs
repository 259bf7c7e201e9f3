//! The history of a log's keys: which key signs which sizes.
//!
//! A log's key changes with time, and the private half of the old one is destroyed when the new one is made. So who
//! breaks in can sign as of now, and not the past. For this to hold, a checkpoint of an old size must not count when
//! a newer key signed it: by that the sealing of systemd's journal could be got round (CVE-2023-31438, CVE-2023-31439).
//! Therefore each epoch, each time of one key, has its sizes: the key of epoch `e` signs trees that are larger than
//! the one at which it took over, up to the one at which the next key takes over.
//!
//! Each epoch begins with a [`Takeover`], a note that is signed by the new key and, except for the first, by the old.
//!
//! # Invariants
//!
//! * Which key signs a size follows from the size, not from the signature.
//! * Epochs follow each other without a gap, sizes grow, and no key comes twice.
//! * A history proves itself from its first key on: an auditor who knows that key knows all.
//! * A takeover names the root of the tree at which it happened. Whoever has the tree must find the same root there:
//!   [`KeyHistory::anchors`].

mod check;
mod takeover;

pub use check::{CheckError, CheckedCheckpoint};
pub(crate) use takeover::HEADER;
pub use takeover::{Takeover, make_genesis};

use coffer_encryption::SigningKey;

use crate::checkpoint::Origin;
use crate::note::{NoteError, SignNoteError, SignedNote, VerifierKey};
use crate::tree::Hash;

/// The keys of one log, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyHistory {
    origin: Origin,
    first: Epoch,
    later: Vec<Epoch>,
}

/// The time of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    number: u32,
    start: u64,
    root: Hash,
    key: VerifierKey,
}

impl Epoch {
    /// Its number; the first is 0.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Size of the tree at which its key took over.
    #[must_use]
    pub fn start(&self) -> u64 {
        self.start
    }

    /// The key, for plain signatures.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The same key, for signatures with a time.
    #[must_use]
    pub fn cosigner(&self) -> VerifierKey {
        VerifierKey::cosigner(self.key.name().clone(), *self.key.public())
    }
}

impl KeyHistory {
    /// The history that `notes` tell, oldest first.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] says which note breaks which rule.
    pub fn from_notes(notes: &[SignedNote]) -> Result<Self, HistoryError> {
        let (first, later) = notes.split_first().ok_or(HistoryError::Empty)?;
        let mut history = Self::begin(first)?;
        later.iter().try_for_each(|note| history.extend(note))?;
        Ok(history)
    }

    /// The history that begins with `note`.
    fn begin(note: &SignedNote) -> Result<Self, HistoryError> {
        let takeover = Takeover::parse(note.text()).ok_or(HistoryError::Form { epoch: 0 })?;
        if takeover.epoch != 0 {
            return Err(HistoryError::NotContiguous { epoch: 0 });
        }
        if takeover.start != 0 || takeover.root != crate::tree::empty_root() {
            return Err(HistoryError::Start { epoch: 0 });
        }
        signed_by_exactly(note, &[&takeover.key])
            .map_err(|cause| HistoryError::Signature { epoch: 0, cause })?;
        let (origin, first) = takeover.into_epoch();
        Ok(Self { origin, first, later: Vec::new() })
    }

    /// Adds the epoch that `note` begins.
    ///
    /// # Errors
    ///
    /// [`HistoryError`]; the history stays as it was.
    pub fn extend(&mut self, note: &SignedNote) -> Result<(), HistoryError> {
        let last = self.last();
        let epoch = last.number.checked_add(1).ok_or(HistoryError::Full)?;
        let takeover = Takeover::parse(note.text()).ok_or(HistoryError::Form { epoch })?;
        if takeover.epoch != epoch {
            return Err(HistoryError::NotContiguous { epoch });
        }
        if takeover.origin != self.origin {
            return Err(HistoryError::Origin { epoch });
        }
        if takeover.start <= last.start {
            return Err(HistoryError::Start { epoch });
        }
        if self.epochs().any(|earlier| earlier.key.public() == takeover.key.public()) {
            return Err(HistoryError::KeyTwice { epoch });
        }
        signed_by_exactly(note, &[&takeover.key, &last.key])
            .map_err(|cause| HistoryError::Signature { epoch, cause })?;
        let (_origin, next) = takeover.into_epoch();
        self.later.push(next);
        Ok(())
    }

    /// The note with which `new` takes over from `old` at the tree of size `start` with `root`. It is not added here:
    /// see [`KeyHistory::extend`].
    ///
    /// # Errors
    ///
    /// [`HistoryError`] when the history could not be continued with it: `start` is not larger than the one before,
    /// `old` is not the key in use, `new` is not new.
    pub fn make_takeover(
        &self,
        start: u64,
        root: Hash,
        old: &SigningKey,
        new: &SigningKey,
    ) -> Result<SignedNote, HistoryError> {
        let epoch = self.last().number.checked_add(1).ok_or(HistoryError::Full)?;
        let note = takeover::make(&self.origin, epoch, start, root, new, Some(old))?;
        self.clone().extend(&note)?;
        Ok(note)
    }

    /// Whose history it is.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The first key: who knows that it is the right one may believe all the others.
    #[must_use]
    pub fn genesis(&self) -> &VerifierKey {
        &self.first.key
    }

    /// All epochs, oldest first.
    pub fn epochs(&self) -> impl Iterator<Item = &Epoch> {
        std::iter::once(&self.first).chain(&self.later)
    }

    /// The newest epoch.
    #[must_use]
    pub fn last(&self) -> &Epoch {
        self.later.last().unwrap_or(&self.first)
    }

    /// The epoch whose key signs trees of `size`: the newest one that began at a smaller tree.
    #[must_use]
    pub fn key_at(&self, size: u64) -> &Epoch {
        self.later.iter().rev().find(|epoch| epoch.start < size).unwrap_or(&self.first)
    }

    /// Size, root and epoch of each takeover: the tree must have that root at that size.
    pub fn anchors(&self) -> impl Iterator<Item = (u64, Hash, u32)> {
        self.epochs().map(|epoch| (epoch.start, epoch.root, epoch.number))
    }
}

/// Not the history of a log's keys. `epoch` is the place in the list, from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryError {
    /// No notes.
    #[error("a history of keys has at least one epoch")]
    Empty,
    /// The number of the last epoch is the highest there is.
    #[error("the history of keys is full")]
    Full,
    /// Not the text of a takeover.
    #[error("the note of epoch {epoch} is not a takeover")]
    Form {
        /// Which.
        epoch: u32,
    },
    /// The note has the number of another epoch.
    #[error("where epoch {epoch} belongs is another one")]
    NotContiguous {
        /// Which.
        epoch: u32,
    },
    /// The note is of another log.
    #[error("epoch {epoch} is of another log")]
    Origin {
        /// Which.
        epoch: u32,
    },
    /// The first epoch starts at the empty tree, every other one at a larger tree than the one before.
    #[error("epoch {epoch} does not start at a larger tree than the one before")]
    Start {
        /// Which.
        epoch: u32,
    },
    /// The key was used before.
    #[error("the key of epoch {epoch} was used before")]
    KeyTwice {
        /// Which.
        epoch: u32,
    },
    /// Not signed by the new key and the old one, in this order, and nobody else.
    #[error("the takeover of epoch {epoch}: {cause}")]
    Signature {
        /// Which.
        epoch: u32,
        /// What is wrong.
        #[source]
        cause: TakeoverSignatureError,
    },
    /// The note was not made.
    #[error(transparent)]
    Sign(#[from] SignNoteError),
}

/// What is wrong with the signatures of a takeover.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TakeoverSignatureError {
    /// One that does not belong there, one too few, or another order.
    #[error("the signatures are not those of the new key and of the old one, in this order")]
    Lines,
    /// One does not fit.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// Whether `note` has one signature of each key, in this order, and no other.
fn signed_by_exactly(note: &SignedNote, keys: &[&VerifierKey]) -> Result<(), TakeoverSignatureError> {
    let named = |(line, key): (&crate::note::NoteSignature, &&VerifierKey)| key.is_named_by(line);
    if note.signatures().len() != keys.len() || !note.signatures().iter().zip(keys).all(named) {
        return Err(TakeoverSignatureError::Lines);
    }
    keys.iter().try_for_each(|key| note.verify(key).map(|_fits| ()))?;
    Ok(())
}

#[cfg(test)]
mod tests;
