//! The storage that forgets: for tests, and for `coffer dev`.
//!
//! Trust: it lives in the process that holds the keys, so who owns it owns everything already. It keeps sealed bytes all the
//! same, as every storage does.
//!
//! # Invariants
//! - The words of [`Storage`] to the letter, because tests of the engine believe what they see here.
//! - [`Durability`](super::Durability) means nothing here. Nothing survives the process, and nothing reaches a disk.
//! - [`MemoryStorage::exclusive`] waits as long as it takes: there is no other process, and the engine holds it briefly.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex as PlainMutex, MutexGuard as PlainGuard, PoisonError};

use tokio::sync::{Mutex, OwnedMutexGuard};

use super::verdict::decide;
use super::{
    Batch, BoxFuture, Clock, Exclusive, Group, Key, Page, PendingPosition, PendingRow, Record, Snapshot,
    Storage, StorageError, Verdict,
};
use crate::tenant::TenantId;

/// The shortest key: a tenant and a table.
const KEY_MIN_BYTES: usize = 17;

/// Records and pending rows in the memory of this process.
pub struct MemoryStorage {
    clock: Clock,
    /// Held by whoever commits; an [`Exclusive`] keeps it.
    writer: Arc<Mutex<()>>,
    /// Locked for the length of a copy or of a commit, never across an await.
    kept: PlainMutex<Kept>,
}

#[derive(Clone, Default)]
struct Kept {
    records: BTreeMap<Key, Record>,
    pending: BTreeMap<PendingPosition, PendingRow>,
    last_position: u64,
}

impl MemoryStorage {
    /// An empty one, with the clock that decides `not_after`.
    #[must_use]
    pub fn new(clock: Clock) -> Arc<Self> {
        Arc::new(Self { clock, writer: Arc::default(), kept: PlainMutex::default() })
    }

    fn kept(&self) -> PlainGuard<'_, Kept> {
        // A panic of an entry writer or a clock comes before the first change (see `commit_now`): what is kept is whole.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The commit itself; the caller holds `writer`.
    fn commit_now(&self, mut group: Group) -> Result<Vec<Verdict>, StorageError> {
        let decision = {
            let kept = self.kept();
            decide(&group.batches, (self.clock)(), |key| {
                Ok(kept.records.get(key).map(|record| record.revision))
            })?
        };
        if decision.admitted.is_empty() {
            return Ok(decision.verdicts);
        }
        // Sealing needs no lock on what is kept: `writer` keeps other commits out, and readers go on.
        let rows = group.entries.rows(&decision.admitted)?;
        let mut kept = self.kept();
        for index in decision.admitted {
            if let Some(batch) = group.batches.get_mut(index) {
                kept.apply(std::mem::take(batch));
            }
        }
        rows.into_iter().for_each(|row| kept.append(row));
        Ok(decision.verdicts)
    }
}

impl Kept {
    fn apply(&mut self, batch: Batch) {
        for put in batch.put {
            self.records.insert(put.key, Record { revision: put.revision, value: put.value });
        }
        for key in batch.delete {
            self.records.remove(&key);
        }
        for position in batch.integrated {
            self.pending.remove(&position);
        }
        for (key, revision) in batch.touch {
            let absent = || Record { revision, value: Arc::from([]) };
            self.records.entry(key).or_insert_with(absent).revision = revision;
        }
    }

    fn append(&mut self, row: PendingRow) {
        self.last_position = self.last_position.saturating_add(1);
        self.pending.insert(PendingPosition(self.last_position), row);
    }

    fn scan(&self, prefix: &[u8], after: Option<Key>, limit: usize) -> Page {
        let Some(first) = first_key(prefix) else {
            return Page { records: Vec::new(), next: None };
        };
        let from = after.filter(|after| *after >= first).map_or(Bound::Included(first), Bound::Excluded);
        let mut found = self
            .records
            .range((from, Bound::Unbounded))
            .take_while(|(key, _)| key.as_bytes().starts_with(prefix));
        let records: Vec<_> =
            found.by_ref().take(limit).map(|(key, record)| (*key, record.clone())).collect();
        let next = found.next().and(records.last()).map(|(key, _)| *key);
        Page { records, next }
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> Vec<(PendingPosition, PendingRow)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.pending.range((from, Bound::Unbounded));
        let rows = rows.filter(|(_, row)| of.is_none_or(|tenant| row.tenant == tenant)).take(limit);
        rows.map(|(position, row)| (*position, row.clone())).collect()
    }
}

/// The smallest key that could begin with `prefix`; `None` when a key can't be that long.
fn first_key(prefix: &[u8]) -> Option<Key> {
    let mut bytes = prefix.to_vec();
    bytes.resize(prefix.len().max(KEY_MIN_BYTES), 0);
    Key::from_bytes(&bytes)
}

impl Storage for MemoryStorage {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        Box::pin(async move {
            let kept = self.kept();
            Ok(keys.iter().map(|key| kept.records.get(key).cloned()).collect())
        })
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        Box::pin(async move { Ok(self.kept().scan(prefix, after, limit)) })
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        Box::pin(async move { Ok(self.kept().pending(of, after, limit)) })
    }

    fn commit(self: Arc<Self>, group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            let _writer = self.writer.lock().await;
            self.commit_now(group)
        })
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Box::pin(async move {
            let writer = Arc::clone(&self.writer).lock_owned().await;
            Ok(Box::new(MemoryExclusive { storage: self, _writer: writer }) as Box<dyn Exclusive>)
        })
    }

    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>> {
        // What was deleted is already gone from the map; the allocator may keep its sealed bytes until it uses them again.
        Box::pin(async { Ok(()) })
    }

    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// A copy of the two maps; the bytes in them are shared. Nobody waits for it.
    fn snapshot(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Snapshot>, StorageError>> {
        Box::pin(async move { Ok(Box::new(MemorySnapshot(self.kept().clone())) as Box<dyn Snapshot>) })
    }
}

struct MemorySnapshot(Kept);

impl Snapshot for MemorySnapshot {
    fn records(&mut self, after: Option<Key>, limit: usize) -> BoxFuture<'_, Result<Page, StorageError>> {
        Box::pin(async move { Ok(self.0.scan(&[], after, limit)) })
    }

    fn pending(
        &mut self,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        Box::pin(async move { Ok(self.0.pending(None, after, limit)) })
    }
}

struct MemoryExclusive {
    storage: Arc<MemoryStorage>,
    _writer: OwnedMutexGuard<()>,
}

impl Exclusive for MemoryExclusive {
    fn commit(&mut self, group: Group) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move { self.storage.commit_now(group) })
    }
}
