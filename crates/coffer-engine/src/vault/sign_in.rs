//! Signing in: whoever has shown who they are gets a token. How each kind of proof is looked at is in a file of its own.
//!
//! # Invariants
//! - Who it is was found out before, from records that the round expects: what is looked at here is no request.
//! - The token, what the proof itself brings (a code that is used up), and the entry are in one commit: an error has made no token.

use coffer_encryption::random;

use super::changes::Changes;
use super::once::{Done, First, GivenOnce};
use super::round::{Round, Stop};
use super::tokens::TokenInfo;
use crate::access::{Lifetime, TokenRecord};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::identity::IdentityId;
use crate::limits::{SIGN_IN_MAX_SECONDS, SIGN_IN_SECONDS};
use crate::network::Network;
use crate::proof::{Method, Proof};
use crate::storage::keyspace;
use crate::token::{Token, TokenId};

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
    pub(super) for_instance_too: bool,
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
        let identity = self.credential.who.identity;
        let (token, id) = (Token::generate()?, TokenId::from_bytes(random::bytes()?));
        let about = ("sign-in", shown.networks);
        let record =
            TokenRecord::new((id, identity), None, (self.op.now, lifetime), about, Some(shown.proof));
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
    let id = shown.id.map(|id| id.to_string());
    Detail::SignIn {
        code: id.filter(|_| method == Method::Code),
        expires: record.expires().millis(),
        member: hex(record.identity()),
        method: method.name(),
        second_factor,
        token: record.id().to_string(),
    }
}

pub(super) fn hex(identity: IdentityId) -> String {
    base16ct::lower::encode_string(identity.bytes())
}
