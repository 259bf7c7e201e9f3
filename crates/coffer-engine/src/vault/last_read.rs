//! Who read a secret last, by what the log says: nothing is kept for it beside the log, so no read costs more for being known.

use std::sync::Arc;

use coffer_log::tile::TILE_WIDTH;

use super::Vault;
use crate::audit::log::index::{self, GROUP_PACKS, PathHash, Term};
use crate::audit::log::pack;
use crate::audit::{LastRead, open_row};
use crate::error::Error;
use crate::fault::Corrupt;
use crate::limits::{LAST_READ_GROUPS_MAX, LAST_READ_PENDING_PAGES_MAX, PENDING_PAGE_MAX};
use crate::path::SecretPath;
use crate::storage::keyring::KeyRing;

/// What waits to go into the log says of reads.
enum Pending {
    Read(LastRead),
    Nothing,
    /// It is too much.
    TooMany,
}

impl Vault {
    /// The last read of a secret's value. `None`: there was none in the last million entries of the log, or in those that are kept; or so
    /// much waits to go into the log that nobody goes through it for this.
    pub(super) async fn last_read(
        &self,
        ring: &Arc<KeyRing>,
        path: &SecretPath,
    ) -> Result<Option<LastRead>, Error> {
        // Before the log: what goes from the one to the other meanwhile is seen once at least.
        match self.last_pending_read(ring, path).await? {
            Pending::Read(read) => return Ok(Some(read)),
            Pending::TooMany => return Ok(None),
            Pending::Nothing => {}
        }
        let Some((head, _)) = self.log_head(ring).await? else { return Ok(None) };
        let (full, first) = (head.size() / TILE_WIDTH, head.first / TILE_WIDTH);
        if !head.size().is_multiple_of(TILE_WIDTH)
            && let Some(read) = self.last_read_of_pack(ring, full, path).await?
        {
            return Ok(Some(read));
        }
        let groups = first / GROUP_PACKS..full.div_ceil(GROUP_PACKS);
        for group in groups.rev().take(LAST_READ_GROUPS_MAX) {
            if let Some(read) = self.last_read_of_group(ring, group, first..full, path).await? {
                return Ok(Some(read));
            }
        }
        Ok(None)
    }

    async fn last_pending_read(&self, ring: &Arc<KeyRing>, path: &SecretPath) -> Result<Pending, Error> {
        let (mut last, mut after) = (None, None);
        for _ in 0..LAST_READ_PENDING_PAGES_MAX {
            let rows = self.inner.storage.pending(Some(ring.owner()), after, PENDING_PAGE_MAX).await?;
            for (position, row) in &rows {
                // One that does not open is not known to be of any read, and is put into the log as that.
                last = newest(&open_row(ring, row).unwrap_or_default(), path).or(last);
                after = Some(*position);
            }
            if rows.len() < PENDING_PAGE_MAX {
                return Ok(last.map_or(Pending::Nothing, Pending::Read));
            }
        }
        // The newest are behind these.
        Ok(Pending::TooMany)
    }

    async fn last_read_of_group(
        &self,
        ring: &Arc<KeyRing>,
        group: u64,
        packs: std::ops::Range<u64>,
        path: &SecretPath,
    ) -> Result<Option<LastRead>, Error> {
        let record = self.inner.storage.get(&[index::key(ring, group)]).await?.pop().flatten();
        let record = record.ok_or(Corrupt::new("the index of the audit log"))?;
        let summaries = index::open(ring, group, &record)?.packs;
        let (hash, at) = (PathHash::of(path.as_str()), [Term::Path(path.as_str())]);
        let numbered: Vec<_> = (group.saturating_mul(GROUP_PACKS)..).zip(&summaries).collect();
        for (number, summary) in numbered.into_iter().rev() {
            // The terms first: they are sorted, and a path that nobody named is in few of them.
            if !packs.contains(&number) || !summary.may_hold(&at) || !summary.reads().any(|read| read == hash)
            {
                continue;
            }
            if let Some(read) = self.last_read_of_pack(ring, number, path).await? {
                return Ok(Some(read));
            }
        }
        Ok(None)
    }

    async fn last_read_of_pack(
        &self,
        ring: &Arc<KeyRing>,
        number: u64,
        path: &SecretPath,
    ) -> Result<Option<LastRead>, Error> {
        let record = self.inner.storage.get(&[pack::key(ring, number)]).await?.pop().flatten();
        // Pruned meanwhile: what is older is gone as well.
        let Some(record) = record else { return Ok(None) };
        Ok(newest(&pack::open(ring, number, &record)?, path))
    }
}

fn newest(leaves: &[Vec<u8>], path: &SecretPath) -> Option<LastRead> {
    leaves.iter().rev().find_map(|leaf| LastRead::of(leaf, path))
}
