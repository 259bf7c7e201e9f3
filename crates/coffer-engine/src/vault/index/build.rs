//! Makes the index of a tenant, by opening all of its heads.

use std::sync::{Arc, PoisonError};

use super::follow::{Followed, Most};
use super::{Index, Reached, Secrets};
use crate::error::{Conflict, Error};
use crate::limits::SCAN_PAGE_MAX;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::vault::Vault;

/// How often it is tried: each try takes in what had been committed before it, and only what is lost meanwhile makes another.
const TRIES_MAX: u32 = 4;

impl Vault {
    /// Makes the index; how far in the entries it has come. [`Followed::Lost`]: there are more heads than may be gone through.
    pub(super) async fn build(
        &self,
        ring: &Arc<KeyRing>,
        index: &Index,
        most: Most,
    ) -> Result<Followed, Error> {
        if most.heads < usize::MAX && self.has_more_heads(ring, most.heads).await? {
            return Ok(Followed::Lost);
        }
        for _ in 0..TRIES_MAX {
            // Where the log was before the first head is read: what is committed from here on is followed.
            let log = self.log_head(ring).await?.map_or(0, |(head, _)| head.size());
            let made = self.all_heads(ring).await?;
            *index.secrets.write().unwrap_or_else(PoisonError::into_inner) = made;
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

    async fn all_heads(&self, ring: &Arc<KeyRing>) -> Result<Secrets, Error> {
        let mut made = Vec::new();
        self.each_head(ring, |key, head| {
            made.push(Secrets::read(key, &head)?);
            Ok(())
        })
        .await?;
        Ok(Secrets::of(made))
    }
}
