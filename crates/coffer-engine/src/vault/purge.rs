//! What has lain in the trash for [`TRASH_KEPT_DAYS`] is destroyed: the vault does it by itself.
//!
//! # Invariants
//! - What came back from the trash meanwhile, or went into it once more, stays: that it lies there since then is expected by the commit.
//! - While the tenant's log is held, nothing is purged: what a case is about is not to vanish by itself.

use std::sync::Arc;

use super::Vault;
use super::once::Done;
use super::round::Scope;
use crate::access::Place;
use crate::action::Action;
use crate::error::{Conflict, Error, ErrorKind};
use crate::limits::TRASH_KEPT_DAYS;
use crate::op::Op;
use crate::path::SecretPath;
use crate::time::Timestamp;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

impl Vault {
    /// Destroys what has lain in the trash of the operation's tenant for long enough. How many secrets.
    ///
    /// # Errors
    /// As for [`Vault::upkeep`].
    pub(super) async fn purge_trash(&self, op: &Op) -> Result<u64, Error> {
        let kept_ms = TRASH_KEPT_DAYS.saturating_mul(DAY_MS);
        let before = Timestamp::from_millis(op.now.millis().saturating_sub(kept_ms));
        let mut purged = 0_u64;
        for path in self.trashed_before(op, before).await? {
            match self.purge(op, &path, before).await {
                Ok(gone) => purged = purged.saturating_add(u64::from(gone)),
                Err(error) if matches!(error.kind(), ErrorKind::Conflict(Conflict::Held)) => break,
                Err(error) => return Err(error),
            }
        }
        if purged > 0 {
            // As for `destroy`: the keys are gone, whatever becomes of this.
            let _ = Arc::clone(&self.inner.storage).erase_deleted().await;
        }
        Ok(purged)
    }

    /// The secrets that lie in the trash since before then.
    async fn trashed_before(&self, op: &Op, before: Timestamp) -> Result<Vec<SecretPath>, Error> {
        let tenant = self.load_tenant(op).await?;
        let mut paths = Vec::new();
        self.each_head(tenant.ring(), |_, head| {
            if head.trashed().is_some_and(|since| since < before) {
                paths.push(head.secret_path()?);
            }
            Ok(())
        })
        .await?;
        Ok(paths)
    }

    /// Destroys a secret, if it still lies in the trash since before then. Whether it did.
    async fn purge(&self, op: &Op, path: &SecretPath, before: Timestamp) -> Result<bool, Error> {
        let _queue = self.inner.writers.enter([(op.tenant.clone(), path.clone())].into_iter()).await;
        let places = [Place::Secret(path.clone())];
        let done = self.change(op, Scope::Tenant, (Action::SecretPurge, &places), |round, first| {
            Box::pin(async move {
                let head = round.head(path).await?;
                let due = head.filter(|head| head.trashed().is_some_and(|since| since < before));
                let Some(head) = due else {
                    return Ok(Done { answer: 0, entries: Vec::new() });
                };
                round.not_held(Action::SecretPurge).await?;
                let gone = |versions: usize| versions;
                round.destroy_secret(first, Action::SecretPurge, (path, &head), gone).await
            })
        });
        Ok(!done.await?.entries.is_empty())
    }
}
