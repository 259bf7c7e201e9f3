//! Makes the index of a tenant, by opening all of its heads.
//!
//! With very many that takes seconds. Who makes it counts his steps, so that whoever answers sees that it goes on. Who is stopped in the midst of
//! it nevertheless leaves what he has found to the next who asks.

use std::sync::{Arc, MutexGuard, PoisonError};

use super::follow::{Followed, Most};
use super::{Index, Known, Reached, Secrets};
use crate::error::{Conflict, Error};
use crate::limits::SCAN_PAGE_MAX;
use crate::path::SecretPath;
use crate::storage::Key;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::vault::Vault;
use crate::yield_once::yield_once;

/// How often it is tried: each try takes in what had been committed before it, and only what is lost meanwhile makes another.
const TRIES_MAX: u32 = 4;

/// An index that is being made.
pub(super) struct Begun {
    /// Where the log was before the first head was read: what is committed from there on is followed.
    log: u64,
    /// The last head that was read.
    after: Option<Key>,
    found: Vec<(SecretPath, Known)>,
}

impl Begun {
    fn at(log: u64) -> Self {
        Self { log, after: None, found: Vec::new() }
    }
}

impl Index {
    fn begun(&self) -> MutexGuard<'_, Option<Begun>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what was found besides. All of it, if there is nothing behind it.
    fn gather(&self, mut more: Begun) -> Option<Begun> {
        let mut begun = self.begun();
        let mut all = begun.take().unwrap_or_else(|| Begun::at(more.log));
        all.found.append(&mut more.found);
        all.after = more.after;
        if all.after.is_none() {
            return Some(all);
        }
        *begun = Some(all);
        None
    }
}

impl Vault {
    /// Makes the index; how far in the entries it has come. [`Followed::Lost`]: there are more heads than may be gone through.
    pub(super) async fn build(
        &self,
        ring: &Arc<KeyRing>,
        index: &Index,
        most: Most<'_>,
    ) -> Result<Followed, Error> {
        if most.heads < usize::MAX && self.has_more_heads(ring, most.heads).await? {
            return Ok(Followed::Lost);
        }
        for _ in 0..TRIES_MAX {
            let Begun { log, found, .. } = self.all_heads(ring, index, most).await?;
            *index.secrets.write().unwrap_or_else(PoisonError::into_inner) = Secrets::of(found);
            match self.follow(ring, index, Reached { log, pending: None }, most).await? {
                Followed::Lost => {}
                followed => return Ok(followed),
            }
        }
        Err(Conflict::Contended.into())
    }

    /// Counted before any is opened: that is what takes long.
    async fn has_more_heads(&self, ring: &KeyRing, than: usize) -> Result<bool, Error> {
        let (prefix, mut after, mut seen) = (keyspace::all_of(ring.owner(), Table::Head), None, 0_usize);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            seen = seen.saturating_add(page.records.len());
            after = page.next;
            if seen > than || after.is_none() {
                return Ok(seen > than);
            }
        }
    }

    /// All heads, from where the last one has come who asked for them.
    async fn all_heads(&self, ring: &Arc<KeyRing>, index: &Index, most: Most<'_>) -> Result<Begun, Error> {
        let log = self.log_head(ring).await?.map_or(0, |(head, _)| head.size());
        loop {
            let after = index.begun().get_or_insert_with(|| Begun::at(log)).after;
            let mut found = Vec::new();
            let read = |key: &Key, head| {
                found.push(Secrets::read(key, &head)?);
                Ok(())
            };
            let next = self.some_heads(ring, after, read).await?;
            most.step();
            if let Some(all) = index.gather(Begun { log, after: next, found }) {
                return Ok(all);
            }
            // As in `each_head`.
            yield_once().await;
        }
    }
}
