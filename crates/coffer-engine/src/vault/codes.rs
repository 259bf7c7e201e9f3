//! One-time codes: made for a member who is new or has lost all tokens, and changed for a token, once.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::once::{Done, First, GivenOnce};
use super::round::{Round, Scope, Stop};
use super::sign_in::{Shown, SignedIn, hex};
use crate::access::{CodeRecord, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::code::{Code, CodeHash};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::identity::MemberName;
use crate::limits::CODE_LIFE_MAX_SECONDS;
use crate::op::Op;
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
        check_life(new.ttl_seconds)?;
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
}

impl Round<'_> {
    /// Changes a code for a token of its member. The commit that makes the token uses the code up.
    pub(super) async fn sign_in_with_code(
        &mut self,
        first: First<GivenOnce<SignedIn>>,
        hash: CodeHash,
    ) -> Result<Done<GivenOnce<SignedIn>>, Stop> {
        let code = self.code(hash).await?.ok_or(Corrupt::new("a code"))?.value;
        let (ring, mut changes) = (self.ring(), Changes::default());
        changes.seal(&ring, keyspace::code(ring.owner(), hash), &code.used(self.op.now))?;
        let shown = Shown {
            id: Some(code.id()),
            for_instance_too: code.is_for_instance_too(),
            ..Shown::by(Proof::by(Method::Code))
        };
        self.sign_in(first, shown, changes).await
    }
}

/// Refuses a time for which no code is good.
pub(super) fn check_life(ttl_seconds: u64) -> Result<(), Invalid> {
    if (1..=CODE_LIFE_MAX_SECONDS).contains(&ttl_seconds) {
        return Ok(());
    }
    Err(Invalid::new(
        "code.lifetime",
        format!("a code is good for 1 to {CODE_LIFE_MAX_SECONDS} seconds"),
        "say how long, for example one hour",
    ))
}
