//! A tenant's log while somebody watches it.
//!
//! Its entries are integrated as soon as this process has committed some, and now and then, for what others have. Nobody is woken while
//! nothing happens; a task does it, which ends with the last who watches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use coffer_engine::tenant::TenantName;
use coffer_engine::vault::{Changes, NextCommit};
use coffer_engine::{Error, Op, Vault};
use coffer_log::tile::TILE_WIDTH;
use tokio::sync::watch;
use tokio::time::sleep;

use super::parts::Parts;
use crate::limits::{STREAM_PACE, STREAM_POLL};
use crate::service::Shared;

/// All of them, by the opened store that they are of and by tenant.
#[derive(Default)]
pub(crate) struct Feeds {
    all: Mutex<HashMap<(u64, TenantName), Weak<Feed>>>,
    parts: Arc<Parts>,
}

/// One of them.
pub(crate) struct Feed {
    /// Which opened store it is of: how often all streams were ended before.
    opened: u64,
    tenant: TenantName,
    /// How far the log goes. Whoever watches is woken by it.
    end: watch::Sender<u64>,
    parts: Arc<Parts>,
}

impl Feeds {
    /// The feed of a tenant, for one who may watch it: made now, if he is the first.
    pub(crate) fn join(&self, shared: &Arc<Shared>, opened: u64, tenant: &TenantName, end: u64) -> Arc<Feed> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (opened, tenant.clone());
        if let Some(feed) = all.get(&key).and_then(Weak::upgrade) {
            return feed;
        }
        all.retain(|_, feed| feed.strong_count() > 0);
        let feed = Arc::new(Feed {
            opened,
            tenant: tenant.clone(),
            end: watch::Sender::new(end),
            parts: Arc::clone(&self.parts),
        });
        all.insert(key, Arc::downgrade(&feed));
        tokio::spawn(tend(Arc::downgrade(shared), Arc::downgrade(&feed)));
        feed
    }
}

impl Feed {
    /// How far the log goes, now and whenever it has grown.
    pub(super) fn end(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }

    /// What the part of the log that holds this index says, at least as far as `end`.
    pub(super) async fn part(
        &self,
        vault: &Vault,
        op: &Op,
        index: u64,
        end: u64,
    ) -> Result<Arc<Changes>, Error> {
        let number = index / TILE_WIDTH;
        let end = number.saturating_add(1).saturating_mul(TILE_WIDTH).min(end);
        let key = (self.opened, self.tenant.clone(), number);
        self.parts.get(key, end, vault.changes_at(op, index)).await
    }

    /// Brings the log up to date.
    async fn grow(&self, vault: &Vault, shared: &Shared) -> Result<(), Error> {
        let end = vault.changes_end(&op(shared, &self.tenant)?).await?;
        self.end.send_if_modified(|known| {
            let grown = *known < end;
            *known = end.max(*known);
            grown
        });
        Ok(())
    }
}

/// Brings the log up to date whenever there is something new, as long as somebody watches.
async fn tend(shared: Weak<Shared>, feed: Weak<Feed>) {
    let Some(mut endings) = shared.upgrade().map(|shared| shared.endings.subscribe()) else { return };
    let mut commits = None;
    loop {
        // No handle is held while this waits.
        let (Some(service), Some(this)) = (shared.upgrade(), feed.upgrade()) else { return };
        if *endings.borrow_and_update() != this.opened {
            return;
        }
        let Some(vault) = service.vault() else { return };
        if let Err(error) = look(&this, &vault, &service, &mut commits).await {
            tracing::warn!(code = error.code(), cause = %error, "the log could not be tended for who watches");
        }
        drop((service, this, vault));
        sleep(STREAM_PACE).await;
        tokio::select! {
            _ = endings.changed() => return,
            () = awaited(&mut commits) => {}
            () = sleep(STREAM_POLL) => {}
        }
    }
}

async fn look(
    feed: &Feed,
    vault: &Vault,
    shared: &Shared,
    commits: &mut Option<NextCommit>,
) -> Result<(), Error> {
    if commits.is_none() {
        *commits = Some(vault.changes_awaited(&op(shared, &feed.tenant)?).await?);
    }
    feed.grow(vault, shared).await
}

/// The next commit; without an end where nobody would tell of one.
async fn awaited(commits: &mut Option<NextCommit>) {
    if let Some(commits) = commits
        && commits.wait().await
    {
        return;
    }
    std::future::pending().await
}

/// The vault's own: it reads for others, who are decided on one by one.
fn op(shared: &Shared, tenant: &TenantName) -> Result<Op, Error> {
    Op::of_system(tenant.clone(), shared.now())
}
