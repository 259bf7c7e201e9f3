//! What an open vault takes up, and how far its log is behind: for whoever watches it. It says nothing of what is in it.

use std::collections::BTreeSet;

use super::Vault;
use crate::audit::{LoggedEntry, open_row};
use crate::error::Error;
use crate::fault::Corrupt;
use crate::storage::Sizes;
use crate::time::Timestamp;

/// What an open vault takes up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Records and sealed versions that are kept in memory.
    pub cache_records: usize,
    /// Bytes that they take up, about.
    pub cache_bytes: u64,
    /// Tenants whose keys are open.
    pub tenants_open: usize,
    /// What the storage takes up.
    pub storage: Sizes,
}

impl Vault {
    /// What it takes up now.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let (cache_records, cache_bytes) = self.inner.cache.size();
        let tenants_open = self.inner.tenants.open();
        Usage { cache_records, cache_bytes, tenants_open, storage: self.inner.storage.sizes() }
    }

    /// When the request of the oldest entry was received that waits to go into a log; `None`: none waits, or it will come into none,
    /// because its tenant was erased, or it waits for a tenant that is locked.
    ///
    /// # Errors
    /// [`Corrupt`] when it does not open; storage errors.
    pub async fn log_oldest_pending(&self) -> Result<Option<Timestamp>, Error> {
        let Some((_, row)) = self.inner.storage.pending(None, None, 1).await?.pop() else { return Ok(None) };
        if self.with_keys(BTreeSet::from([row.tenant])).await?.is_empty() {
            return Ok(None);
        }
        let ring = self.ring(row.tenant).await?;
        let first =
            open_row(&ring, &row)?.into_iter().next().ok_or(Corrupt::new("a row of the audit log"))?;
        Ok(Some(Timestamp::from_millis(LoggedEntry::parse(first)?.ts)))
    }
}
