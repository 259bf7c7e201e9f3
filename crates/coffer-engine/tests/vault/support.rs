//! Short words, and a storage that does as a test tells it.

use std::sync::Arc;

use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::secret::{MetadataPatch, Secret, Value};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{
    BoxFuture, EntryWriter, Exclusive, Group, Key, Page, PendingPosition, PendingRow, Record, Storage,
    StorageError, Verdict,
};
use coffer_engine::tenant::TenantId;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, NewValue, Write};
use coffer_engine::version::VersionNumber;
use coffer_engine::{Error, Op};

pub(crate) fn path(raw: &str) -> SecretPath {
    SecretPath::parse(raw).unwrap()
}

pub(crate) fn folder(raw: &str) -> FolderPath {
    FolderPath::parse(raw).unwrap()
}

pub(crate) fn number(number: u64) -> VersionNumber {
    VersionNumber::new(number).unwrap()
}

/// An operation of the local owner in this tenant.
pub(crate) fn op_in(tenant: &str) -> Op {
    Op { tenant: TenantName::parse(tenant).unwrap(), ..TestVault::op().unwrap() }
}

/// The newest entries of the log of `default`, with this question's own.
pub(crate) async fn newest(vault: &TestVault, limit: usize) -> Vec<LoggedEntry> {
    let op = TestVault::op().unwrap();
    vault.vault.audit_query(&op, &EntryFilter::default(), None, limit, false).await.unwrap().entries
}

/// The text that a secret holds.
pub(crate) fn text(secret: &Secret) -> String {
    match secret.value() {
        Value::Bytes(bytes) => String::from_utf8(bytes.expose().to_vec()).unwrap(),
        Value::Fields(_) => panic!("fields"),
    }
}

/// A write of this text, whatever is there.
pub(crate) fn write(raw: &str, text: &str) -> Write {
    Write {
        path: path(raw),
        value: Some(NewValue::Replace(Value::text(text))),
        expect: Expect::Anything,
        metadata: MetadataPatch::default(),
    }
}

/// The answer, or the code of the error.
pub(crate) fn coded<T>(result: Result<T, Error>) -> Result<T, &'static str> {
    result.map_err(|error| error.code())
}

pub(crate) fn memory() -> Arc<MemoryStorage> {
    MemoryStorage::new(clock_at(Timestamp::from_millis(1_767_225_600_000)))
}

/// Every record of a storage, in the order of keys.
pub(crate) async fn records(storage: &dyn Storage) -> Vec<(Key, Record)> {
    storage.scan(&[], None, usize::MAX).await.unwrap().records
}

/// Writes no entries: for what a thief of the store does to it.
pub(crate) struct NoEntries;

impl EntryWriter for NoEntries {
    fn rows(&mut self, _: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        Ok(Vec::new())
    }
}

/// Whether a commit comes through the queue, or under the write lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Via {
    Queue,
    Lock,
}

/// What a test does to a commit: it may change it, or answer in the storage's place.
type Hook = dyn Fn(Via, &mut Group) -> Option<Result<Vec<Verdict>, StorageError>> + Send + Sync;

/// A memory behind a hook.
pub(crate) struct Hooked {
    memory: Arc<MemoryStorage>,
    hook: Box<Hook>,
}

impl Hooked {
    pub(crate) fn new(
        memory: Arc<MemoryStorage>,
        hook: impl Fn(Via, &mut Group) -> Option<Result<Vec<Verdict>, StorageError>> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { memory, hook: Box::new(hook) })
    }
}

impl Storage for Hooked {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        self.memory.get(keys)
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        self.memory.scan(prefix, after, limit)
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        self.memory.pending(of, after, limit)
    }

    fn commit(self: Arc<Self>, mut group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            match (self.hook)(Via::Queue, &mut group) {
                Some(answer) => answer,
                None => Arc::clone(&self.memory).commit(group).await,
            }
        })
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Box::pin(async move {
            let lock = Arc::clone(&self.memory).exclusive().await?;
            Ok(Box::new(HookedLock { lock, storage: self }) as Box<dyn Exclusive>)
        })
    }

    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>> {
        Arc::clone(&self.memory).erase_deleted()
    }

    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>> {
        self.memory.inspect()
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
