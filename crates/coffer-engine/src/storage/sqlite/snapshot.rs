//! All that is stored, as it was at one moment: a connection of its own, in one read transaction.
//!
//! Trust: as for [`super::reader`]: what is read is handed on as it is.
//!
//! # Invariants
//! - Nobody waits for it to be taken but for the copying of the WAL, which the next commit would have done; and nobody reads slower.
//! - While it is held the WAL can't begin anew, so commits make it grow. From [`HELD_MAX_BYTES`] on the snapshot ends, with
//!   [`StorageError::Overtaken`], and not the commits, which would have to wait a little later: it looks after each page.
//! - Whoever holds one and does not read on (a stopped process) is what any reader of another program is: from the hard limit of
//!   [`super::checkpoint`] on commits fail with [`StorageError::Busy`] until he goes on or ends. What is deleted meanwhile can't be
//!   taken out of the files: `erase_deleted` says so.

use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::wal::CheckpointMode;

use super::SqliteStorage;
use super::checkpoint::{HELD_MAX_BYTES, everything};
use super::connection::{self, Role};
use super::errors::explain;
use super::reader::{pending, scan};
use crate::storage::{BoxFuture, Key, Page, PendingPosition, PendingRow, Snapshot, StorageError};

/// Bytes of the WAL from which it begins anew for a snapshot: less takes little of its room.
const RESTARTED_MIN_BYTES: u64 = 4 * 1024 * 1024;
/// How long the WAL is waited for to begin anew: for the thread that copies it, which others may have set to work.
const RESTART_WAIT: Duration = Duration::from_millis(250);

/// Fields are dropped in order: the transaction ends before the storage can.
pub(super) struct SqliteSnapshot {
    /// `None` once it was let go.
    connection: Option<Connection>,
    storage: Arc<SqliteStorage>,
}

impl SqliteSnapshot {
    /// Takes one. A WAL that is long begins anew first, if nobody is in the way, so that most of its room is left for what is written meanwhile.
    pub(super) async fn take(storage: Arc<SqliteStorage>) -> Result<Self, StorageError> {
        let connection = {
            let writer = storage.writer().await;
            let _turn = storage.lock.take(storage.lock_wait)?;
            let wait = RESTART_WAIT.min(storage.lock_wait);
            if wal_bytes(&storage) >= RESTARTED_MIN_BYTES
                && everything(writer.connection(), CheckpointMode::RESTART, wait, &storage.files).is_ok()
            {
                storage.checkpointer.emptied();
            }
            begin(&storage).map_err(|error| explain(&error, &storage.files))?
        };
        Ok(Self { connection: Some(connection), storage })
    }

    fn read<T>(&mut self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StorageError> {
        let connection = self.connection.as_ref().ok_or(StorageError::Overtaken)?;
        let found = read(connection).map_err(|error| explain(&error, &self.storage.files))?;
        if wal_bytes(&self.storage) >= HELD_MAX_BYTES {
            self.connection = None;
            return Err(StorageError::Overtaken);
        }
        Ok(found)
    }
}

fn wal_bytes(storage: &SqliteStorage) -> u64 {
    storage.files.sizes().wal_bytes.unwrap_or_default()
}

/// A transaction sees what was committed before its first read.
fn begin(storage: &SqliteStorage) -> rusqlite::Result<Connection> {
    let connection = connection::open(&storage.files.database, Role::Reader)?;
    connection.execute_batch("BEGIN")?;
    connection.query_row("SELECT changes FROM meta WHERE id = 1", [], |row| row.get::<_, i64>(0))?;
    Ok(connection)
}

impl Snapshot for SqliteSnapshot {
    fn records(&mut self, after: Option<Key>, limit: usize) -> BoxFuture<'_, Result<Page, StorageError>> {
        Box::pin(async move { self.read(|connection| scan(connection, &[], after, limit)) })
    }

    fn pending(
        &mut self,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        Box::pin(async move { self.read(|connection| pending(connection, None, after, limit)) })
    }
}
