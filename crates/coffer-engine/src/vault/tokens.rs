//! Tokens: made, listed, renewed, revoked. What makes one good is in `credential.rs`.

use coffer_encryption::random;

use super::Vault;
use super::changes::Changes;
use super::round::{Round, Scope, Stop};
use crate::access::{Lifetime, Place, TokenRecord};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::fault::{Corrupt, Invalid};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{SCAN_PAGE_MAX, TOKEN_DEPTH_MAX, TOKEN_LABEL_MAX_BYTES, TOKEN_LIFE_MAX_SECONDS};
use crate::op::{Actor, Op};
use crate::path::check_text;
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
    /// What it is for.
    pub label: String,
}

impl Vault {
    /// Makes a token for a member, or for oneself. One that is made with a token ends when that does; it is good for what its member may
    /// do, no more and no less.
    ///
    /// # Errors
    /// [`NotFound::Member`]; [`Conflict::Disabled`]; [`Invalid`] for a time that is zero or longer than [`TOKEN_LIFE_MAX_SECONDS`], for no
    /// uses, for a label that is too long, or for too many tokens one above the other; refusals and storage errors as for every verb.
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
        if !new.label.is_empty() {
            check_text("label", &new.label, TOKEN_LABEL_MAX_BYTES)?;
        }
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                // His own ends with no other: it is made as a right, and not as anybody's own.
                let is_own = new.member.is_none() && !is_local;
                let action = if is_own { Action::TokenCreateOwn } else { Action::TokenCreate };
                round.permit(action, Place::Tenant)?;
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
                let parent = match op.actor {
                    Actor::Token(hash) => Some(hash),
                    Actor::Local | Actor::Identity(_) | Actor::System => None,
                };
                let (token, id) = (Token::generate()?, TokenId::from_bytes(random::bytes()?));
                let record = TokenRecord::new((id, identity), parent, (op.now, lifetime), &new.label);
                round.commit_token(action, token.hash(), &record).await?;
                Ok((token, TokenInfo::of(&record)))
            })
        })
        .await
    }

    /// All tokens that are stored, the newest first; also those that have ended.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn token_list(&self, op: &Op, instance: bool) -> Result<Vec<TokenInfo>, Error> {
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::TokenList, Place::Tenant)?;
                // Nothing is decided on it: one that is made meanwhile may be in it or not.
                let mut tokens = Vec::new();
                round.each_token(|_, record| tokens.push(TokenInfo::of(record))).await?;
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
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::TokenRevoke, Place::Tenant)?;
                let mut found = None;
                round
                    .each_token(|hash, record| found = found.or((record.id() == id).then_some(hash)))
                    .await?;
                let Some(hash) = found else {
                    let draft = Draft::new(Action::TokenRevoke, "", Outcome::Absent);
                    return Err(Stop::recorded(draft, NotFound::Token(id.to_string())));
                };
                round.end_token(Action::TokenRevoke, hash).await
            })
        })
        .await
    }

    /// Ends the token that the operation is made with.
    ///
    /// # Errors
    /// [`Invalid`] without one; refusals and storage errors as for every verb.
    pub async fn token_revoke_own(&self, op: &Op, instance: bool) -> Result<(), Error> {
        let hash = own(op)?;
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::TokenRevokeOwn, Place::Tenant)?;
                round.end_token(Action::TokenRevokeOwn, hash).await
            })
        })
        .await
    }

    /// Renews the token that the operation is made with, at most to its maximum. Until when it is good now.
    ///
    /// # Errors
    /// [`Invalid`] without one; refusals and storage errors as for every verb.
    pub async fn token_renew(&self, op: &Op, instance: bool) -> Result<Timestamp, Error> {
        let hash = own(op)?;
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(Action::TokenRenew, Place::Tenant)?;
                let seen = round.token(hash).await?.ok_or(Corrupt::new("a token"))?;
                let counted = seen.value.counted(op.request.bytes());
                let renewed = counted.as_ref().unwrap_or(&seen.value).renewed(op.now);
                round.commit_token(Action::TokenRenew, hash, &renewed).await?;
                Ok(renewed.expires())
            })
        })
        .await
    }
}

impl Round<'_> {
    async fn enabled_member(&mut self, action: Action, name: &MemberName) -> Result<IdentityId, Stop> {
        let (identity, member) = self.member(action, name).await?;
        if member.disabled {
            return Err(Stop::recorded(Draft::new(action, "", Outcome::Mismatch), Conflict::Disabled));
        }
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

    async fn each_token(&self, mut each: impl FnMut(TokenHash, &TokenRecord) + Send) -> Result<(), Stop> {
        let prefix = keyspace::all_of(self.tenant.id(), Table::Token);
        let mut after = None;
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let (_, suffix) = key.table_and_suffix();
                let hash = suffix.try_into().map_err(|_| Corrupt::new("a token"))?;
                each(TokenHash::from_bytes(hash), &open_record(self.tenant.ring(), key, record)?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn end_token(&mut self, action: Action, hash: TokenHash) -> Result<(), Stop> {
        let seen = self.token(hash).await?.ok_or(Stop::Changed)?;
        self.commit_token(action, hash, &seen.value.revoked(self.op.now)).await
    }

    async fn commit_token(
        &mut self,
        action: Action,
        hash: TokenHash,
        record: &TokenRecord,
    ) -> Result<(), Stop> {
        let ring = self.ring();
        let key = keyspace::token(ring.owner(), hash);
        // A new one lies where there is nothing.
        self.expect.entry(key).or_insert(None);
        let mut changes = Changes::default();
        changes.seal(&ring, key, record)?;
        let detail = Detail::Token {
            expires: record.expires().millis(),
            member: base16ct::lower::encode_string(record.identity().bytes()),
            token: record.id().to_string(),
        };
        let draft = Draft::new(action, "", Outcome::Done).changes(changes.described()).detail(detail);
        self.commit(changes, vec![draft]).await.map(|_| ())
    }
}

impl TokenInfo {
    fn of(record: &TokenRecord) -> Self {
        Self {
            id: record.id(),
            identity: record.identity(),
            created: Timestamp::from_millis(record.created_ms),
            expires: record.expires(),
            uses_left: record.uses_left(),
            revoked: record.is_revoked(),
            has_parent: record.parent().is_some(),
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

fn own(op: &Op) -> Result<TokenHash, Invalid> {
    match op.actor {
        Actor::Token(hash) => Ok(hash),
        Actor::Local | Actor::Identity(_) | Actor::System => Err(Invalid::new(
            "token.none",
            "this was not asked for with a token",
            "show the token that it is about",
        )),
    }
}
