//! A place that a backup is restored into: gone again, unless it takes the place of a store.
//!
//! # Invariants
//!
//! * Nobody else may look into it.
//! * Dropped before it is kept, it leaves nothing.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coffer_encryption::random;
use coffer_engine::Error;
use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};

use crate::edge;
use crate::error::CliError;

/// Largest file that is restored in memory.
const IN_MEMORY_MAX_BYTES: u64 = 64 * 1024 * 1024;

/// A folder for a store, beside where it belongs.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    /// An empty one in this folder, which is made if it is not there.
    pub(super) fn in_folder(folder: &Path) -> Result<Self, CliError> {
        let name: [u8; 16] = random::bytes().map_err(Error::from)?;
        let path = folder.join(format!(".{:032x}.restoring", u128::from_be_bytes(name)));
        let mut builder = DirBuilder::new();
        builder.mode(0o700).recursive(true);
        builder.create(&path).map_err(|error| CliError::io(&path.display().to_string(), &error))?;
        Ok(Self(path))
    }

    /// A storage in it, with nothing in that yet.
    pub(super) fn storage(&self) -> Result<Arc<dyn Storage>, CliError> {
        let mut options = SqliteOptions::new(&self.0, Arc::new(edge::now));
        options.create = true;
        Ok(SqliteStorage::open(options).map_err(Error::from)?)
    }

    /// It becomes the store in `place`, where nothing is. Whoever had it open has closed it.
    pub(super) fn keep_as(self, place: &Path) -> Result<(), CliError> {
        let failed = |error| CliError::io(&place.display().to_string(), &error);
        // An empty folder may be there; one with anything in it stays what it is, and this fails.
        fs::rename(&self.0, place).map_err(failed)?;
        let parent = place.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Kept, it has another name.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Where a backup of this size is restored to be looked at: in memory, or in a folder beside it.
pub(super) fn passing(file: &Path, bytes: u64) -> Result<(Arc<dyn Storage>, Option<Scratch>), CliError> {
    if bytes <= IN_MEMORY_MAX_BYTES {
        return Ok((MemoryStorage::new(Arc::new(edge::now)), None));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let scratch = Scratch::in_folder(folder.unwrap_or(Path::new(".")))?;
    Ok((scratch.storage()?, Some(scratch)))
}
