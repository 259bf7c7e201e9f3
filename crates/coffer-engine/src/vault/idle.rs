//! What is let go of because nobody uses it: indexes, opened records, and the keys of tenants, which go also when there is no room for all.
//!
//! # Invariants
//! - What is let go of costs whoever comes next looks into the store, and no derivation (`kept.rs`). Nothing else rests on it.
//! - There is no timer: who keeps a store open for long says what time it is.

use std::collections::BTreeSet;

use super::Vault;
use super::loaded::Tenants;
use crate::limits::{TENANT_KEPT_SECONDS, TENANTS_OPEN_MAX};
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// Which part of the tenants goes when there is no room for another: then the next ones need not look for the oldest each.
const PART_THAT_GOES: usize = 8;

impl Vault {
    /// Lets go of what is kept in memory for who asks again: of the indexes of tenants and their keys that nobody has asked for lately, and of
    /// opened records once hardly any is asked for. Whoever keeps a store open for long calls it now and then.
    pub fn drop_idle(&self, now: Timestamp) {
        self.inner.indexes.drop_idle(now);
        self.drop_idle_tenants(now);
        self.inner.cache.drop_idle(now);
    }

    /// Lets go of the tenants that nobody has used for a while, and of what is cached of them.
    fn drop_idle_tenants(&self, now: Timestamp) {
        let kept_ms = TENANT_KEPT_SECONDS.saturating_mul(1000);
        let is_idle = |used: Timestamp| now.millis().saturating_sub(used.millis()) > kept_ms;
        let uses = self.inner.tenants.uses();
        let gone: BTreeSet<TenantId> =
            uses.into_iter().filter(|(used, _)| is_idle(*used)).map(|(_, id)| id).collect();
        if !gone.is_empty() {
            self.inner.tenants.let_go(&gone);
            self.inner.cache.forget_all_of(&gone);
        }
    }
}

impl Tenants {
    /// Lets go of those that were used least recently, once there is no room: what is kept open is bounded, and so is the locked memory
    /// for keys.
    pub(super) fn make_room(&self) {
        if self.open() < TENANTS_OPEN_MAX {
            return;
        }
        let mut uses = self.uses();
        uses.sort_unstable();
        let gone = uses.into_iter().take(TENANTS_OPEN_MAX / PART_THAT_GOES).map(|(_, id)| id).collect();
        self.let_go(&gone);
    }
}
