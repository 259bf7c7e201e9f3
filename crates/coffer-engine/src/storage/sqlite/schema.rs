//! The tables, how a store is made, and how a file is recognised as one.
//!
//! Trust: a file that says it is a store is believed to be one, nothing more. What its rows hold is opened by others, with keys
//! that are not here.
//!
//! # Invariants
//! - `coffer.db` is there means that it is whole: a store is made under another name and renamed.
//! - Nothing is written to a file before it is recognised.
//! - A position of `pending` is never given twice, also when its row is gone: an integrated entry must not be taken for a new one. So who
//!   removes rows writes the highest position that he removes to `removed_to`, in the same commit. (`AUTOINCREMENT` would keep count in a
//!   table of its own, with one more page in every commit: 17 us instead of 12.)
//! - Records lie in the order in which they were first written, and an index finds them. In the order of their keys (`WITHOUT ROWID`), which are
//!   hashes, a dozen share a page and nearly every new one has it split: a commit of eight new secrets wrote 47 pages, and writes 30 now. Stores
//!   that were made so go on; every statement here is the same for both.
//! - There is one such table, for large values too. A second one would read 1 MiB in half the time (0.25 ms less), and make every small record
//!   cost one more tree.

use std::fs;
use std::path::Path;

use rusqlite::{Connection, Error};

use super::connection::{self, Role};
use super::errors::explain;
use super::files::{Files, io_error, open_or_make};
use crate::storage::StorageError;

/// `CFFR`, in the header of the database file.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"CFFR");
/// The format that this build writes, and the newest that it reads.
pub(super) const FORMAT: i32 = 1;

/// `changes` counts the commits that wrote records. Audit rows alone don't move it, so that what other processes remember of
/// records stays good while this one only reads.
const TABLES: &str = "
    CREATE TABLE records (key BLOB NOT NULL PRIMARY KEY, revision BLOB NOT NULL, value BLOB NOT NULL);
    CREATE TABLE pending (position INTEGER PRIMARY KEY, id BLOB NOT NULL, tenant BLOB NOT NULL,
                          sealed BLOB NOT NULL);
    CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), changes INTEGER NOT NULL, removed_to INTEGER NOT NULL);
    INSERT INTO meta (id, changes, removed_to) VALUES (1, 0, 0);
";

/// Makes the store, unless somebody else has; the caller holds the store's write lock.
pub(super) fn create(files: &Files) -> Result<(), StorageError> {
    if files.database_exists()? {
        return Ok(());
    }
    // SQLite would replay a WAL that was left behind into the new file, and what is in it may be all that is left of the old one.
    if files.wal.metadata().is_ok_and(|wal| wal.len() > 0) {
        return Err(StorageError::Damaged(format!("{} is there without its database", files.wal.display())));
    }
    // Left by a process that was killed here. Nobody has ever had a record in it.
    remove(&files.unfinished)?;
    drop(open_or_make(&files.unfinished)?);
    make_tables(&files.unfinished).map_err(|error| explain(&error, files))?;
    fs::rename(&files.unfinished, &files.database).map_err(|error| io_error(&error))?;
    files.sync_dir()
}

/// Whether the file behind `connection` is a store that this build can use.
pub(super) fn recognise(connection: &Connection, files: &Files) -> Result<(), StorageError> {
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i32>(0))
            .map_err(|error| explain(&error, files))
    };
    if number("application_id")? != APPLICATION_ID {
        return Err(StorageError::Foreign(files.database.clone()));
    }
    match number("user_version")? {
        FORMAT => Ok(()),
        found if found > FORMAT => {
            Err(StorageError::TooNew { found: found.unsigned_abs(), known: FORMAT.unsigned_abs() })
        }
        _ => Err(StorageError::Damaged("the format number is missing".to_owned())),
    }
}

fn make_tables(path: &Path) -> Result<(), Error> {
    let connection = connection::open(path, Role::Maker)?;
    connection.execute_batch(&format!(
        "PRAGMA page_size = 4096; PRAGMA auto_vacuum = NONE; PRAGMA synchronous = FULL;
         BEGIN; {TABLES} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;
         PRAGMA journal_mode = WAL;"
    ))?;
    // The last connection takes the WAL into the file and removes it, so that one file is renamed and not two.
    connection.close().map_err(|(_, error)| error)
}

fn remove(path: &Path) -> Result<(), StorageError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io_error(&error)),
        _ => Ok(()),
    }
}
