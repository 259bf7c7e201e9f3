//! How much a tenant holds: from its index, or counted once a minute where that is too large to be kept.

use std::sync::Arc;

use super::Indexes;
use crate::error::Error;
use crate::limits::{TALLY_KEPT_SECONDS, TENANTS_OPEN_MAX};
use crate::op::Op;
use crate::quota::Tally;
use crate::storage::keyring::KeyRing;
use crate::tenant::TenantId;
use crate::time::Timestamp;
use crate::vault::Vault;

/// What a tenant held when it was counted, and what this process has added since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    tally: Tally,
    at: Timestamp,
}

/// How exactly it is to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::vault) enum Exactly {
    /// With all that has been acknowledged.
    Now,
    /// As of a minute ago, where counting takes long.
    Lately,
}

impl Vault {
    /// What a tenant holds.
    pub(in crate::vault) async fn tally(
        &self,
        ring: &Arc<KeyRing>,
        op: &Op,
        exactly: Exactly,
    ) -> Result<Tally, Error> {
        let (indexes, owner, now) = (&self.inner.indexes, ring.owner(), op.now);
        if !indexes.is_too_large(owner) {
            let tally = self.index(ring, op).await?.secrets().tally();
            indexes.count(owner, tally, now);
            return Ok(tally);
        }
        let counted =
            indexes.counted(owner).filter(|counted| exactly == Exactly::Lately && counted.is_good(now));
        if let Some(counted) = counted {
            return Ok(counted.tally);
        }
        let tally = self.tally_of_heads(ring, op).await?;
        indexes.count(owner, tally, now);
        Ok(tally)
    }

    /// What it held when somebody had to know last, and what this process knows to have become of it. `None`: nobody had to.
    pub(in crate::vault) fn last_tally(&self, owner: TenantId) -> Option<Tally> {
        self.inner.indexes.counted(owner).map(|counted| counted.tally)
    }

    /// A commit has added so much to what a tenant holds.
    pub(in crate::vault) fn has_grown(&self, owner: TenantId, added: Tally) {
        if let Some(counted) = self.inner.indexes.shelf().counted.get_mut(&owner) {
            counted.tally = counted.tally.plus(added);
        }
    }

    /// Opens every head, and keeps none.
    async fn tally_of_heads(&self, ring: &Arc<KeyRing>, op: &Op) -> Result<Tally, Error> {
        let (mut tally, steps) = (Tally::default(), op.steps());
        self.each_head(ring, |_, head| {
            tally = tally.plus(head.tally());
            steps.step();
            Ok(())
        })
        .await?;
        Ok(tally)
    }
}

impl Counted {
    fn is_good(&self, now: Timestamp) -> bool {
        now.millis().saturating_sub(self.at.millis()) <= TALLY_KEPT_SECONDS.saturating_mul(1000)
    }
}

impl Indexes {
    fn counted(&self, owner: TenantId) -> Option<Counted> {
        self.shelf().counted.get(&owner).copied()
    }

    /// Keeps what an index says by now, of a tenant where somebody had to know.
    pub(super) fn recount(&self, owner: TenantId, tally: Tally) {
        if let Some(counted) = self.shelf().counted.get_mut(&owner) {
            counted.tally = tally;
        }
    }

    /// Keeps a count. Of many tenants none is kept: each is counted again when somebody has to know.
    fn count(&self, owner: TenantId, tally: Tally, at: Timestamp) {
        let mut shelf = self.shelf();
        if shelf.counted.len() >= TENANTS_OPEN_MAX && !shelf.counted.contains_key(&owner) {
            shelf.counted.clear();
        }
        shelf.counted.insert(owner, Counted { tally, at });
    }
}
