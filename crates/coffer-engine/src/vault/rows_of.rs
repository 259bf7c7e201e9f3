//! Counts what is stored of a tenant, for tests: what is there of one that is gone?

use super::Vault;
use crate::error::Error;
use crate::tenant::TenantId;

impl Vault {
    /// Records in every table, and entries that are pending.
    ///
    /// # Errors
    /// When the storage can't be read.
    pub async fn rows_of(&self, tenant: TenantId) -> Result<usize, Error> {
        let records = self.inner.storage.scan(tenant.bytes(), None, usize::MAX).await?.records;
        let pending = self.inner.storage.pending(Some(tenant), None, usize::MAX).await?;
        Ok(records.len().saturating_add(pending.len()))
    }
}
