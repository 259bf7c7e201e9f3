//! Which file: opened with care, made, found again after it was renamed.
//!
//! Trust: the settings say where the file is, and may be wrong. So nothing is opened that has effects of its own, and
//! nothing is written to that is not plainly ours. Somebody who can write to the folder can put another file there; that is
//! the operator's to prevent, and what he puts there has to be owned by us, and hold our lines, to be written to.

use std::fs::{self, File, FileType, Metadata, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom};
use std::os::unix::fs::{DirEntryExt, FileExt, FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::scan::{self, End, Seen};
use super::{FilePosition, TailFileError};

/// Permission bits of a file mode, without its kind.
const MODE_BITS: u32 = 0o7777;
/// Those with which others could write.
const OTHERS_WRITE: u32 = 0o022;

/// A file that has passed every check, locked.
#[derive(Debug)]
pub(super) struct OurFile {
    pub(super) file: File,
    path: PathBuf,
    /// As it was when it was opened.
    found: Metadata,
}

/// Opens the file `path`; nothing when there is none.
pub(super) fn open(path: &Path) -> Result<Option<OurFile>, TailFileError> {
    // Before it is opened: some devices do something when they are.
    let found = match path.symlink_metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io_error(path, &error)),
    };
    check_kind(path, found.file_type())?;
    match options().open(path) {
        Ok(file) => OurFile::new(path, file).map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error(path, &error)),
    }
}

/// Makes the file `path`, which was not there.
pub(super) fn make(path: &Path) -> Result<OurFile, TailFileError> {
    // Not `create_new`: another process may have been quicker, and then it is the file all the same.
    let file = options().create(true).mode(0o600).open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => TailFileError::NoFolder(path.to_owned()),
        _ => io_error(path, &error),
    })?;
    OurFile::new(path, file)
}

/// The file that `stored` names, under another name in the folder of `path`.
///
/// What can't be looked at is not it: then lines come twice, which is better than none.
pub(super) fn find_beside(path: &Path, stored: &FilePosition) -> Result<Option<OurFile>, TailFileError> {
    let Ok(entries) = fs::read_dir(folder(path)) else { return Ok(None) };
    let named = entries.flatten().filter(|entry| entry.ino() == stored.inode());
    for entry in named.filter(|entry| Some(entry.file_name().as_os_str()) != path.file_name()) {
        match open(&entry.path()) {
            Ok(Some(file)) if file.is_at(stored) => return Ok(Some(file)),
            Err(TailFileError::Busy(_)) => return Err(TailFileError::Busy(path.to_owned())),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

/// Makes the names in the folder of `path` survive the loss of power.
pub(super) fn sync_folder(path: &Path) -> Result<(), TailFileError> {
    File::open(folder(path)).and_then(|folder| folder.sync_all()).map_err(|error| io_error(path, &error))
}

impl OurFile {
    fn new(path: &Path, file: File) -> Result<Self, TailFileError> {
        let found = file.metadata().map_err(|error| io_error(path, &error))?;
        check_kind(path, found.file_type())?;
        check_private(path, &found)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, path: path.to_owned(), found }),
            Err(TryLockError::WouldBlock) => Err(TailFileError::Busy(path.to_owned())),
            Err(TryLockError::Error(error)) => Err(io_error(path, &error)),
        }
    }

    /// Whether it is the file of `stored`, and has all that is behind it: a line ends there.
    pub(super) fn is_at(&self, stored: &FilePosition) -> bool {
        let ends_there = || match stored.length().checked_sub(1) {
            None => true,
            Some(last) => {
                let mut byte = [0];
                self.file.read_exact_at(&mut byte, last).is_ok() && byte == *b"\n"
            }
        };
        stored.is_of(&self.found) && ends_there()
    }

    /// Whether `path` is a name of this file.
    pub(super) fn is_called(&self, path: &Path) -> Result<bool, TailFileError> {
        match path.symlink_metadata() {
            Ok(found) => Ok(self.position(0).is_of(&found)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(io_error(path, &error)),
        }
    }

    pub(super) fn position(&self, length: u64) -> FilePosition {
        FilePosition::new(&self.found, length)
    }

    /// Counts the lines behind `stored`, and cuts off what follows them: nobody was told that it is there.
    ///
    /// After a crash that may be anything: half a line, or zeros where data should be.
    pub(super) fn count_behind(&self, stored: &FilePosition, seen: &mut Seen) -> Result<u64, TailFileError> {
        let (length, end) = self.count_from(stored.length(), seen)?;
        if end != End::Clean {
            self.cut(length)?;
        }
        Ok(length)
    }

    /// Counts all lines of a file of which nothing is known. It has to hold lines and nothing else; half a line at its
    /// end is cut off.
    pub(super) fn count_all(&self, seen: &mut Seen) -> Result<u64, TailFileError> {
        match self.count_from(0, seen)? {
            (length, End::Clean) => Ok(length),
            (length, End::Torn) => self.cut(length).map(|()| length),
            (at, End::Foreign) => Err(TailFileError::Foreign { path: self.path.clone(), at }),
        }
    }

    pub(super) fn sync(&self) -> Result<(), TailFileError> {
        self.file.sync_all().map_err(|error| self.error(&error))
    }

    pub(super) fn error(&self, error: &io::Error) -> TailFileError {
        io_error(&self.path, error)
    }

    fn count_from(&self, from: u64, seen: &mut Seen) -> Result<(u64, End), TailFileError> {
        let mut file = &self.file;
        let counted = file.seek(SeekFrom::Start(from)).and_then(|_at| scan::count(file, seen));
        let lines = counted.map_err(|error| self.error(&error))?;
        Ok((from.saturating_add(lines.length), lines.end))
    }

    fn cut(&self, length: u64) -> Result<(), TailFileError> {
        self.file.set_len(length).map_err(|error| self.error(&error))
    }
}

/// Never through a symbolic link, never waiting for whoever may be at the other end, never as our terminal.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    options.read(true).append(true).custom_flags(flags.bits().cast_signed());
    options
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn check_kind(path: &Path, kind: FileType) -> Result<(), TailFileError> {
    let what = match kind {
        _ if kind.is_file() => return Ok(()),
        _ if kind.is_symlink() => "a symbolic link",
        _ if kind.is_dir() => "a folder",
        _ if kind.is_fifo() => "a pipe",
        _ if kind.is_socket() => "a socket",
        _ => "a device",
    };
    Err(TailFileError::NotAFile { path: path.to_owned(), what })
}

fn check_private(path: &Path, found: &Metadata) -> Result<(), TailFileError> {
    let open_to_others = |problem| Err(TailFileError::Permissions { path: path.to_owned(), problem });
    let user = rustix::process::geteuid().as_raw();
    if found.uid() != user {
        return open_to_others(format!("owned by user {}, wanted {user}", found.uid()));
    }
    let mode = found.mode() & MODE_BITS;
    if mode & OTHERS_WRITE != 0 {
        return open_to_others(format!("mode {mode:04o}, wanted 0600"));
    }
    if found.nlink() > 1 {
        return open_to_others(format!("it has {} names, wanted one", found.nlink()));
    }
    Ok(())
}

fn io_error(path: &Path, error: &io::Error) -> TailFileError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => TailFileError::Full(path),
        io::ErrorKind::NotADirectory => TailFileError::NoFolder(path),
        _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => {
            TailFileError::NotAFile { path, what: "a symbolic link" }
        }
        _ => TailFileError::Io { path, cause: error.to_string() },
    }
}
