//! A tenant's quota is set by who manages it: by members of the instance, and by those of the tenants above it. Its own owner can't lift it.
//!
//! # Invariants
//! - Nobody gives more than they hold: what a parent's member allows is no more of anything than the parent itself may have, where that is limited.
//!   That limit is the one of the parent's epoch, which the commit expects.
//! - A tenant that a parent's member makes begins with the parent's own limits. Otherwise making one would be a way past them.
//! - What was allowed stays when the parent is limited further: the next change of the same limit has to keep to that.

use super::Vault;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::Detail;
use crate::error::Error;
use crate::op::Op;
use crate::quota::{Quota, QuotaChange};
use crate::tenant::TenantName;

impl Vault {
    /// Changes what a tenant may hold at most, from its next write on. One that holds more already keeps it, and gets nothing added. The
    /// quota as it is then.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Tenant`]; [`crate::fault::Invalid`] for a limit past its own, or past that of the tenant whose
    /// member asks; refusals and storage errors as for every verb.
    pub async fn tenant_quota(
        &self,
        op: &Op,
        name: &TenantName,
        change: QuotaChange,
    ) -> Result<Quota, Error> {
        let asked = (Action::TenantQuota, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::managing(op), asked, |round, first| {
            Box::pin(async move {
                let mut seen = round.seen_tenant(Action::TenantQuota, name).await?;
                let before = seen.record.quota();
                let quota = before.changed(change)?;
                round.may_allow(before, quota)?;
                seen.record.limit(quota);
                let detail = Some(Detail::quota(quota));
                round.commit_tenant(first, Action::TenantQuota, seen, detail, quota).await
            })
        });
        Ok(done.await?.answer)
    }
}

impl Round<'_> {
    /// Whether whoever asks may let a tenant below theirs have so much.
    pub(super) fn may_allow(&self, before: Quota, quota: Quota) -> Result<(), Stop> {
        match self.tenant.name() {
            None => Ok(()),
            Some(own) => Ok(self.tenant.quota().check_given(own.as_str(), before, quota)?),
        }
    }
}
