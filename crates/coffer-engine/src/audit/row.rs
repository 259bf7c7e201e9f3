//! A pending row: the leaves of one commit for one tenant, each behind its length (u16, big-endian; the form of an entry bundle
//! of C2SP tlog-tiles), sealed together under the tenant's audit key.

use coffer_encryption::{EntryRow, generation_of, open, seal};

use crate::fault::Corrupt;
use crate::monitoring::Sealed;
use crate::storage::committer::SealRow;
use crate::storage::keyring::KeyRing;
use crate::storage::{PendingRow, StorageError};
use crate::tenant::TenantId;

impl SealRow for KeyRing {
    fn tenant(&self) -> TenantId {
        self.owner()
    }

    fn seal_row(&self, row: [u8; 16], leaves: &[&[u8]]) -> Result<Vec<u8>, StorageError> {
        let bundle = join(leaves)?;
        let generation = self.newest().map_err(|_| StorageError::Entries)?;
        let place = place(self, row, generation.number());
        let sealed = self.watch().sealing(Sealed::Row, || seal(&generation.audit, &place, &bundle));
        sealed.map_err(|_| StorageError::Entries)
    }
}

/// Leaves one behind the other, each behind its length.
pub(crate) fn join(leaves: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, StorageError> {
    let length = leaves.iter().map(|leaf| leaf.as_ref().len().saturating_add(2)).sum();
    let mut bundle = Vec::with_capacity(length);
    for leaf in leaves {
        let length = u16::try_from(leaf.as_ref().len()).map_err(|_| StorageError::Entries)?;
        bundle.extend_from_slice(&length.to_be_bytes());
        bundle.extend_from_slice(leaf.as_ref());
    }
    Ok(bundle)
}

/// The leaves that [`join`] joined; `None` when their lengths don't add up.
pub(crate) fn split(mut bundle: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut leaves = Vec::new();
    while let Some((length, behind)) = bundle.split_first_chunk() {
        let (leaf, rest) = behind.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        leaves.push(leaf.to_vec());
        bundle = rest;
    }
    bundle.is_empty().then_some(leaves)
}

/// The leaves of a row.
pub(crate) fn open_row(ring: &KeyRing, row: &PendingRow) -> Result<Vec<Vec<u8>>, Corrupt> {
    let corrupt = Corrupt::new("a row of the audit log");
    let number = generation_of(&row.sealed).map_err(|_| corrupt.clone())?;
    let generation = ring.generation(number)?;
    let place = place(ring, row.id, number);
    let bundle = ring
        .watch()
        .opening(Sealed::Row, || open(&generation.audit, &place, &row.sealed))
        .map_err(|_| corrupt.clone())?;
    split(bundle.expose()).ok_or(corrupt)
}

fn place(ring: &KeyRing, row: [u8; 16], generation: u32) -> EntryRow {
    EntryRow { instance: ring.instance(), tenant: *ring.owner().bytes(), generation, row }
}
