//! Signing in: whoever has shown who they are gets a token. How each kind of proof is looked at is in a file of its own.
//!
//! # Invariants
//! - Who it is was found out before, from records that the round expects: what is looked at here is no request.
//! - The token, what the proof itself brings (a code that is used up), and the entry are in one commit: an error has made no token.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::once::{Done, First, GivenOnce};
use super::round::{Round, Scope, Stop};
use super::tokens::TokenInfo;
use crate::access::{Lifetime, Place, TokenRecord};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::identity::IdentityId;
use crate::limits::{SIGN_IN_MAX_SECONDS, SIGN_IN_SECONDS};
use crate::network::Network;
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof};
use crate::storage::keyspace;
use crate::token::{Token, TokenId};
use crate::x509::Thumbprint;

/// Somebody has signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Their token, which ends with no other.
    pub token: Token,
    /// What is known of it.
    pub about: TokenInfo,
    /// What they are called.
    pub name: String,
    /// What they have shown is good once for the instance too.
    pub for_instance_too: bool,
}

/// What a token is made for.
pub(super) struct Shown<'n> {
    pub(super) proof: Proof,
    /// The id of what was shown, where it has one.
    pub(super) id: Option<TokenId>,
    /// Where the token is good; empty: anywhere.
    pub(super) networks: &'n [Network],
    /// The record of the member's that it ends with.
    pub(super) ends_with: Option<[u8; 16]>,
    pub(super) for_instance_too: bool,
    /// The certificate that was shown.
    pub(super) certificate: Option<Thumbprint>,
    /// Whether the token is good only where that is shown.
    pub(super) is_bound: bool,
}

impl<'n> Shown<'n> {
    /// This, which has no id, and whose token is good anywhere.
    pub(super) fn by(proof: Proof) -> Self {
        Self {
            proof,
            id: None,
            networks: &[],
            ends_with: None,
            for_instance_too: false,
            certificate: None,
            is_bound: false,
        }
    }
}

impl Vault {
    /// Gives whoever shows something to sign in with a token: a code, or a client id and secret, as the operation is made with.
    ///
    /// # Errors
    /// [`crate::error::ErrorKind::Unauthenticated`] for what is not known, was used, was revoked, or has expired; [`Invalid`] where it was
    /// asked for with something else; refusals and storage errors as for every verb.
    pub async fn sign_in(&self, op: &Op, instance: bool) -> Result<SignedIn, Error> {
        let asked = (Action::SignIn, [Place::Tenant].as_slice());
        if !matches!(op.actor, Actor::Code(_) | Actor::Client(_)) {
            let cause = "this was asked for with nothing to sign in with";
            return Err(Invalid::new("code.none", cause, "show a code, or a client secret").into());
        }
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                match op.actor {
                    Actor::Code(hash) => round.sign_in_with_code(first, hash).await,
                    Actor::Client(client) => round.sign_in_with_client_secret(first, client).await,
                    // Whoever is proved has a verb of their own, which looked at it.
                    _ => Err(Corrupt::new("who signs in").into()),
                }
            })
        });
        Ok(done.await?.answer.0)
    }
}

impl Round<'_> {
    /// Makes a token for who acts, who has shown this, together with the changes that the proof brings.
    pub(super) async fn sign_in(
        &mut self,
        first: First<GivenOnce<SignedIn>>,
        shown: Shown<'_>,
        changes: Changes,
    ) -> Result<Done<GivenOnce<SignedIn>>, Stop> {
        let lifetime =
            Lifetime { ttl_seconds: SIGN_IN_SECONDS, max_seconds: SIGN_IN_MAX_SECONDS, uses: None };
        self.sign_in_for(first, (shown, lifetime), changes).await
    }

    /// The same, for as long as this.
    pub(super) async fn sign_in_for(
        &mut self,
        first: First<GivenOnce<SignedIn>>,
        (shown, lifetime): (Shown<'_>, Lifetime),
        mut changes: Changes,
    ) -> Result<Done<GivenOnce<SignedIn>>, Stop> {
        let (identity, lifetime) = (self.credential.who.identity, self.within(lifetime));
        let (token, id) = (Token::generate()?, TokenId::from_bytes(random::bytes()?));
        let about = ("sign-in", shown.networks);
        let record =
            TokenRecord::new((id, identity), None, (self.op.now, lifetime), about, Some(shown.proof))
                .ends_with(shown.ends_with)
                .bound_to(shown.certificate.filter(|_| shown.is_bound));
        let ring = self.ring();
        let key = keyspace::token(ring.owner(), token.hash());
        self.expects(key, None)?;
        changes.seal(&ring, key, &record)?;
        let draft = Draft::new(Action::SignIn, "", Outcome::Done).changes(changes.described());
        let draft = draft.detail(detail(&shown, &record));
        let name = self.identity.as_ref().map_or_else(String::new, |who| who.value.name.clone());
        let about = TokenInfo::of(&record);
        let signed = SignedIn { token, about, name, for_instance_too: shown.for_instance_too };
        self.commit(first, changes, vec![draft], GivenOnce(signed)).await
    }
}

fn detail(shown: &Shown<'_>, record: &TokenRecord) -> Detail {
    let Proof { method, second_factor } = shown.proof;
    let id = |of| shown.id.filter(|_| method == of).map(|id| id.to_string());
    Detail::SignIn {
        certificate: shown.certificate.map(|certificate| certificate.to_string()),
        code: id(Method::Code),
        expires: record.expires().millis(),
        member: hex(record.identity()),
        method: method.name(),
        second_factor,
        secret: id(Method::Secret),
        token: record.id().to_string(),
    }
}

pub(super) fn hex(identity: IdentityId) -> String {
    base16ct::lower::encode_string(identity.bytes())
}
