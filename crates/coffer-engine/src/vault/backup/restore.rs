//! What is done to a store that was restored before it is used: what was withdrawn since the backup is back, so nothing that somebody was
//! shown counts any more.
//!
//! # Invariants
//! - The epoch of the instance and of each tenant is renewed: nothing that a process remembers of what was there before stands.
//! - Tokens are ended, unless whoever restores keeps them, and one-time codes with them. One that was revoked after the backup would be
//!   good again; nobody can tell which.
//! - Client secrets, passwords and second factors are kept: they are how people and programs come back. Those that were ended after the
//!   backup are back too, and so are members; whoever restores is told.
//! - Each log has the entry that says so: what was read since the backup is not in it.
//! - A tenant that its members have locked is left as it is: nothing of it opens. Its tokens are good for nothing meanwhile, and again once
//!   it is unlocked; whoever restores is told.

use super::BackupInfo;
use super::file::LoadedBackup;
use crate::access::{CodeRecord, Place};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::limits::RESTORED_AT_ONCE;
use crate::op::Op;
use crate::storage::Key;
use crate::storage::keyspace::{self, Table};
use crate::token::TokenHash;
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::once::GivenOnce;
use crate::vault::round::{Round, Scope, Stop};

/// What became of what people and programs were shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restored {
    /// Tenants.
    pub tenants: u64,
    /// Tokens that were ended, and one-time codes.
    pub ended: u64,
    /// Tenants that are locked, in which none could be.
    pub locked: u64,
}

impl Vault {
    /// Makes a store that was loaded from a backup fit to be used.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb; it is then not fit, and is to be thrown away or asked again.
    pub async fn backup_restored(
        &self,
        op: &Op,
        loaded: &LoadedBackup,
        keep_tokens: bool,
    ) -> Result<Restored, Error> {
        let info = &loaded.info;
        let ended = self.end_what_was_shown(op, info, true, keep_tokens).await?;
        let mut restored = Restored { ended, ..Restored::default() };
        for (_, tenant) in self.directory().await? {
            let op = &Op { tenant: tenant.name, ..op.clone() };
            match self.end_what_was_shown(op, info, false, keep_tokens).await {
                Ok(ended) => restored.ended = restored.ended.saturating_add(ended),
                Err(error) if matches!(error.kind(), ErrorKind::TenantLocked(_)) => {
                    restored.locked = restored.locked.saturating_add(1);
                }
                Err(error) => return Err(error),
            }
            restored.tenants = restored.tenants.saturating_add(1);
        }
        Ok(restored)
    }

    /// Renews the epoch of one owner, and ends what was shown, a slice a commit. How many.
    async fn end_what_was_shown(
        &self,
        op: &Op,
        info: &BackupInfo,
        instance: bool,
        keep_tokens: bool,
    ) -> Result<u64, Error> {
        let mut ended = 0_u64;
        loop {
            let asked = (Action::BackupRestore, [Place::Tenant].as_slice());
            let done = self.change(op, Scope::of(instance), asked, |round, first| {
                Box::pin(async move {
                    let mut changes = Changes::default();
                    let slice = if keep_tokens { 0 } else { round.end_all(&mut changes).await? };
                    let detail = Detail::Restore {
                        backup: base16ct::lower::encode_string(&info.id),
                        ended: slice,
                        made: info.made.millis(),
                        tokens_kept: keep_tokens,
                    };
                    let draft = Draft::new(Action::BackupRestore, "", Outcome::Done).detail(detail);
                    let draft = draft.changes(changes.described());
                    changes.touch(keyspace::single(round.ring().owner(), Table::Epoch))?;
                    round.commit(first, changes, vec![draft], GivenOnce(slice)).await
                })
            });
            let slice = done.await?.answer.0;
            ended = ended.saturating_add(slice);
            if usize::try_from(slice).is_ok_and(|slice| slice < RESTORED_AT_ONCE) {
                return Ok(ended);
            }
        }
    }
}

impl Round<'_> {
    /// Ends tokens that are good, and takes away codes, at most [`RESTORED_AT_ONCE`] of them. How many.
    async fn end_all(&mut self, changes: &mut Changes) -> Result<u64, Stop> {
        let (ring, now) = (self.ring(), self.op.now);
        let mut good: Vec<TokenHash> = Vec::new();
        self.each_token(|hash, _, token| {
            if token.is_good(now) && good.len() < RESTORED_AT_ONCE {
                good.push(hash);
            }
        })
        .await?;
        let mut ended = 0_usize;
        for hash in good {
            let Some(seen) = self.token(hash).await? else { continue };
            changes.seal(&ring, keyspace::token(ring.owner(), hash), &seen.value.revoked(now))?;
            ended = ended.saturating_add(1);
        }
        for key in self.codes(RESTORED_AT_ONCE.saturating_sub(ended)).await? {
            if self.read_fresh::<CodeRecord>(key).await?.is_some() {
                changes.delete(key);
                ended = ended.saturating_add(1);
            }
        }
        Ok(u64::try_from(ended).unwrap_or(u64::MAX))
    }

    /// Where one-time codes lie, so many of them.
    async fn codes(&self, limit: usize) -> Result<Vec<Key>, Stop> {
        let prefix = keyspace::all_of(self.ring().owner(), Table::Code);
        let page = self.vault.inner.storage.scan(&prefix, None, limit).await?;
        Ok(page.records.into_iter().map(|(key, _)| key).collect())
    }
}
