//! Makes the index of a tenant, by opening all of its heads.

use std::sync::{Arc, PoisonError};

use super::follow::Followed;
use super::{Index, Reached, Secrets};
use crate::error::{Conflict, Error};
use crate::storage::keyring::KeyRing;
use crate::vault::Vault;

/// How often it is tried: each try takes in what had been committed before it, and only what is lost meanwhile makes another.
const TRIES_MAX: u32 = 4;

impl Vault {
    /// Makes the index; how far in the entries it has come.
    pub(super) async fn build(&self, ring: &Arc<KeyRing>, index: &Index) -> Result<Reached, Error> {
        for _ in 0..TRIES_MAX {
            // Where the log was before the first head is read: what is committed from here on is followed.
            let log = self.log_head(ring).await?.map_or(0, |(head, _)| head.size());
            let made = self.all_heads(ring).await?;
            *index.secrets.write().unwrap_or_else(PoisonError::into_inner) = made;
            if let Followed::To(to) = self.follow(ring, index, Reached { log, pending: None }).await? {
                return Ok(to);
            }
        }
        Err(Conflict::Contended.into())
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
