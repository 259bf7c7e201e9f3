//! Brings an index up to date: which heads the entries since then say were written, and what these say now.
//!
//! Pending rows are looked at first and the log after them, so that a row which goes from the one to the other meanwhile is seen once at
//! least. Twice does no harm: a head is read as it is, not as an entry says that it was.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, PoisonError};

use coffer_log::tile::TILE_WIDTH;

use super::patience::Waiters;
use super::{Index, Reached};
use crate::audit::log::index::{self as summaries, Group};
use crate::audit::log::pack;
use crate::audit::{Written, may_write, open_row};
use crate::error::Error;
use crate::fault::Corrupt;
use crate::limits::{PENDING_PAGE_MAX, SCAN_PAGE_MAX};
use crate::op::Steps;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::Table;
use crate::storage::record::open_record;
use crate::storage::{Key, PendingPosition};
use crate::vault::Vault;
use crate::vault::head::Head;

/// Packs of entries that are gone through; where there are more, every head is opened instead.
const PACKS_MAX: u64 = 16 * 1024;

/// How much may be gone through, and who is told that it goes on.
#[derive(Clone, Copy)]
pub(super) struct Most<'t> {
    /// Pending rows.
    pub(super) rows: usize,
    /// Packs of the log.
    pub(super) packs: u64,
    /// Heads, where all have to be opened.
    pub(super) heads: usize,
    /// Where each step is counted.
    pub(super) steps: Option<&'t Steps<'t>>,
    /// Who waits for it, and is told as well.
    pub(super) waiters: Option<&'t Waiters>,
}

impl Most<'static> {
    /// Whoever asks can't do without.
    pub(super) const ALL: Self =
        Self { rows: usize::MAX, packs: PACKS_MAX, heads: usize::MAX, steps: None, waiters: None };
    /// Whoever asks can, and has a second or two for all that he wants. To open so many heads takes a tenth of one (docs/benchmarks/growth.md).
    pub(super) const LITTLE: Self =
        Self { rows: 2 * PENDING_PAGE_MAX, packs: 64, heads: 10_000, steps: None, waiters: None };
}

impl Most<'_> {
    /// So many pages, packs or heads more have been read.
    pub(super) fn step(&self) {
        if let Some(steps) = self.steps {
            steps.step();
        }
        if let Some(waiters) = self.waiters {
            waiters.tell();
        }
    }
}

/// How far it came.
pub(super) enum Followed {
    /// All is known up to here.
    To(Reached),
    /// What is known is known up to here, and there is more than may be gone through.
    Partly(Reached),
    /// It can't be told what was written: entries are pruned, or damaged, or too many.
    Lost,
}

/// What was found in the log.
enum InLog {
    /// All up to here.
    To(u64),
    /// There is more than may be gone through now.
    Later,
    /// A part of it is gone, or can't be read, or it is more than is ever gone through.
    Lost,
}

impl Vault {
    /// Takes in what was committed since.
    pub(super) async fn follow(
        &self,
        ring: &Arc<KeyRing>,
        index: &Index,
        from: Reached,
        most: Most<'_>,
    ) -> Result<Followed, Error> {
        let mut named = BTreeSet::new();
        let (pending, are_all) = self.named_in_pending(ring, from.pending, &mut named, most).await?;
        let (log, is_whole) = match self.named_in_log(ring, from.log, &mut named, most).await? {
            InLog::To(size) => (size, are_all),
            InLog::Later => (from.log, false),
            InLog::Lost => return Ok(Followed::Lost),
        };
        self.take_in(ring, index, named, most).await?;
        let reached = Reached { log, pending };
        Ok(if is_whole { Followed::To(reached) } else { Followed::Partly(reached) })
    }

    /// Goes through pending rows; how far, and whether these were all.
    async fn named_in_pending(
        &self,
        ring: &Arc<KeyRing>,
        mut at: Option<PendingPosition>,
        named: &mut BTreeSet<Key>,
        most: Most<'_>,
    ) -> Result<(Option<PendingPosition>, bool), Error> {
        let mut seen = 0_usize;
        loop {
            let rows = self.inner.storage.pending(Some(ring.owner()), at, PENDING_PAGE_MAX).await?;
            for (position, row) in &rows {
                // One that does not open is put into the log as that, and makes the index anew from there.
                for leaf in open_row(ring, row).unwrap_or_default() {
                    name(&leaf, named);
                }
                at = Some(*position);
            }
            most.step();
            seen = seen.saturating_add(rows.len());
            let are_all = rows.len() < PENDING_PAGE_MAX;
            if are_all || seen >= most.rows {
                return Ok((at, are_all));
            }
        }
    }

    /// Goes through the log; how far.
    async fn named_in_log(
        &self,
        ring: &Arc<KeyRing>,
        from: u64,
        named: &mut BTreeSet<Key>,
        most: Most<'_>,
    ) -> Result<InLog, Error> {
        let (size, first) = self.log_head(ring).await?.map_or((0, 0), |(head, _)| (head.size(), head.first));
        let packs = from / TILE_WIDTH..size.div_ceil(TILE_WIDTH);
        let count = packs.end.saturating_sub(packs.start);
        if from < first || size < from || count > PACKS_MAX {
            return Ok(InLog::Lost);
        }
        if count > most.packs {
            return Ok(InLog::Later);
        }
        let mut group = None;
        for number in packs {
            if number < size / TILE_WIDTH && !self.may_name(ring, number, &mut group).await? {
                continue;
            }
            let begins = number.saturating_mul(TILE_WIDTH);
            let Some(record) = self.inner.storage.get(&[pack::key(ring, number)]).await?.pop().flatten()
            else {
                return Ok(InLog::Lost);
            };
            let leaves = pack::open(ring, number, &record)?;
            let known = usize::try_from(from.saturating_sub(begins)).unwrap_or(usize::MAX);
            if !leaves.iter().skip(known).all(|leaf| name(leaf, named)) {
                return Ok(InLog::Lost);
            }
            most.step();
        }
        Ok(InLog::To(size))
    }

    /// Whether a full pack may name a head, as its summary says. One whose summary is gone may.
    async fn may_name(
        &self,
        ring: &Arc<KeyRing>,
        pack: u64,
        known: &mut Option<(u64, Group)>,
    ) -> Result<bool, Error> {
        let (number, place) = summaries::place_of(pack);
        if known.as_ref().is_none_or(|(known, _)| *known != number) {
            let record = self.inner.storage.get(&[summaries::key(ring, number)]).await?.pop().flatten();
            let Some(record) = record else { return Ok(true) };
            *known = Some((number, summaries::open(ring, number, &record)?));
        }
        let summary = known.as_ref().and_then(|(_, group)| group.packs.get(place));
        Ok(summary.is_none_or(|summary| may_write(summary, Table::Head)))
    }

    /// Reads these heads, and has the index say what they say.
    async fn take_in(
        &self,
        ring: &Arc<KeyRing>,
        index: &Index,
        named: BTreeSet<Key>,
        most: Most<'_>,
    ) -> Result<(), Error> {
        let keys: Vec<Key> = named.into_iter().collect();
        for keys in keys.chunks(SCAN_PAGE_MAX) {
            let records = self.inner.storage.get(keys).await?;
            most.step();
            let (mut heads, mut gone) = (Vec::with_capacity(keys.len()), HashSet::new());
            for (key, record) in keys.iter().zip(&records) {
                match record {
                    Some(record) => heads.push((key, open_record::<Head>(ring, key, record)?)),
                    None => {
                        let place = key.table_and_suffix().1.try_into();
                        gone.insert(place.map_err(|_| Corrupt::new("an entry of the audit log"))?);
                    }
                }
            }
            let mut secrets = index.secrets.write().unwrap_or_else(PoisonError::into_inner);
            heads.iter().try_for_each(|(key, head)| secrets.put(key, head))?;
            secrets.remove(&gone);
        }
        Ok(())
    }
}

/// Adds the heads that a leaf names. Whether it could be understood.
fn name(leaf: &[u8], named: &mut BTreeSet<Key>) -> bool {
    match Written::in_table(Table::Head, leaf) {
        Written::Records(keys) => {
            named.extend(keys);
            true
        }
        Written::Unknown => false,
    }
}
