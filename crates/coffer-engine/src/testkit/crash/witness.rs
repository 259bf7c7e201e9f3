//! The embedded storage with a witness: after each commit that it acknowledges, what it holds is taken down.
//!
//! # Invariants
//! - A verb of [`Storage`] that commits goes through [`Witness::saw`]. One that does not (it reads, or moves bytes about) is handed on.
//! - Commits come one after the other: the vault has one committer, and a scenario one vault at a time.

use std::sync::Arc;

use super::record::Record as Operations;
use super::state::State;
use super::story::{Commit, Telling};
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{
    BoxFuture, Durability, Exclusive, Group, Key, Page, PendingPosition, PendingRow, Record, Snapshot,
    Storage, StorageError, Verdict,
};
use crate::tenant::TenantId;

/// Fields are dropped in order: the storage is closed, and then counted as closed.
pub(super) struct Witness {
    storage: Arc<SqliteStorage>,
    operations: Arc<Operations>,
    open: Open,
}

/// Counts a storage as open for as long as it lives.
struct Open(Arc<Telling>);

impl Witness {
    pub(super) fn new(
        storage: Arc<SqliteStorage>,
        operations: Arc<Operations>,
        story: Arc<Telling>,
    ) -> Arc<Self> {
        story.opened();
        Arc::new(Self { storage, operations, open: Open(story) })
    }

    /// Takes down what the store holds, when the answer says that something was committed.
    async fn saw(
        &self,
        durability: Durability,
        answer: Result<Vec<Verdict>, StorageError>,
    ) -> Result<Vec<Verdict>, StorageError> {
        let verdicts = answer?;
        if verdicts.contains(&Verdict::Committed) {
            let at = self.operations.len();
            let state = State::read(&*self.storage).await?;
            self.open.0.story().commits.push(Commit { durability, at, state });
        }
        Ok(verdicts)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.closed();
    }
}

impl Storage for Witness {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        self.storage.get(keys)
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        self.storage.scan(prefix, after, limit)
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        self.storage.pending(of, after, limit)
    }

    fn commit(self: Arc<Self>, group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            let durability = group.durability;
            let answer = Arc::clone(&self.storage).commit(group).await;
            self.saw(durability, answer).await
        })
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Box::pin(async move {
            let lock = Arc::clone(&self.storage).exclusive().await?;
            Ok(Box::new(WitnessedLock { lock, witness: self }) as Box<dyn Exclusive>)
        })
    }

    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>> {
        Arc::clone(&self.storage).erase_deleted()
    }

    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>> {
        self.storage.inspect()
    }

    fn snapshot(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Snapshot>, StorageError>> {
        Arc::clone(&self.storage).snapshot()
    }
}

struct WitnessedLock {
    lock: Box<dyn Exclusive>,
    witness: Arc<Witness>,
}

impl Exclusive for WitnessedLock {
    fn commit(&mut self, group: Group) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            let durability = group.durability;
            let answer = self.lock.commit(group).await;
            self.witness.saw(durability, answer).await
        })
    }
}
