//! SQLite's errors, as a storage says them.
//!
//! Trust: texts are SQLite's or the operating system's own. Neither repeats a bound value, and our statements hold none.
//!
//! # Invariants
//! - Every error that an operator can mend has its own variant; the rest is [`StorageError::Io`] with SQLite's words.
//! - An error never says that something was committed.

use rusqlite::{Error, ErrorCode};
use rustix::fs::{Access, access, statvfs};

use super::files::{Files, io_error};
use crate::storage::StorageError;

/// How long SQLite itself waits for a lock that only a foreign tool, or another process that opens the store, can hold.
pub(super) const BUSY_WAIT_SECONDS: u64 = 2;

/// Less than this is no space: SQLite needs some pages for the smallest commit.
const SPACE_MIN_BYTES: u64 = 64 * 1024;

/// The storage error that `error` stands for.
pub(super) fn explain(error: &Error, files: &Files) -> StorageError {
    let Error::SqliteFailure(failure, _) = error else {
        // Ours are fixed statements: only a schema or a row that is not as we made it gives any of the others.
        return StorageError::Damaged(error.to_string());
    };
    match failure.code {
        ErrorCode::DiskFull => StorageError::Full,
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied => StorageError::ReadOnly(error.to_string()),
        ErrorCode::DatabaseCorrupt => StorageError::Damaged(error.to_string()),
        ErrorCode::NotADatabase => StorageError::Foreign(files.database.clone()),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::FileLockingProtocolFailed => {
            StorageError::Busy(BUSY_WAIT_SECONDS)
        }
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure => explain_by_place(error, files),
        // A table or column is not there.
        ErrorCode::Unknown | ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch => {
            StorageError::Damaged(error.to_string())
        }
        _ => StorageError::Io(error.to_string()),
    }
}

/// SQLite keeps the system's error number to itself in these cases, so the place is asked what is wrong with it.
fn explain_by_place(error: &Error, files: &Files) -> StorageError {
    if let Err(refused) = access(&files.dir, Access::WRITE_OK) {
        return io_error(&refused.into());
    }
    let left = statvfs(&files.dir).map_or(u64::MAX, |place| place.f_bavail.saturating_mul(place.f_frsize));
    if left < SPACE_MIN_BYTES { StorageError::Full } else { StorageError::Io(error.to_string()) }
}
