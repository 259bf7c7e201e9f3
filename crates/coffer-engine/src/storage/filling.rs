//! A storage that is being filled with what another one held, by one process at a time, until it is a store.
//!
//! Trust: what is written is written down as it came. Whether it is genuine is found when it is opened, as for everything stored.
//!
//! # Invariants
//! - Only a place is filled where nothing is, or where a filling was begun and not finished: what its mark says, which is the first thing
//!   that is written ([`super::moving`]).
//! - Every commit expects the mark as this process wrote it. Who takes over renews it, so nobody writes behind his back.
//! - The instance's record comes last, in the commit that removes the mark: before that nothing opens the storage.

use std::sync::Arc;

use super::moving::{self, Beginning, MovingRecord};
use super::record::{encode, plain_record};
use super::unfinished::Unfinished;
use super::{
    Batch, Durability, EntryWriter, Expectation, Group, Key, PendingRow, Put, Record, Revision, Storage,
    StorageError, Verdict,
};
use crate::limits::ERASED_AT_ONCE;

/// A storage that this process fills.
pub(crate) struct Filling {
    storage: Arc<dyn Storage>,
    mark: Revision,
    record: MovingRecord,
}

impl Filling {
    /// Begins to fill a storage, or goes on where `is_resumed` says that what is there is a part of this. What is part of anything else
    /// that was not finished is removed.
    ///
    /// # Errors
    /// [`StorageError::NotEmpty`] where there is a store, or what nobody knows.
    pub(crate) async fn begin(
        storage: Arc<dyn Storage>,
        wanted: MovingRecord,
        is_resumed: impl FnOnce(&MovingRecord) -> bool,
    ) -> Result<Self, StorageError> {
        let Beginning { instance, moving } = Beginning::of(storage.as_ref()).await?;
        if instance.is_some() {
            return Err(StorageError::NotEmpty);
        }
        let (found, record, clears) = match moving {
            Some((mark, there)) if is_resumed(&there) => (Some(mark.revision), there, false),
            Some((mark, _)) => (Some(mark.revision), wanted, true),
            None if is_empty(storage.as_ref()).await? => (None, wanted, false),
            None => return Err(StorageError::NotEmpty),
        };
        let put =
            plain_record(moving::key(), encode(&record).as_slice()).map_err(|_| StorageError::Entries)?;
        let mark = put.revision;
        let expect = vec![
            Expectation { key: moving::key(), revision: found },
            Expectation { key: moving::instance_key(), revision: None },
        ];
        let batch = Batch { expect, put: vec![put], ..Batch::default() };
        commit(&storage, batch, Vec::new(), Durability::Synced).await?;
        let filling = Self { storage, mark, record };
        if clears {
            filling.clear().await?;
        }
        Ok(filling)
    }

    /// What is being filled in.
    pub(crate) fn record(&self) -> &MovingRecord {
        &self.record
    }

    /// The storage as it lies.
    pub(crate) fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// Writes into it, as long as nobody has taken it over. What is only written becomes durable with [`Filling::finish`].
    ///
    /// # Errors
    /// [`StorageError::Displaced`] when somebody has; [`StorageError::NotEmpty`] when another expectation of the batch does not hold.
    pub(crate) async fn write(&self, mut batch: Batch, rows: Vec<PendingRow>) -> Result<(), StorageError> {
        batch.expect.push(self.expected());
        commit(&self.storage, batch, rows, Durability::Written).await
    }

    /// The store that it will be, for the one who finishes it: nobody else can open it yet.
    pub(crate) fn as_store(&self, instance: &Record) -> Arc<dyn Storage> {
        Unfinished::over(Arc::clone(&self.storage), instance.clone(), self.mark)
    }

    /// All is there: it becomes a store, and survives the loss of power.
    ///
    /// # Errors
    /// As [`Filling::write`].
    pub(crate) async fn finish(&self, instance: &Record) -> Result<(), StorageError> {
        let key = moving::instance_key();
        let put = Put { key, revision: instance.revision, value: Arc::clone(&instance.value) };
        let batch = Batch {
            expect: vec![self.expected(), Expectation { key, revision: None }],
            put: vec![put],
            delete: vec![moving::key()],
            ..Batch::default()
        };
        commit(&self.storage, batch, Vec::new(), Durability::Synced).await
    }

    fn expected(&self) -> Expectation {
        Expectation { key: moving::key(), revision: Some(self.mark) }
    }

    /// Removes all but the mark.
    async fn clear(&self) -> Result<(), StorageError> {
        loop {
            // One more than is removed: the mark is among them.
            let page = self.storage.scan(&[], None, ERASED_AT_ONCE.saturating_add(1)).await?;
            let keys = page.records.into_iter().map(|(key, _)| key);
            let delete: Vec<Key> = keys.filter(|key| *key != moving::key()).collect();
            let rows = self.storage.pending(None, None, ERASED_AT_ONCE).await?;
            let integrated: Vec<_> = rows.into_iter().map(|(position, _)| position).collect();
            if delete.is_empty() && integrated.is_empty() {
                return Ok(());
            }
            self.write(Batch { delete, integrated, ..Batch::default() }, Vec::new()).await?;
        }
    }
}

/// Whether nothing is stored.
async fn is_empty(storage: &dyn Storage) -> Result<bool, StorageError> {
    let records = storage.scan(&[], None, 1).await?.records;
    Ok(records.is_empty() && storage.pending(None, None, 1).await?.is_empty())
}

async fn commit(
    storage: &Arc<dyn Storage>,
    batch: Batch,
    rows: Vec<PendingRow>,
    durability: Durability,
) -> Result<(), StorageError> {
    let group = Group { batches: vec![batch], entries: Box::new(AsTheyAre(rows)), durability };
    match Arc::clone(storage).commit(group).await?.as_slice() {
        [Verdict::Committed] => Ok(()),
        [Verdict::Conflict(key)] if *key == moving::key() => Err(StorageError::Displaced),
        [Verdict::Conflict(_)] => Err(StorageError::NotEmpty),
        _ => Err(StorageError::Interrupted),
    }
}

/// Rows that were sealed before.
struct AsTheyAre(Vec<PendingRow>);

impl EntryWriter for AsTheyAre {
    fn rows(&mut self, admitted: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        Ok(if admitted.is_empty() { Vec::new() } else { self.0.clone() })
    }
}
