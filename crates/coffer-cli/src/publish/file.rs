//! To a file: always a whole checkpoint, never an older one than was there.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use coffer_encryption::random;
use coffer_log::note::NOTE_MAX_BYTES;
use coffer_log::{Checkpoint, CheckpointError, SignedNote};
use rustix::fs::OFlags;

/// Writes `note` to the file `path`, for everybody to read (mode 0644): beside it first, then in its place, so that who
/// reads it sees the old one or the new one.
///
/// An empty file is replaced, and one with an older checkpoint of the same log. Nothing else is: a wrong setting destroys
/// nothing, and a copy that knows more than the store is kept.
///
/// # Errors
/// [`ToFileError`]. What was there is still there, unless it says that only the folder could not be synced.
pub fn to_file(path: &Path, note: &SignedNote) -> Result<(), ToFileError> {
    let ours = Checkpoint::parse(note.text())?;
    check_replaceable(path, &ours)?;
    let failed = |error: io::Error| ToFileError::Io { path: path.to_owned(), cause: error.to_string() };
    let drawn: [u8; 8] = random::bytes().map_err(|error| failed(io::Error::other(error)))?;
    let beside = path.with_file_name(format!(".coffer-{:016x}.new", u64::from_be_bytes(drawn)));
    let written = write_new(&beside, note).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    written.and_then(|()| File::open(folder)?.sync_all()).map_err(failed)
}

/// Why the file was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ToFileError {
    /// What was to be written is not a checkpoint.
    #[error(transparent)]
    NotACheckpoint(#[from] CheckpointError),
    /// There is something with that name that is not a plain file: a symbolic link, a folder, a device.
    #[error("{} is not a plain file; the checkpoint is not written there", .0.display())]
    NotAFile(PathBuf),
    /// The file holds something else. It is left as it is.
    #[error("{} holds something that is not a checkpoint; name another file, or move this one", .0.display())]
    Foreign(PathBuf),
    /// The file holds a checkpoint of another log. It is left as it is.
    #[error("{} holds a checkpoint of another log, {other}; name another file, or move this one", path.display())]
    OtherLog {
        /// The file.
        path: PathBuf,
        /// The origin of that log.
        other: String,
    },
    /// The file holds a later checkpoint. It is left as it is.
    #[error(
        "{} has a checkpoint of size {theirs}, and the log has {ours} entries: an older store was put back, or another \
         process was quicker", path.display()
    )]
    Ahead {
        /// The file.
        path: PathBuf,
        /// Size of the tree in the file.
        theirs: u64,
        /// Size of the tree that was to be written.
        ours: u64,
    },
    /// The file holds another checkpoint of the same size. It is left as it is.
    #[error("{} has another checkpoint of size {size}: the log was forked, or an older store was put back", path.display())]
    Forked {
        /// The file.
        path: PathBuf,
        /// The size of both trees.
        size: u64,
    },
    /// The operating system refused; the text is its own.
    #[error("{}: {cause}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Its words.
        cause: String,
    },
}

/// Whether what is at `path` may make way for `ours`.
fn check_replaceable(path: &Path, ours: &Checkpoint) -> Result<(), ToFileError> {
    let Some(text) = read_old(path)? else { return Ok(()) };
    let theirs = SignedNote::parse(&text).ok().and_then(|note| Checkpoint::parse(note.text()).ok());
    let theirs = theirs.ok_or_else(|| ToFileError::Foreign(path.to_owned()))?;
    let path = path.to_owned();
    if theirs.origin != ours.origin {
        return Err(ToFileError::OtherLog { path, other: theirs.origin.to_string() });
    }
    if theirs.size > ours.size {
        return Err(ToFileError::Ahead { path, theirs: theirs.size, ours: ours.size });
    }
    if theirs.size == ours.size && theirs.root != ours.root {
        return Err(ToFileError::Forked { path, size: ours.size });
    }
    Ok(())
}

/// The text of the file `path`, if there is one and it has any.
fn read_old(path: &Path) -> Result<Option<String>, ToFileError> {
    let failed = |error: io::Error| ToFileError::Io { path: path.to_owned(), cause: error.to_string() };
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => {}
        Ok(_other) => return Err(ToFileError::NotAFile(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let most = u64::try_from(NOTE_MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_not_text| ToFileError::Foreign(path.to_owned()))?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn write_new(path: &Path, note: &SignedNote) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(note.to_string().as_bytes())?;
    // Whatever the umask says: it is public, and read by others.
    file.set_permissions(Permissions::from_mode(0o644))?;
    file.sync_all()
}

#[cfg(test)]
mod tests;
