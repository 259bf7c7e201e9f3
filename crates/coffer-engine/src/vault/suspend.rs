//! A tenant is suspended, and resumed, by who manages it. While it is, nothing in it is answered, to nobody, and
//! nothing in those below it.
//!
//! # Invariants
//! - What was decided before a suspension does not hold once that does: see [`super::tenant_record`].
//! - A commit of a tenant expects the lines of the directory of all above it, as they were when it was loaded: a suspension writes one of them. So one
//!   commit ends what was decided in the whole tree below, however large that is, with nothing left to do after it. A tenant that has none above
//!   it expects nothing more, and one that has a comparison in memory for each.
//! - The log goes on: entries become leaves, heads are committed to, and whoever opened the store with an unlocker reads and
//!   proves what is in it.

use super::Vault;
use super::round::Scope;
use crate::access::Place;
use crate::action::Action;
use crate::error::Error;
use crate::op::Op;
use crate::tenant::TenantName;

impl Vault {
    /// Suspends a tenant: from then on nothing in it, or in one below it, is answered. One that is suspended already stays so, since when it was.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Tenant`]; refusals and storage errors as for every verb.
    pub async fn tenant_suspend(&self, op: &Op, name: &TenantName) -> Result<(), Error> {
        let now = op.now.millis();
        self.change_suspension(op, name, Action::TenantSuspend, &|since| since.or(Some(now))).await
    }

    /// Ends a suspension: all is as it was before, but for what is suspended above it or below.
    ///
    /// # Errors
    /// As for [`Vault::tenant_suspend`].
    pub async fn tenant_resume(&self, op: &Op, name: &TenantName) -> Result<(), Error> {
        self.change_suspension(op, name, Action::TenantResume, &|_| None).await
    }

    async fn change_suspension(
        &self,
        op: &Op,
        name: &TenantName,
        action: Action,
        change: &(dyn Fn(Option<u64>) -> Option<u64> + Sync),
    ) -> Result<(), Error> {
        let done = self.change(op, Scope::managing(op), (action, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                let mut seen = round.seen_tenant(action, name).await?;
                seen.record.suspended_ms = change(seen.record.suspended_ms);
                round.commit_tenant(first, action, seen, None, ()).await
            })
        });
        done.await.map(drop)
    }
}
