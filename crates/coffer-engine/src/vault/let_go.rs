//! What this process knows of a tenant is let go of: its keys, its records, its index, its people.
//!
//! # Invariants
//! - Nothing rests on it: what is stale costs a retry. But of a tenant that was erased or locked nothing may stay in memory, here or in any process.

use std::collections::BTreeSet;

use super::Vault;
use crate::error::Error;
use crate::storage::Key;
use crate::storage::keyspace::{self, Table};
use crate::tenant::TenantId;

impl Vault {
    /// Lets go of all that is kept in memory of this tenant.
    pub(super) fn let_go(&self, id: TenantId) {
        let (inner, gone) = (&self.inner, BTreeSet::from([id]));
        inner.tenants.let_go(&gone);
        inner.cache.forget_all_of(&gone);
        inner.kept.forget(id);
        inner.indexes.forget(id);
        inner.persons.forget_all_of(id);
        inner.renewals.forget(id);
        // Who watches looks, and finds nothing.
        inner.commits.made(id);
    }

    /// Lets go of tenants that another process has erased or locked: of those whose keys are open here, and that have no epoch any more, and
    /// of all that are locked.
    pub(super) async fn let_go_of_closed(&self) -> Result<(), Error> {
        let open: Vec<TenantId> = self.inner.tenants.in_use().iter().map(|ring| ring.owner()).collect();
        let epochs: Vec<Key> = open.iter().map(|id| keyspace::single(*id, Table::Epoch)).collect();
        let found = self.inner.storage.get(&epochs).await?;
        open.into_iter().zip(found).filter(|(_, epoch)| epoch.is_none()).for_each(|(id, _)| self.let_go(id));
        // Of those also what is kept of keys that are not open.
        self.locked().await?.into_iter().for_each(|id| self.let_go(id));
        Ok(())
    }
}
