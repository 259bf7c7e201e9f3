//! What a member may do, and what is known of it, is changed; and a member is removed.

use super::Vault;
use super::changes::Changes;
use super::member_line::Power;
use super::members::check;
use super::round::{Round, Scope, Stop};
use crate::access::{Attached, Grant, Identity, PathPattern, Place};
use crate::action::Action;
use crate::error::Error;
use crate::identity::MemberName;
use crate::op::Op;
use crate::slug::{GroupName, PolicyName, RoleName};
use crate::time::Timestamp;

/// What becomes of a member; `None` leaves it as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberChange {
    /// What it may do, all of it.
    pub grants: Option<Vec<Grant>>,
    /// And what is added to that, or taken from it, one after the other.
    pub edits: Vec<MemberEdit>,
    /// Whether it has no power at all, whatever was granted.
    pub disabled: Option<bool>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The last moment at which it has any power; `Some(None)`: it has no end.
    pub expires: Option<Option<Timestamp>>,
}

/// One thing that is given to a member, or a group, or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MemberEdit {
    /// A role on a pattern, in place of one that is granted there under other conditions.
    Grant(Grant),
    /// No longer.
    Revoke(RoleName, PathPattern),
    /// A policy, in place of the same under other conditions.
    Attach(Attached),
    /// No longer.
    Detach(PolicyName),
    /// A group. Groups are in none.
    Join(GroupName),
    /// No longer.
    Leave(GroupName),
}

impl Vault {
    /// Changes what a member may do. From then on nobody is answered on what it could do before.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Member`]; [`crate::error::NotFound::Rules`]; [`crate::fault::Invalid`] for more grants than a member may have;
    /// refusals, also for what the actor does not hold, and storage errors as for every verb.
    pub async fn member_change(
        &self,
        op: &Op,
        name: &MemberName,
        change: &MemberChange,
        instance: bool,
    ) -> Result<(), Error> {
        let asked = (Action::MemberChange, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let (mut line, identity) = round.seen_member(Action::MemberChange, name).await?;
                let before = Power::of(&identity);
                let after = round.changed(identity.clone(), change).await?;
                check(&after)?;
                round.may_become(Action::MemberChange, Some(&identity), &after).await?;
                if Power::of(&after) != before {
                    line.remember(before);
                }
                let mut changes = Changes::default();
                if change.disabled == Some(false) {
                    round.forget_violations(line.id(), &mut changes).await?;
                }
                round.commit_member(first, Action::MemberChange, (name, &line, &after), changes, ()).await
            })
        });
        done.await.map(drop)
    }
}

impl Round<'_> {
    /// The identity as the change makes it.
    async fn changed(&mut self, identity: Identity, change: &MemberChange) -> Result<Identity, Stop> {
        let mut after = Identity {
            grants: change.grants.clone().unwrap_or(identity.grants),
            disabled: change.disabled.unwrap_or(identity.disabled),
            violations: identity.violations && change.disabled.unwrap_or(true),
            owner: change.owner.clone().unwrap_or(identity.owner),
            purpose: change.purpose.clone().unwrap_or(identity.purpose),
            expires_ms: match change.expires {
                Some(expires) => expires.map(Timestamp::millis),
                None => identity.expires_ms,
            },
            ..identity
        };
        for edit in &change.edits {
            match edit {
                MemberEdit::Join(name) => {
                    let group = self.group_ref(Action::MemberChange, name).await?;
                    after.groups.retain(|one| one.name != *name);
                    after.groups.push(group);
                }
                MemberEdit::Leave(name) => after.groups.retain(|one| one.name != *name),
                edit => edit.apply(&mut after.grants, &mut after.policies),
            }
        }
        Ok(after)
    }
}

impl MemberEdit {
    /// On what is granted and attached.
    pub(super) fn apply(&self, grants: &mut Vec<Grant>, policies: &mut Vec<Attached>) {
        match self {
            Self::Grant(grant) => {
                grants.retain(|one| (&one.role, &one.pattern) != (&grant.role, &grant.pattern));
                grants.push(grant.clone());
            }
            Self::Revoke(role, pattern) => {
                grants.retain(|one| (&one.role, &one.pattern) != (role, pattern));
            }
            Self::Attach(attached) => {
                policies.retain(|one| one.policy != attached.policy);
                policies.push(attached.clone());
            }
            Self::Detach(policy) => policies.retain(|one| one.policy != *policy),
            Self::Join(_) | Self::Leave(_) => {}
        }
    }
}
