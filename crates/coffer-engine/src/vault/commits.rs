//! Who waits for commits of one owner is woken by them: by those of this process, which are all that it knows of at once.
//!
//! # Invariants
//! - To be woken proves nothing and tells nothing: whoever is looks for himself.
//! - Nothing is kept for an owner for whom nobody waits.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::tenant::TenantId;

/// Those who wait, by whose commits.
#[derive(Default)]
pub(super) struct Commits(Mutex<HashMap<TenantId, watch::Sender<()>>>);

/// Waits for the next commit of an owner in this process.
pub struct NextCommit(watch::Receiver<()>);

impl Commits {
    /// Entries of this owner were committed.
    pub(super) fn made(&self, owner: TenantId) {
        if let Some(waiting) = self.waiting().get(&owner) {
            waiting.send_replace(());
        }
    }

    /// For who wants to know.
    pub(super) fn of(&self, owner: TenantId) -> NextCommit {
        let mut waiting = self.waiting();
        waiting.retain(|_, waiting| waiting.receiver_count() > 0);
        NextCommit(waiting.entry(owner).or_default().subscribe())
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<TenantId, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NextCommit {
    /// Waits until there was one since the last time, or since this was made. `false`: there will be none, the vault is gone.
    pub async fn wait(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// Says nothing: there is nothing to say.
impl std::fmt::Debug for NextCommit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NextCommit(..)")
    }
}
