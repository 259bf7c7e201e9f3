//! One-time codes: made for a member who is new or has lost all tokens, and changed for a token, once.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::once::GivenOnce;
use super::round::Scope;
use super::sign_in::{Shown, SignedIn, hex};
use crate::access::{CodeRecord, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::code::Code;
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::identity::MemberName;
use crate::limits::CODE_LIFE_MAX_SECONDS;
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof};
use crate::storage::keyspace;
use crate::time::Timestamp;
use crate::token::TokenId;

/// A code that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCode {
    /// For whom.
    pub member: MemberName,
    /// How long it is good, in seconds.
    pub ttl_seconds: u64,
    /// Whether the same code is made for the instance too, so that who signs in here tries it there.
    pub for_instance_too: bool,
}

impl Vault {
    /// Makes this code good for a member, once, and until when. Others that they have stay good.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Member`]; [`crate::error::Conflict::Disabled`]; [`Invalid`] for a time that is zero or longer than
    /// [`CODE_LIFE_MAX_SECONDS`]; refusals and storage errors as for every verb.
    pub async fn member_code(
        &self,
        op: &Op,
        code: &Code,
        new: &NewCode,
        instance: bool,
    ) -> Result<Timestamp, Error> {
        if !(1..=CODE_LIFE_MAX_SECONDS).contains(&new.ttl_seconds) {
            return Err(Invalid::new(
                "code.lifetime",
                format!("a code is good for 1 to {CODE_LIFE_MAX_SECONDS} seconds"),
                "say how long, for example one hour",
            )
            .into());
        }
        let asked = (Action::MemberCode, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let identity = round.enabled_member(Action::MemberCode, &new.member).await?;
                let id = TokenId::from_bytes(random::bytes()?);
                let record = CodeRecord::new((id, identity), (op.now, new.ttl_seconds), new.for_instance_too);
                let ring = round.ring();
                let key = keyspace::code(ring.owner(), code.hash());
                round.expects(key, None)?;
                let mut changes = Changes::default();
                changes.seal(&ring, key, &record)?;
                let detail = Detail::Code {
                    code: id.to_string(),
                    expires: record.expires().millis(),
                    member: hex(identity),
                };
                let draft = Draft::new(Action::MemberCode, "", Outcome::Done).changes(changes.described());
                round.commit(first, changes, vec![draft.detail(detail)], GivenOnce(record.expires())).await
            })
        });
        Ok(done.await?.answer.0)
    }

    /// Changes the code that the operation is made with for a token of its member. The commit that makes the token uses the code up.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unauthenticated`] for a code that is not known, was used, or has expired; [`Invalid`] without one;
    /// refusals and storage errors as for every verb.
    pub async fn sign_in(&self, op: &Op, instance: bool) -> Result<SignedIn, Error> {
        let Actor::Code(hash) = op.actor else {
            let cause = "this was not asked for with a code";
            return Err(Invalid::new("code.none", cause, "show the code to sign in with").into());
        };
        let asked = (Action::SignIn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let code = round.code(hash).await?.ok_or(Corrupt::new("a code"))?.value;
                let (ring, mut changes) = (round.ring(), Changes::default());
                changes.seal(&ring, keyspace::code(ring.owner(), hash), &code.used(op.now))?;
                let shown = Shown {
                    proof: Proof::by(Method::Code),
                    id: Some(code.id()),
                    networks: &[],
                    for_instance_too: code.is_for_instance_too(),
                };
                round.sign_in(first, shown, changes).await
            })
        });
        Ok(done.await?.answer.0)
    }
}
