//! Reading: a few connections, each of which many questions share.
//!
//! # Invariants
//! - A question takes the next connection in turn, behind those that are on it already. More than [`QUESTIONS_MAX`] at once are refused.
//! - A connection that broke is made anew, and the question is asked once more: it changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coffer_engine::storage::{Key, Page, PendingPosition, StorageError};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit};
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use crate::errors::{explain, is_lost};
use crate::postgres::Inner;
use crate::rows;
use crate::session::{ANSWER_WAIT, Reading};

/// Connections that read.
const CONNECTIONS: usize = 4;
/// Questions that are on their way at once.
const QUESTIONS_MAX: usize = 4096;
/// Longer than any key, and above every key.
const END: [u8; 64] = [0xff; 64];

/// Connections that read, made when they are needed.
pub(crate) struct Readers {
    connections: [Mutex<Option<Arc<Reading>>>; CONNECTIONS],
    turn: AtomicUsize,
    room: Semaphore,
}

impl Readers {
    pub(crate) fn new() -> Self {
        Self {
            connections: Default::default(),
            turn: AtomicUsize::new(0),
            room: Semaphore::new(QUESTIONS_MAX),
        }
    }

    /// As [`Storage::scan`](coffer_engine::storage::Storage::scan).
    pub(crate) async fn scan(
        &self,
        inner: &Inner,
        prefix: &[u8],
        after: Option<Key>,
        limit: usize,
    ) -> Result<Page, StorageError> {
        let _room = self.room()?;
        let (from, to) = range(prefix, after);
        // One more says whether there are more.
        let asked = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
        let found = self.ask(inner, |reading| &reading.scan, &[&from, &to, &asked]).await?;
        page(&found, limit)
    }

    /// One question, on the next connection in turn. For who has [`Self::room`].
    pub(crate) async fn ask(
        &self,
        inner: &Inner,
        what: impl Fn(&Reading) -> &Statement,
        with: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, StorageError> {
        let mut failed = StorageError::Interrupted;
        for _ in 0..2 {
            let reading = self.connection(inner).await?;
            match timeout(ANSWER_WAIT, reading.client.query(what(&reading), with)).await {
                Ok(Ok(rows)) => return Ok(rows),
                Ok(Err(error)) if is_lost(&error) => failed = explain(&error),
                Ok(Err(error)) => return Err(explain(&error)),
                Err(_) => return Err(StorageError::Io("the database does not answer".to_owned())),
            }
        }
        Err(failed)
    }

    /// Room for one question more.
    pub(crate) fn room(&self) -> Result<SemaphorePermit<'_>, StorageError> {
        self.room.try_acquire().map_err(|_| StorageError::Overloaded)
    }

    /// The next connection in turn, made where there is none.
    pub(crate) async fn connection(&self, inner: &Inner) -> Result<Arc<Reading>, StorageError> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut connection = match self.connections.get(turn.checked_rem(CONNECTIONS).unwrap_or(0)) {
            Some(connection) => connection.lock().await,
            None => return Err(StorageError::Overloaded),
        };
        if let Some(open) = connection.as_ref().filter(|open| !open.client.is_closed()) {
            return Ok(Arc::clone(open));
        }
        let made = Arc::new(Reading::open(&inner.connector, &inner.settings).await?);
        *connection = Some(Arc::clone(&made));
        Ok(made)
    }
}

/// From the first key with this prefix, or behind `after`, to where the prefix ends.
pub(crate) fn range(prefix: &[u8], after: Option<Key>) -> (Vec<u8>, Vec<u8>) {
    let mut from = prefix.to_vec();
    if let Some(after) = after.as_ref().map(Key::as_bytes).filter(|after| *after >= prefix) {
        // The next text there is.
        from = after.iter().copied().chain([0]).collect();
    }
    let mut to = prefix.to_vec();
    // The least text above all with this prefix: its last byte that can grow, grown.
    while to.last() == Some(&0xff) {
        to.pop();
    }
    match to.last_mut() {
        Some(last) => *last = last.saturating_add(1),
        None => to = END.to_vec(),
    }
    (from, to)
}

/// A page from rows of which one more was asked for.
pub(crate) fn page(found: &[Row], limit: usize) -> Result<Page, StorageError> {
    let records = found.iter().take(limit).map(rows::keyed_record).collect::<Result<Vec<_>, _>>()?;
    let next = (found.len() > limit).then(|| records.last().map(|(key, _)| *key)).flatten();
    Ok(Page { records, next })
}

/// A position as the database counts.
pub(crate) fn position(after: Option<PendingPosition>) -> i64 {
    after.map_or(i64::MIN, |after| i64::try_from(after.0).unwrap_or(i64::MAX))
}
