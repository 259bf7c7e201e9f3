//! Fills an empty storage with what another one held, as it was: revisions, sealed bytes, the order of what is pending.
//!
//! Trust: what is loaded is written down as it came. Whether it is genuine is found when it is opened, as for everything stored.
//!
//! # Invariants
//! - Only an empty storage is filled. Every record is expected not to be there, so of two that fill one at once, one fails.
//! - The instance's record comes last, in a commit of its own: before that nothing opens the storage, and [`Vault::open_or_create`] lays
//!   nothing over it. What was begun and not finished is thrown away and begun again.
//! - Pending rows keep their ids, under which they are sealed, and their order; their positions are the new storage's own.
//! - No entry is written here: what is loaded holds the entries that say how it came to be. Whoever loads says so afterwards, in the
//!   store that he then can open.
//!
//! [`Vault::open_or_create`]: crate::vault::Vault::open_or_create

use std::sync::Arc;

use super::keyspace::{self, Table};
use super::{
    Batch, Durability, EntryWriter, Expectation, Group, Key, PendingRow, Put, Record, Storage, StorageError,
    Verdict,
};
use crate::tenant::TenantId;

/// A storage that is being filled.
pub(crate) struct Loader {
    storage: Arc<dyn Storage>,
    /// The instance's record, which makes the rest a store.
    last: Option<(Key, Record)>,
}

impl Loader {
    /// Begins to fill a storage.
    ///
    /// # Errors
    /// [`StorageError::NotEmpty`].
    pub(crate) async fn begin(storage: Arc<dyn Storage>) -> Result<Self, StorageError> {
        let records = storage.scan(&[], None, 1).await?.records;
        let pending = storage.pending(None, None, 1).await?;
        if records.is_empty() && pending.is_empty() {
            Ok(Self { storage, last: None })
        } else {
            Err(StorageError::NotEmpty)
        }
    }

    /// Puts records into it.
    ///
    /// # Errors
    /// [`StorageError::NotEmpty`] where one of them is there already.
    pub(crate) async fn records(&mut self, records: Vec<(Key, Record)>) -> Result<(), StorageError> {
        let instance = keyspace::single(TenantId::INSTANCE, Table::Instance);
        let mut batch = Batch::default();
        for (key, record) in records {
            if key == instance {
                self.last = Some((key, record));
            } else {
                put(&mut batch, key, record);
            }
        }
        self.write(batch, Vec::new(), Durability::Written).await
    }

    /// Puts pending rows behind those that it has.
    ///
    /// # Errors
    /// [`StorageError`] when they can't be written.
    pub(crate) async fn pending(&mut self, rows: Vec<PendingRow>) -> Result<(), StorageError> {
        self.write(Batch::default(), rows, Durability::Written).await
    }

    /// All is there: it becomes a store, and survives the loss of power.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] when the instance's record was not among the records.
    pub(crate) async fn finish(mut self) -> Result<(), StorageError> {
        let Some((key, record)) = self.last.take() else {
            return Err(StorageError::Damaged("the instance's record is not there".to_owned()));
        };
        let mut batch = Batch::default();
        put(&mut batch, key, record);
        self.write(batch, Vec::new(), Durability::Synced).await
    }

    async fn write(
        &self,
        batch: Batch,
        rows: Vec<PendingRow>,
        durability: Durability,
    ) -> Result<(), StorageError> {
        let group = Group { batches: vec![batch], entries: Box::new(AsTheyAre(rows)), durability };
        match Arc::clone(&self.storage).commit(group).await?.as_slice() {
            [Verdict::Committed] => Ok(()),
            [Verdict::Conflict(_)] => Err(StorageError::NotEmpty),
            _ => Err(StorageError::Interrupted),
        }
    }
}

fn put(batch: &mut Batch, key: Key, record: Record) {
    let Record { revision, value } = record;
    batch.expect.push(Expectation { key, revision: None });
    batch.put.push(Put { key, revision, value });
}

/// Rows that were sealed before.
struct AsTheyAre(Vec<PendingRow>);

impl EntryWriter for AsTheyAre {
    fn rows(&mut self, admitted: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        Ok(if admitted.is_empty() { Vec::new() } else { self.0.clone() })
    }
}
