//! What is known of all secrets of a tenant, in memory and in order: for finding, for reports, for lists of what is large.
//!
//! It is made when it is first needed, by opening every head of the tenant, and kept up from then on by what the entries say: each
//! commit that writes a head names it in its entry, in the same commit. So a head that another process has written is found as one's
//! own is, and nothing rests on anybody telling anybody.
//!
//! Nothing of it is stored: on the disk it would have to be sealed and opened as a whole to be of use, which is what making it costs.
//!
//! # Invariants
//! - Whoever asks for the index sees every change that was acknowledged before he asked.
//! - No value is in it, and no key: it is gone with the vault, and what it says is what heads say.
//! - It decides nothing. Who goes through it asks of each path whether it may be seen.
//! - Who is stopped while it is made leaves what he has found to the next. That is not counted as memory before it is made, and goes as it does.
//! - Memory is bounded by [`INDEX_MAX_BYTES`]: the one that was asked for least lately goes first, and one that is larger by itself is not
//!   kept. One that nobody has asked for goes after [`INDEX_KEPT_SECONDS`], by upkeep: a server that is idle holds none.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard};

use self::build::Begun;
use self::follow::{Followed, Most};
use self::patience::Waiters;
pub(super) use self::secrets::{Known, Secrets};
use self::tally::Counted;
pub(super) use self::tally::Exactly;
use super::Vault;
use crate::error::Error;
use crate::limits::{INDEX_KEPT_SECONDS, INDEX_MAX_BYTES, LIST_DIRECT_MAX};
use crate::op::Op;
use crate::path::FolderPath;
use crate::storage::PendingPosition;
use crate::storage::keyring::KeyRing;
use crate::tenant::TenantId;
use crate::time::Timestamp;

mod build;
mod follow;
mod patience;
mod secrets;
mod tally;
#[cfg(test)]
mod tests;

/// The indexes of the tenants that are gone through.
#[derive(Default)]
pub(super) struct Indexes(Mutex<Shelf>);

#[derive(Default)]
struct Shelf {
    indexes: HashMap<TenantId, Placed>,
    /// Whose index is too large to be kept: none is made for what can do without.
    too_large: HashSet<TenantId>,
    /// What tenants held, of those where somebody had to know.
    counted: HashMap<TenantId, Counted>,
}

struct Placed {
    index: Arc<Index>,
    /// When it was last asked for.
    asked: Timestamp,
}

/// One tenant's.
#[derive(Default)]
pub(super) struct Index {
    /// Up to where the entries have been looked at; `None`: it is not made yet.
    reached: tokio::sync::Mutex<Option<Reached>>,
    /// What was found by those whose time was over before it was made. Only who holds `reached` goes on with it.
    begun: Mutex<Option<Begun>>,
    waiters: Waiters,
    secrets: RwLock<Secrets>,
}

/// How far an index has come in the entries of its tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reached {
    /// Entries of the log below this index have been looked at.
    log: u64,
    /// So have pending rows up to this one.
    pending: Option<PendingPosition>,
}

impl Index {
    /// What is known. To be let go before anything is awaited.
    pub(super) fn secrets(&self) -> RwLockReadGuard<'_, Secrets> {
        self.secrets.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vault {
    /// The index of a tenant, with all that has been acknowledged before it is asked for, now.
    pub(super) async fn index(&self, ring: &Arc<KeyRing>, op: &Op) -> Result<Arc<Index>, Error> {
        let index = self.inner.indexes.of(ring.owner(), op.now);
        let steps = op.steps();
        let mut reached = index.turn(&steps).await;
        self.bring_on(ring, &index, &mut reached, Most { steps: Some(&steps), ..Most::ALL }).await?;
        drop(reached);
        self.inner.indexes.make_room();
        Ok(index)
    }

    /// The same where it takes little; `None`: there is much to go through first, or somebody else is at it. For who can do without.
    pub(super) async fn index_if_near(
        &self,
        ring: &Arc<KeyRing>,
        now: Timestamp,
    ) -> Result<Option<Arc<Index>>, Error> {
        let index = self.inner.indexes.of(ring.owner(), now);
        let Ok(mut reached) = index.reached.try_lock() else { return Ok(None) };
        let is_up = self.bring_on(ring, &index, &mut reached, Most::LITTLE).await?;
        drop(reached);
        self.inner.indexes.make_room();
        Ok(is_up.then_some(index))
    }

    /// Takes in what was committed since, where there is an index: whoever asks for it next finds little left to do. None is made: of one that
    /// nobody waited for it is not known whether there is room.
    pub(super) async fn keep_index_up(&self, ring: &Arc<KeyRing>) -> Result<(), Error> {
        let Some(index) = self.inner.indexes.at_hand(ring.owner()) else { return Ok(()) };
        let mut reached = index.reached.lock().await;
        match *reached {
            Some(_) => self.bring_on(ring, &index, &mut reached, Most::ALL).await.map(drop),
            None => Ok(()),
        }
    }

    /// Takes in so much of what was committed since, or makes it. Whether all is known now.
    async fn bring_on(
        &self,
        ring: &Arc<KeyRing>,
        index: &Index,
        reached: &mut Option<Reached>,
        most: Most<'_>,
    ) -> Result<bool, Error> {
        let most = Most { waiters: Some(&index.waiters), ..most };
        let followed = match *reached {
            Some(from) => self.follow(ring, index, from, most).await?,
            None => Followed::Lost,
        };
        let followed = match followed {
            Followed::Lost => self.build(ring, index, most).await?,
            followed => followed,
        };
        let (to, is_whole) = match followed {
            Followed::To(to) => (to, true),
            Followed::Partly(to) => (to, false),
            Followed::Lost => return Ok(false),
        };
        *reached = Some(to);
        if is_whole {
            self.inner.indexes.recount(ring.owner(), index.secrets().tally());
        }
        Ok(is_whole)
    }

    /// How many secrets a list reads from the storage itself: few, unless there is no index that could be kept.
    pub(super) fn listed_directly(&self, owner: TenantId) -> usize {
        if self.inner.indexes.is_too_large(owner) { usize::MAX } else { LIST_DIRECT_MAX }
    }

    /// Whether there is an index that knows of many secrets below this folder, more than a list would read from the storage. It may be
    /// stale: what it says is where to look, and no more.
    pub(super) fn indexes_many(&self, owner: TenantId, folder: &FolderPath) -> bool {
        let index = self.inner.indexes.at_hand(owner);
        index.is_some_and(|index| index.secrets().below(folder, None).nth(LIST_DIRECT_MAX).is_some())
    }
}

impl Indexes {
    /// Lets go of those that nobody has asked for lately.
    pub(super) fn drop_idle(&self, now: Timestamp) {
        let kept_ms = INDEX_KEPT_SECONDS.saturating_mul(1000);
        let is_idle = |placed: &Placed| now.millis().saturating_sub(placed.asked.millis()) > kept_ms;
        self.shelf().indexes.retain(|_, placed| !is_idle(placed));
    }

    fn at_hand(&self, owner: TenantId) -> Option<Arc<Index>> {
        self.shelf().indexes.get(&owner).map(|placed| Arc::clone(&placed.index))
    }

    fn of(&self, owner: TenantId, now: Timestamp) -> Arc<Index> {
        let mut shelf = self.shelf();
        let placed =
            shelf.indexes.entry(owner).or_insert_with(|| Placed { index: Arc::default(), asked: now });
        placed.asked = now.max(placed.asked);
        Arc::clone(&placed.index)
    }

    /// Lets go of all that is known of this tenant.
    pub(super) fn forget(&self, owner: TenantId) {
        let mut shelf = self.shelf();
        shelf.indexes.remove(&owner);
        shelf.too_large.remove(&owner);
        shelf.counted.remove(&owner);
    }

    /// Whether the index of this tenant is too large to be kept.
    pub(super) fn is_too_large(&self, owner: TenantId) -> bool {
        self.shelf().too_large.contains(&owner)
    }

    /// Lets go of some until the rest is not too much. Who goes through one has it until he is done.
    fn make_room(&self) {
        let mut shelf = self.shelf();
        let Shelf { indexes, too_large, .. } = &mut *shelf;
        for (owner, placed) in indexes.iter() {
            if placed.index.secrets().bytes() > INDEX_MAX_BYTES {
                too_large.insert(*owner);
            } else {
                too_large.remove(owner);
            }
        }
        let bytes = |shelf: &Shelf| {
            shelf.indexes.values().map(|placed| placed.index.secrets().bytes()).sum::<usize>()
        };
        while bytes(&shelf) > INDEX_MAX_BYTES {
            let oldest = shelf.indexes.iter().min_by_key(|(_, placed)| placed.asked).map(|(owner, _)| *owner);
            let Some(oldest) = oldest else { return };
            shelf.indexes.remove(&oldest);
        }
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
