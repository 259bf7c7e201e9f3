//! Fills an empty storage with what a backup holds, as it was: revisions, sealed bytes, the order of what is pending.
//!
//! # Invariants
//! - What was begun and not finished is thrown away and begun again: see [`super::filling`], which also says who may.
//! - The instance's record comes last, when whoever loads has done all that is to be done before: see [`UnfinishedStore`].
//! - Pending rows keep their ids, under which they are sealed, and their order; their positions are the new storage's own.
//! - No entry is written here: what is loaded holds the entries that say how it came to be. Whoever loads says so afterwards, in the
//!   store that he then can open.

use std::sync::Arc;

use super::filling::Filling;
use super::moving::{self, MovingRecord};
use super::unfinished::UnfinishedStore;
use super::{Batch, Expectation, Key, PendingRow, Put, Record, Storage, StorageError};

/// A storage that is being filled.
pub(crate) struct Loader {
    filling: Filling,
    /// The instance's record, which makes the rest a store.
    last: Option<Record>,
}

impl Loader {
    /// Begins to fill a storage.
    ///
    /// # Errors
    /// [`StorageError::NotEmpty`].
    pub(crate) async fn begin(storage: Arc<dyn Storage>, what: MovingRecord) -> Result<Self, StorageError> {
        Ok(Self { filling: Filling::begin(storage, what, |_| false).await?, last: None })
    }

    /// Puts records into it.
    ///
    /// # Errors
    /// [`StorageError::NotEmpty`] where one of them is there already.
    pub(crate) async fn records(&mut self, records: Vec<(Key, Record)>) -> Result<(), StorageError> {
        let mut batch = Batch::default();
        for (key, record) in records {
            if key == moving::instance_key() {
                self.last = Some(record);
            } else {
                put(&mut batch, key, record);
            }
        }
        self.filling.write(batch, Vec::new()).await
    }

    /// Puts pending rows behind those that it has.
    ///
    /// # Errors
    /// [`StorageError`] when they can't be written.
    pub(crate) async fn pending(&mut self, rows: Vec<PendingRow>) -> Result<(), StorageError> {
        self.filling.write(Batch::default(), rows).await
    }

    /// All is there; it is a store once whoever loads has finished it.
    ///
    /// # Errors
    /// [`StorageError::Damaged`] when the instance's record was not among the records.
    pub(crate) fn loaded(self) -> Result<UnfinishedStore, StorageError> {
        let Self { filling, last } = self;
        let last = last.ok_or(StorageError::Damaged("the instance's record is not there".to_owned()))?;
        Ok(UnfinishedStore::new(filling, last))
    }
}

fn put(batch: &mut Batch, key: Key, record: Record) {
    let Record { revision, value } = record;
    batch.expect.push(Expectation { key, revision: None });
    batch.put.push(Put { key, revision, value });
}
