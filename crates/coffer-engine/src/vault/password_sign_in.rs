//! Signing in with a name and a password, and a code of the second factor where the member has one.
//!
//! # Invariants
//! - Whoever is not there, is disabled, has no password, is locked at this source, or has shown another password: the same error, after the
//!   same work, one Argon2id. What differs is what is written of it, which whoever answers has to hide the time of.
//! - So it is for a right password without a right code: who guesses is not told that it was right. It counts as a wrong one.
//! - The password that was looked at is the one that the commit finds: it expects the record. So it is with the factor, or that there is none.
//! - A code is used up by the commit that makes the token: each step is good once for a member, on whichever server.

use coffer_encryption::random;

use super::Vault;
use super::attempts::{ANYWHERE, Wrong, source};
use super::changes::Changes;
use super::member_line::MemberLine;
use super::passwords::{Turn, check_shown};
use super::round::Scope;
use super::sign_in::{Shown, SignedIn};
use crate::access::{AttemptsRecord, FactorRecord, Identity, PasswordRecord, Place, RightCode};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::identity::{IdentityId, MemberName};
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof, Proved};
use crate::storage::record::open_record;
use crate::storage::{Key, Record, keyspace};
use crate::vault::round::Stop;

/// A name and a password, as somebody shows them.
pub struct ShownPassword<'p> {
    /// What the member is called. One that nobody can be called is nobody's.
    pub user: &'p str,
    /// The password.
    pub password: &'p str,
    /// The code of the second factor. Who has none may show anything.
    pub code: Option<&'p str>,
}

/// A member who has a password, and may be signed in.
struct Found {
    identity: IdentityId,
    record: PasswordRecord,
    /// One that stands.
    factor: Option<FactorRecord>,
    is_locked: bool,
}

/// What was looked at, and was right.
struct LookedAt<'f> {
    password: &'f PasswordRecord,
    /// The same, hashed at today's cost, where it cost less.
    raised: Option<PasswordRecord>,
    /// Of the second factor, where the member has one.
    code: Option<RightCode>,
}

impl Vault {
    /// Signs in who shows the password of the member of this name. Who the operation is of means nothing.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`], why ever it is; [`ErrorKind::Crowded`] when too many wait; [`crate::fault::Invalid`] for one that is
    /// longer than any can be; refusals and storage errors as for every verb.
    pub async fn sign_in_with_password(
        &self,
        op: &Op,
        shown: &ShownPassword<'_>,
        instance: bool,
    ) -> Result<SignedIn, Error> {
        check_shown(shown.password)?;
        let turn = self.inner.passwords.turn().await?;
        // With the turn: to open a tenant costs a derivation.
        let found = self.find_password(op, shown.user, instance).await?;
        let cost = self.inner.settings.password_cost;
        let record = found.as_ref().map(|found| &found.record);
        let (turn, is_right) = turn.is(record, shown.password.as_bytes(), cost).await?;
        let Some(found) = found.filter(|found| !found.is_locked) else {
            self.inner.watch.password_failed(false);
            return Err(ErrorKind::Unauthenticated.into());
        };
        let code = found.factor.as_ref().map(|factor| factor.right(shown.code.unwrap_or_default(), op.now));
        let proof = Proof { method: Method::Password, second_factor: code.is_some() };
        let proved = Proved { identity: found.identity, proof };
        let op = Op { actor: Actor::Proved(proved), once: None, message: None, ..op.clone() };
        let wrong = match code {
            _ if !is_right => Some(Wrong::Password),
            Some(None) => Some(Wrong::Code),
            _ => None,
        };
        if let Some(wrong) = wrong {
            // With the turn: the next one is looked at once this one is counted.
            self.count_attempt(&op, wrong, instance).await?;
            return Err(ErrorKind::Unauthenticated.into());
        }
        let raised = self.raised(turn, &found.record, shown.password).await?;
        let looked_at = LookedAt { password: &found.record, raised, code: code.flatten() };
        self.sign_in_proved(&op, (proof, &looked_at), instance).await
    }

    /// Makes the token. A lock that began meanwhile holds, a password that was set meanwhile is another one, and a code that was shown
    /// meanwhile is used.
    async fn sign_in_proved(
        &self,
        op: &Op,
        (proof, looked_at): (Proof, &LookedAt<'_>),
        instance: bool,
    ) -> Result<SignedIn, Error> {
        let asked = (Action::SignIn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let member = round.credential.who.identity;
                let (ring, mut changes) = (round.ring(), Changes::default());
                let seen = round.password(member).await?;
                let counted = round.counted(member).await?;
                let is_another = seen.is_none_or(|seen| *seen.value != *looked_at.password);
                let factor = round.factor(member).await?.filter(|seen| seen.value.stands());
                let shown = factor.map(|seen| looked_at.code.and_then(|code| seen.value.shown(code)));
                let is_used = match &shown {
                    None => looked_at.code.is_some(),
                    Some(shown) => shown.is_none(),
                };
                if counted.is_locked || is_another || is_used {
                    let draft = Draft::new(Action::SignIn, "", Outcome::Refused);
                    return Err(Stop::recorded(draft, ErrorKind::Unauthenticated));
                }
                counted.forget(&mut changes);
                if let Some(raised) = &looked_at.raised {
                    changes.seal(&ring, keyspace::password(ring.owner(), member), raised)?;
                }
                if let Some(factor) = shown.flatten() {
                    changes.seal(&ring, keyspace::factor(ring.owner(), member), &factor)?;
                }
                let shown = Shown { ends_with: Some(looked_at.password.id()), ..Shown::by(proof) };
                round.sign_in(first, shown, changes).await
            })
        });
        Ok(done.await?.answer.0)
    }

    /// The same password hashed at today's cost, where the stored hash cost less.
    async fn raised(
        &self,
        turn: Turn<'_>,
        record: &PasswordRecord,
        password: &str,
    ) -> Result<Option<PasswordRecord>, Error> {
        let (cost, stored) = (self.inner.settings.password_cost, record.cost()?);
        if stored.memory_kib() >= cost.memory_kib() && stored.passes() >= cost.passes() {
            return Ok(None);
        }
        let salt = random::bytes()?;
        let (_turn, hash) = turn.hash(password.as_bytes(), salt, cost).await?;
        Ok(Some(record.hashed_anew((salt, &hash, cost))))
    }

    /// Whom the name means. For a name that is nobody's as many records are asked for.
    async fn find_password(&self, op: &Op, user: &str, instance: bool) -> Result<Option<Found>, Error> {
        let tenant = if instance {
            self.load_instance().await?
        } else {
            if self.tenant_id(&op.tenant).await?.is_none() {
                return Ok(None);
            }
            // Whoever it is: their turn is what it costs.
            match self.load_tenant(&Op { actor: Actor::System, ..op.clone() }).await {
                // Who has shown nothing that is known here is not told.
                Err(error) if matches!(error.kind(), ErrorKind::TenantLocked(_)) => return Ok(None),
                tenant => tenant?,
            }
        };
        let (ring, name) = (tenant.ring(), MemberName::parse(user).ok());
        let line = match &name {
            Some(name) => {
                let key = keyspace::member(ring, name);
                let record = self.records([key]).await?.pop().flatten();
                record.map(|record| open_record::<MemberLine>(ring, &key, &record)).transpose()?
            }
            None => None,
        };
        let line = line.filter(|line| name.as_ref().is_some_and(|name| line.is_of(name)));
        let identity = line.map_or(IdentityId::SYSTEM, |line| line.id());
        let keys = [
            keyspace::identity(ring.owner(), identity),
            keyspace::password(ring.owner(), identity),
            keyspace::attempts(ring, identity, &source(op.source)),
            keyspace::attempts(ring, identity, ANYWHERE),
            keyspace::factor(ring.owner(), identity),
        ];
        let mut records = self.records(keys).await?.into_iter().zip(keys);
        let mut next = || records.next().and_then(|(record, key)| Some((key, record?)));
        let (member, password) = (next(), next());
        let (here, anywhere, factor) = (next(), next(), next());
        let (Some((at, member)), Some((key, password))) = (member, password) else { return Ok(None) };
        if open_record::<Identity>(ring, &at, &member)?.disabled {
            return Ok(None);
        }
        let mut is_locked = false;
        for (key, record) in [here, anywhere].into_iter().flatten() {
            is_locked |= open_record::<AttemptsRecord>(ring, &key, &record)?.is_locked(op.now);
        }
        let factor = factor.map(|(key, record)| open_record::<FactorRecord>(ring, &key, &record));
        let factor = factor.transpose()?.filter(FactorRecord::stands);
        Ok(Some(Found { identity, record: open_record(ring, &key, &password)?, factor, is_locked }))
    }

    async fn records<const N: usize>(&self, keys: [Key; N]) -> Result<Vec<Option<Record>>, Error> {
        Ok(self.inner.storage.get(&keys).await?)
    }
}
