//! A file that is written beside its place, and only when it is whole takes it.
//!
//! # Invariants
//!
//! * Nobody else may read it, whatever was there before.
//! * Dropped before it is kept, it leaves nothing.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use coffer_encryption::random;
use coffer_engine::Error;

use crate::error::CliError;

/// A file that has no place yet.
pub(crate) struct Draft {
    file: File,
    draft: PathBuf,
    folder: PathBuf,
}

impl Draft {
    /// Room for one in this folder.
    pub(crate) fn in_folder(folder: &Path) -> Result<Self, CliError> {
        let name: [u8; 16] = random::bytes().map_err(Error::from)?;
        let draft = folder.join(format!(".{:032x}.new", u128::from_be_bytes(name)));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft);
        let file = file.map_err(|error| CliError::io(&draft.display().to_string(), &error))?;
        Ok(Self { file, draft, folder: folder.to_owned() })
    }

    /// Keeps it under this name, in the place of what was there before, once it is on the disk.
    pub(crate) fn keep_as(self, name: &OsStr) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.draft, self.folder.join(name))?;
        File::open(&self.folder)?.sync_all()
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Kept, it has another name.
        let _ = fs::remove_file(&self.draft);
    }
}
