//! A tenant's quota is set by who manages the instance: the tenant's own owner can't lift it.

use super::Vault;
use super::round::Scope;
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
    /// [`crate::error::NotFound::Tenant`]; [`crate::fault::Invalid`] for a limit past its own; refusals and storage errors as for every verb.
    pub async fn tenant_quota(
        &self,
        op: &Op,
        name: &TenantName,
        change: QuotaChange,
    ) -> Result<Quota, Error> {
        let asked = (Action::TenantQuota, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                let mut seen = round.seen_tenant(Action::TenantQuota, name).await?;
                let quota = seen.record.quota().changed(change)?;
                seen.record.limit(quota);
                let detail = Some(Detail::quota(quota));
                round.commit_tenant(first, Action::TenantQuota, seen, detail, quota).await
            })
        });
        Ok(done.await?.answer)
    }
}
