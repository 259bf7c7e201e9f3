//! Signing in with a client certificate of an authority that the tenant trusts.
//!
//! # Invariants
//! - Whoever is not signed in is told the same, why ever, and has no entry while nobody in particular is meant.
//! - The round reads the authority's record anew, and expects it: what was withdrawn meanwhile signs nobody in. So does a time that has passed on
//!   the storage's clock: of the certificate, of those above it, of a list of those that are revoked.
//! - The token ends with the certificate at the latest, and is bound to it unless the record says otherwise.

use super::Vault;
use super::authorities::AuthorityBody;
use super::changes::Changes;
use super::round::{Round, Scope, Stop};
use super::rules::RulesRecord;
use super::sign_in::{Shown, SignedIn};
use crate::access::{Lifetime, Place};
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::op::{Actor, Op};
use crate::proof::{Method, Proof, Proved};
use crate::storage::Key;
use crate::storage::keyspace::Table;
use crate::time::Timestamp;
use crate::x509::ShownChain;

/// What a certificate was found to be.
struct Found {
    /// Where the authority's record lies, and what it said.
    at: (Key, AuthorityBody),
    /// The last moment at which it signs somebody in.
    until: Timestamp,
}

impl Vault {
    /// Changes a certificate that the connection has shown for a token of the member that it means. `named` is what the authority is called here,
    /// where whoever asks wants no other.
    ///
    /// # Errors
    /// [`ErrorKind::Unauthenticated`] for one that means nobody, for whatever reason; refusals and storage errors as for every verb.
    pub async fn sign_in_certificate(
        &self,
        asked: &Op,
        (chain, named): (&ShownChain, Option<&str>),
        instance: bool,
    ) -> Result<SignedIn, Error> {
        self.check_some(&asked.tenant, Table::Authority, instance).await?;
        let proof = Proof::by(Method::Certificate);
        // Nobody yet: who it is decides nothing before there is a round of theirs.
        let looking = Op { actor: Actor::System, once: None, ..asked.clone() };
        let found = self.find_authority(&looking, (chain, named), instance).await?;
        let found = &found.ok_or(ErrorKind::Unauthenticated)?;
        let proved = Proved { identity: found.at.1.member(), proof };
        let op = &Op { actor: Actor::Proved(proved), ..looking };
        let signing_in = (Action::SignIn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), signing_in, |round, first| {
            Box::pin(async move {
                round.still_trusts(found).await?;
                let left = found.until.millis().saturating_sub(op.now.millis()) / 1000;
                // The last second is one, too.
                let seconds = found.at.1.token_seconds.min(left.max(1));
                let lifetime = Lifetime { ttl_seconds: seconds, max_seconds: seconds, uses: None };
                let certificate = Some(chain.thumbprint());
                let shown = Shown { certificate, is_bound: found.at.1.bound, ..Shown::by(proof) };
                round.sign_in_for(first, (shown, lifetime), Changes::default()).await
            })
        });
        Ok(done.await?.answer.0)
    }

    /// Whom the certificate means, and by whose word. One that means several members means nobody.
    async fn find_authority(
        &self,
        op: &Op,
        (chain, named): (&ShownChain, Option<&str>),
        instance: bool,
    ) -> Result<Option<Found>, Error> {
        let tenant = if instance { self.load_instance().await? } else { self.load_tenant(op).await? };
        let mut found: Option<Found> = None;
        for (key, name, authority) in self.authorities_of(tenant.ring()).await? {
            if named.is_some_and(|named| named != name) {
                continue;
            }
            let Some(until) = authority.trust().until(chain, op.now) else { continue };
            if found.as_ref().is_some_and(|found| found.at.1.member() != authority.member()) {
                return Ok(None);
            }
            found = found.or(Some(Found { at: (key, authority), until }));
        }
        Ok(found)
    }
}

impl Round<'_> {
    /// Whether it is still so, by all that the commit will expect.
    async fn still_trusts(&mut self, found: &Found) -> Result<(), Stop> {
        let (key, body) = &found.at;
        let seen = self.read_fresh::<RulesRecord<AuthorityBody>>(*key).await?;
        if seen.is_none_or(|seen| seen.value.body() != Some(body)) || self.is_over(found.until) {
            let draft = Draft::new(Action::SignIn, "", Outcome::Refused);
            return Err(Stop::recorded(draft, ErrorKind::Unauthenticated));
        }
        Ok(())
    }
}
