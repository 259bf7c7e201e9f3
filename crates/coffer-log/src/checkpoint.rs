//! Checkpoints: what a log signs of its tree (C2SP tlog-checkpoint). Three lines: origin, size, root.
//!
//! # Invariants
//!
//! * There are no extension lines: we never write any, and a text with one is not a checkpoint here. Nobody could
//!   audit what such a line says.
//! * The first line tells a checkpoint from everything else that the same key signs: see [`Origin`].

use std::fmt;

use coffer_encryption::SigningKey;

use crate::backup;
use crate::cosignature::{self, cosign};
use crate::decimal;
use crate::erasure;
use crate::history;
use crate::note::{KeyName, KeyNameError, SignNoteError, SignedNote, sign_note};
use crate::tree::Hash;

/// The size and the root of a log's tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// Leaves in the tree, at most [`crate::tree::SIZE_MAX`].
    pub size: u64,
    /// The root of the tree.
    pub root: Hash,
}

impl Checkpoint {
    /// Reads the text of a note.
    ///
    /// # Errors
    ///
    /// [`CheckpointError`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines: Vec<&str> = text.strip_suffix('\n').ok_or(CheckpointError::Lines)?.split('\n').collect();
        let [origin, size, root] = lines[..] else { return Err(CheckpointError::Lines) };
        Ok(Self {
            origin: Origin::parse(origin)?,
            size: decimal::parse(size).ok_or(CheckpointError::Size)?,
            root: Hash::from_base64(root).ok_or(CheckpointError::Root)?,
        })
    }

    /// The text of a note.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root.to_base64())
    }

    /// The log's own note of it: signed by `key` in the name of the origin, once as it is, and once with the time, in
    /// seconds since 1970.
    ///
    /// # Errors
    ///
    /// [`SignNoteError`].
    pub fn sign(&self, key: &SigningKey, unix_seconds: u64) -> Result<SignedNote, SignNoteError> {
        let (text, name) = (self.text(), self.origin.name());
        let signatures = vec![sign_note(&text, name, key)?, cosign(self, name, key, unix_seconds)?];
        Ok(SignedNote::new(&text, signatures)?)
    }
}

/// The name of a log: also the name of its keys. Not one of the first lines that mean something else.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(KeyName);

impl Origin {
    /// The origin `text`.
    ///
    /// # Errors
    ///
    /// [`OriginError`] when it is not a name, or begins as a first line does that means something else.
    pub fn parse(text: &str) -> Result<Self, OriginError> {
        let name = KeyName::parse(text)?;
        if RESERVED.contains(&text) { Err(OriginError::Reserved) } else { Ok(Self(name)) }
    }

    /// The name of the log's keys.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.0
    }

    /// The origin as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Not the text of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not three lines.
    #[error("a checkpoint has three lines: origin, size, root")]
    Lines,
    /// The first line is not an origin.
    #[error("the origin of the checkpoint: {0}")]
    Origin(#[from] OriginError),
    /// The second line is not a size.
    #[error("the size of the checkpoint is not a decimal number below 2^63, spelled without zeros before it")]
    Size,
    /// The third line is not a hash.
    #[error("the root of the checkpoint is not a hash in base64")]
    Root,
}

/// Not an origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Not the name of a key.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// A first line that means something else.
    #[error("no log may be called like the first line of another format")]
    Reserved,
}

/// First lines of what log keys sign besides checkpoints.
const RESERVED: [&str; 4] = [cosignature::HEADER, history::HEADER, erasure::HEADER, backup::HEADER];

#[cfg(test)]
mod tests;
