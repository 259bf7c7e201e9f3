//! Takes back the last change of what a tenant may hold, or of what is set of it. Suspension is not among it: resuming ends that, and nothing else does.

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::round::{Scope, Stop};
use super::tenant_settings::TenantSettings;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::op::Op;
use crate::quota::Quota;
use crate::tenant::TenantName;

/// What a tenant may hold once a change was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct TenantUndone {
    /// What it may hold at most.
    #[n(0)]
    pub quota: Quota,
    /// How many more changes can be taken back.
    #[n(1)]
    pub undo_steps: u64,
    /// What is set of it.
    #[n(2)]
    #[cbor(default)]
    pub settings: TenantSettings,
}

impl Vault {
    /// Takes back the last change of a tenant's quota, or of its settings, that is not taken back yet. By who may make that change.
    ///
    /// # Errors
    /// [`NotFound::Tenant`]; [`NotFound::Change`] when nothing is left; [`crate::fault::Invalid`] when the tenant whose member asks may not have as
    /// much as there would be; refusals and storage errors as for every verb.
    pub async fn tenant_undo(&self, op: &Op, name: &TenantName) -> Result<TenantUndone, Error> {
        let asked = (Action::TenantUndo, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::managing(op), asked, |round, first| {
            Box::pin(async move {
                let mut seen = round.seen_tenant(Action::TenantUndo, name).await?;
                let (had, before) = (seen.record.quota(), seen.record.settings());
                if !seen.record.undo() {
                    let draft = Draft::new(Action::TenantUndo, name.as_str(), Outcome::Absent);
                    return Err(Stop::recorded(draft, NotFound::Change(name.as_str().to_owned())));
                }
                let (quota, settings) = (seen.record.quota(), seen.record.settings());
                round.may_allow(had, quota)?;
                let detail = match settings == before {
                    true => Detail::quota(quota),
                    false => before.diff(name, &settings),
                };
                let undone = TenantUndone { quota, undo_steps: seen.record.undo_steps(), settings };
                let detail = Some(detail);
                round.commit_tenant(first, Action::TenantUndo, seen, detail, undone).await
            })
        });
        Ok(done.await?.answer)
    }
}
