//! Tokens: made, listed, renewed, revoked. What makes one good is in `credential.rs`.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::once::{Answer, Done, First, GivenOnce};
use super::round::{Round, Scope, Stop};
use crate::access::{Lifetime, Place, TokenRecord};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{
    SCAN_PAGE_MAX, TOKEN_DEPTH_MAX, TOKEN_LABEL_MAX_BYTES, TOKEN_LIFE_MAX_SECONDS, TOKEN_NETWORKS_MAX,
};
use crate::network::Network;
use crate::op::{Actor, Op};
use crate::path::check_text;
use crate::storage::Revision;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::time::Timestamp;
use crate::token::{Token, TokenHash, TokenId};

/// A token that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// For whom; `None`: for oneself, with the token that the operation is made with. The local owner, who has none, gets one of his own.
    pub member: Option<MemberName>,
    /// How long it is good, and how long after each renewal, in seconds.
    pub ttl_seconds: u64,
    /// How long it is good at most, however often it is renewed, in seconds.
    pub max_seconds: u64,
    /// How many requests it is good for; `None`: nobody counts. What one request does in several steps is one.
    pub uses: Option<u32>,
    /// Where it is good, as is every token that is made with it; empty: anywhere.
    pub networks: Vec<Network>,
    /// What it is for. Stored sealed, shown in lists; may be empty.
    pub label: String,
}

/// A token, as lists show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenInfo {
    /// Its name, which opens nothing.
    pub id: TokenId,
    /// Whose it is.
    pub identity: IdentityId,
    /// When it was made.
    pub created: Timestamp,
    /// The last moment at which it is good, unless a token above it ends before.
    pub expires: Timestamp,
    /// How many requests it is still good for; `None`: nobody counts.
    pub uses_left: Option<u32>,
    /// Whether somebody has ended it.
    pub revoked: bool,
    /// Whether it ends with another one.
    pub has_parent: bool,
    /// Where it is good, unless a token above it is not; empty: anywhere.
    pub networks: Vec<Network>,
    /// Whether it is good only where the certificate is shown that it was signed in for with.
    pub bound: bool,
    /// What it is for.
    pub label: String,
}

impl Vault {
    /// Makes a token for a member, or for oneself. One that is made with a token ends when that does; it is good for what its member may
    /// do, no more and no less.
    ///
    /// # Errors
    /// [`NotFound::Member`]; [`Conflict::Disabled`]; [`Invalid`] for a time that is zero or longer than [`TOKEN_LIFE_MAX_SECONDS`], for no
    /// uses, for too many networks, for a label that is too long, or for too many tokens one above the other; refusals and storage errors as for every verb.
    pub async fn token_create(
        &self,
        op: &Op,
        new: &NewToken,
        instance: bool,
    ) -> Result<(Token, TokenInfo), Error> {
        let lifetime = lifetime(new)?;
        let is_local = matches!(op.actor, Actor::Local);
        if new.member.is_none() && !is_local {
            own(op)?;
        }
        if new.networks.len() > TOKEN_NETWORKS_MAX {
            let cause = format!("a token is bound to {TOKEN_NETWORKS_MAX} networks at most");
            return Err(Invalid::new("token.networks", cause, "name larger ones").into());
        }
        if !new.label.is_empty() {
            check_text("label", &new.label, TOKEN_LABEL_MAX_BYTES)?;
        }
        // His own ends with no other: it is made as a right, and not as anybody's own.
        let is_own = new.member.is_none() && !is_local;
        let action = if is_own { Action::TokenCreateOwn } else { Action::TokenCreate };
        let done = self.change(op, Scope::of(instance), (action, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                round.not_beyond(&lifetime)?;
                if round.credential.depth >= TOKEN_DEPTH_MAX {
                    return Err(Invalid::new(
                        "token.too_deep",
                        format!("{TOKEN_DEPTH_MAX} tokens were made one with the other already"),
                        "make it with one of those above",
                    )
                    .into());
                }
                let identity = match &new.member {
                    Some(name) => round.enabled_member(action, name).await?,
                    None if is_local => IdentityId::LOCAL,
                    None => round.uncounted(op).await?,
                };
                let parent = op.actor.token();
                let (token, id) = (Token::generate()?, TokenId::from_bytes(random::bytes()?));
                let about = (new.label.as_str(), new.networks.as_slice());
                let record = TokenRecord::new(
                    (id, identity),
                    parent,
                    (op.now, lifetime),
                    about,
                    round.credential.proof,
                );
                let answer = GivenOnce((token, TokenInfo::of(&record)));
                round.commit_token(first, action, (answer.0.0.hash(), &record), answer).await
            })
        });
        Ok(done.await?.answer.0)
    }

    /// All tokens that are stored, the newest first; also those that have ended, for as long as they are kept.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn token_list(&self, op: &Op, instance: bool) -> Result<Vec<TokenInfo>, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::TokenList, Place::Tenant)?;
                // Nothing is decided on it: one that is made meanwhile may be in it or not.
                let mut tokens = Vec::new();
                round.each_token(|_, _, record| tokens.push(TokenInfo::of(record))).await?;
                tokens.sort_by_key(|token| std::cmp::Reverse(token.created));
                round.note(Draft::new(Action::TokenList, "", Outcome::Done)).await?;
                Ok(tokens)
            })
        })
        .await
    }

    /// Ends a token, and with it those that were made with it. One that has ended already stays so.
    ///
    /// # Errors
    /// [`NotFound::Token`]; refusals and storage errors as for every verb.
    pub async fn token_revoke(&self, op: &Op, id: TokenId, instance: bool) -> Result<(), Error> {
        let asked = (Action::TokenRevoke, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let mut found = None;
                round
                    .each_token(|hash, _, record| found = found.or((record.id() == id).then_some(hash)))
                    .await?;
                let Some(hash) = found else {
                    let draft = Draft::new(Action::TokenRevoke, "", Outcome::Absent);
                    return Err(Stop::recorded(draft, NotFound::Token(id.to_string())));
                };
                round.end_token(first, Action::TokenRevoke, hash).await
            })
        });
        done.await.map(drop)
    }

    /// Ends the token that the operation is made with.
    ///
    /// # Errors
    /// [`Invalid`] without one; refusals and storage errors as for every verb.
    pub async fn token_revoke_own(&self, op: &Op, instance: bool) -> Result<(), Error> {
        let hash = own(op)?;
        let asked = (Action::TokenRevokeOwn, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move { round.end_token(first, Action::TokenRevokeOwn, hash).await })
        });
        done.await.map(drop)
    }

    /// Renews the token that the operation is made with, at most to its maximum. Until when it is good now.
    ///
    /// # Errors
    /// [`Invalid`] without one; refusals and storage errors as for every verb.
    pub async fn token_renew(&self, op: &Op, instance: bool) -> Result<Timestamp, Error> {
        let hash = own(op)?;
        let asked = (Action::TokenRenew, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let seen = round.token(hash).await?.ok_or(Corrupt::new("a token"))?;
                let counted = seen.value.counted(op.request.bytes(), op.now);
                let renewed = counted.as_ref().unwrap_or(&seen.value).renewed(op.now);
                let expires = renewed.expires().millis();
                round.commit_token(first, Action::TokenRenew, (hash, &renewed), expires).await
            })
        });
        Ok(Timestamp::from_millis(done.await?.answer))
    }
}

impl Round<'_> {
    pub(super) async fn enabled_member(
        &mut self,
        action: Action,
        name: &MemberName,
    ) -> Result<IdentityId, Stop> {
        let (identity, member) = self.member(action, name).await?;
        if member.disabled {
            return Err(Stop::recorded(Draft::new(action, "", Outcome::Mismatch), Conflict::Disabled));
        }
        // Whoever has a credential of theirs can do all that they can.
        self.may_act_for(action, &member).await?;
        Ok(identity)
    }

    /// Who acts, if nobody counts the uses of their token: another one would be good for more.
    async fn uncounted(&mut self, op: &Op) -> Result<IdentityId, Stop> {
        let seen = self.token(own(op)?).await?.ok_or(Corrupt::new("a token"))?;
        if seen.value.uses_left().is_some() {
            let cause = "a token that is good for so many requests makes no other";
            return Err(Invalid::new("token.counted", cause, "ask for a token without that limit").into());
        }
        Ok(seen.value.identity())
    }

    /// Every token that is stored, in no order that means anything. None of them is expected by the commit.
    pub(super) async fn each_token(
        &self,
        mut each: impl FnMut(TokenHash, Revision, &TokenRecord) + Send,
    ) -> Result<(), Stop> {
        let prefix = keyspace::all_of(self.tenant.id(), Table::Token);
        let mut after = None;
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let (_, suffix) = key.table_and_suffix();
                let hash = suffix.try_into().map_err(|_| Corrupt::new("a token"))?;
                let token = open_record(self.tenant.ring(), key, record)?;
                each(TokenHash::from_bytes(hash), record.revision, &token);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn end_token(
        &mut self,
        first: First<()>,
        action: Action,
        hash: TokenHash,
    ) -> Result<Done<()>, Stop> {
        let seen = self.token(hash).await?.ok_or(Stop::Changed)?;
        self.commit_token(first, action, (hash, &seen.value.revoked(self.op.now)), ()).await
    }

    async fn commit_token<T: Answer>(
        &mut self,
        first: First<T>,
        action: Action,
        (hash, record): (TokenHash, &TokenRecord),
        answer: T,
    ) -> Result<Done<T>, Stop> {
        let ring = self.ring();
        let key = keyspace::token(ring.owner(), hash);
        // A new one lies where there is nothing.
        self.expect.entry(key).or_insert(None);
        let mut changes = Changes::default();
        changes.seal(&ring, key, record)?;
        let detail = Detail::Token {
            expires: record.expires().millis(),
            member: base16ct::lower::encode_string(record.identity().bytes()),
            networks: record.networks().iter().map(ToString::to_string).collect(),
            token: record.id().to_string(),
        };
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described()).detail(detail);
        self.commit(first, changes, vec![draft], answer).await
    }
}

impl TokenInfo {
    pub(super) fn of(record: &TokenRecord) -> Self {
        Self {
            id: record.id(),
            identity: record.identity(),
            created: Timestamp::from_millis(record.created_ms),
            expires: record.expires(),
            uses_left: record.uses_left(),
            revoked: record.is_revoked(),
            has_parent: record.parent().is_some(),
            bound: record.is_bound(),
            networks: record.networks().to_vec(),
            label: record.label.clone(),
        }
    }
}

fn lifetime(new: &NewToken) -> Result<Lifetime, Invalid> {
    let life = 1..=TOKEN_LIFE_MAX_SECONDS;
    if !life.contains(&new.ttl_seconds) || !life.contains(&new.max_seconds) {
        return Err(Invalid::new(
            "token.lifetime",
            format!("a token lives for 1 to {TOKEN_LIFE_MAX_SECONDS} seconds"),
            "say how long, for example one hour; renew it as long as it is needed",
        ));
    }
    if new.uses == Some(0) {
        let fix = "say for how many, or leave it out";
        return Err(Invalid::new("token.uses", "a token is good for one request at least", fix));
    }
    Ok(Lifetime { ttl_seconds: new.ttl_seconds, max_seconds: new.max_seconds, uses: new.uses })
}

pub(super) fn own(op: &Op) -> Result<TokenHash, Invalid> {
    op.actor.token().ok_or_else(|| {
        let fix = "show the token that it is about";
        Invalid::new("token.none", "this was not asked for with a token", fix)
    })
}
