//! What a store holds at one moment: records and pending rows, without their bytes.

use std::collections::BTreeMap;

use coffer_encryption::hash::sha256;

use crate::storage::{Key, PendingPosition, Revision, Storage, StorageError};
use crate::tenant::TenantId;

/// Records by key, and pending rows in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    pub(super) records: BTreeMap<Key, Stored>,
    pub(super) rows: BTreeMap<PendingPosition, Row>,
}

/// A record, by its revision and the hash of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stored {
    pub(super) revision: Revision,
    pub(super) hash: [u8; 32],
}

/// A pending row, with the hash of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Row {
    id: [u8; 16],
    tenant: TenantId,
    hash: [u8; 32],
}

impl State {
    /// What the storage holds now. Nobody may be writing.
    pub(super) async fn read(storage: &dyn Storage) -> Result<Self, StorageError> {
        let records = storage.scan(&[], None, usize::MAX).await?.records;
        let records = records
            .into_iter()
            .map(|(key, record)| (key, Stored { revision: record.revision, hash: sha256(&record.value) }));
        let rows = storage.pending(None, None, usize::MAX).await?;
        let rows = rows.into_iter().map(|(position, row)| {
            (position, Row { id: row.id, tenant: row.tenant, hash: sha256(&row.sealed) })
        });
        Ok(Self { records: records.collect(), rows: rows.collect() })
    }

    /// How this differs from what it should be, for people.
    pub(super) fn difference(&self, wanted: &Self) -> String {
        let records = changed(&self.records, &wanted.records);
        let rows = changed(&self.rows, &wanted.rows);
        format!("records: {records}; audit rows: {rows}")
    }
}

fn changed<K: Ord, V: PartialEq>(found: &BTreeMap<K, V>, wanted: &BTreeMap<K, V>) -> String {
    let missing = wanted.keys().filter(|key| !found.contains_key(key)).count();
    let extra = found.keys().filter(|key| !wanted.contains_key(key)).count();
    let other =
        found.iter().filter(|(key, value)| wanted.get(key).is_some_and(|wanted| wanted != *value)).count();
    format!("{missing} missing, {extra} too many, {other} changed")
}
