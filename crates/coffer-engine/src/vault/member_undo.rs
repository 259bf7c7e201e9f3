//! Takes back the last change of what a member may do.
//!
//! It needs the right that the change needed, `grant`: to take a revocation back is to grant, and who may not grant a role does not give it
//! this way either. The local owner can't be changed, so nothing is taken back of him, and a tenant never is without an owner.

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::member_line::Power;
use super::round::{Scope, Stop};
use crate::access::{Grant, Identity, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::identity::MemberName;
use crate::op::Op;

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
                let Some(Power { grants, disabled }) = line.undo() else {
                    let nothing = NotFound::Change(name.as_str().to_owned());
                    return Err(Stop::recorded(Draft::new(Action::MemberUndo, "", Outcome::Absent), nothing));
                };
                let undo_steps = u64::try_from(line.undo_steps()).unwrap_or(u64::MAX);
                let identity = Identity { grants: grants.clone(), disabled, ..identity };
                let undone = MemberUndone { grants, disabled, undo_steps };
                round.commit_member(first, Action::MemberUndo, (name, &line, &identity), undone).await
            })
        });
        Ok(done.await?.answer)
    }
}
