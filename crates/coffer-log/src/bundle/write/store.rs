//! The files of a bundle, written.
//!
//! # Invariants
//!
//! * One writer at a time: the folder is locked while a [`Store`] is open.
//! * Files that can be read before they are whole, the notes, are renamed into place. Tiles are not: an unfinished
//!   bundle's are made anew.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::BundleError;
use super::marker::Marker;
use crate::bundle::layout::Name;
use crate::bundle::line;
use crate::note::SignedNote;

/// The folder of a bundle that is written to.
#[derive(Debug)]
pub(super) struct Store {
    dir: PathBuf,
    /// The folder itself, locked.
    lock: File,
    is_marked: bool,
    /// Files that were written and not yet synced.
    fresh: Vec<Name>,
}

impl Store {
    /// Makes the folder if there is none, and locks it.
    pub(super) fn open(dir: &Path) -> Result<Self, BundleError> {
        let shown = || dir.display().to_string();
        let io = |cause| BundleError::Io { path: shown(), cause };
        match DirBuilder::new().mode(0o700).create(dir) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(io(error)),
            _ => {}
        }
        if !fs::symlink_metadata(dir).map_err(io)?.is_dir() {
            return Err(BundleError::NotAFolder(shown()));
        }
        let lock = File::open(dir).map_err(io)?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => BundleError::Busy,
            TryLockError::Error(error) => io(error),
        })?;
        Ok(Self { dir: dir.to_owned(), lock, is_marked: false, fresh: Vec::new() })
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes the file that says that the bundle is unfinished, once.
    pub(super) fn mark(&mut self, marker: &Marker) -> Result<(), BundleError> {
        if !self.is_marked {
            self.replace(Name::Unfinished, marker.to_string().as_bytes())?;
            self.is_marked = true;
        }
        Ok(())
    }

    /// The bytes of a file, if it is there.
    pub(super) fn read(&self, name: Name) -> Result<Option<Vec<u8>>, BundleError> {
        match fs::read(self.path(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(BundleError::io(name, error)),
        }
    }

    /// A note, if it is there.
    pub(super) fn note(&self, name: Name) -> Result<Option<SignedNote>, BundleError> {
        let Some(bytes) = self.read(name)? else { return Ok(None) };
        let text = String::from_utf8(bytes).map_err(|error| BundleError::made(name, error))?;
        SignedNote::parse(&text).map(Some).map_err(|error| BundleError::made(name, error))
    }

    /// Writes a file that is not there yet. [`Store::sync`] makes it last.
    pub(super) fn put(&mut self, name: Name, bytes: &[u8]) -> Result<(), BundleError> {
        self.make_parent(name)?;
        if matches!(name, Name::Tile(..)) {
            let written = create(&self.path(name)).and_then(|mut file| file.write_all(bytes));
            written.map_err(|error| BundleError::io(name, error))?;
        } else {
            self.replace(name, bytes)?;
        }
        self.fresh.push(name);
        Ok(())
    }

    /// Writes a file whole, in the place of what was there, and makes it last.
    pub(super) fn replace(&self, name: Name, bytes: &[u8]) -> Result<(), BundleError> {
        let staged = self.path(Name::Staged);
        let replace = || {
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&staged)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&staged, self.path(name))?;
            self.lock.sync_all()
        };
        replace().map_err(|error| BundleError::io(name, error))
    }

    /// Removes a file, and the folders that it leaves empty.
    pub(super) fn remove(&self, name: Name) -> Result<(), BundleError> {
        match fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(BundleError::io(name, error));
            }
            _ => {}
        }
        let path = self.path(name);
        for folder in path.ancestors().skip(1).take_while(|folder| *folder != self.dir) {
            match fs::remove_dir(folder) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => break,
                Err(error) => return Err(BundleError::io(name, error)),
            }
        }
        Ok(())
    }

    /// Removes a folder in which nothing is.
    pub(super) fn remove_folder(&self, path: &str) -> Result<(), BundleError> {
        let removed = fs::remove_dir(self.dir.join(path));
        removed.map_err(|cause| BundleError::Io { path: path.to_owned(), cause })
    }

    /// A new file for entries.
    pub(super) fn new_lines(&self) -> Result<Lines, BundleError> {
        let file =
            create(&self.path(Name::Entries)).map_err(|error| BundleError::io(Name::Entries, error))?;
        Ok(Lines(BufWriter::new(file)))
    }

    /// The entries that are there, to be added to, and their length: the last one has the index before `next`.
    pub(super) fn lines_up_to(&self, next: u64) -> Result<(Lines, u64), BundleError> {
        let open = || {
            let mut file = OpenOptions::new().read(true).write(true).open(self.path(Name::Entries))?;
            let len = file.seek(SeekFrom::End(0))?;
            let most = u64::try_from(line::LINE_MAX_BYTES).unwrap_or(u64::MAX);
            let mut end = Vec::new();
            file.seek(SeekFrom::Start(len.saturating_sub(most)))?;
            file.read_to_end(&mut end)?;
            Ok((file, len, line::index_of(&end)))
        };
        let (file, len, last) = open().map_err(|error| BundleError::io(Name::Entries, error))?;
        if last.and_then(|last| last.checked_add(1)) != Some(next) {
            let what = format_args!("it does not end with entry {}", next.saturating_sub(1));
            return Err(BundleError::held(Name::Entries, what));
        }
        Ok((Lines(BufWriter::new(file)), len))
    }

    /// Cuts the entries.
    pub(super) fn cut_lines(&self, len: u64) -> Result<(), BundleError> {
        let cut = || {
            let file = OpenOptions::new().write(true).open(self.path(Name::Entries))?;
            file.set_len(len)?;
            file.sync_all()
        };
        cut().map_err(|error| BundleError::io(Name::Entries, error))
    }

    /// Makes all that was written last, and the names it has.
    pub(super) fn sync(&mut self) -> Result<(), BundleError> {
        let mut folders = BTreeSet::from([self.dir.clone()]);
        for name in std::mem::take(&mut self.fresh) {
            let path = self.path(name);
            File::open(&path)
                .and_then(|file| file.sync_all())
                .map_err(|error| BundleError::io(name, error))?;
            folders.extend(path.ancestors().skip(1).take_while(|at| *at != self.dir).map(Path::to_owned));
        }
        for folder in folders {
            let synced = File::open(&folder).and_then(|file| file.sync_all());
            synced.map_err(|cause| BundleError::Io { path: folder.display().to_string(), cause })?;
        }
        Ok(())
    }

    fn path(&self, name: Name) -> PathBuf {
        self.dir.join(name.to_string())
    }

    fn make_parent(&self, name: Name) -> Result<(), BundleError> {
        let path = self.path(name);
        let Some(parent) = path.parent() else { return Ok(()) };
        let made = DirBuilder::new().mode(0o700).recursive(true).create(parent);
        made.map_err(|error| BundleError::io(name, error))
    }
}

/// Lines of entries on their way to the end of the file.
#[derive(Debug)]
pub(super) struct Lines(BufWriter<File>);

impl Lines {
    pub(super) fn write(&mut self, line: &[u8]) -> Result<(), BundleError> {
        self.0.write_all(line).map_err(|error| BundleError::io(Name::Entries, error))
    }

    /// Makes them last.
    pub(super) fn sync(&mut self) -> Result<(), BundleError> {
        let synced = self.0.flush().and_then(|()| self.0.get_ref().sync_all());
        synced.map_err(|error| BundleError::io(Name::Entries, error))
    }
}

fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}
