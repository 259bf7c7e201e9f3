//! A storage that is being filled, as the store that it will be: for who finishes it, and for nobody else.
//!
//! # Invariants
//! - The instance's record is answered from memory: it is not in the storage yet, so no other process opens that.
//! - Every commit expects the mark as its owner wrote it, where the engine's commits expect none: whoever takes the filling over ends this.

use std::sync::Arc;
use std::time::Duration;

use super::filling::Filling;
use super::moving;
use super::{
    BoxFuture, Exclusive, Expectation, Group, Key, Page, PendingPosition, PendingRow, Record, Revision,
    Sizes, Snapshot, Storage, StorageError, Verdict,
};
use crate::tenant::TenantId;

/// A store that is whole, and that nobody can open yet but who finishes it.
pub struct UnfinishedStore {
    filling: Filling,
    instance: Record,
}

impl UnfinishedStore {
    pub(crate) fn new(filling: Filling, instance: Record) -> Self {
        Self { filling, instance }
    }

    /// The store: what is changed in it is there when it is finished.
    #[must_use]
    pub fn storage(&self) -> Arc<dyn Storage> {
        self.filling.as_store(&self.instance)
    }

    /// It becomes a store that everybody opens who has its keys.
    ///
    /// # Errors
    /// [`StorageError::Displaced`] when somebody has begun to fill it anew; what keeps the storage from being written.
    pub async fn finish(self) -> Result<(), StorageError> {
        self.filling.finish(&self.instance).await
    }
}

/// The storage of one.
pub(super) struct Unfinished {
    storage: Arc<dyn Storage>,
    instance: Record,
    mark: Revision,
}

impl Unfinished {
    pub(super) fn over(storage: Arc<dyn Storage>, instance: Record, mark: Revision) -> Arc<dyn Storage> {
        Arc::new(Self { storage, instance, mark })
    }
}

/// What the engine expects, as it is here.
fn translated(mut group: Group, mark: Revision) -> Group {
    for batch in &mut group.batches {
        batch.expect.retain(|expectation| expectation.key != moving::key());
        batch.expect.push(Expectation { key: moving::key(), revision: Some(mark) });
    }
    group
}

impl Storage for Unfinished {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        Box::pin(async move {
            let mut found = self.storage.get(keys).await?;
            for (key, record) in keys.iter().zip(&mut found) {
                if *key == moving::instance_key() {
                    *record = Some(self.instance.clone());
                } else if *key == moving::key() {
                    *record = None;
                }
            }
            Ok(found)
        })
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        Box::pin(async move {
            let mut page = self.storage.scan(prefix, after, limit).await?;
            page.records.retain(|(key, _)| *key != moving::key());
            let (at, instance) = (moving::instance_key(), &self.instance);
            let is_wanted = at.as_bytes().starts_with(prefix) && after.is_none_or(|after| after < at);
            // It is the first of all keys of the instance, and the instance's are the first of all.
            if is_wanted && limit > 0 {
                page.records.insert(0, (at, instance.clone()));
                if page.records.len() > limit {
                    page.records.truncate(limit);
                    page.next = page.records.last().map(|(key, _)| *key);
                }
            }
            Ok(page)
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
        Arc::clone(&self.storage).commit(translated(group, self.mark))
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Box::pin(async move {
            let lock = Arc::clone(&self.storage).exclusive().await?;
            Ok(Box::new(UnfinishedLock { lock, mark: self.mark }) as Box<dyn Exclusive>)
        })
    }

    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>> {
        Arc::clone(&self.storage).erase_deleted()
    }

    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>> {
        self.storage.inspect()
    }

    /// Of the storage as it lies: nobody makes a backup of what is not finished.
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

struct UnfinishedLock {
    lock: Box<dyn Exclusive>,
    mark: Revision,
}

impl Exclusive for UnfinishedLock {
    fn commit(&mut self, group: Group) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>> {
        self.lock.commit(translated(group, self.mark))
    }
}
