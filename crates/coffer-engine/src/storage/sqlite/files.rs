//! The files of a store: what they are called, that nobody else may open them, and how the folder is made.
//!
//! Trust: the operating system keeps other users out by owner and mode, and this is where that is checked. Somebody who
//! can write to the folders *above* ours could put another folder in its place; that is the operator's to prevent.
//!
//! # Invariants
//! - Folder 0700, files 0600, owner is the effective user: checked on every open, never mended silently. A mode that was wrong
//!   yesterday may have been used yesterday, and the operator should hear of it.
//! - The database file is never opened here, only looked at by name. Closing any descriptor of it would drop the POSIX locks
//!   that SQLite holds on it in this process.

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{Access, OFlags, access};

use crate::private_dir;
use crate::storage::{Sizes, StorageError};

/// Permission bits of a file mode, without its kind.
const MODE_BITS: u32 = 0o7777;

/// Where everything of one store lies.
pub(super) struct Files {
    pub(super) dir: PathBuf,
    pub(super) database: PathBuf,
    /// SQLite's: the commits that are not yet in the database file.
    pub(super) wal: PathBuf,
    /// SQLite's: an index of the WAL in shared memory. Page numbers only.
    pub(super) shm: PathBuf,
    /// Held for the length of a commit; see [`super::lock`].
    pub(super) lock: PathBuf,
    /// Held while waiting for `lock`.
    pub(super) next: PathBuf,
    /// A store that is being made.
    pub(super) unfinished: PathBuf,
    #[cfg(feature = "testkit")]
    on_synced: Option<super::OnSynced>,
}

impl Files {
    /// The files of the store in `dir`, which is made when `create` says so.
    pub(super) fn locate(dir: &Path, create: bool) -> Result<Self, StorageError> {
        if create {
            make_dir(dir)?;
        }
        // SQLite is told to follow no symbolic link, in any part of the path. Those above the store are followed here, once.
        let dir = dir.canonicalize().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => StorageError::Missing(dir.to_owned()),
            _ => io_error(&error),
        })?;
        let name = |name: &str| dir.join(name);
        Ok(Self {
            database: name("coffer.db"),
            wal: name("coffer.db-wal"),
            shm: name("coffer.db-shm"),
            lock: name("coffer.lock"),
            next: name("coffer.next"),
            unfinished: name("coffer.db.unfinished"),
            dir,
            #[cfg(feature = "testkit")]
            on_synced: None,
        })
    }

    #[cfg(feature = "testkit")]
    pub(super) fn telling(self, on_synced: Option<super::OnSynced>) -> Self {
        Self { on_synced, ..self }
    }

    /// How large they are.
    pub(super) fn sizes(&self) -> Sizes {
        let bytes = |path: &Path| path.symlink_metadata().ok().map(|found| found.len());
        Sizes { bytes: bytes(&self.database), wal_bytes: bytes(&self.wal) }
    }

    /// Whether folder and files are ours alone, and may be written.
    pub(super) fn check(&self) -> Result<(), StorageError> {
        let dir = self.dir.symlink_metadata().map_err(|error| io_error(&error))?;
        if !dir.is_dir() {
            return Err(StorageError::Foreign(self.dir.clone()));
        }
        check_private(&self.dir, &dir, 0o700)?;
        for path in [&self.database, &self.wal, &self.shm, &self.lock, &self.next] {
            match path.symlink_metadata() {
                Ok(found) if found.is_file() => check_private(path, &found, 0o600)?,
                Ok(_) => return Err(StorageError::Foreign(path.clone())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(io_error(&error)),
            }
        }
        access(&self.dir, Access::WRITE_OK).map_err(|error| io_error(&error.into()))
    }

    /// Whether there is a database file.
    pub(super) fn database_exists(&self) -> Result<bool, StorageError> {
        self.database.try_exists().map_err(|error| io_error(&error))
    }

    /// Makes the names in the folder survive the loss of power.
    pub(super) fn sync_dir(&self) -> Result<(), StorageError> {
        self.sync(&self.dir)
    }

    /// Makes what the WAL has become survive the loss of power: SQLite syncs what it writes there, not that it cuts it.
    ///
    /// SQLite has it open, and no lock on it: its locks are on the database file and on the index of the WAL. So a second descriptor
    /// may come and go.
    pub(super) fn sync_wal(&self) -> Result<(), StorageError> {
        self.sync(&self.wal)
    }

    fn sync(&self, path: &Path) -> Result<(), StorageError> {
        File::open(path).and_then(|file| file.sync_all()).map_err(|error| io_error(&error))?;
        #[cfg(feature = "testkit")]
        if let Some(tell) = &self.on_synced {
            tell(path);
        }
        Ok(())
    }
}

/// Opens a file, making it when it is missing. For files that SQLite has not opened: see above.
pub(super) fn open_or_make(path: &Path) -> Result<File, StorageError> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(OFlags::NOFOLLOW.bits().cast_signed())
        .open(path)
        .map_err(|error| io_error(&error))
}

/// What the operating system said, as a storage says it.
pub(super) fn io_error(error: &io::Error) -> StorageError {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StorageError::Full,
        io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
            StorageError::ReadOnly(error.to_string())
        }
        _ => StorageError::Io(error.to_string()),
    }
}

fn make_dir(dir: &Path) -> Result<(), StorageError> {
    match private_dir::make(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(StorageError::Foreign(dir.to_owned()))
        }
        made => made.map_err(|error| io_error(&error)),
    }
}

fn check_private(path: &Path, found: &Metadata, wanted: u32) -> Result<(), StorageError> {
    let open_to_others = |problem| Err(StorageError::Permissions { path: path.to_owned(), problem });
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        return open_to_others(format!("owned by user {}, wanted {user}", found.uid()));
    }
    let mode = found.mode() & MODE_BITS;
    if mode & 0o077 != 0 {
        return open_to_others(format!("mode {mode:04o}, wanted {wanted:04o}"));
    }
    Ok(())
}
