//! The copy: passes over all that is stored, each of which carries over what differs.
//!
//! A record that has the same revision and the same bytes on both sides is the same; whatever else is there is carried over, or removed. A
//! pass holds no snapshot: what changes behind it is found by the next, and for the last one nothing changes any more. So it holds nobody
//! up, may take as long as it takes, and may be broken off anywhere.

use std::sync::Arc;

use coffer_encryption::random;

use super::walk::{Records, Rows};
use crate::error::Error;
use crate::limits::{BACKUP_LOADED_AT_ONCE_BYTES, BACKUP_PAGE};
use crate::storage::filling::Filling;
use crate::storage::moving::{Beginning, MovingRecord, State};
use crate::storage::record::decode;
use crate::storage::{
    Batch, Key, PendingPosition, PendingRow, Put, Record, Storage, StorageError, UnfinishedStore,
};
use crate::time::Timestamp;
use crate::vault::open::InstanceRecord;

/// A copy that is being made, by this process.
pub struct StoreCopy {
    pub(super) from: Arc<dyn Storage>,
    filling: Filling,
}

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Carried {
    /// Records that it looked at.
    pub records: u64,
    /// Pending rows that it looked at.
    pub pending: u64,
    /// Records and rows that it carried over.
    pub carried: u64,
    /// Those that it removed from the copy, because they are not in the source any more.
    pub removed: u64,
}

impl Carried {
    /// Whether both were the same before it.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        (self.carried, self.removed) == (0, 0)
    }
}

impl StoreCopy {
    /// Begins a copy, or goes on with the one that is there. Whoever else copies into the same place is displaced.
    ///
    /// # Errors
    /// [`StorageError::Missing`] and [`StorageError::Unfinished`] where there is no store to be copied; [`StorageError::Moved`] where it was
    /// taken out of service for another copy than the one that is there; [`StorageError::NotEmpty`] where there is a store already.
    pub async fn begin(from: Arc<dyn Storage>, to: Arc<dyn Storage>, now: Timestamp) -> Result<Self, Error> {
        let Beginning { instance, moving } = Beginning::of(from.as_ref()).await?;
        let record = instance.ok_or(StorageError::Missing(std::path::PathBuf::new()))?;
        let instance: InstanceRecord = decode(&record.value)?;
        let closed = match moving {
            Some((_, there)) if there.state != State::Closed => return Err(there.refusal().into()),
            closed => closed.map(|(_, there)| there),
        };
        let is_this = |there: &MovingRecord| {
            there.state == State::Copying
                && *there.instance == instance.id()
                && closed.as_ref().is_none_or(|closed| closed.id == there.id)
        };
        if let Some(closed) = &closed {
            // What it was closed for may be finished by who has begun it. A second copy would be a second store.
            let there = Beginning::of(to.as_ref()).await?;
            if there.instance.is_some() || !there.moving.is_some_and(|(_, there)| is_this(&there)) {
                return Err(closed.refusal().into());
            }
        }
        let wanted = MovingRecord::new(State::Copying, random::bytes()?, instance.id(), now, "");
        let filling = Filling::begin(to, wanted, is_this).await?;
        Ok(Self { from, filling })
    }

    /// What the source is closed for.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        *self.filling.record().id
    }

    /// Whether the source is out of service, for this copy.
    ///
    /// # Errors
    /// [`StorageError::Moved`] where it is for another.
    pub async fn is_closed(&self) -> Result<bool, StorageError> {
        match Beginning::of(self.from.as_ref()).await?.moving {
            None => Ok(false),
            Some((_, there)) if there.state == State::Closed && *there.id == self.id() => Ok(true),
            Some((_, there)) => Err(there.refusal()),
        }
    }

    /// Carries over what differs. `progress` is told how many records were looked at.
    ///
    /// # Errors
    /// [`StorageError::Displaced`] when another process has taken the copy over; what either storage says. What was carried stays.
    pub async fn pass(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<Carried, StorageError> {
        let mut pass =
            Pass { filling: &self.filling, batch: Batch::default(), bytes: 0, done: Carried::default() };
        pass.records(&self.from, progress).await?;
        pass.pending(&self.from).await?;
        Ok(pass.done)
    }

    /// The copy, whole, for who makes a store of it.
    ///
    /// # Errors
    /// [`StorageError::Moved`] and [`StorageError::Interrupted`] unless the source is out of service for this copy.
    pub async fn into_store(self) -> Result<UnfinishedStore, StorageError> {
        if !self.is_closed().await? {
            return Err(StorageError::Interrupted);
        }
        let instance = Beginning::of(self.from.as_ref()).await?.instance;
        let instance = instance.ok_or(StorageError::Missing(std::path::PathBuf::new()))?;
        Ok(UnfinishedStore::new(self.filling, instance))
    }

    /// Where it is copied to, as it lies.
    pub(super) fn to(&self) -> &Arc<dyn Storage> {
        self.filling.storage()
    }
}

/// Takes a copy over, so that nobody who was at it before goes on.
pub(super) async fn take_over(to: Arc<dyn Storage>, mark: MovingRecord) -> Result<(), StorageError> {
    Filling::begin(to, mark.clone(), |there| *there == mark).await.map(drop)
}

/// One pass, and what it has not written yet.
struct Pass<'c> {
    filling: &'c Filling,
    batch: Batch,
    bytes: usize,
    done: Carried,
}

impl Pass<'_> {
    async fn records(
        &mut self,
        from: &Arc<dyn Storage>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), StorageError> {
        let (mut theirs, mut ours) = (Records::of(from), Records::of(self.filling.storage()));
        loop {
            let (source, copy) = (theirs.peek().await?, ours.peek().await?);
            match (source, copy) {
                (None, None) => break,
                // What the source has not, the copy has no more.
                (source, Some(copy)) if source.is_none_or(|source| copy < source) => {
                    ours.next().await?;
                    self.batch.delete.push(copy);
                    self.done.removed = self.done.removed.saturating_add(1);
                }
                (source, copy) => {
                    let wanted = theirs.next().await?;
                    let there = if source == copy { ours.next().await? } else { None };
                    self.done.records = self.done.records.saturating_add(1);
                    if wanted != there {
                        self.put(wanted);
                    }
                }
            }
            if self.is_full() {
                self.flush(Vec::new()).await?;
            }
            if self.done.records.is_multiple_of(BACKUP_PAGE as u64) {
                progress(self.done.records);
            }
        }
        progress(self.done.records);
        self.flush(Vec::new()).await
    }

    fn put(&mut self, record: Option<(Key, Record)>) {
        let Some((key, Record { revision, value })) = record else { return };
        self.bytes = self.bytes.saturating_add(value.len());
        self.batch.put.push(Put { key, revision, value });
        self.done.carried = self.done.carried.saturating_add(1);
    }

    /// Rows of the copy stay as far as they are those of the source, in their order; what comes behind is carried over anew.
    async fn pending(&mut self, from: &Arc<dyn Storage>) -> Result<(), StorageError> {
        let (mut theirs, mut ours) = (Rows::of(from), Rows::of(self.filling.storage()));
        let mut wanted = theirs.next().await?;
        while let Some((position, row)) = ours.next().await? {
            if wanted.as_ref().is_some_and(|(_, wanted)| *wanted == row) {
                self.done.pending = self.done.pending.saturating_add(1);
                wanted = theirs.next().await?;
            } else {
                self.remove(position);
                if self.is_full() {
                    self.flush(Vec::new()).await?;
                }
            }
        }
        let mut rows: Vec<PendingRow> = Vec::new();
        while let Some((_, row)) = wanted {
            self.done.pending = self.done.pending.saturating_add(1);
            self.done.carried = self.done.carried.saturating_add(1);
            self.bytes = self.bytes.saturating_add(row.sealed.len());
            rows.push(row);
            if rows.len() >= BACKUP_PAGE || self.is_full() {
                self.flush(std::mem::take(&mut rows)).await?;
            }
            wanted = theirs.next().await?;
        }
        self.flush(rows).await
    }

    fn remove(&mut self, position: PendingPosition) {
        self.batch.integrated.push(position);
        self.done.removed = self.done.removed.saturating_add(1);
    }

    fn is_full(&self) -> bool {
        let Batch { put, delete, integrated, .. } = &self.batch;
        let waiting = put.len().saturating_add(delete.len()).saturating_add(integrated.len());
        waiting >= BACKUP_PAGE || self.bytes >= BACKUP_LOADED_AT_ONCE_BYTES
    }

    async fn flush(&mut self, rows: Vec<PendingRow>) -> Result<(), StorageError> {
        if self.batch.reads_only() && rows.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        self.filling.write(std::mem::take(&mut self.batch), rows).await
    }
}
