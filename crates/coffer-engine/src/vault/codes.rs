//! One-time codes: made for a member who is new or has lost all tokens, and changed for a token, once.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::once::GivenOnce;
use super::round::Scope;
use super::tokens::TokenInfo;
use crate::access::{CodeRecord, Lifetime, Place, TokenRecord};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::code::Code;
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{CODE_LIFE_MAX_SECONDS, SIGN_IN_MAX_SECONDS, SIGN_IN_SECONDS};
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof};
use crate::storage::keyspace;
use crate::time::Timestamp;
use crate::token::{Token, TokenId};

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

/// Somebody has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Their token, which ends with no other.
    pub token: Token,
    /// What is known of it.
    pub about: TokenInfo,
    /// What they are called.
    pub name: String,
    /// The same code is good once for the instance too.
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
        let lifetime =
            Lifetime { ttl_seconds: SIGN_IN_SECONDS, max_seconds: SIGN_IN_MAX_SECONDS, uses: None };
        let asked = (Action::SignIn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let code = round.code(hash).await?.ok_or(Corrupt::new("a code"))?.value;
                let (token, id) = (Token::generate()?, TokenId::from_bytes(random::bytes()?));
                let record = TokenRecord::new(
                    (id, code.identity()),
                    None,
                    (op.now, lifetime),
                    ("sign-in", &[]),
                    Some(Proof::by(Method::Code)),
                );
                let ring = round.ring();
                let key = keyspace::token(ring.owner(), token.hash());
                round.expects(key, None)?;
                let mut changes = Changes::default();
                changes.seal(&ring, key, &record)?;
                changes.seal(&ring, keyspace::code(ring.owner(), hash), &code.used(op.now))?;
                let detail = Detail::SignIn {
                    code: code.id().to_string(),
                    expires: record.expires().millis(),
                    member: hex(code.identity()),
                    token: id.to_string(),
                };
                let draft = Draft::new(Action::SignIn, "", Outcome::Done).changes(changes.described());
                let for_instance_too = code.is_for_instance_too();
                let name = round.identity.as_ref().map_or_else(String::new, |who| who.value.name.clone());
                let signed = SignedIn { token, about: TokenInfo::of(&record), name, for_instance_too };
                round.commit(first, changes, vec![draft.detail(detail)], GivenOnce(signed)).await
            })
        });
        Ok(done.await?.answer.0)
    }
}

fn hex(identity: IdentityId) -> String {
    base16ct::lower::encode_string(identity.bytes())
}
