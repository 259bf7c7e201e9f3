//! Signing in with a token of an issuer that the tenant trusts.
//!
//! What is cheap is looked at before what costs: the form, who it says it is from, for whom and until when it is; then the signature; then
//! whom its claims mean. Only then is there somebody, and a round of theirs.
//!
//! # Invariants
//! - Whoever is not signed in is told the same, why ever, and has no entry while nobody in particular is meant.
//! - The round reads the issuer's record anew, and expects it: what was withdrawn meanwhile signs nobody in. So does a time that has passed on
//!   the storage's clock.
//! - Keys come from the record, or from whoever the caller has get them. They decide nothing but whether the signature is good.

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::changes::Changes;
use super::issuer_record::IssuerRecord;
use super::round::{Round, Scope, Stop};
use super::sign_in::{Shown, SignedIn};
use crate::access::{Lifetime, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::identity::IdentityId;
use crate::jwt::{Claims, IssuerKeys, Untrusted};
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof, Proved};
use crate::storage::Key;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;

/// A token that was shown once, of an issuer each of whose tokens is good once. It lies at the hash of the issuer and the token's id.
#[derive(Debug, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct ShownRecord {
    /// After this it is refused for its age alone.
    #[n(0)]
    until_ms: u64,
}

impl ShownRecord {
    /// Whether nothing rests on it any more.
    pub(super) fn has_ended(&self, now: Timestamp) -> bool {
        self.until_ms < now.millis()
    }
}

/// What a token of an issuer was found to be.
struct Found {
    /// Where the issuer's record lies, and what it said.
    at: (Key, IssuerRecord),
    member: IdentityId,
    /// The last moment at which it may be shown.
    until: Timestamp,
    /// Where it is noted that it was shown, if it is good once.
    once: Option<Key>,
}

impl Vault {
    /// Changes a token of an issuer that is trusted for one of the member's that its claims mean. `named` is the issuer's name here, where
    /// whoever asks wants no other.
    ///
    /// The token that they get does not end with the one that they have shown, which some issuers make for five minutes: that one says who they
    /// are *now*. How long a job of this issuer's goes on is in its record, and the token is not renewed beyond that.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] for one that is none, for whatever reason; refusals and storage errors as for every verb.
    pub async fn sign_in_jwt(
        &self,
        asked: &Op,
        (text, named): (&str, Option<&str>),
        keys: &dyn IssuerKeys,
        instance: bool,
    ) -> Result<SignedIn, Error> {
        let unknown = || Error::from(ErrorKind::Unauthenticated);
        let shown = Untrusted::parse(text).ok_or_else(unknown)?;
        self.check_some(&asked.tenant, Table::Issuer, instance).await?;
        let proof = Proof::by(Method::Jwt);
        // Nobody yet: who it is decides nothing before there is a round of theirs.
        let looking = Op { actor: Actor::System, once: None, ..asked.clone() };
        let found = self.find_issuer(&looking, (shown, named), keys, instance).await?.ok_or_else(unknown)?;
        let op = Op { actor: Actor::Proved(Proved { identity: found.member, proof }), ..looking };
        let (op, found) = (&op, &found);
        let signing_in = (Action::SignIn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), signing_in, |round, first| {
            Box::pin(async move {
                let changes = round.still_found(found).await?;
                let seconds = found.at.1.token_seconds;
                let lifetime = Lifetime { ttl_seconds: seconds, max_seconds: seconds, uses: None };
                let shown = Shown::by(proof);
                round.sign_in_for(first, (shown, lifetime), changes).await
            })
        });
        Ok(done.await?.answer.0)
    }

    /// A tenant that trusts nobody is not opened for whatever anybody sends, which costs a derivation.
    pub(super) async fn check_some(
        &self,
        tenant: &TenantName,
        trusted: Table,
        instance: bool,
    ) -> Result<(), Error> {
        let owner = if instance { Some(TenantId::INSTANCE) } else { self.tenant_id(tenant).await? };
        let some = match owner {
            None => false,
            Some(owner) => {
                let prefix = keyspace::all_of(owner, trusted);
                !self.inner.storage.scan(&prefix, None, 1).await?.records.is_empty()
            }
        };
        if some { Ok(()) } else { Err(ErrorKind::Unauthenticated.into()) }
    }

    /// Whom the token means, and by whose word.
    async fn find_issuer(
        &self,
        op: &Op,
        (shown, named): (Untrusted<'_>, Option<&str>),
        keys: &dyn IssuerKeys,
        instance: bool,
    ) -> Result<Option<Found>, Error> {
        let loaded = if instance { self.load_instance().await } else { self.load_tenant(op).await };
        let tenant = match loaded {
            // Who has shown nothing that is known here is not told.
            Err(error) if matches!(error.kind(), ErrorKind::TenantLocked(_)) => return Ok(None),
            tenant => tenant?,
        };
        let issuers = self.issuers_of(tenant.ring()).await?;
        let is_meant = |issuer: &IssuerRecord| {
            Some(issuer.issuer.as_str()) == shown.issuer() && named.is_none_or(|named| named == issuer.name)
        };
        let Some(at) = issuers.into_iter().find(|(_, issuer)| is_meant(issuer)) else { return Ok(None) };
        if !at.1.admits(&shown, op.now) {
            return Ok(None);
        }
        let claims = match at.1.keys_at() {
            None => at.1.key_set().and_then(|keys| shown.signed_by(&keys)),
            Some(place) => {
                let id = shown.key_id().map(str::to_owned);
                let keys = keys.keys(&place, id.as_deref()).await;
                keys.and_then(|keys| shown.signed_by(&keys))
            }
        };
        Ok(claims.and_then(|claims| found(tenant.ring(), at, &claims)))
    }
}

fn found(ring: &KeyRing, at: (Key, IssuerRecord), claims: &Claims) -> Option<Found> {
    let issuer = &at.1;
    let member = issuer.member_of(claims)?;
    let until = claims.times(issuer.leeway_seconds)?.until;
    let once = match (issuer.once, claims.id()) {
        (false, _) => None,
        (true, Some(id)) => Some(keyspace::shown(ring, &issuer.issuer, id)),
        (true, None) => return None,
    };
    Some(Found { at, member, until, once })
}

impl Round<'_> {
    /// Whether it is still so, by all that the commit will expect; and what else is to be written.
    async fn still_found(&mut self, found: &Found) -> Result<Changes, Stop> {
        let no = || {
            let draft = Draft::new(Action::SignIn, "", Outcome::Refused);
            Stop::recorded(draft, ErrorKind::Unauthenticated)
        };
        let (key, record) = &found.at;
        let seen = self.read_fresh::<IssuerRecord>(*key).await?;
        if seen.is_none_or(|seen| *seen.value != *record) || self.is_over(found.until) {
            return Err(no());
        }
        let mut changes = Changes::default();
        if let Some(once) = found.once {
            if self.read_fresh::<ShownRecord>(once).await?.is_some() {
                return Err(no());
            }
            changes.seal(&self.ring(), once, &ShownRecord { until_ms: found.until.millis() })?;
        }
        Ok(changes)
    }
}
