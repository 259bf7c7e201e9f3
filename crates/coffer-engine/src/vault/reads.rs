//! Which secrets were read since a moment, by what the log says.
//!
//! Nothing is kept for it but what is in the log anyway: each pack of entries has a summary, and in that the paths that were read. So a
//! read costs nothing more for being known, and what is pruned is not known any more.

use std::collections::HashSet;
use std::sync::Arc;

use coffer_log::tile::TILE_WIDTH;

use super::Vault;
use crate::audit::log::index::{self, GROUP_PACKS, PathHash, read_since};
use crate::audit::log::pack;
use crate::audit::open_row;
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::limits::{PENDING_PAGE_MAX, READS_GROUPS_MAX};
use crate::path::SecretPath;
use crate::storage::keyring::KeyRing;
use crate::time::Timestamp;

/// Entries are in the log in the order of their commits, and their times are of requests and of clocks that were set: where 16,384 in a row
/// are older by this than what is looked for, so are those before them.
const DISORDER_MS: u64 = 24 * 60 * 60 * 1000;

/// Secrets that were read.
pub(super) struct Reads(HashSet<PathHash>);

impl Reads {
    /// Whether this one was.
    pub(super) fn has(&self, path: &SecretPath) -> bool {
        self.0.contains(&PathHash::of(path.as_str()))
    }
}

impl Vault {
    /// The secrets of a tenant that were read at this moment or after it, as far as the log goes back.
    ///
    /// # Errors
    /// [`Invalid`] when there are too many entries since then to go through at once.
    pub(super) async fn reads_since(&self, ring: &Arc<KeyRing>, since: Timestamp) -> Result<Reads, Error> {
        let since = since.millis();
        let mut reads = HashSet::new();
        // Before the log: what goes from the one to the other meanwhile is seen once at least.
        self.pending_reads(ring, since, &mut reads).await?;
        let Some((head, _)) = self.log_head(ring).await? else { return Ok(Reads(reads)) };
        let (full, first) = (head.size() / TILE_WIDTH, head.first / TILE_WIDTH);
        if !head.size().is_multiple_of(TILE_WIDTH) {
            self.reads_of_pack(ring, full, since, &mut reads).await?;
        }
        let groups = first / GROUP_PACKS..full.div_ceil(GROUP_PACKS);
        for (count, group) in groups.rev().enumerate() {
            if count >= READS_GROUPS_MAX {
                return Err(Invalid::new(
                    "search.too_much",
                    "more than 4,000,000 entries of the log are since then",
                    "ask for a shorter time",
                )
                .into());
            }
            if !self.reads_of_group(ring, group, first..full, since, &mut reads).await? {
                break;
            }
        }
        Ok(Reads(reads))
    }

    async fn pending_reads(
        &self,
        ring: &Arc<KeyRing>,
        since: u64,
        reads: &mut HashSet<PathHash>,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let rows = self.inner.storage.pending(Some(ring.owner()), after, PENDING_PAGE_MAX).await?;
            for (position, row) in &rows {
                // One that does not open is not known to be of any read, and is put into the log as that.
                let leaves = open_row(ring, row).unwrap_or_default();
                reads.extend(leaves.iter().filter_map(|leaf| read_since(leaf, since)));
                after = Some(*position);
            }
            if rows.len() < PENDING_PAGE_MAX {
                return Ok(());
            }
        }
    }

    /// Goes through the packs of a group, of those that are full and not pruned. Whether any may be of this span of time.
    async fn reads_of_group(
        &self,
        ring: &Arc<KeyRing>,
        group: u64,
        packs: std::ops::Range<u64>,
        since: u64,
        reads: &mut HashSet<PathHash>,
    ) -> Result<bool, Error> {
        let record = self.inner.storage.get(&[index::key(ring, group)]).await?.pop().flatten();
        let record = record.ok_or(Corrupt::new("the index of the audit log"))?;
        let summaries = index::open(ring, group, &record)?.packs;
        let mut is_near = false;
        for (number, summary) in (group.saturating_mul(GROUP_PACKS)..).zip(&summaries) {
            is_near = is_near || summary.may_fall(Some(since.saturating_sub(DISORDER_MS)), None);
            if !packs.contains(&number) || !summary.may_fall(Some(since), None) {
                continue;
            }
            if summary.is_since(since) {
                reads.extend(summary.reads());
            } else {
                self.reads_of_pack(ring, number, since, reads).await?;
            }
        }
        Ok(is_near)
    }

    async fn reads_of_pack(
        &self,
        ring: &Arc<KeyRing>,
        number: u64,
        since: u64,
        reads: &mut HashSet<PathHash>,
    ) -> Result<(), Error> {
        let record = self.inner.storage.get(&[pack::key(ring, number)]).await?.pop().flatten();
        // Pruned meanwhile: what was in it was older than all that is kept.
        let Some(record) = record else { return Ok(()) };
        let leaves = pack::open(ring, number, &record)?;
        reads.extend(leaves.iter().filter_map(|leaf| read_since(leaf, since)));
        Ok(())
    }
}
