//! What lies beside the instance's record while a store is on its way from one storage to another: that it is not finished here, or that
//! it is in service here no more.
//!
//! Trust: none. It is read before there is any key, like the instance's record, so it lies in clear. Who owns the storage can write one
//! and stop the service, which he can anyway; or remove one, which is to put an old store back.
//!
//! # Invariants
//! - Every commit of the engine expects that there is none (`committer/rows.rs`). So one commit that writes it ends the service of every
//!   node: what was admitted before is in the storage, and nothing is admitted after.
//! - Who fills a storage expects the very revision that he wrote. Whoever takes the filling over renews it, and ends the other one by that.
//! - It never goes from one storage into another: it is of the place, not of the store.

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::keyspace::{self, Table};
use super::record::decode;
use super::{Key, Record, Storage, StorageError};
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// How a store is there, where it is not in service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub(crate) enum State {
    /// A backup is being restored into it.
    #[n(1)]
    Restoring,
    /// Another store is being copied into it.
    #[n(2)]
    Copying,
    /// It was taken out of service, to be copied elsewhere for the last time.
    #[n(3)]
    Closed,
}

/// The record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct MovingRecord {
    #[n(0)]
    pub(crate) state: State,
    /// Of the backup, or of the copy: the same at both of its ends.
    #[n(1)]
    pub(crate) id: ByteArray<16>,
    /// Which instance it is of.
    #[n(2)]
    pub(crate) instance: ByteArray<16>,
    #[n(3)]
    pub(crate) since_ms: u64,
    /// Where it is moved to; empty where it is filled.
    #[n(4)]
    pub(crate) place: String,
}

impl MovingRecord {
    /// One of this moment.
    pub(crate) fn new(state: State, id: [u8; 16], instance: [u8; 16], since: Timestamp, place: &str) -> Self {
        let (id, instance) = (id.into(), instance.into());
        Self { state, id, instance, since_ms: since.millis(), place: place.to_owned() }
    }

    /// What it says to whoever would use what is there.
    pub(crate) fn refusal(&self) -> StorageError {
        match self.state {
            State::Restoring | State::Copying => StorageError::Unfinished,
            State::Closed => StorageError::Moved(self.place.clone()),
        }
    }
}

/// Where the record lies.
pub(crate) fn key() -> Key {
    keyspace::single(TenantId::INSTANCE, Table::Moving)
}

/// Where the record lies that makes a store of the others.
pub(crate) fn instance_key() -> Key {
    keyspace::single(TenantId::INSTANCE, Table::Instance)
}

/// What makes a store of a storage, and what says that it is none yet, or none any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Beginning {
    pub(crate) instance: Option<Record>,
    pub(crate) moving: Option<(Record, MovingRecord)>,
}

impl Beginning {
    /// Reads both.
    pub(crate) async fn of(storage: &dyn Storage) -> Result<Self, StorageError> {
        let mut found = storage.get(&[instance_key(), key()]).await?;
        let (moving, instance) = (found.pop().flatten(), found.pop().flatten());
        let moving = moving.map(|record| match decode::<MovingRecord>(&record.value) {
            Ok(read) => Ok((record, read)),
            Err(_) => {
                Err(StorageError::Damaged("the record of where it is moved to does not open".to_owned()))
            }
        });
        Ok(Self { instance, moving: moving.transpose()? })
    }

    /// The instance's record, of a store that is in service.
    pub(crate) fn in_service(self) -> Result<Option<Record>, StorageError> {
        match self.moving {
            Some((_, moving)) => Err(moving.refusal()),
            None => Ok(self.instance),
        }
    }
}
