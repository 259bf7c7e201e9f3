//! A storage whose commits a test may change, or answer in its place; and before whose scans, or looks for pending rows, something may happen.

use std::sync::Arc;
use std::time::Duration;

use crate::storage::{
    BoxFuture, Exclusive, Group, Key, Page, PendingPosition, PendingRow, Record, Sizes, Snapshot, Storage,
    StorageError, Verdict,
};
use crate::tenant::TenantId;

/// Whether a commit comes through the queue, or under the write lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// Through the queue.
    Queue,
    /// Under the write lock.
    Lock,
}

/// What a test does to a commit: it may change it, or answer in the storage's place.
type Hook = dyn Fn(Via, &mut Group) -> Option<Result<Vec<Verdict>, StorageError>> + Send + Sync;

/// What happens before a scan of this prefix.
type BeforeScan = dyn Fn(&[u8]) + Send + Sync;

/// What happens before a look for pending rows: of this tenant, or of all.
type BeforePending = dyn Fn(Option<TenantId>) + Send + Sync;

/// A storage behind a hook: for what can happen to a commit, or between two looks.
pub struct Hooked {
    storage: Arc<dyn Storage>,
    hook: Box<Hook>,
    before_scan: Box<BeforeScan>,
    before_pending: Box<BeforePending>,
}

impl Hooked {
    /// Shows each commit to the hook, before the storage gets it.
    #[must_use]
    pub fn new(
        storage: Arc<impl Storage>,
        hook: impl Fn(Via, &mut Group) -> Option<Result<Vec<Verdict>, StorageError>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { hook: Box::new(hook), ..Self::over(storage) })
    }

    /// Has this happen before each scan.
    #[must_use]
    pub fn before_scans(
        storage: Arc<dyn Storage>,
        happens: impl Fn(&[u8]) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { before_scan: Box::new(happens), ..Self::over(storage) })
    }

    /// Has this happen before each look for pending rows.
    #[must_use]
    pub fn before_pending(
        storage: Arc<dyn Storage>,
        happens: impl Fn(Option<TenantId>) + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { before_pending: Box::new(happens), ..Self::over(storage) })
    }

    fn over(storage: Arc<dyn Storage>) -> Self {
        Self {
            storage,
            hook: Box::new(|_, _| None),
            before_scan: Box::new(|_| {}),
            before_pending: Box::new(|_| {}),
        }
    }
}

impl Storage for Hooked {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        self.storage.get(keys)
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        (self.before_scan)(prefix);
        self.storage.scan(prefix, after, limit)
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        (self.before_pending)(of);
        self.storage.pending(of, after, limit)
    }

    fn commit(self: Arc<Self>, mut group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            match (self.hook)(Via::Queue, &mut group) {
                Some(answer) => answer,
                None => Arc::clone(&self.storage).commit(group).await,
            }
        })
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Box::pin(async move {
            let lock = Arc::clone(&self.storage).exclusive().await?;
            Ok(Box::new(HookedLock { lock, storage: self }) as Box<dyn Exclusive>)
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

    fn patience(&self) -> Duration {
        self.storage.patience()
    }

    fn sizes(&self) -> Sizes {
        self.storage.sizes()
    }
}

struct HookedLock {
    lock: Box<dyn Exclusive>,
    storage: Arc<Hooked>,
}

impl Exclusive for HookedLock {
    fn commit(&mut self, mut group: Group) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            match (self.storage.hook)(Via::Lock, &mut group) {
                Some(answer) => answer,
                None => self.lock.commit(group).await,
            }
        })
    }
}
