//! The plain audit file (`AUDIT_LOG_PATH`): the entries of all logs as lines, for `tail -F` and whatever collects logs.
//!
//! It is a copy for people and programs that read lines. The log itself is elsewhere, and checked elsewhere: who can
//! write here can write anything. One line an entry, and each entry once:
//!
//! ```text
//! {"entry":<leaf>,"leaf_hash":"<64 hex>","log_index":<n>,"log_origin":"<origin>"}
//! ```
//!
//! # Once each, across crashes
//!
//! The caller keeps two things in one durable place: for each log the index of the next entry, and the
//! [`FilePosition`]. He stores both whenever he has a new position, and *before he appends again*:
//!
//! ```no_run
//! # use std::path::Path;
//! # use coffer_cli::tailfile::{FilePosition, TailFile, TailFileError};
//! # fn stored() -> (u64, Option<FilePosition>) { (0, None) }
//! # fn store(next: u64, at: FilePosition) {}
//! # fn lines_from(next: u64) -> (Vec<u8>, u64) { (Vec::new(), next) }
//! # fn main() -> Result<(), TailFileError> {
//! let (next, at) = stored();
//! let mut tail = TailFile::open(Path::new("/var/log/coffer/audit.jsonl"), at)?;
//! let next = next.max(tail.next_index("coffer.example/log").unwrap_or(0));
//! store(next, tail.position());
//!
//! let (lines, next) = lines_from(next);
//! tail.append(&lines)?;
//! store(next, tail.sync()?);
//! # Ok(())
//! # }
//! ```
//!
//! So every line that is not yet counted in what is stored lies in the one file that the stored position names, behind
//! it. [`TailFile::open`] looks there: whole lines are counted, a torn one is cut off. That file may have been renamed in
//! its folder meanwhile; it is found by its inode. When it is in no such place any more (deleted, moved away,
//! compressed), the lines that were not yet counted may come a second time. None is ever left out.
//!
//! A file that is rotated by renaming is left at the next [`TailFile::sync`], and its successor is made. Rotation by
//! copying and cutting loses what is written in between, as it does for every program.
//!
//! # Invariants
//!
//! * What this module does not know as its own is neither cut nor written to: a symbolic link, a device, a folder, a
//!   file of others, or one that others may write or that has a second name, a file with anything but our lines in it.
//! * No byte below 0x20 is written but the line end of each line, so that no entry can end its line, begin another one,
//!   or talk to a terminal. A line that could not be read back is not written.
//! * Whatever goes wrong is an error for a warning: nothing waits, and nothing in the vault depends on it.

mod line;
mod place;
mod position;
mod scan;

use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub use line::{LINE_MAX_BYTES, LineError};
pub use position::FilePosition;

use place::OurFile;
use scan::Seen;

/// The file, open and locked: no other process writes to it meanwhile.
///
/// After an error of [`append`](Self::append) or [`sync`](Self::sync), other than a refused line, it is of no more use:
/// drop it, and open it again later with the position that was stored last.
#[derive(Debug)]
pub struct TailFile {
    path: PathBuf,
    file: OurFile,
    /// The length that the file should have: nobody else writes to it.
    length: u64,
    synced: FilePosition,
    seen: Seen,
    failed: bool,
}

impl TailFile {
    /// Opens the file `path`, or makes it, to go on behind `stored`, the position that was stored last. Without one, all
    /// that the file has is counted.
    ///
    /// Store [`TailFile::position`] before the first [`TailFile::append`].
    ///
    /// # Errors
    /// [`TailFileError`]. Nothing was written.
    pub fn open(path: &Path, stored: Option<FilePosition>) -> Result<Self, TailFileError> {
        let mut seen = Seen::default();
        let (file, length) = match (place::open(path)?, stored) {
            (Some(file), Some(stored)) if file.is_at(&stored) => {
                let length = file.count_behind(&stored, &mut seen)?;
                (file, length)
            }
            (here, stored) => {
                let rotated = stored.map(|stored| place::find_beside(path, &stored)).transpose()?.flatten();
                if let Some((rotated, stored)) = rotated.zip(stored) {
                    rotated.count_behind(&stored, &mut seen)?;
                    rotated.sync()?;
                }
                enter(path, here, &mut seen)?
            }
        };
        file.sync()?;
        let synced = file.position(length);
        Ok(Self { path: path.to_owned(), file, length, synced, seen, failed: false })
    }

    /// The index of the entry of the log `origin` that comes next, if one of its entries was seen behind the stored
    /// position, or has been written since.
    #[must_use]
    pub fn next_index(&self, origin: &str) -> Option<u64> {
        self.seen.next_index(origin)
    }

    /// How far the file is durable.
    #[must_use]
    pub fn position(&self) -> FilePosition {
        self.synced
    }

    /// Writes `lines`, of any logs, each log's in order.
    ///
    /// # Errors
    /// [`TailFileError::Line`] when one of them may not be written: then none is, and the file is as good as before.
    /// Otherwise [`TailFileError`].
    pub fn append(&mut self, lines: &[u8]) -> Result<(), TailFileError> {
        self.check_usable()?;
        let read = line::read_all(lines)?;
        self.seen.check(&read)?;
        if let Err(error) = self.file.file.write_all(lines) {
            // A reader should not see half a line for as long as the device is full.
            self.fail(self.length);
            return Err(self.file.error(&error));
        }
        self.length = self.length.saturating_add(u64::try_from(lines.len()).unwrap_or(u64::MAX));
        read.iter().for_each(|line| self.seen.count(line));
        Ok(())
    }

    /// Makes durable what was appended. When the file was renamed, its successor is made, and the position is there.
    ///
    /// Store the position, with the index of the next entry of each log, before the next [`TailFile::append`].
    ///
    /// # Errors
    /// [`TailFileError`]. What was appended since the last position may have to be appended again: opening the file
    /// anew tells.
    pub fn sync(&mut self) -> Result<FilePosition, TailFileError> {
        self.check_usable()?;
        if let Err(error) = self.file.file.sync_data() {
            // Nobody knows what is on the device. It is written anew, and not believed because it can be read.
            self.fail(self.synced.length());
            return Err(self.file.error(&error));
        }
        let now = self.file.file.metadata().map_err(|error| self.file.error(&error))?;
        if now.nlink() == 0 || now.len() != self.length {
            self.failed = true;
            return Err(TailFileError::Changed(self.path.clone()));
        }
        if !self.file.is_called(&self.path)? {
            let here = place::open(&self.path)?;
            (self.file, self.length) = enter(&self.path, here, &mut self.seen)?;
            self.file.sync()?;
        }
        self.synced = self.file.position(self.length);
        Ok(self.synced)
    }

    fn check_usable(&self) -> Result<(), TailFileError> {
        if self.failed { Err(TailFileError::Failed(self.path.clone())) } else { Ok(()) }
    }

    /// The file can't be used any more. Cuts it to `length` if that can be done; opening it anew does it otherwise.
    fn fail(&mut self, length: u64) {
        self.failed = true;
        let _ = self.file.file.set_len(length);
    }
}

/// Goes on in a file that the stored position does not name: `here`, or a new one.
fn enter(path: &Path, here: Option<OurFile>, seen: &mut Seen) -> Result<(OurFile, u64), TailFileError> {
    let file = match here {
        Some(file) => file,
        None => place::make(path)?,
    };
    let length = file.count_all(seen)?;
    place::sync_folder(path)?;
    Ok((file, length))
}

/// Why the audit file can't be written. Nothing else is the worse for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TailFileError {
    /// The folder that should hold the file is not there.
    #[error("there is no folder for the audit file {}", .0.display())]
    NoFolder(PathBuf),
    /// What has that name is not a plain file.
    #[error("{} is {what}; the audit file has to be a plain file", path.display())]
    NotAFile {
        /// The name.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// Others own it, may write to it, or have it under another name.
    #[error("the audit file {} is open to others: {problem}", path.display())]
    Permissions {
        /// The name.
        path: PathBuf,
        /// What is wrong with it, such as `mode 0666, wanted 0600`.
        problem: String,
    },
    /// The file holds something else: it is left as it is.
    #[error("{} holds something that is no audit line, at byte {at}; name another file, or move this one", path.display())]
    Foreign {
        /// The name.
        path: PathBuf,
        /// Where the first such line begins.
        at: u64,
    },
    /// Another process has it open.
    #[error("another process is writing the audit file {}", .0.display())]
    Busy(PathBuf),
    /// No space is left on the device.
    #[error("no space is left for the audit file {}", .0.display())]
    Full(PathBuf),
    /// A line was refused.
    #[error("line {number} of those for the audit file can't be written: {cause}")]
    Line {
        /// Which of the lines; the first is 1.
        number: usize,
        /// What is wrong with it.
        #[source]
        cause: LineError,
    },
    /// The file was deleted, cut, or written to by somebody else.
    #[error("the audit file {} was deleted, cut or written to by somebody else", .0.display())]
    Changed(PathBuf),
    /// An earlier call failed: the file has to be opened anew.
    #[error("the audit file {} has to be opened anew, after an error", .0.display())]
    Failed(PathBuf),
    /// The operating system refused; the text is its own.
    #[error("the audit file {}: {cause}", path.display())]
    Io {
        /// The name.
        path: PathBuf,
        /// Its words.
        cause: String,
    },
}

#[cfg(test)]
mod tests;
