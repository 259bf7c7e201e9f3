//! Short words for what tests do.

use std::sync::Arc;

use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::secret::{Secret, Value};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{EntryWriter, Key, PendingRow, Record, Storage, StorageError};
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
        references: false,
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
