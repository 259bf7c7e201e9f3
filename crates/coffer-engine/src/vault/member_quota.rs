//! How many members a tenant may have.
//!
//! # Invariants
//! - The count is exact: whatever makes or removes a member renews the tenant's epoch, and every commit expects the epoch it was counted under.
//!   Of two at once that would pass the limit together, the second is decided anew, on whatever server.
//! - Who opens the store itself is no member, and not counted. Those that are disabled or have ended are: they can be enabled again.
//! - A tenant that has no such limit pays nothing. One that has goes through the keys of its members once for each that is made.

use super::Vault;
use super::round::{Round, Stop};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::Error;
use crate::identity::IdentityId;
use crate::limits::SCAN_PAGE_MAX;
use crate::quota::{Exceeded, Used};
use crate::storage::keyspace::{self, Table};
use crate::tenant::{TenantId, TenantName};

impl Vault {
    /// How many members there are. Nothing is opened for it, and no commit expects it.
    pub(super) async fn count_members(&self, owner: TenantId) -> Result<u64, Error> {
        let prefix = keyspace::all_of(owner, Table::Identity);
        let local = keyspace::identity(owner, IdentityId::LOCAL);
        let (mut members, mut after) = (0_u64, None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            let here = page.records.iter().filter(|(key, _)| *key != local).count();
            members = members.saturating_add(u64::try_from(here).unwrap_or(u64::MAX));
            after = page.next;
            if after.is_none() {
                self.inner.tenants.has_members(owner, members);
                return Ok(members);
            }
        }
    }
}

impl Round<'_> {
    /// Whether there is room for one more member. If not the round ends, and that is written down. How many there are then, where they are limited.
    pub(super) async fn room_for_member(&self, action: Action) -> Result<Option<Used>, Stop> {
        if self.tenant.quota().members.is_none() {
            return Ok(None);
        }
        let there = self.vault.count_members(self.tenant.id()).await?;
        let Some(used) = self.tenant.quota().members_used(there) else { return Ok(None) };
        if there >= used.limit {
            return Err(no_room(Draft::new(action, "", Outcome::Refused), &self.op.tenant, used));
        }
        Ok(Some(Used { used: there.saturating_add(1), ..used }))
    }

    /// Whether a tenant that is made by a member of this one, and so has its limits, has room for a member at all.
    pub(super) fn room_for_first(&self, name: &TenantName) -> Result<(), Stop> {
        match self.tenant.quota().members_used(0).filter(|used| used.limit == 0) {
            None => Ok(()),
            Some(used) => {
                let draft = Draft::new(Action::TenantCreate, name.as_str(), Outcome::Refused);
                Err(no_room(draft, name, used))
            }
        }
    }

    /// It was made. Whoever answers is told when few more may be.
    pub(super) fn fill_members(&self, used: Option<Used>) {
        let Some(used) = used else { return };
        self.vault.inner.tenants.has_members(self.tenant.id(), used.used);
        if let Some(trail) = self.op.trail.as_ref().filter(|_| used.is_near()) {
            trail.leave_near(vec![used]);
        }
    }
}

fn no_room(draft: Draft, tenant: &TenantName, used: Used) -> Stop {
    let Used { resource, used: there, limit } = used;
    let detail = Detail::Exceeded { added: 1, limit, quota: resource.name(), used: there };
    let tenant = tenant.as_str().to_owned();
    Stop::recorded(draft.detail(detail), Exceeded { tenant, used, added: 1 })
}
