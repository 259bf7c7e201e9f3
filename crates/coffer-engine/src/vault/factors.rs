//! A second factor is confirmed with a first code, and removed: with a code by its member, or by who grants.
//!
//! # Invariants
//! - A code is looked at, and used up, in the commit: see [`FactorRecord::shown`]. A wrong one counts like a wrong password, at the same place,
//!   and while that is locked none is looked at.
//! - Who removes another's factor may do all that they may: the password alone is enough from then on.

use super::Vault;
use super::attempts::Wrong;
use super::changes::Changes;
use super::once::{Done, GivenOnce};
use super::round::{Round, Scope, Stop};
use super::sign_in::hex;
use super::tokens::own;
use crate::access::{FactorRecord, Place, RightCode};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::identity::{IdentityId, MemberName};
use crate::op::Op;
use crate::storage::cache::Seen;
use crate::storage::keyspace;

/// A code as the first look found it.
enum Looked {
    Right(RightCode),
    Wrong(IdentityId),
    Locked,
}

impl Vault {
    /// Has the factor that was enrolled asked for from now on, with a first code of it.
    ///
    /// # Errors
    /// [`crate::fault::Invalid`] without a token; [`NotFound::Factor`] where there is none to confirm; [`Conflict::WrongFactor`];
    /// refusals and storage errors as for every verb.
    pub async fn factor_confirm(&self, op: &Op, code: &str, instance: bool) -> Result<(), Error> {
        self.with_code(op, (Action::FactorConfirm, code), instance).await
    }

    /// Has one's own factor asked for no more, with a code of it.
    ///
    /// # Errors
    /// As for [`Vault::factor_confirm`].
    pub async fn factor_remove_own(&self, op: &Op, code: &str, instance: bool) -> Result<(), Error> {
        self.with_code(op, (Action::FactorRemoveOwn, code), instance).await
    }

    /// Removes the factor of a member, confirmed or not: one who has lost it signs in without. Whether there was one.
    ///
    /// # Errors
    /// [`NotFound::Member`]; [`Conflict::Disabled`]; refusals and storage errors as for every verb.
    pub async fn factor_remove(&self, op: &Op, name: &MemberName, instance: bool) -> Result<bool, Error> {
        let asked = (Action::FactorRemove, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let member = round.enabled_member(Action::FactorRemove, name).await?;
                let (ring, mut changes) = (round.ring(), Changes::default());
                let was_there = round.factor(member).await?.is_some();
                if was_there {
                    changes.delete(keyspace::factor(ring.owner(), member));
                }
                let draft = draft(Action::FactorRemove, member, &changes);
                round.commit(first, changes, vec![draft], was_there).await
            })
        });
        Ok(done.await?.answer)
    }

    async fn with_code(&self, op: &Op, (action, code): (Action, &str), instance: bool) -> Result<(), Error> {
        own(op)?;
        let code = match self.look_at_code(op, (action, code), instance).await? {
            Looked::Right(code) => code,
            Looked::Wrong(member) => {
                self.count_own_attempt(op, (member, Wrong::Code), instance).await?;
                return Err(self.was_wrong(op, (action, Conflict::WrongFactor), instance).await);
            }
            Looked::Locked => {
                return Err(self.was_wrong(op, (action, Conflict::WrongFactor), instance).await);
            }
        };
        let asked = (action, [Place::Tenant].as_slice());
        let done: Result<Done<GivenOnce<()>>, Error> = self
            .change(op, Scope::of(instance), asked, |round, first| {
                Box::pin(async move {
                    let member = round.credential.who.identity;
                    let seen = round.own_factor(action, member).await?;
                    let Some(shown) = seen.value.shown(code) else {
                        let draft = Draft::new(action, "", Outcome::Mismatch);
                        return Err(Stop::recorded(draft, Conflict::WrongFactor));
                    };
                    let (ring, mut changes) = (round.ring(), Changes::default());
                    let key = keyspace::factor(ring.owner(), member);
                    if action == Action::FactorConfirm {
                        changes.seal(&ring, key, &shown.confirmed(op.now))?;
                    } else {
                        changes.delete(key);
                    }
                    let draft = draft(action, member, &changes);
                    round.commit(first, changes, vec![draft], GivenOnce(())).await
                })
            })
            .await;
        done.map(drop)
    }

    async fn look_at_code(
        &self,
        op: &Op,
        (action, code): (Action, &str),
        instance: bool,
    ) -> Result<Looked, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(action, Place::Tenant)?;
                let member = round.credential.who.identity;
                let seen = round.own_factor(action, member).await?;
                if round.counted(member).await?.is_locked {
                    return Ok(Looked::Locked);
                }
                Ok(seen.value.right(code, op.now).map_or(Looked::Wrong(member), Looked::Right))
            })
        })
        .await
    }
}

impl Round<'_> {
    /// A member's factor, expected by the commit. From the storage: another server may have seen a code of it.
    pub(super) async fn factor(&mut self, member: IdentityId) -> Result<Option<Seen<FactorRecord>>, Stop> {
        self.read_fresh(keyspace::factor(self.tenant.id(), member)).await
    }

    /// The one that the action is about: one that is to be confirmed, or one that stands.
    async fn own_factor(&mut self, action: Action, member: IdentityId) -> Result<Seen<FactorRecord>, Stop> {
        let seen = self.factor(member).await?;
        let seen = seen.filter(|seen| seen.value.stands() == (action == Action::FactorRemoveOwn));
        seen.ok_or_else(|| Stop::recorded(Draft::new(action, "", Outcome::Absent), NotFound::Factor))
    }
}

fn draft(action: Action, member: IdentityId, changes: &Changes) -> Draft {
    let draft = Draft::new(action, "", Outcome::Done).changes(changes.described());
    draft.detail(Detail::Factor { member: hex(member) })
}
