//! Tokens that ended long ago are removed, and with them those that were made with them.
//!
//! Nothing ends here: a token is good for nothing from the moment that it ends (`credential.rs`). What is removed had stayed so that what
//! it was tried for was somebody's. From here on it is a token that nobody knows.
//!
//! # Invariants
//! - One that ended less than [`TOKEN_KEPT_DAYS`] ago stays, and so does one that is above none that ended longer ago.
//! - All that was looked at to say so is expected by the commit: one that was renewed meanwhile stays.

use std::collections::HashMap;

use super::Vault;
use super::changes::Changes;
use super::once::{Done, First, GivenOnce};
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::Error;
use crate::limits::{TOKEN_DEPTH_MAX, TOKEN_KEPT_DAYS, TOKENS_REMOVED_MAX};
use crate::op::Op;
use crate::storage::{Revision, keyspace};
use crate::time::Timestamp;
use crate::token::{TokenHash, TokenId};

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// How many tokens a slice removed. Nobody asks for it with a key.
type Removed = GivenOnce<usize>;

/// What there is to know of a stored token.
struct Stored {
    id: TokenId,
    revision: Revision,
    parent: Option<TokenHash>,
    ends: Timestamp,
}

impl Vault {
    /// Removes them, a slice in each commit. How many.
    ///
    /// # Errors
    /// As for [`Vault::upkeep`].
    pub(super) async fn sweep_tokens(&self, op: &Op, instance: bool) -> Result<usize, Error> {
        let mut all = 0_usize;
        loop {
            let asked = (Action::TokenSweep, [Place::Tenant].as_slice());
            let done = self.change(op, Scope::of(instance), asked, |round, first| {
                Box::pin(async move { round.sweep_slice(first).await })
            });
            let removed = done.await?.answer.0;
            all = all.saturating_add(removed);
            if removed < TOKENS_REMOVED_MAX {
                return Ok(all);
            }
        }
    }
}

impl Round<'_> {
    async fn sweep_slice(&mut self, first: First<Removed>) -> Result<Done<Removed>, Stop> {
        let kept_ms = TOKEN_KEPT_DAYS.saturating_mul(DAY_MS);
        let before = Timestamp::from_millis(self.op.now.millis().saturating_sub(kept_ms));
        let mut stored = HashMap::new();
        self.each_token(|hash, revision, token| {
            let (id, parent, ends) = (token.id(), token.parent(), token.ends());
            stored.insert(hash, Stored { id, revision, parent, ends });
        })
        .await?;
        let gone = stored.keys().filter(|hash| ended(&stored, **hash) < before).take(TOKENS_REMOVED_MAX);
        let (mut changes, mut tokens) = (Changes::default(), Vec::new());
        for hash in gone {
            for link in chain(&stored, *hash) {
                let found = stored.get(&link).map(|token| token.revision);
                self.expect.insert(keyspace::token(self.tenant.id(), link), found);
            }
            changes.delete(keyspace::token(self.tenant.id(), *hash));
            tokens.extend(stored.get(hash).map(|token| token.id.to_string()));
        }
        let removed = tokens.len();
        // Nothing is due: nothing was decided, but that.
        if removed == 0 {
            return Ok(Done { answer: GivenOnce(0), entries: Vec::new() });
        }
        let draft = Draft::new(Action::TokenSweep, "", Outcome::Done).changes(changes.described());
        self.commit(first, changes, vec![draft.detail(Detail::Tokens { tokens })], GivenOnce(removed)).await
    }
}

/// When a token ended: by itself, or with one above it. One above that is not stored any more ended before all others.
fn ended(stored: &HashMap<TokenHash, Stored>, hash: TokenHash) -> Timestamp {
    let first = Timestamp::from_millis(0);
    let ends = |link| stored.get(&link).map_or(first, |token| token.ends);
    chain(stored, hash).into_iter().map(ends).min().unwrap_or(first)
}

/// The token, and those above it, as far as they are stored; the last may be one that is not.
fn chain(stored: &HashMap<TokenHash, Stored>, hash: TokenHash) -> Vec<TokenHash> {
    let above = |link: &TokenHash| stored.get(link).and_then(|token| token.parent);
    std::iter::successors(Some(hash), above).take(TOKEN_DEPTH_MAX.saturating_add(1)).collect()
}
