//! What is stored, for fuzzing: bytes read as the engine reads them once they are open, and written again.
//!
//! Who can seal such bytes has the keys, so bad ones come from a fault, or from an older or newer Coffer. What nobody has sealed
//! does not come so far: see [`Ring`].

use coffer_encryption::{IndexKey, OwnerKey};

use crate::access::{
    AttemptsRecord, ClientSecretRecord, CodeRecord, FactorRecord, Identity, PasswordRecord, TokenRecord,
    ViolationsRecord,
};
use crate::audit::log::{index, pack, tiles};
use crate::audit::{EntryFilter, LoggedEntry, join, open_row, split};
use crate::storage::committer::SealRow;
use crate::storage::keyring::{Generation, KeyRing};
use crate::storage::keyspace::{self, Table};
use crate::storage::moving::MovingRecord;
use crate::storage::record::{fresh_revision, open_record};
use crate::storage::{PendingRow, Record, Revision};
use crate::tenant::TenantId;
use crate::unlock::{UnlockerRow, read_key_file};
use crate::{audit, vault};

pub use crate::storage::record::{Reread, Stored};

/// Every kind of record, and what is sealed without being one: a value.
#[must_use]
pub fn kinds() -> Vec<Stored> {
    let mut all = vec![
        Stored::of::<AttemptsRecord>(),
        Stored::of::<ClientSecretRecord>(),
        Stored::of::<CodeRecord>(),
        Stored::of::<FactorRecord>(),
        Stored::of::<MovingRecord>(),
        Stored::of::<Identity>(),
        Stored::of::<PasswordRecord>(),
        Stored::of::<TokenRecord>(),
        Stored::of::<UnlockerRow>(),
        Stored::of::<ViolationsRecord>(),
    ];
    all.extend(audit::log::stored());
    all.extend(vault::stored());
    all
}

/// The leaves in a bundle: what is in a pending row, and in a pack.
#[must_use]
pub fn split_leaves(bundle: &[u8]) -> Option<Vec<Vec<u8>>> {
    split(bundle)
}

/// A bundle of these leaves. `None`: one is too long.
#[must_use]
pub fn join_leaves(leaves: &[Vec<u8>]) -> Option<Vec<u8>> {
    join(leaves).ok()
}

/// The entry that a leaf is.
#[must_use]
pub fn entry(leaf: &[u8]) -> Option<LoggedEntry> {
    LoggedEntry::parse(leaf.to_vec()).ok()
}

/// Whether a query opens a pack that has this leaf in it.
#[must_use]
pub fn is_looked_at(leaf: &[u8], filter: &EntryFilter) -> bool {
    let summary = index::Summary::of(&[leaf.to_vec()]);
    let (since, until) = (filter.since.map(|at| at.millis()), filter.until.map(|at| at.millis()));
    summary.may_hold(&filter.terms()) && summary.may_fall(since, until)
}

/// The id in a key file, when it is one.
#[must_use]
pub fn key_file_id(text: &[u8]) -> Option<[u8; 16]> {
    read_key_file(text).map(|(id, _)| id)
}

/// The opened keys of a tenant that nobody has but this.
pub struct Ring(KeyRing);

/// A record, or a row: its revision or id, and its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Bound in what is sealed.
    pub revision: [u8; 16],
    /// What is stored.
    pub bytes: Vec<u8>,
}

impl Ring {
    /// Draws keys. `None`: there are no random bytes.
    #[must_use]
    pub fn draw() -> Option<Self> {
        let owner = TenantId::from_bytes([7; 16]);
        let generation = Generation::derive(&OwnerKey::generate().ok()?, owner, 1).ok()?;
        Some(Self(KeyRing::new([1; 16], owner, IndexKey::generate().ok()?, generation, [])))
    }

    /// Seals leaves as the first pack of the log.
    #[must_use]
    pub fn seal_pack(&self, leaves: &[Vec<u8>]) -> Option<Sealed> {
        let put = pack::seal(&self.0, 0, leaves).ok()?;
        Some(Sealed { revision: put.revision.0, bytes: put.value.to_vec() })
    }

    /// Opens it.
    #[must_use]
    pub fn open_pack(&self, sealed: &Sealed) -> Option<Vec<Vec<u8>>> {
        pack::open(&self.0, 0, &record(sealed)).ok()
    }

    /// Seals leaves as a pending row.
    #[must_use]
    pub fn seal_row(&self, leaves: &[Vec<u8>]) -> Option<Sealed> {
        let revision = fresh_revision().ok()?.0;
        let leaves: Vec<&[u8]> = leaves.iter().map(Vec::as_slice).collect();
        Some(Sealed { revision, bytes: self.0.seal_row(revision, &leaves).ok()? })
    }

    /// Opens it.
    #[must_use]
    pub fn open_row(&self, sealed: &Sealed) -> Option<Vec<Vec<u8>>> {
        let (id, sealed) = (sealed.revision, sealed.bytes.clone().into());
        open_row(&self.0, &PendingRow { id, tenant: self.0.owner(), sealed }).ok()
    }

    /// Whether these bytes open anywhere: as a record, a pack, a tile, a group of summaries, a pending row.
    #[must_use]
    pub fn opens(&self, sealed: &Sealed) -> bool {
        let record = record(sealed);
        let identity = keyspace::numbered(self.0.owner(), Table::Identity, 1);
        let tile = coffer_log::TileId { level: 0, index: 0 };
        open_record::<Identity>(&self.0, &identity, &record).is_ok()
            || self.open_pack(sealed).is_some()
            || tiles::open(&self.0, tile, &record).is_ok()
            || index::open(&self.0, 0, &record).is_ok()
            || self.open_row(sealed).is_some()
    }
}

fn record(sealed: &Sealed) -> Record {
    Record { revision: Revision(sealed.revision), value: sealed.bytes.clone().into() }
}

#[cfg(test)]
mod tests;
