//! What two storages hold, as hashes: read anew from both, when nothing changes any more.

use std::sync::Arc;

use coffer_encryption::hash::Sha256;

use super::copy::StoreCopy;
use super::walk::{Records, Rows};
use crate::storage::{Storage, StorageError};

/// All that a storage holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sums {
    /// Records.
    pub records: u64,
    /// Pending rows.
    pub pending: u64,
    /// SHA-256 of all records in the order of keys, with their revisions, and of all pending rows in the order of commits.
    pub hash: [u8; 32],
}

impl StoreCopy {
    /// The source's, and the copy's. `progress` is told how many records of both were read.
    ///
    /// # Errors
    /// What either storage says.
    pub async fn sums(&self, progress: &(dyn Fn(u64) + Sync)) -> Result<(Sums, Sums), StorageError> {
        let source = sums(&self.from, progress).await?;
        let copy = sums(self.to(), &|read| progress(read.saturating_add(source.records))).await?;
        Ok((source, copy))
    }
}

async fn sums(storage: &Arc<dyn Storage>, progress: &(dyn Fn(u64) + Sync)) -> Result<Sums, StorageError> {
    let mut hash = Sha256::new();
    // Each part behind its length: two rows that differ can't look the same one behind the other.
    let mut take = |parts: &[&[u8]]| {
        for part in parts {
            hash.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
    };
    let (mut records, mut pending) = (0_u64, 0_u64);
    let mut all = Records::of(storage);
    while let Some((key, record)) = all.next().await? {
        take(&[key.as_bytes(), &record.revision.0, &record.value]);
        records = records.saturating_add(1);
        progress(records);
    }
    let mut all = Rows::of(storage);
    while let Some((_, row)) = all.next().await? {
        take(&[&row.id, row.tenant.bytes(), &row.sealed]);
        pending = pending.saturating_add(1);
    }
    Ok(Sums { records, pending, hash: hash.finish() })
}
