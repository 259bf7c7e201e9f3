//! One tenant, as who manages it sees it: how much it holds, and how much it may. What it holds stays the tenant's.

use super::Vault;
use super::index::Exactly;
use super::round::Scope;
use super::tenant_settings::TenantSettings;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::op::Op;
use crate::quota::{Quota, Tally};
use crate::tenant::TenantName;
use crate::time::Timestamp;

/// A tenant, from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantDetails {
    /// When it was made.
    pub created: Timestamp,
    /// Since when nothing in it is answered.
    pub suspended: Option<Timestamp>,
    /// What it holds.
    pub holds: Tally,
    /// How many members it has.
    pub members: u64,
    /// What it may hold at most.
    pub quota: Quota,
    /// What is set of it.
    pub settings: TenantSettings,
    /// How many changes of both can be taken back.
    pub undo_steps: u64,
}

impl Vault {
    /// What is known of a tenant, and how much it holds. Its heads are gone through for that, unless they are indexed.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Tenant`]; refusals and storage errors as for every verb.
    pub async fn tenant_show(&self, op: &Op, name: &TenantName) -> Result<TenantDetails, Error> {
        self.decide(op, Scope::managing(op), |round| {
            Box::pin(async move {
                round.permit(Action::TenantShow, Place::Tenant)?;
                let seen = round.seen_tenant(Action::TenantShow, name).await?;
                let holds = round.vault.tally(&seen.ring, op, Exactly::Now).await?;
                let members = round.vault.count_members(seen.ring.owner()).await?;
                round.note(Draft::new(Action::TenantShow, name.as_str(), Outcome::Done)).await?;
                Ok(TenantDetails {
                    created: Timestamp::from_millis(seen.record.created_ms),
                    suspended: seen.record.suspended_ms.map(Timestamp::from_millis),
                    holds,
                    members,
                    quota: seen.record.quota(),
                    settings: seen.record.settings(),
                    undo_steps: seen.record.undo_steps(),
                })
            })
        })
        .await
    }
}
