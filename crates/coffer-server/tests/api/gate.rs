//! A storage that a test can let wait, where it goes through a table.

use std::sync::Arc;

use coffer_engine::storage::{
    BoxFuture, Exclusive, Group, Key, Page, PendingPosition, PendingRow, Record, Snapshot, Storage,
    StorageError, Verdict,
};
use coffer_engine::tenant::TenantId;

type Gate = dyn Fn() -> BoxFuture<'static, ()> + Send + Sync;

/// A storage behind a gate.
pub(crate) struct Gated {
    storage: Arc<dyn Storage>,
    gate: Box<Gate>,
}

impl Gated {
    /// Each scan waits at the gate first.
    pub(crate) fn new(
        storage: Arc<impl Storage>,
        gate: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { storage, gate: Box::new(gate) })
    }
}

impl Storage for Gated {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        self.storage.get(keys)
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        Box::pin(async move {
            (self.gate)().await;
            self.storage.scan(prefix, after, limit).await
        })
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
        Arc::clone(&self.storage).commit(group)
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Arc::clone(&self.storage).exclusive()
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
