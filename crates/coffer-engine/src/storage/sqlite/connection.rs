//! A connection to the database file, with the settings of its role.
//!
//! Trust: the file may have been written by an enemy. Its schema runs no function of ours, and its triggers and views are not run.
//!
//! # Invariants
//! - `secure_delete` is on wherever something is written: what is freed is zeroed.
//! - No connection checkpoints by itself, neither after a commit nor when it is closed: [`super::checkpoint`] does, so that a
//!   commit and a short-lived process don't pay for it.
//! - Page caches are bounded, and nothing is memory-mapped but the WAL index: idle memory is bounded, and a disk error is an error
//!   and not a signal.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Result};

use super::checkpoint::WAL_KEPT_BYTES;
use super::errors::BUSY_WAIT_SECONDS;

/// What a connection is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Makes a new store, in a file that nobody else knows.
    Maker,
    /// Commits. One a process.
    Writer,
    /// Answers `get`, `scan` and `pending`.
    Reader,
    /// Copies the WAL into the database file.
    Checkpointer,
}

impl Role {
    const fn cache_kib(self) -> u32 {
        match self {
            Self::Writer | Self::Maker => 2048,
            // What it holds is void after each commit of somebody else, so it serves within one read: the inner pages of a scan.
            Self::Reader => 512,
            Self::Checkpointer => 64,
        }
    }
}

/// Statements that a connection keeps prepared; there are fewer.
const STATEMENTS_MAX: usize = 24;

/// Opens the file, which must exist.
pub(super) fn open(path: &Path, role: Role) -> Result<Connection> {
    let access = match role {
        Role::Reader => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Role::Maker | Role::Writer | Role::Checkpointer => OpenFlags::SQLITE_OPEN_READ_WRITE,
    };
    let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(BUSY_WAIT_SECONDS))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, role != Role::Maker)?;
    connection.execute_batch(&format!(
        "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
         PRAGMA cache_size = -{}; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {WAL_KEPT_BYTES};",
        role.cache_kib(),
    ))?;
    if cfg!(target_os = "macos") {
        // There `fsync` leaves the bytes in the drive's cache.
        connection.execute_batch("PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;")?;
    }
    Ok(connection)
}
