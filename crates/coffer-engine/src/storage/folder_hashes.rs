//! The hashes of the folders that were looked into last.
//!
//! Nearly every operation hashes the folder of a secret, and most of them one of very few. A hash of a name takes a microsecond or two, most of it
//! for making a key ready that does not stay in memory.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::path::FolderPath;

/// Folders remembered, of each tenant whose keys are.
const REMEMBERED: usize = 4;

type Line = (FolderPath, [u8; 16]);

/// Some folders with their hashes.
#[derive(Default)]
pub(crate) struct FolderHashes {
    /// The newest last.
    lines: Mutex<Vec<Line>>,
}

impl FolderHashes {
    /// The hash of this folder, remembered or made.
    pub(crate) fn hash(&self, folder: &FolderPath, make: impl FnOnce() -> [u8; 16]) -> [u8; 16] {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, hash)) = lines.iter().rev().find(|(known, _)| known == folder) {
            return *hash;
        }
        let hash = make();
        if lines.len() >= REMEMBERED {
            lines.remove(0);
        }
        lines.push((folder.clone(), hash));
        hash
    }
}

/// Without the names.
impl fmt::Debug for FolderHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FolderHashes")
    }
}

#[cfg(test)]
mod tests;
