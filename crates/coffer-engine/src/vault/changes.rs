//! What a round wants to write.

use std::collections::BTreeMap;

use minicbor::{CborLen, Encode};

use super::round::Stop;
use crate::audit::Change;
use crate::storage::keyring::KeyRing;
use crate::storage::record::{fresh_revision, seal_record};
use crate::storage::{Batch, Expectation, Key, PendingPosition, Put, Revision};
use crate::time::Timestamp;

/// What a round wants to write.
#[derive(Default)]
pub(super) struct Changes {
    put: BTreeMap<Key, Put>,
    delete: Vec<Key>,
    touch: BTreeMap<Key, Revision>,
    /// Entries that will be in no log.
    unlogged: Vec<PendingPosition>,
}

impl Changes {
    /// Writes a record that is sealed already.
    pub(super) fn put(&mut self, put: Put) {
        self.put.insert(put.key, put);
    }

    /// Seals a record and writes it.
    pub(super) fn seal<T: Encode<()> + CborLen<()>>(
        &mut self,
        ring: &KeyRing,
        key: Key,
        value: &T,
    ) -> Result<(), Stop> {
        self.put(seal_record(ring, key, value)?);
        Ok(())
    }

    /// Whether it writes this record.
    pub(super) fn writes(&self, key: &Key) -> bool {
        self.put.contains_key(key)
    }

    /// Removes a record.
    pub(super) fn delete(&mut self, key: Key) {
        self.delete.push(key);
    }

    /// Removes an entry that has not come into its log, and never will: the log's keys are destroyed.
    pub(super) fn drop_pending(&mut self, position: PendingPosition) {
        self.unlogged.push(position);
    }

    /// Renews a marker.
    pub(super) fn touch(&mut self, key: Key) -> Result<(), Stop> {
        self.touch.insert(key, fresh_revision()?);
        Ok(())
    }

    /// Takes over the changes of a part of the operation.
    pub(super) fn absorb(&mut self, part: Self) {
        self.put.extend(part.put);
        self.delete.extend(part.delete);
        self.touch.extend(part.touch);
        self.unlogged.extend(part.unlogged);
    }

    /// What the entry says of the records that are written. Markers are not named: they hold nothing.
    pub(super) fn described(&self) -> Vec<Change> {
        self.put.values().map(Change::put).chain(self.delete.iter().map(Change::deleted)).collect()
    }

    /// The batch that expects these records, not later than this, and makes the changes.
    pub(super) fn into_batch(
        self,
        expect: impl IntoIterator<Item = Expectation>,
        not_after: Option<Timestamp>,
    ) -> Batch {
        Batch {
            expect: expect.into_iter().collect(),
            not_after,
            put: self.put.into_values().collect(),
            delete: self.delete,
            touch: self.touch.into_iter().collect(),
            integrated: self.unlogged,
        }
    }

    pub(super) fn keys(&self) -> Vec<Key> {
        self.put.keys().chain(&self.delete).chain(self.touch.keys()).copied().collect()
    }
}
