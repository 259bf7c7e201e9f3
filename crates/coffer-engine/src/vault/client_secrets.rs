//! Client secrets: made for a member, listed, ended, and changed for tokens, as often as they are good.
//!
//! A member may have several, so that one takes the place of another without a moment in which none is good.
//!
//! # Invariants
//! - A secret's record lies at its member's id: shown as another member's it is not there.
//! - What was signed in for with a secret ends when that is revoked: see `credential.rs`. That it has expired, or was used up, ends nothing
//!   that was made while it was good.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::once::{Done, First, GivenOnce};
use super::round::{Round, Scope, Stop};
use super::sign_in::{Shown, SignedIn, hex};
use crate::access::{ClientSecretRecord, Lifetime, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::client::{Client, ClientSecret};
use crate::error::{Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{
    CLIENT_SECRET_KEPT_DAYS, CLIENT_SECRETS_MAX, SCAN_PAGE_MAX, TOKEN_LABEL_MAX_BYTES,
    TOKEN_LIFE_MAX_SECONDS, TOKEN_NETWORKS_MAX,
};
use crate::network::Network;
use crate::op::Op;
use crate::path::check_text;
use crate::proof::{Method, Proof};
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::storage::{Key, Revision};
use crate::time::Timestamp;
use crate::token::TokenId;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// A client secret that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewClientSecret {
    /// For whom.
    pub member: MemberName,
    /// How long it is good, in seconds.
    pub ttl_seconds: u64,
    /// How often it is good; `None`: nobody counts.
    pub uses: Option<u32>,
    /// Where it is good, and the tokens that it is changed for; empty: anywhere.
    pub networks: Vec<Network>,
    /// What it is for. Stored sealed, shown in lists; may be empty.
    pub label: String,
}

/// A client secret, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSecretInfo {
    /// Its name, which opens nothing.
    pub id: TokenId,
    /// Whose it is: the client id that it is shown with.
    pub client: IdentityId,
    /// When it was made.
    pub created: Timestamp,
    /// The last moment at which it is good.
    pub expires: Timestamp,
    /// How often it is still good; `None`: nobody counts.
    pub uses_left: Option<u32>,
    /// Whether somebody has ended it.
    pub revoked: bool,
    /// Where it is good; empty: anywhere.
    pub networks: Vec<Network>,
    /// What it is for.
    pub label: String,
}

/// A secret that is stored, and where.
struct Stored {
    key: Key,
    member: IdentityId,
    revision: Revision,
    record: ClientSecretRecord,
}

impl Vault {
    /// Makes a secret with which a program signs in as this member. Others that it has stay good.
    ///
    /// # Errors
    /// [`NotFound::Member`]; [`crate::error::Conflict::Disabled`]; [`Invalid`] for a time that is zero or longer than
    /// [`TOKEN_LIFE_MAX_SECONDS`], for no uses, too many networks, a label that is too long, or more than [`CLIENT_SECRETS_MAX`] that are
    /// good; refusals and storage errors as for every verb.
    pub async fn client_secret_create(
        &self,
        op: &Op,
        new: &NewClientSecret,
        instance: bool,
    ) -> Result<(ClientSecret, ClientSecretInfo), Error> {
        let lifetime = lifetime(new)?;
        let asked = (Action::ClientSecretCreate, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let member = round.enabled_member(Action::ClientSecretCreate, &new.member).await?;
                let mut changes = round.make_room_for_client_secret(member).await?;
                let (secret, id) = (ClientSecret::generate()?, TokenId::from_bytes(random::bytes()?));
                let about = (new.label.as_str(), new.networks.as_slice());
                let record = ClientSecretRecord::new(id, secret.hash(), (op.now, lifetime), about);
                let ring = round.ring();
                let key = keyspace::client_secret(ring.owner(), member, secret.hash().place());
                round.expects(key, None)?;
                changes.seal(&ring, key, &record)?;
                let draft = draft(Action::ClientSecretCreate, &changes, (member, &record));
                let answer = GivenOnce((secret, info(member, &record)));
                round.commit(first, changes, vec![draft], answer).await
            })
        });
        Ok(done.await?.answer.0)
    }

    /// All secrets whose time is not over, the newest first; also those that somebody has ended, or that were used up.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn client_secret_list(&self, op: &Op, instance: bool) -> Result<Vec<ClientSecretInfo>, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::ClientSecretList, Place::Tenant)?;
                // Nothing is decided on it: one that is made meanwhile may be in it or not.
                let stored = round.client_secrets(None).await?;
                let is_over = |one: &&Stored| one.record.expires() < round.op.now;
                let mut all: Vec<_> = stored
                    .iter()
                    .filter(|one| !is_over(one))
                    .map(|one| info(one.member, &one.record))
                    .collect();
                all.sort_by_key(|secret| std::cmp::Reverse(secret.created));
                round.note(Draft::new(Action::ClientSecretList, "", Outcome::Done)).await?;
                Ok(all)
            })
        })
        .await
    }

    /// Ends a secret, and with it all tokens that it was changed for. One that has ended already stays so.
    ///
    /// # Errors
    /// [`NotFound::ClientSecret`]; refusals and storage errors as for every verb.
    pub async fn client_secret_revoke(&self, op: &Op, id: TokenId, instance: bool) -> Result<(), Error> {
        let asked = (Action::ClientSecretRevoke, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let stored = round.client_secrets(None).await?;
                let Some(found) = stored.into_iter().find(|one| one.record.id() == id) else {
                    let draft = Draft::new(Action::ClientSecretRevoke, "", Outcome::Absent);
                    return Err(Stop::recorded(draft, NotFound::ClientSecret(id.to_string())));
                };
                round.expects(found.key, Some(found.revision))?;
                let (ring, mut changes) = (round.ring(), Changes::default());
                let record = found.record.revoked(op.now);
                changes.seal(&ring, found.key, &record)?;
                let draft = draft(Action::ClientSecretRevoke, &changes, (found.member, &record));
                round.commit(first, changes, vec![draft], ()).await
            })
        });
        done.await.map(drop)
    }
}

impl Round<'_> {
    /// Changes a client secret for a token of its member. One that is good for so many is counted in the same commit.
    pub(super) async fn sign_in_with_client_secret(
        &mut self,
        first: First<GivenOnce<SignedIn>>,
        client: Client,
    ) -> Result<Done<GivenOnce<SignedIn>>, Stop> {
        let secret = self.client_secret(client).await?.ok_or(Corrupt::new("a client secret"))?.value;
        let (ring, mut changes) = (self.ring(), Changes::default());
        let place = client.secret.place();
        if let Some(used) = secret.used() {
            changes.seal(&ring, keyspace::client_secret(ring.owner(), client.id, place), &used)?;
        }
        let shown = Shown {
            id: Some(secret.id()),
            networks: secret.networks(),
            ends_with: Some(place),
            ..Shown::by(Proof::by(Method::Secret))
        };
        self.sign_in(first, shown, changes).await
    }

    /// Whether there may be one more, and the removal of those that ended long ago. Two that are made at once may both find room.
    async fn make_room_for_client_secret(&mut self, member: IdentityId) -> Result<Changes, Stop> {
        let kept_ms = CLIENT_SECRET_KEPT_DAYS.saturating_mul(DAY_MS);
        let long_ago = Timestamp::from_millis(self.op.now.millis().saturating_sub(kept_ms));
        let stored = self.client_secrets(Some(member)).await?;
        if stored.iter().filter(|one| one.record.is_good(self.op.now)).count() >= CLIENT_SECRETS_MAX {
            return Err(Invalid::new(
                "client_secret.too_many",
                format!("a member has {CLIENT_SECRETS_MAX} client secrets that are good at most"),
                "end one that is not used any more; a program of its own is a member of its own",
            )
            .into());
        }
        let mut changes = Changes::default();
        for old in stored.iter().filter(|one| one.record.ends() < long_ago).take(CLIENT_SECRETS_MAX) {
            self.expects(old.key, Some(old.revision))?;
            changes.delete(old.key);
        }
        Ok(changes)
    }

    /// All secrets that are stored, of a member or of all. None of them is expected by the commit.
    async fn client_secrets(&self, of: Option<IdentityId>) -> Result<Vec<Stored>, Stop> {
        let prefix = match of {
            Some(member) => keyspace::client_secrets_of(self.tenant.id(), member).as_bytes().to_vec(),
            None => keyspace::all_of(self.tenant.id(), Table::ClientSecret).to_vec(),
        };
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let (_, suffix) = key.table_and_suffix();
                let member = suffix.first_chunk().ok_or(Corrupt::new("a client secret"))?;
                let (member, opened) =
                    (IdentityId::from_bytes(*member), open_record(self.tenant.ring(), key, record)?);
                all.push(Stored { key: *key, member, revision: record.revision, record: opened });
            }
            after = page.next;
            if after.is_none() {
                return Ok(all);
            }
        }
    }
}

fn draft(action: Action, changes: &Changes, (member, record): (IdentityId, &ClientSecretRecord)) -> Draft {
    let detail = Detail::ClientSecret {
        expires: record.expires().millis(),
        member: hex(member),
        networks: record.networks().iter().map(ToString::to_string).collect(),
        secret: record.id().to_string(),
    };
    Draft::new(action, "", Outcome::Done).changes(changes.described()).detail(detail)
}

fn info(client: IdentityId, record: &ClientSecretRecord) -> ClientSecretInfo {
    ClientSecretInfo {
        id: record.id(),
        client,
        created: record.created(),
        expires: record.expires(),
        uses_left: record.uses_left(),
        revoked: record.is_revoked(),
        networks: record.networks().to_vec(),
        label: record.label().to_owned(),
    }
}

fn lifetime(new: &NewClientSecret) -> Result<Lifetime, Invalid> {
    let wrong = |code, cause: String, fix: &'static str| Err(Invalid::new(code, cause, fix));
    if !(1..=TOKEN_LIFE_MAX_SECONDS).contains(&new.ttl_seconds) {
        let cause = format!("a client secret is good for 1 to {TOKEN_LIFE_MAX_SECONDS} seconds");
        return wrong("client_secret.lifetime", cause, "say how long, for example ninety days");
    }
    if new.uses == Some(0) {
        let cause = "a client secret is good once at least".to_owned();
        return wrong("client_secret.uses", cause, "say how often, or leave it out");
    }
    if new.networks.len() > TOKEN_NETWORKS_MAX {
        let cause = format!("a client secret is bound to {TOKEN_NETWORKS_MAX} networks at most");
        return wrong("client_secret.networks", cause, "name larger ones");
    }
    if !new.label.is_empty() {
        check_text("label", &new.label, TOKEN_LABEL_MAX_BYTES)?;
    }
    let ttl_seconds = new.ttl_seconds;
    Ok(Lifetime { ttl_seconds, max_seconds: ttl_seconds, uses: new.uses })
}
