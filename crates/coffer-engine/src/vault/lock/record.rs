//! The keys of a tenant that is locked.
//!
//! It lies in the instance and is not sealed: what it holds is wrapped, and nothing in it is believed but that.

use coffer_encryption::{LockKey, LockWrap, OwnerKey, unwrap};
use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};

use crate::error::Error;
use crate::fault::Corrupt;
use crate::limits::SCAN_PAGE_MAX;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::decode;
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::vault::Vault;

/// The keys of a tenant that is locked.
#[derive(Encode, Decode, CborLen)]
pub(in crate::vault) struct LockRecord {
    #[n(0)]
    locked_ms: u64,
    /// The oldest generation first.
    #[n(1)]
    keys: Vec<LockedKey>,
}

/// One generation of its key, wrapped under the code's.
#[derive(Encode, Decode, CborLen)]
pub(in crate::vault) struct LockedKey {
    #[n(0)]
    generation: u32,
    #[n(1)]
    wrapped: ByteVec,
}

impl LockedKey {
    pub(super) fn new(generation: u32, wrapped: Vec<u8>) -> Self {
        Self { generation, wrapped: wrapped.into() }
    }
}

impl LockRecord {
    pub(super) fn new(now: Timestamp, keys: Vec<LockedKey>) -> Self {
        Self { locked_ms: now.millis(), keys }
    }

    /// When it was locked.
    pub(in crate::vault) fn since(&self) -> Timestamp {
        Timestamp::from_millis(self.locked_ms)
    }

    /// How many keys there are.
    pub(in crate::vault) fn keys(&self) -> u64 {
        u64::try_from(self.keys.len()).unwrap_or(u64::MAX)
    }

    /// All keys, opened; `None`: with another code, or they are damaged, which nobody can tell apart.
    pub(super) fn open(
        &self,
        lock: &LockKey,
        instance: [u8; 16],
        owner: TenantId,
    ) -> Option<Vec<(u32, OwnerKey)>> {
        let open = |key: &LockedKey| {
            let place = LockWrap { instance, owner: *owner.bytes(), generation: key.generation };
            Some((key.generation, unwrap(lock, &place, &key.wrapped).ok()?))
        };
        let keys: Option<Vec<_>> = self.keys.iter().map(open).collect();
        keys.filter(|keys| !keys.is_empty())
    }
}

impl Vault {
    /// The keys of this tenant, if it is locked.
    pub(in crate::vault) async fn lock_record(&self, id: TenantId) -> Result<Option<LockRecord>, Error> {
        let found = self.inner.storage.get(&[keyspace::locked(id)]).await?.pop().flatten();
        Ok(found.map(|record| decode(&record.value)).transpose()?)
    }

    /// How many tenants are locked.
    ///
    /// # Errors
    /// When the storage can't be read.
    pub async fn tenants_locked(&self) -> Result<u64, Error> {
        Ok(u64::try_from(self.locked().await?.len()).unwrap_or(u64::MAX))
    }

    /// The tenants that are locked.
    pub(in crate::vault) async fn locked(&self) -> Result<Vec<TenantId>, Error> {
        let prefix = keyspace::all_of(TenantId::INSTANCE, Table::Locked);
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, _) in &page.records {
                let id = key.suffix_16().ok_or(Corrupt::new("the keys of a locked tenant"))?;
                all.push(TenantId::from_bytes(id));
            }
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}
