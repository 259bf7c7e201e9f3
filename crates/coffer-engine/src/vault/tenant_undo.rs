//! Takes back the last change of what a tenant may hold. Suspension is not among it: resuming ends that, and nothing else does.

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::round::{Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::op::Op;
use crate::quota::Quota;
use crate::tenant::TenantName;

/// What a tenant may hold once a change was taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct TenantUndone {
    /// What it may hold at most.
    #[n(0)]
    pub quota: Quota,
    /// How many more changes can be taken back.
    #[n(1)]
    pub undo_steps: u64,
}

impl Vault {
    /// Takes back the last change of a tenant's quota that is not taken back yet. By who may make that change: who manages the instance.
    ///
    /// # Errors
    /// [`NotFound::Tenant`]; [`NotFound::Change`] when nothing is left; refusals and storage errors as for every verb.
    pub async fn tenant_undo(&self, op: &Op, name: &TenantName) -> Result<TenantUndone, Error> {
        let asked = (Action::TenantUndo, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            Box::pin(async move {
                let mut seen = round.seen_tenant(Action::TenantUndo, name).await?;
                if !seen.record.undo() {
                    let draft = Draft::new(Action::TenantUndo, name.as_str(), Outcome::Absent);
                    return Err(Stop::recorded(draft, NotFound::Change(name.as_str().to_owned())));
                }
                let quota = seen.record.quota();
                let undone = TenantUndone { quota, undo_steps: seen.record.undo_steps() };
                let detail = Some(Detail::quota(quota));
                round.commit_tenant(first, Action::TenantUndo, seen, detail, undone).await
            })
        });
        Ok(done.await?.answer)
    }
}
