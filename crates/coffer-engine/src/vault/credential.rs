//! Who acts: the local owner, a member, or whom a token or a code was made for.
//!
//! # Invariants
//! - A token is good when it and every token above it are: not revoked, not expired. The records of all of them are expected by the
//!   commit, and the earliest end among them is its `not_after`: what was withdrawn, or has passed on the store's clock, answers nothing.
//! - A token that is bound to networks is good there, and so is no token below it anywhere else. Shown from elsewhere it is answered as
//!   one that has ended. So it is with one that is bound to a certificate, shown on a connection that has not shown that.
//! - A token that was signed in for with a client secret ends when that is revoked, one for a password when another is set: that record is
//!   expected too.
//! - A token that is good for so many requests is written with the entries of each, synced: two at once can't be the last one.
//! - A token that the tenant does not know has no entry: nobody in particular has asked, and entries for that would let anybody fill
//!   the log. One that it knows, and that has ended, is somebody's, and has one.

use super::changes::Changes;
use super::round::{Round, Stop};
use crate::access::{ClientSecretRecord, CodeRecord, PasswordRecord, TokenRecord};
use crate::audit::{Change, Draft, Who};
use crate::client::Client;
use crate::code::CodeHash;
use crate::error::ErrorKind;
use crate::identity::IdentityId;
use crate::limits::TOKEN_DEPTH_MAX;
use crate::op::Actor;
use crate::proof::{Method, Proof};
use crate::storage::cache::Seen;
use crate::storage::keyspace;
use crate::storage::record::seal_record;
use crate::storage::{Key, Put};
use crate::time::Timestamp;
use crate::token::{TokenHash, TokenId};

/// What a round knows of who acts.
#[derive(Debug, Clone)]
pub(super) struct Credential {
    pub(super) who: Who,
    /// Only of a token that is good.
    pub(super) not_after: Option<Timestamp>,
    /// It was a proof once.
    pub(super) has_ended: bool,
    /// The token, where somebody has ended it, or one above it.
    pub(super) revoked: Option<TokenId>,
    /// The token's record once this request is counted, and where it lies; `None` when there is nothing to count.
    pub(super) counted: Option<(Key, TokenRecord)>,
    /// Tokens from this one up to one that nobody's token made; 0 without a token.
    pub(super) depth: usize,
    /// What was shown at the sign-in that its token comes from.
    pub(super) proof: Option<Proof>,
}

impl Round<'_> {
    /// Finds out who acts.
    pub(super) async fn find_credential(&mut self) -> Result<Credential, Stop> {
        let hash = match self.op.actor {
            Actor::Local => return Ok(Credential::of(Who::LOCAL)),
            Actor::System => return Ok(Credential::of(Who::SYSTEM)),
            Actor::Identity(id) => return Ok(Credential::of(Who::member(id))),
            Actor::Code(hash) => return self.find_code(hash).await,
            Actor::Stranger => return Err(ErrorKind::Unauthenticated.into()),
            Actor::Client(client) => return self.find_client(client).await,
            Actor::Proved(proved) => {
                return Ok(Credential::of(Who::signing_in(proved.identity, proved.proof.method)));
            }
            Actor::Token(hash) => hash,
        };
        let Some(first) = self.token(hash).await? else { return Err(ErrorKind::Unauthenticated.into()) };
        let who = Who::token(first.value.identity(), first.value.id(), first.revision);
        let (proof, id) = (first.value.proof(), first.value.id());
        let mut is_revoked = false;
        let request = self.op.request.bytes();
        let counted = first
            .value
            .counted(request, self.op.now)
            .map(|record| (keyspace::token(self.tenant.id(), hash), record));
        let (mut ends, mut depth) = (first.value.expires(), 0_usize);
        let mut is_good = first.value.is_good_for(request);
        let mut next = Some(first);
        while let Some(seen) = next {
            depth = depth.saturating_add(1);
            is_revoked |= seen.value.is_revoked();
            is_good &= seen.value.is_good(self.op.now)
                && seen.value.is_good_from(self.op.source)
                && seen.value.is_good_with(self.op.certificate)
                && depth <= TOKEN_DEPTH_MAX;
            is_good = is_good && self.still_stands(&seen.value).await?;
            ends = ends.min(seen.value.expires());
            next = match seen.value.parent().filter(|_| is_good) {
                None => None,
                Some(parent) => {
                    let above = self.token(parent).await?;
                    is_good &= above.is_some();
                    above
                }
            };
        }
        let has_ended = !is_good || self.passed >= Some(ends);
        let counted = counted.filter(|_| !has_ended);
        let not_after = (!has_ended).then_some(ends);
        Ok(Credential { who, not_after, has_ended, revoked: is_revoked.then_some(id), counted, depth, proof })
    }

    /// Who acts, by a code: it is somebody's, whether it is still good or not.
    async fn find_code(&mut self, hash: CodeHash) -> Result<Credential, Stop> {
        let Some(seen) = self.code(hash).await? else { return Err(ErrorKind::Unauthenticated.into()) };
        let has_ended = !seen.value.is_good(self.op.now) || self.passed >= Some(seen.value.expires());
        let not_after = (!has_ended).then_some(seen.value.expires());
        Ok(Credential {
            not_after,
            has_ended,
            ..Credential::of(Who::signing_in(seen.value.identity(), Method::Code))
        })
    }

    /// Who acts, by a client secret of theirs: somebody, whether it is still good or not. One that is shown as another's is nobody's.
    async fn find_client(&mut self, client: Client) -> Result<Credential, Stop> {
        let seen = self.client_secret(client).await?;
        let Some(seen) = seen.filter(|seen| seen.value.is_of(client.secret)) else {
            return Err(ErrorKind::Unauthenticated.into());
        };
        let (secret, expires) = (&seen.value, seen.value.expires());
        let is_good = secret.is_good(self.op.now) && secret.is_good_from(self.op.source);
        let has_ended = !is_good || self.passed >= Some(expires);
        let not_after = (!has_ended).then_some(expires);
        Ok(Credential { not_after, has_ended, ..Credential::of(Who::signing_in(client.id, Method::Secret)) })
    }

    /// Whether what was shown for the token still stands, where the token ends with that.
    async fn still_stands(&mut self, token: &TokenRecord) -> Result<bool, Stop> {
        let (tenant, member) = (self.tenant.id(), token.identity());
        match token.shown() {
            Some((Method::Secret, place)) => {
                let key = keyspace::client_secret(tenant, member, place);
                let secret = self.read::<ClientSecretRecord>(key).await?;
                Ok(secret.is_some_and(|secret| !secret.value.is_revoked()))
            }
            Some((Method::Password, id)) => {
                let password = self.password(member).await?;
                Ok(password.is_some_and(|password| password.value.id() == id))
            }
            Some(_) | None => Ok(true),
        }
    }

    /// Has the request counted with these changes, if the token is good for so many only; the first entry names it. A commit that writes
    /// the token itself has counted it there.
    pub(super) fn count(&self, changes: &mut Changes, drafts: &mut [Draft]) -> Result<Option<Put>, Stop> {
        let Some((key, record)) = self.credential.counted.as_ref().filter(|(key, _)| !changes.writes(key))
        else {
            return Ok(None);
        };
        let put = seal_record(self.tenant.ring(), *key, record)?;
        if let Some(draft) = drafts.first_mut() {
            draft.changes.push(Change::put(&put));
        }
        changes.put(put.clone());
        Ok(Some(put))
    }

    /// It was counted: what this request does from now on is not counted again.
    pub(super) fn is_counted(&mut self, put: Option<Put>) {
        if let Some(put) = put {
            self.expect.insert(put.key, Some(put.revision));
            self.credential.counted = None;
        }
    }

    /// A code's record, expected by the commit.
    pub(super) async fn code(&mut self, hash: CodeHash) -> Result<Option<Seen<CodeRecord>>, Stop> {
        self.read(keyspace::code(self.tenant.id(), hash)).await
    }

    /// A password's record, expected by the commit.
    pub(super) async fn password(
        &mut self,
        member: IdentityId,
    ) -> Result<Option<Seen<PasswordRecord>>, Stop> {
        self.read(keyspace::password(self.tenant.id(), member)).await
    }

    /// A client secret's record, expected by the commit.
    pub(super) async fn client_secret(
        &mut self,
        client: Client,
    ) -> Result<Option<Seen<ClientSecretRecord>>, Stop> {
        self.read(keyspace::client_secret(self.tenant.id(), client.id, client.secret.place())).await
    }

    /// A token's record, expected by the commit.
    pub(super) async fn token(&mut self, hash: TokenHash) -> Result<Option<Seen<TokenRecord>>, Stop> {
        self.read(keyspace::token(self.tenant.id(), hash)).await
    }
}

impl Credential {
    pub(super) fn of(who: Who) -> Self {
        Self { who, not_after: None, has_ended: false, revoked: None, counted: None, depth: 0, proof: None }
    }
}
