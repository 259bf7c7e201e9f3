//! A folder on a disk that may lose power: what is safe, and what is not yet.
//!
//! # Invariants
//! - A sync of a file makes the bytes and the length of that file safe, nothing else. Its name becomes safe when the folder is synced.
//!   Some file systems promise more; POSIX does not.
//! - Operations that are not safe yet are kept in their order.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a simulation that miscounts stops, and the test with it"
)]

use std::collections::BTreeMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{Result, Write};
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

/// A file, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FileId(pub(super) usize);

/// Something that happened to the folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Operation {
    /// A new, empty file got a name.
    Create {
        file: FileId,
        name: String,
    },
    Write {
        file: FileId,
        at: usize,
        bytes: Arc<[u8]>,
    },
    Truncate {
        file: FileId,
        length: usize,
    },
    Sync {
        file: FileId,
    },
    /// What had the new name before has none now.
    Rename {
        from: String,
        to: String,
    },
    Remove {
        name: String,
    },
    SyncFolder,
}

/// The folder, as the operations so far have left it.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    safe: Contents,
    loose: Vec<Operation>,
}

/// Files and their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub(super) files: BTreeMap<FileId, Vec<u8>>,
    names: BTreeMap<String, FileId>,
}

/// What is found after a crash: files by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Image(pub(super) BTreeMap<String, Vec<u8>>);

impl Operation {
    /// The file whose bytes or length this changes.
    pub(super) fn changed(&self) -> Option<FileId> {
        match self {
            Self::Write { file, .. } | Self::Truncate { file, .. } => Some(*file),
            _ => None,
        }
    }

    /// Whether names change.
    pub(super) fn renames(&self) -> bool {
        matches!(self, Self::Create { .. } | Self::Rename { .. } | Self::Remove { .. })
    }

    /// Whether it only makes safe what has happened before.
    pub(super) fn is_sync(&self) -> bool {
        matches!(self, Self::Sync { .. } | Self::SyncFolder)
    }

    /// The bytes that it changes in a file that is `length` long.
    pub(super) fn range(&self, length: usize) -> Range<usize> {
        match self {
            Self::Write { at, bytes, .. } => (*at).min(length)..at + bytes.len(),
            Self::Truncate { length: new, .. } => (*new).min(length)..length.max(*new),
            _ => 0..0,
        }
    }

    /// Does it to the bytes of its file.
    pub(super) fn change(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes, .. } => {
                let end = at + bytes.len();
                content.resize(content.len().max(end), 0);
                content[*at..end].copy_from_slice(bytes);
            }
            Self::Truncate { length, .. } => content.resize(*length, 0),
            _ => {}
        }
    }
}

impl Disk {
    /// The folder after these operations, empty before.
    pub(super) fn after<'o>(operations: impl IntoIterator<Item = &'o Operation>) -> Self {
        let mut disk = Self::default();
        operations.into_iter().for_each(|operation| disk.take(operation));
        disk
    }

    /// One more operation.
    pub(super) fn take(&mut self, operation: &Operation) {
        match operation {
            Operation::Sync { file } => self.settle(|loose| loose.changed() == Some(*file)),
            Operation::SyncFolder => self.settle(Operation::renames),
            other => self.loose.push(other.clone()),
        }
    }

    /// Whether this sync would make anything safe.
    pub(super) fn would_settle(&self, sync: &Operation) -> bool {
        self.loose.iter().any(|loose| match sync {
            Operation::Sync { file } => loose.changed() == Some(*file),
            Operation::SyncFolder => loose.renames(),
            _ => false,
        })
    }

    /// What survives the loss of power whatever happens.
    pub(super) fn safe(&self) -> &Contents {
        &self.safe
    }

    /// What may not survive it, in order.
    pub(super) fn loose(&self) -> &[Operation] {
        &self.loose
    }

    /// After the death of every process: the system still writes out all that it was given.
    pub(super) fn after_kill(&self) -> Image {
        self.after_loss(self.loose.len())
    }

    /// After the loss of power, on a disk that had written the first `kept` of what is not safe.
    pub(super) fn after_loss(&self, kept: usize) -> Image {
        let mut contents = self.safe.clone();
        self.loose.iter().take(kept).for_each(|operation| contents.apply(operation));
        contents.into_image()
    }

    fn settle(&mut self, settled: impl Fn(&Operation) -> bool) {
        let safe = &mut self.safe;
        self.loose.retain(|operation| {
            let settled = settled(operation);
            if settled {
                safe.apply(operation);
            }
            !settled
        });
    }
}

impl Contents {
    /// One operation that was not lost.
    pub(super) fn apply(&mut self, operation: &Operation) {
        if let Some(file) = operation.changed() {
            operation.change(self.files.entry(file).or_default());
        }
        match operation {
            Operation::Create { file, name } => {
                self.names.insert(name.clone(), *file);
            }
            Operation::Rename { from, to } => {
                if let Some(file) = self.names.remove(from) {
                    self.names.insert(to.clone(), file);
                }
            }
            Operation::Remove { name } => {
                self.names.remove(name);
            }
            _ => {}
        }
    }

    /// What can be found: a file without a name is lost.
    pub(super) fn into_image(mut self) -> Image {
        let mut found = |file: &FileId| self.files.remove(file).unwrap_or_default();
        Image(self.names.iter().map(|(name, file)| (name.clone(), found(file))).collect())
    }
}

impl Image {
    /// Makes a store's folder of it.
    pub(super) fn write_to(&self, folder: &Path) -> Result<()> {
        DirBuilder::new().mode(0o700).create(folder)?;
        for (name, content) in &self.0 {
            let mut file =
                OpenOptions::new().write(true).create_new(true).mode(0o600).open(folder.join(name))?;
            file.write_all(content)?;
        }
        Ok(())
    }

    /// Whether these bytes are anywhere.
    pub(super) fn has(&self, wanted: &[u8]) -> bool {
        self.0.values().any(|content| content.windows(wanted.len()).any(|window| window == wanted))
    }
}
