//! Takes back the last change of what a member may do.
//!
//! It needs the right that the change needed, `grant`: to take a revocation back is to grant, and who may not grant a role does not give it
//! this way either. The local owner can't be changed, so nothing is taken back of him, and a tenant never is without an owner.

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::changes::Changes;
use super::round::{Scope, Stop};
use crate::access::{Attached, Grant, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::identity::MemberName;
use crate::op::Op;
use crate::slug::GroupName;

/// What a member may do once a change was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct MemberUndone {
    /// What it may do.
    #[n(0)]
    pub grants: Vec<Grant>,
    /// Whether it has no power at all, whatever was granted.
    #[n(1)]
    pub disabled: bool,
    /// How many more changes can be taken back.
    #[n(2)]
    pub undo_steps: u64,
    /// Policies that are attached to it.
    #[n(3)]
    #[cbor(default)]
    pub policies: Vec<Attached>,
    /// What the groups are called that it is in.
    #[n(4)]
    #[cbor(default)]
    pub groups: Vec<GroupName>,
    /// The last moment at which it has any power, in milliseconds since the epoch.
    #[n(5)]
    pub expires_ms: Option<u64>,
}

impl Vault {
    /// Takes back the last change of what a member may do that is not taken back yet. From then on nobody is answered on what it could do
    /// until then.
    ///
    /// # Errors
    /// [`NotFound::Member`]; [`NotFound::Change`] when nothing is left; refusals and storage errors as for every verb.
    pub async fn member_undo(
        &self,
        op: &Op,
        name: &MemberName,
        instance: bool,
    ) -> Result<MemberUndone, Error> {
        let asked = (Action::MemberUndo, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let (mut line, identity) = round.seen_member(Action::MemberUndo, name).await?;
                let Some(power) = line.undo() else {
                    let nothing = NotFound::Change(name.as_str().to_owned());
                    return Err(Stop::recorded(Draft::new(Action::MemberUndo, "", Outcome::Absent), nothing));
                };
                let undo_steps = u64::try_from(line.undo_steps()).unwrap_or(u64::MAX);
                let after = power.of_identity(identity.clone());
                round.may_become(Action::MemberUndo, Some(&identity), &after).await?;
                let undone = MemberUndone {
                    grants: after.grants.clone(),
                    disabled: after.disabled,
                    undo_steps,
                    policies: after.policies.clone(),
                    groups: after.groups.iter().map(|group| group.name.clone()).collect(),
                    expires_ms: after.expires_ms,
                };
                let mut changes = Changes::default();
                if identity.disabled && !after.disabled {
                    round.forget_violations(line.id(), &mut changes).await?;
                }
                round.commit_member(first, Action::MemberUndo, (name, &line, &after), changes, undone).await
            })
        });
        Ok(done.await?.answer)
    }
}
