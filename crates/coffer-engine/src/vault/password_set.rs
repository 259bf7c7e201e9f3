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
use super::oneself::Oneself;
use super::passwords::{check_new, check_shown};
use super::round::Scope;
use super::sign_in::hex;
use super::tokens::own;
use crate::access::{PasswordRecord, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error};
use crate::op::Op;
use crate::storage::keyspace;

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
        let oneself = self.oneself(op, Action::PasswordSet, old.is_some(), instance).await?;
        let mut turn = self.inner.passwords.turn().await?;
        let cost = self.inner.settings.password_cost;
        if let Some(old) = old {
            turn = self.own_password((op, Action::PasswordSet), turn, (&oneself, old), instance).await?;
        }
        let salt = random::bytes()?;
        let (_turn, hash) = turn.hash(new.as_bytes(), salt, cost).await?;
        let record = PasswordRecord::new(random::bytes()?, (salt, &hash, cost), op.now);
        self.store_password(op, (&oneself, &record), instance).await
    }

    async fn store_password(
        &self,
        op: &Op,
        (oneself, record): (&Oneself, &PasswordRecord),
        instance: bool,
    ) -> Result<(), Error> {
        let asked = (Action::PasswordSet, [Place::Tenant].as_slice());
        let done: Result<Done<()>, Error> = self
            .change(op, Scope::of(instance), asked, |round, first| {
                Box::pin(async move {
                    let seen = round.password(oneself.member).await?;
                    if seen.map(|seen| seen.value.id()) != oneself.password.as_ref().map(PasswordRecord::id) {
                        return Err(Conflict::Contended.into());
                    }
                    let (ring, mut changes) = (round.ring(), Changes::default());
                    changes.seal(&ring, keyspace::password(ring.owner(), oneself.member), record)?;
                    let draft =
                        Draft::new(Action::PasswordSet, "", Outcome::Done).changes(changes.described());
                    let draft = draft.detail(Detail::Password { member: hex(oneself.member) });
                    round.commit(first, changes, vec![draft], ()).await
                })
            })
            .await;
        done.map(drop)
    }
}
