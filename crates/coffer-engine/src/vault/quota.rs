//! What a tenant may hold at most, kept when something is added to it. Its members are in [`super::member_quota`].
//!
//! What is there is counted from the tenant's index, with every change that was acknowledged before. So a tenant without a quota pays nothing,
//! and one that has one pays for an index, which is made anew when it was not used for a minute.
//!
//! # Invariants
//! - What is refused has written nothing but its entry. What takes away is never refused, nor what adds nothing.
//! - The quota itself holds from its commit on, on every server: the tenant's epoch changes with it.
//! - The count is no expectation of the commit: then no two writes of a tenant could share one. So writes that are under way at the same
//!   moment may pass the limit together, by what they add, and the next one is refused. It is a bound on growth, and no wall between
//!   tenants: nobody gets to what is another's by passing it.

use super::Vault;
use super::index::Exactly;
use super::round::{Round, Stop};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::path::SecretPath;
use crate::quota::{Exceeded, Quota, Tally, Used};
use crate::tenant::TenantName;

/// What the writes of one operation come to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Growth {
    before: Tally,
    after: Tally,
}

/// There is room for what an operation adds, in a tenant that has a quota.
#[must_use]
pub(super) struct Room {
    added: Tally,
    near: Vec<Used>,
}

/// What a tenant holds of what its quota limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaUse {
    /// Which tenant.
    pub tenant: TenantName,
    /// How much of each.
    pub used: Vec<Used>,
}

impl Vault {
    /// What tenants hold that have a quota, of those that are in use, as it was counted last: nothing is gone through for it.
    #[must_use]
    pub fn quotas_in_use(&self) -> Vec<QuotaUse> {
        let used = |(tenant, owner, quota): (TenantName, _, Quota)| {
            let stored = self.last_tally(owner).map(|tally| quota.used(tally));
            let members =
                self.inner.tenants.last_members(owner).and_then(|members| quota.members_used(members));
            let used: Vec<Used> = stored.into_iter().flatten().chain(members).collect();
            (!used.is_empty()).then_some(QuotaUse { tenant, used })
        };
        self.inner.tenants.with_quota().into_iter().filter_map(used).collect()
    }
}

impl Growth {
    /// One secret was so, and is so now.
    pub(super) fn count(&mut self, before: Tally, after: Tally) {
        self.before = self.before.plus(before);
        self.after = self.after.plus(after);
    }

    fn added(self) -> Tally {
        self.after.minus(self.before)
    }
}

impl Round<'_> {
    /// Whether there is room for what is added, as far as the tenant has a quota. If not the round ends, and that is written down.
    pub(super) async fn room_for(
        &self,
        action: Action,
        path: &SecretPath,
        growth: Growth,
    ) -> Result<Option<Room>, Stop> {
        let (quota, added) = (self.tenant.quota(), growth.added());
        if !quota.limits(added) {
            return Ok(None);
        }
        let ring = self.tenant.ring();
        let mut tally = self.vault.tally(ring, self.op, Exactly::Lately).await?;
        if quota.passed(tally, added).is_some() {
            // Something may have been destroyed meanwhile.
            tally = self.vault.tally(ring, self.op, Exactly::Now).await?;
        }
        if let Some((used, more)) = quota.passed(tally, added) {
            let Used { resource, used: there, limit } = used;
            let detail = Detail::Exceeded { added: more, limit, quota: resource.name(), used: there };
            let draft = Draft::new(action, path.as_str(), Outcome::Refused).detail(detail);
            let tenant = self.op.tenant.as_str().to_owned();
            return Err(Stop::recorded(draft, Exceeded { tenant, used, added: more }));
        }
        let near = quota.used(tally.plus(added)).filter(Used::is_near).collect();
        Ok(Some(Room { added, near }))
    }

    /// It was added. Whoever answers is told what is nearly used up.
    pub(super) fn fill(&self, room: Option<Room>) {
        let Some(Room { added, near }) = room else { return };
        self.vault.has_grown(self.tenant.id(), added);
        if let Some(trail) = &self.op.trail {
            trail.leave_near(near);
        }
    }
}
