//! What is written of a tenant that was erased.

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::Erased;
use crate::error::Error;
use crate::fault::Corrupt;
use crate::storage::Key;
use crate::storage::keyspace;
use crate::storage::record::open_record;
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;
use crate::vault::Vault;

/// Pages are this long: hardly any name was erased twice.
const PAGE: usize = 64;

/// What was destroyed. It stays: a certificate is made of it whenever one is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct ErasedRecord {
    #[n(0)]
    pub(super) name: String,
    #[n(1)]
    pub(super) tenant: ByteArray<16>,
    #[n(2)]
    pub(super) erased_ms: u64,
    #[n(3)]
    pub(super) backups_until_ms: u64,
    #[n(4)]
    pub(super) keys: u64,
    /// Leaves in the tenant's own log.
    #[n(5)]
    pub(super) log_size: u64,
    /// Base64, as in a checkpoint.
    #[n(6)]
    pub(super) log_root: String,
    /// When the last of its records was gone.
    #[n(7)]
    pub(super) removed_ms: Option<u64>,
    #[n(8)]
    pub(super) rows: u64,
}

/// That something is left. It goes with the last of that.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct ErasingRecord {
    #[n(0)]
    pub(super) name: String,
    /// Records and entries that were removed so far.
    #[n(1)]
    pub(super) rows: u64,
}

impl ErasedRecord {
    pub(super) fn id(&self) -> TenantId {
        TenantId::from_bytes(*self.tenant)
    }

    /// The same, as it is told.
    pub(super) fn told(&self) -> Result<Erased, Error> {
        Ok(Erased {
            name: tenant_name(&self.name)?,
            tenant: self.id(),
            erased: Timestamp::from_millis(self.erased_ms),
            removed: self.removed_ms.map(Timestamp::from_millis),
            backups_until: Timestamp::from_millis(self.backups_until_ms),
            keys: self.keys,
            rows: self.rows,
        })
    }
}

impl Vault {
    /// What was destroyed of this tenant.
    pub(super) async fn erased(&self, name: &TenantName, id: TenantId) -> Result<ErasedRecord, Error> {
        let all = self.all_erased(name).await?;
        let found = all.into_iter().find(|record| record.id() == id);
        found.ok_or_else(|| Corrupt::new("the record of an erased tenant").into())
    }

    /// The same, waiting for backups too: whoever erased it said how long some are kept, and of those that were made here more is known.
    pub(super) async fn as_backed_up(&self, record: ErasedRecord) -> Result<ErasedRecord, Error> {
        let kept = self.backed_up_until(Timestamp::from_millis(record.erased_ms)).await?;
        let backups_until_ms = record.backups_until_ms.max(kept.unwrap_or_default());
        Ok(ErasedRecord { backups_until_ms, ..record })
    }

    /// What was destroyed of all tenants that had this name, the newest last.
    pub(super) async fn all_erased(&self, name: &TenantName) -> Result<Vec<ErasedRecord>, Error> {
        let instance = self.load_instance().await?;
        let prefix: Key = keyspace::erased_of(instance.ring(), name);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.inner.storage.scan(prefix.as_bytes(), after, PAGE).await?;
            for (key, record) in &page.records {
                let record: ErasedRecord = open_record(instance.ring(), key, record)?;
                if record.name != name.as_str() {
                    return Err(Corrupt::new("the record of an erased tenant").into());
                }
                all.push(record);
            }
            after = page.next;
            if after.is_none() {
                all.sort_by_key(|record| record.erased_ms);
                return Ok(all);
            }
        }
    }
}

/// A name as a record says it.
pub(super) fn tenant_name(name: &str) -> Result<TenantName, Corrupt> {
    TenantName::parse(name).map_err(|_| Corrupt::new("the record of an erased tenant"))
}
