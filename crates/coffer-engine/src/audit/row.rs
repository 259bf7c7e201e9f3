//! A pending row: the leaves of one commit for one tenant, each behind its length (u16, big-endian; the form of an entry bundle
//! of C2SP tlog-tiles), sealed together under the tenant's audit key.

use coffer_encryption::{EntryRow, generation_of, open, seal};

use crate::fault::Corrupt;
use crate::storage::committer::SealRow;
use crate::storage::keyring::KeyRing;
use crate::storage::{PendingRow, StorageError};
use crate::tenant::TenantId;

impl SealRow for KeyRing {
    fn tenant(&self) -> TenantId {
        self.owner()
    }

    fn seal_row(&self, row: [u8; 16], leaves: &[&[u8]]) -> Result<Vec<u8>, StorageError> {
        let mut bundle = Vec::with_capacity(leaves.iter().map(|leaf| leaf.len().saturating_add(2)).sum());
        for leaf in leaves {
            let length = u16::try_from(leaf.len()).map_err(|_| StorageError::Entries)?;
            bundle.extend_from_slice(&length.to_be_bytes());
            bundle.extend_from_slice(leaf);
        }
        let generation = self.newest().map_err(|_| StorageError::Entries)?;
        seal(&generation.audit, &place(self, row, generation.number()), &bundle)
            .map_err(|_| StorageError::Entries)
    }
}

/// The leaves of a row.
pub(super) fn open_row(ring: &KeyRing, row: &PendingRow) -> Result<Vec<Vec<u8>>, Corrupt> {
    let corrupt = Corrupt::new("a row of the audit log");
    let number = generation_of(&row.sealed).map_err(|_| corrupt.clone())?;
    let generation = ring.generation(number)?;
    let bundle =
        open(&generation.audit, &place(ring, row.id, number), &row.sealed).map_err(|_| corrupt.clone())?;
    let mut rest = bundle.expose();
    let mut leaves = Vec::new();
    while let Some((length, behind)) = rest.split_first_chunk() {
        let leaf =
            behind.split_at_checked(usize::from(u16::from_be_bytes(*length))).ok_or(corrupt.clone())?;
        leaves.push(leaf.0.to_vec());
        rest = leaf.1;
    }
    if rest.is_empty() { Ok(leaves) } else { Err(corrupt) }
}

fn place(ring: &KeyRing, row: [u8; 16], generation: u32) -> EntryRow {
    EntryRow { instance: ring.instance(), tenant: *ring.owner().bytes(), generation, row }
}
