//! The proof that an entry is durable.

use super::entry::Entry;
use crate::entry_id::EntryId;
use crate::storage::committer::Committed;
use crate::tenant::TenantId;
use crate::version::VersionNumber;

/// Proof that the entry which speaks of this tenant, path and version is durable.
///
/// Its fields are private to `audit`, which alone can make one, and only from a commit that happened. It can't be cloned.
#[derive(Debug)]
pub struct Receipt {
    entry: EntryId,
    tenant: TenantId,
    path: String,
    version: Option<VersionNumber>,
    row: [u8; 16],
    place: usize,
}

impl Receipt {
    /// The receipts for the entries of one committed batch, in their order.
    pub(crate) fn issue(entries: Vec<Entry>, committed: &Committed) -> Vec<Self> {
        let places = committed.first()..;
        entries
            .into_iter()
            .zip(places)
            .map(|(entry, place)| Self {
                entry: entry.id,
                tenant: entry.tenant,
                path: entry.path,
                version: entry.version,
                row: committed.row(),
                place,
            })
            .collect()
    }

    /// The entry.
    #[must_use]
    pub fn entry(&self) -> EntryId {
        self.entry
    }

    /// Whose log it is in.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// The path it speaks of; empty for the tenant as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The version it speaks of.
    #[must_use]
    pub fn version(&self) -> Option<VersionNumber> {
        self.version
    }

    /// The pending row that holds the entry, and its place in it.
    #[must_use]
    pub fn row(&self) -> ([u8; 16], usize) {
        (self.row, self.place)
    }
}
