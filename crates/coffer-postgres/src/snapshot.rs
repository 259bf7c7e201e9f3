//! The whole store as it is at one moment, for backups.
//!
//! # Invariants
//! - One REPEATABLE READ transaction that can't write, on a connection of its own: all pages are of one moment, and commits go on.
//! - Its end is the connection's. While it lasts the database keeps what is deleted meanwhile, so it should not last for days.

use std::sync::Arc;

use coffer_engine::storage::{BoxFuture, Key, Page, PendingPosition, PendingRow, Snapshot, StorageError};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::errors::explain;
use crate::postgres::{Inner, Postgres};
use crate::readers::{page, position, range};
use crate::rows;
use crate::session::Reading;

/// The store at one moment.
pub(crate) struct PostgresSnapshot {
    reading: Arc<Reading>,
    storage: Arc<Postgres>,
}

/// The whole store as it is now.
pub(crate) async fn take(storage: Arc<Postgres>) -> Result<PostgresSnapshot, StorageError> {
    let inner = Arc::clone(&storage.inner);
    let reading = storage.worker.run(async move { begin(&inner).await }).await?;
    Ok(PostgresSnapshot { reading: Arc::new(reading), storage })
}

async fn begin(inner: &Inner) -> Result<Reading, StorageError> {
    let reading = Reading::open(&inner.connector, &inner.settings).await?;
    // The moment is that of the first question, so one is asked here.
    let begin = "SET idle_in_transaction_session_timeout = 0; BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY; \
                 SELECT version FROM coffer.meta";
    reading.client.batch_execute(begin).await.map_err(|error| explain(&error))?;
    Ok(reading)
}

impl Snapshot for PostgresSnapshot {
    fn records(&mut self, after: Option<Key>, limit: usize) -> BoxFuture<'_, Result<Page, StorageError>> {
        let reading = Arc::clone(&self.reading);
        Box::pin(self.storage.worker.run(async move {
            let (from, to) = range(&[], after);
            let asked = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
            page(&ask(&reading, &reading.scan, &[&from, &to, &asked]).await?, limit)
        }))
    }

    fn pending(
        &mut self,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        let reading = Arc::clone(&self.reading);
        Box::pin(self.storage.worker.run(async move {
            let (after, limit) = (position(after), i64::try_from(limit).unwrap_or(i64::MAX));
            ask(&reading, &reading.pending, &[&after, &limit]).await?.iter().map(rows::pending).collect()
        }))
    }
}

async fn ask(
    reading: &Reading,
    what: &tokio_postgres::Statement,
    with: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, StorageError> {
    reading.client.query(what, with).await.map_err(|error| explain(&error))
}
