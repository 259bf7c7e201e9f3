//! Reads, on a few connections that can't write.
//!
//! Trust: what is read is handed on as it is; who opens it finds out whether it was forged or moved.
//!
//! # Invariants
//! - At most [`READERS_MAX`] connections, opened when they are first needed: each has its page cache, and idle memory is bounded.
//! - A read is over when its call returns. No snapshot is held between two calls, so a checkpoint never waits long for a reader.
//! - When all are taken, a caller waits for the next that comes back. He waits without the executor's knowledge, which is sound because
//!   each is held by a thread that is running, and nobody takes a second one while he has one.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Result};

use super::connection::{self, Role};
use super::errors::explain;
use super::files::Files;
use super::rows;
use crate::storage::{Key, Page, PendingPosition, PendingRow, Record, StorageError};
use crate::tenant::TenantId;

/// Connections that read at once.
const READERS_MAX: usize = 4;
/// Behind every key: one byte more than the longest, and none is greater.
const AFTER_EVERY_KEY: [u8; 50] = [0xff; 50];

/// The connections that read.
pub(super) struct Readers {
    files: Arc<Files>,
    pool: Mutex<Pool>,
    came_back: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    taken: usize,
    /// Callers that wait for one. To wake nobody is a system call all the same.
    waiting: usize,
}

impl Readers {
    pub(super) fn new(files: Arc<Files>) -> Self {
        Self { files, pool: Mutex::default(), came_back: Condvar::new() }
    }

    /// One record a key, in order.
    pub(super) fn get(&self, keys: &[Key]) -> Result<Vec<Option<Record>>, StorageError> {
        self.read(|connection| {
            let mut select =
                connection.prepare_cached("SELECT revision, value FROM records WHERE key = ?1")?;
            let mut one =
                |key: &Key| select.query_row([key.as_bytes()], |row| rows::record(row, 0)).optional();
            keys.iter().map(&mut one).collect()
        })
    }

    /// One page of the records behind `after` whose key begins with `prefix`.
    pub(super) fn scan(&self, prefix: &[u8], after: Option<Key>, limit: usize) -> Result<Page, StorageError> {
        self.read(|connection| scan(connection, prefix, after, limit))
    }

    /// Pending rows behind `after`. Those of one tenant are found by going through all: what is pending is soon put into the log, and an
    /// index would cost every commit a second tree.
    pub(super) fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> Result<Vec<(PendingPosition, PendingRow)>, StorageError> {
        self.read(|connection| pending(connection, of, after, limit))
    }

    /// Reads on one of the connections.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T, StorageError> {
        let taken = self.take();
        taken
            .and_then(|taken| taken.connection().and_then(read))
            .map_err(|error| explain(&error, &self.files))
    }

    fn take(&self) -> Result<Taken<'_>> {
        let mut pool = self.pool();
        while pool.taken >= READERS_MAX {
            pool.waiting = pool.waiting.saturating_add(1);
            pool = self.came_back.wait(pool).unwrap_or_else(PoisonError::into_inner);
            pool.waiting = pool.waiting.saturating_sub(1);
        }
        pool.taken = pool.taken.saturating_add(1);
        let connection = pool.idle.pop();
        drop(pool);
        let mut taken = Taken { readers: self, connection };
        if taken.connection.is_none() {
            taken.connection = Some(connection::open(&self.files.database, Role::Reader)?);
        }
        Ok(taken)
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place among the [`READERS_MAX`]; it goes back when this is dropped.
struct Taken<'r> {
    readers: &'r Readers,
    connection: Option<Connection>,
}

impl Taken<'_> {
    fn connection(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or(rusqlite::Error::InvalidQuery)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut pool = self.readers.pool();
        pool.taken = pool.taken.saturating_sub(1);
        pool.idle.extend(self.connection.take());
        let is_awaited = pool.waiting > 0;
        drop(pool);
        if is_awaited {
            self.readers.came_back.notify_one();
        }
    }
}

/// One page of the records behind `after` whose key begins with `prefix`.
pub(super) fn scan(connection: &Connection, prefix: &[u8], after: Option<Key>, limit: usize) -> Result<Page> {
    let from = lower_bound(prefix, after);
    let to = upper_bound(prefix);
    let more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut select = connection.prepare_cached(
        "SELECT key, revision, value FROM records WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
    )?;
    let mut found = select.query((&from, &to, more))?;
    let mut records = Vec::new();
    while let Some(row) = found.next()? {
        if records.len() == limit {
            let next = records.last().map(|(key, _)| *key);
            return Ok(Page { records, next });
        }
        records.push(rows::keyed_record(row)?);
    }
    Ok(Page { records, next: None })
}

/// Pending rows behind `after`.
pub(super) fn pending(
    connection: &Connection,
    of: Option<TenantId>,
    after: Option<PendingPosition>,
    limit: usize,
) -> Result<Vec<(PendingPosition, PendingRow)>> {
    let after = i64::try_from(after.map_or(0, |position| position.0)).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "SELECT position, id, tenant, sealed FROM pending
             WHERE position > ?1 AND (?2 IS NULL OR tenant = ?2) ORDER BY position LIMIT ?3",
        )?
        .query_map((after, of.map(|tenant| *tenant.bytes()), limit), rows::pending)?
        .collect()
}

/// The smallest key that is wanted.
fn lower_bound(prefix: &[u8], after: Option<Key>) -> Vec<u8> {
    // The smallest bytes behind a key are the key with a zero.
    let behind = after.map(|key| [key.as_bytes(), &[0]].concat()).unwrap_or_default();
    behind.max(prefix.to_vec())
}

/// The smallest bytes behind everything that begins with `prefix`.
fn upper_bound(prefix: &[u8]) -> Vec<u8> {
    let mut bound = prefix.to_vec();
    while let Some(last) = bound.pop() {
        if let Some(raised) = last.checked_add(1) {
            bound.push(raised);
            return bound;
        }
    }
    AFTER_EVERY_KEY.to_vec()
}
