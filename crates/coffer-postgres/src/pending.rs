//! Pending rows in the order of commits.
//!
//! Who reads on behind a row must not miss one before it: the index of all secrets follows the log so. A sequence gives its numbers before
//! the commit, and a later number may be committed first. To let one commit at a time give numbers would be right, and would make all nodes
//! wait for each other's disk; so who reads waits instead, and only for commits that have begun.
//!
//! Whoever gives a position shares the lock `APPENDING` from before that until the commit is done. A page is read in three steps, one round trip:
//! how far it goes; who shares the lock now; the rows. A row up to that edge that could not be seen in the first step was given its position
//! before the edge was, so it is committed by the second, or its transaction is listed there. When the listed ones have ended, what is read up
//! to the edge is all there will ever be.
//!
//! # Invariants
//! - What was acknowledged before a page was asked for is in it, if it has room.
//! - Rows behind the edge are left for the next page, also where they can be seen already.
//! - A commit is waited for as long as for a lock; the lock is held while the database works, and not while a node is waited for.

use std::collections::HashSet;
use std::time::Duration;

use coffer_engine::storage::{PendingPosition, PendingRow, StorageError};
use coffer_engine::tenant::TenantId;
use futures_util::future::join3;
use tokio::time::{Instant, sleep, timeout};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row, Statement};

use crate::errors::{explain, is_lost};
use crate::postgres::Inner;
use crate::readers::position;
use crate::rows;
use crate::session::{ANSWER_WAIT, LOCK_WAIT, Reading};

/// How often it is looked whether a commit is done: some take less than this, few much more.
const PAUSE: Duration = Duration::from_millis(2);

/// As [`Storage::pending`](coffer_engine::storage::Storage::pending).
pub(crate) async fn pending(
    inner: &Inner,
    of: Option<TenantId>,
    after: Option<PendingPosition>,
    limit: usize,
) -> Result<Vec<(PendingPosition, PendingRow)>, StorageError> {
    let _room = inner.readers.room()?;
    let page = Page { of, after: position(after), limit: i64::try_from(limit).unwrap_or(i64::MAX) };
    let mut failed = StorageError::Interrupted;
    for _ in 0..2 {
        let reading = inner.readers.connection(inner).await?;
        match page.read(inner, &reading).await {
            Ok(rows) => return Ok(rows),
            Err(Failed::Lost(error)) => failed = error,
            Err(Failed::Told(error)) => return Err(error),
        }
    }
    Err(failed)
}

/// What is asked for.
struct Page {
    of: Option<TenantId>,
    after: i64,
    limit: i64,
}

enum Failed {
    /// With its connection: it may be asked once more.
    Lost(StorageError),
    Told(StorageError),
}

impl Page {
    async fn read(
        &self,
        inner: &Inner,
        reading: &Reading,
    ) -> Result<Vec<(PendingPosition, PendingRow)>, Failed> {
        // Sent in this order, and worked at in this order.
        let (edge, appending, rows) = join3(
            self.ask(reading, &reading.edge, &reading.edge_of),
            self.appending(reading),
            self.ask(reading, &reading.pending, &reading.pending_of),
        )
        .await;
        let (edge, begun, mut found) = (edge?, appending?, rows?);
        let edge =
            edge.first().map(|row| row.try_get::<_, Option<i64>>(0)).transpose().map_err(failed)?.flatten();
        let Some(edge) = edge else { return Ok(Vec::new()) };
        if !begun.is_empty() && !inner.reads_past_commits() {
            self.wait_for(reading, begun).await?;
            found = self.ask(reading, &reading.pending, &reading.pending_of).await?;
        }
        let edge = u64::try_from(edge).unwrap_or(u64::MAX);
        let rows = found.iter().map(rows::pending).take_while(|row| match row {
            Ok((position, _)) => position.0 <= edge,
            Err(_) => true,
        });
        rows.collect::<Result<_, _>>().map_err(Failed::Told)
    }

    /// Waits until none of these goes on.
    async fn wait_for(&self, reading: &Reading, mut begun: HashSet<String>) -> Result<(), Failed> {
        let since = Instant::now();
        while since.elapsed() < LOCK_WAIT {
            sleep(PAUSE).await;
            let now = self.appending(reading).await?;
            begun.retain(|transaction| now.contains(transaction));
            if begun.is_empty() {
                return Ok(());
            }
        }
        Err(Failed::Told(StorageError::Busy(LOCK_WAIT.as_secs())))
    }

    async fn appending(&self, reading: &Reading) -> Result<HashSet<String>, Failed> {
        let rows = answered(reading, &reading.appending, &[]).await?;
        rows.iter().map(|row| row.try_get(0).map_err(failed)).collect()
    }

    async fn ask(&self, reading: &Reading, all: &Statement, of_one: &Statement) -> Result<Vec<Row>, Failed> {
        match &self.of {
            None => answered(reading, all, &[&self.after, &self.limit]).await,
            Some(tenant) => {
                let tenant = tenant.bytes().as_slice();
                answered(reading, of_one, &[&self.after, &self.limit, &tenant]).await
            }
        }
    }
}

async fn answered(
    reading: &Reading,
    what: &Statement,
    with: &[&(dyn ToSql + Sync)],
) -> Result<Vec<Row>, Failed> {
    match timeout(ANSWER_WAIT, reading.client.query(what, with)).await {
        Ok(answer) => answer.map_err(failed),
        Err(_) => Err(Failed::Told(StorageError::Io("the database does not answer".to_owned()))),
    }
}

fn failed(error: Error) -> Failed {
    let told = explain(&error);
    if is_lost(&error) { Failed::Lost(told) } else { Failed::Told(told) }
}
