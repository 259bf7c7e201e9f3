//! That whoever shows a token is still its member: by the password, once more, or by having signed in with a code.
//!
//! # Invariants
//! - A wrong password counts like one to sign in with, at the same place.
//! - Whoever may not takes no turn.

use super::Vault;
use super::attempts::Wrong;
use super::passwords::Turn;
use super::round::{Scope, Stop};
use crate::access::{PasswordRecord, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::identity::IdentityId;
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof, Proved};

/// Somebody, as the first look found them.
pub(super) struct Oneself {
    pub(super) member: IdentityId,
    pub(super) password: Option<PasswordRecord>,
    pub(super) is_locked: bool,
}

impl Vault {
    /// Who acts, if they show their password, or have signed in with a code.
    pub(super) async fn oneself(
        &self,
        op: &Op,
        action: Action,
        shows_password: bool,
        instance: bool,
    ) -> Result<Oneself, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(action, Place::Tenant)?;
                let member = round.credential.who.identity;
                let by_code = round.credential.proof.is_some_and(|proof| proof.method == Method::Code);
                if !shows_password && !by_code {
                    let draft = Draft::new(action, "", Outcome::Mismatch);
                    return Err(Stop::recorded(draft, Conflict::Unproved));
                }
                let is_locked = round.counted(member).await?.is_locked;
                let password = round.password(member).await?.map(|seen| seen.value.as_ref().clone());
                Ok(Oneself { member, password, is_locked })
            })
        })
        .await
    }

    /// Whether it is theirs; if not, that is counted and written down.
    pub(super) async fn own_password<'v>(
        &'v self,
        (op, action): (&Op, Action),
        turn: Turn<'v>,
        (oneself, shown): (&Oneself, &str),
        instance: bool,
    ) -> Result<Turn<'v>, Error> {
        let cost = self.inner.settings.password_cost;
        let (turn, is_right) = turn.is(oneself.password.as_ref(), shown.as_bytes(), cost).await?;
        if is_right && !oneself.is_locked {
            return Ok(turn);
        }
        if oneself.password.is_some() && !oneself.is_locked {
            self.count_own_attempt(op, (oneself.member, Wrong::Password), instance).await?;
        }
        Err(self.was_wrong(op, (action, Conflict::WrongPassword), instance).await)
    }

    /// Counts what a member has shown of themselves, with a token, and was wrong.
    pub(super) async fn count_own_attempt(
        &self,
        op: &Op,
        (member, what): (IdentityId, Wrong),
        instance: bool,
    ) -> Result<(), Error> {
        let proved = Proved { identity: member, proof: Proof::by(Method::Password) };
        let tried = Op { actor: Actor::Proved(proved), once: None, message: None, ..op.clone() };
        self.count_attempt(&tried, what, instance).await
    }

    /// That it was wrong, with its entry.
    pub(super) async fn was_wrong(
        &self,
        op: &Op,
        (action, conflict): (Action, Conflict),
        instance: bool,
    ) -> Error {
        let said = &conflict;
        let noted: Result<(), Error> = self
            .decide(op, Scope::of(instance), |round| {
                Box::pin(async move {
                    round.permit(action, Place::Tenant)?;
                    Err(Stop::recorded(Draft::new(action, "", Outcome::Mismatch), said.clone()))
                })
            })
            .await;
        noted.err().unwrap_or_else(|| conflict.into())
    }
}
