//! Setting the password of oneself.
//!
//! # Invariants
//! - Nobody sets another's: an owner makes a code, with which its member signs in and sets one.
//! - Who has nothing but a token needs the old password too, unless it is from signing in with a code: a token that leaked is no way in that
//!   stays.
//! - What was signed in for with the old password ends with the commit that sets the new one.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::once::Done;
use super::passwords::{check_new, check_shown};
use super::round::{Scope, Stop};
use super::sign_in::hex;
use super::tokens::own;
use crate::access::{PasswordRecord, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::identity::IdentityId;
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof, Proved};
use crate::storage::keyspace;

/// Who sets it, as the first look found them.
struct Setting {
    member: IdentityId,
    old: Option<PasswordRecord>,
    is_locked: bool,
}

impl Vault {
    /// Sets the password of whoever the operation's token is of.
    ///
    /// # Errors
    /// [`crate::fault::Invalid`] without a token, and for a password that is too short or too long; [`Conflict::Unproved`] without the old one
    /// where it is needed; [`Conflict::WrongPassword`] with another one, which counts like one to sign in with; [`crate::error::ErrorKind::Crowded`] when too many wait; refusals and storage errors as
    /// for every verb.
    pub async fn password_set(
        &self,
        op: &Op,
        (old, new): (Option<&str>, &str),
        instance: bool,
    ) -> Result<(), Error> {
        own(op)?;
        check_new(new)?;
        old.map_or(Ok(()), check_shown)?;
        // Whoever may not takes no turn.
        let setting = self.may_set_password(op, old.is_some(), instance).await?;
        let mut turn = self.inner.passwords.turn().await?;
        let cost = self.inner.settings.password_cost;
        if let Some(old) = old {
            let is_right;
            (turn, is_right) = turn.is(setting.old.as_ref(), old.as_bytes(), cost).await?;
            if !is_right || setting.is_locked {
                if setting.old.is_some() && !setting.is_locked {
                    let proved = Proved { identity: setting.member, proof: Proof::by(Method::Password) };
                    let tried = Op { actor: Actor::Proved(proved), once: None, message: None, ..op.clone() };
                    self.count_attempt(&tried, instance).await?;
                }
                return Err(self.was_wrong(op, instance).await);
            }
        }
        let salt = random::bytes()?;
        let (_turn, hash) = turn.hash(new.as_bytes(), salt, cost).await?;
        let record = PasswordRecord::new(random::bytes()?, (salt, &hash, cost), op.now);
        self.store_password(op, (&setting, &record), instance).await
    }

    async fn may_set_password(&self, op: &Op, shows_old: bool, instance: bool) -> Result<Setting, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::PasswordSet, Place::Tenant)?;
                let member = round.credential.who.identity;
                let by_code = round.credential.proof.is_some_and(|proof| proof.method == Method::Code);
                if !shows_old && !by_code {
                    let draft = Draft::new(Action::PasswordSet, "", Outcome::Mismatch);
                    return Err(Stop::recorded(draft, Conflict::Unproved));
                }
                let key =
                    keyspace::attempts(round.tenant.ring(), member, &super::attempts::source(op.source));
                let attempts = round.attempts(key).await?;
                let is_locked = attempts.is_some_and(|seen| seen.value.is_locked(op.now));
                let old = round.password(member).await?.map(|seen| seen.value.as_ref().clone());
                Ok(Setting { member, old, is_locked })
            })
        })
        .await
    }

    /// That the old one was wrong, with its entry.
    async fn was_wrong(&self, op: &Op, instance: bool) -> Error {
        let noted: Result<(), Error> = self
            .decide(op, Scope::of(instance), |round| {
                Box::pin(async move {
                    round.permit(Action::PasswordSet, Place::Tenant)?;
                    let draft = Draft::new(Action::PasswordSet, "", Outcome::Mismatch);
                    Err(Stop::recorded(draft, Conflict::WrongPassword))
                })
            })
            .await;
        noted.err().unwrap_or_else(|| Conflict::WrongPassword.into())
    }

    async fn store_password(
        &self,
        op: &Op,
        (setting, record): (&Setting, &PasswordRecord),
        instance: bool,
    ) -> Result<(), Error> {
        let asked = (Action::PasswordSet, [Place::Tenant].as_slice());
        let done: Result<Done<()>, Error> = self
            .change(op, Scope::of(instance), asked, |round, first| {
                Box::pin(async move {
                    let seen = round.password(setting.member).await?;
                    if seen.map(|seen| seen.value.id()) != setting.old.as_ref().map(PasswordRecord::id) {
                        return Err(Conflict::Contended.into());
                    }
                    let (ring, mut changes) = (round.ring(), Changes::default());
                    changes.seal(&ring, keyspace::password(ring.owner(), setting.member), record)?;
                    let draft =
                        Draft::new(Action::PasswordSet, "", Outcome::Done).changes(changes.described());
                    let draft = draft.detail(Detail::Password { member: hex(setting.member) });
                    round.commit(first, changes, vec![draft], ()).await
                })
            })
            .await;
        done.map(drop)
    }
}
