//! The database's errors, as a storage says them.
//!
//! Trust: texts are the database's or the system's own. Of an error only its message is told: what the database adds as details may hold
//! a key, and our statements hold no values.
//!
//! # Invariants
//! - An error never says that something was committed, and one that leaves it open is told apart ([`is_lost`]).

use coffer_engine::storage::StorageError;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, Severity, SqlState};

use crate::session::LOCK_WAIT;

/// The storage error that `error` stands for.
pub(crate) fn explain(error: &Error) -> StorageError {
    match error.as_db_error() {
        Some(database) => explain_database(database),
        None => StorageError::Io(told(error)),
    }
}

/// Whether the connection is gone, so that nobody has said what became of what was sent.
pub(crate) fn is_lost(error: &Error) -> bool {
    match error.as_db_error() {
        Some(database) => matches!(database.parsed_severity(), Some(Severity::Fatal | Severity::Panic)),
        None => true,
    }
}

fn explain_database(error: &DbError) -> StorageError {
    let text = || error.message().to_owned();
    match error.code() {
        &SqlState::DISK_FULL => StorageError::Full,
        &SqlState::READ_ONLY_SQL_TRANSACTION => StorageError::ReadOnly(text()),
        &SqlState::INSUFFICIENT_PRIVILEGE => StorageError::ReadOnly(text()),
        &SqlState::LOCK_NOT_AVAILABLE
        | &SqlState::T_R_DEADLOCK_DETECTED
        | &SqlState::T_R_SERIALIZATION_FAILURE => StorageError::Busy(LOCK_WAIT.as_secs()),
        &SqlState::DATA_CORRUPTED
        | &SqlState::INDEX_CORRUPTED
        | &SqlState::UNDEFINED_TABLE
        | &SqlState::UNDEFINED_COLUMN => StorageError::Damaged(text()),
        _ => StorageError::Io(text()),
    }
}

/// The error with what it came from, where its own words hold nothing of ours.
fn told(error: &Error) -> String {
    let source = std::error::Error::source(error).map(|source| format!(": {source}"));
    format!("{error}{}", source.unwrap_or_default())
}
