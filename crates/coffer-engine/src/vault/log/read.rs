//! Reads parts of a log.

use core::net::IpAddr;
use std::collections::BTreeMap;
use std::sync::Arc;

use coffer_log::tile::TILE_WIDTH;
use coffer_log::tree::leaf_hash;
use coffer_log::{Hash, KeyHistory, SignedNote, TileId, Tiles};

use super::pass::Pass;
use crate::audit::LoggedEntry;
use crate::audit::log::head::LogHead;
use crate::audit::log::index::{self, Group, Summary};
use crate::audit::log::signing::{open_note, origin};
use crate::audit::log::{pack, tiles};
use crate::error::{Conflict, Error};
use crate::fault::Corrupt;
use crate::limits::SCAN_PAGE_MAX;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::{Key, Record};
use crate::vault::Vault;

/// A log as it was at one moment.
pub(super) struct LogReader {
    pub(super) vault: Vault,
    /// Whoever holds it may read: a reader is only made from a pass, or from another reader.
    pass: Arc<Pass>,
    pub(super) ring: Arc<KeyRing>,
    pub(super) head: LogHead,
    /// The group of summaries that was read last, and its number.
    group: Option<(u64, Arc<Group>)>,
    /// Where blocks of persons say that requests came from, by what is sealed.
    pub(super) sources: BTreeMap<String, Option<IpAddr>>,
}

impl LogReader {
    pub(super) fn new(vault: &Vault, pass: Pass) -> Self {
        let (ring, head) = (Arc::clone(&pass.ring), pass.head.clone());
        Self { vault: vault.clone(), pass: Arc::new(pass), ring, head, group: None, sources: BTreeMap::new() }
    }

    /// Another reader of the same, with a memory of its own.
    pub(super) fn again(&self) -> Self {
        self.of(Arc::clone(&self.ring), self.head.clone())
    }

    /// A reader of another log, or of this one as it is by now: the verifier also reads what the instance says of a tenant.
    pub(super) fn of(&self, ring: Arc<KeyRing>, head: LogHead) -> Self {
        Self {
            vault: self.vault.clone(),
            pass: Arc::clone(&self.pass),
            ring,
            head,
            group: None,
            sources: BTreeMap::new(),
        }
    }

    /// Leaves in the log.
    pub(super) fn size(&self) -> u64 {
        self.head.size()
    }

    /// Packs in the log, the last one perhaps not full.
    pub(super) fn packs(&self) -> u64 {
        self.size().div_ceil(TILE_WIDTH)
    }

    /// The first pack that is still there.
    pub(super) fn first_pack(&self) -> u64 {
        self.head.first / TILE_WIDTH
    }

    /// The leaves of a pack.
    pub(super) async fn pack(&self, number: u64) -> Result<Vec<Vec<u8>>, Error> {
        let record = self.record(pack::key(&self.ring, number)).await?;
        let mut leaves = pack::open(&self.ring, number, &record)?;
        // A writer may have been here since: of a pack that grows, what was in it when the pass was given.
        let wanted = self.size().saturating_sub(number.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH);
        leaves.truncate(usize::try_from(wanted).unwrap_or(usize::MAX));
        let whole = u64::try_from(leaves.len()).is_ok_and(|found| found == wanted);
        if whole { Ok(leaves) } else { Err(Corrupt::new("a part of the audit log").into()) }
    }

    /// The entries of a pack, with their places.
    pub(super) async fn entries(&self, number: u64) -> Result<Vec<LoggedEntry>, Error> {
        let first = number.saturating_mul(TILE_WIDTH);
        let leaves = self.pack(number).await?;
        let entry = |(index, leaf)| Ok(LoggedEntry { index, ..LoggedEntry::parse(leaf)? });
        (first..).zip(leaves).map(entry).collect()
    }

    /// What a pack speaks of; `None` for one that is not full, which has no summary yet.
    pub(super) async fn summary(&mut self, number: u64) -> Result<Option<Summary>, Error> {
        if number >= self.size() / TILE_WIDTH {
            return Ok(None);
        }
        let (group, place) = index::place_of(number);
        let known =
            self.group.as_ref().filter(|(known, _)| *known == group).map(|(_, group)| Arc::clone(group));
        let summaries = match known {
            Some(known) => known,
            None => {
                let record = self.record(index::key(&self.ring, group)).await?;
                let read = Arc::new(index::open(&self.ring, group, &record)?);
                self.group = Some((group, Arc::clone(&read)));
                read
            }
        };
        let summary = summaries.packs.get(place).cloned();
        Ok(Some(summary.ok_or(Corrupt::new("the index of the audit log"))?))
    }

    /// The first hashes of a tile.
    pub(super) async fn tile(&self, id: TileId, width: u16) -> Result<Vec<Hash>, Error> {
        let mut hashes = match id.level {
            0 if id.index >= self.first_pack() => {
                self.pack(id.index).await?.iter().map(|leaf| leaf_hash(leaf)).collect()
            }
            _ => {
                let record = self.record(tiles::key(&self.ring, id)).await?;
                tiles::open(&self.ring, id, &record)?
            }
        };
        hashes.truncate(usize::from(width));
        if hashes.len() == usize::from(width) {
            Ok(hashes)
        } else {
            Err(Corrupt::new("a tile of the audit log").into())
        }
    }

    /// These tiles.
    pub(super) async fn tiles(&self, wanted: Vec<(TileId, u16)>) -> Result<Tiles, Error> {
        let mut tiles = Tiles::default();
        for (id, width) in wanted {
            tiles.insert(id, self.tile(id, width).await?);
        }
        Ok(tiles)
    }

    /// The newest signed checkpoint, with the cosignatures that are kept for it.
    pub(super) async fn checkpoint(&self) -> Result<SignedNote, Error> {
        let corrupt = || Corrupt::new("the signature of the audit log");
        let signed = self.head.signed.as_ref().ok_or_else(corrupt)?;
        let mut note = SignedNote::parse(&signed.note).map_err(|_| corrupt())?;
        let key = keyspace::numbered(self.ring.owner(), Table::LogCheckpoint, signed.size);
        let Some(kept) = self.vault.inner.storage.get(&[key]).await?.pop().flatten() else { return Ok(note) };
        let kept = open_note(&self.ring, &key, &kept)?;
        // The log's own lines come first, with the newest time; of the kept ones, those of others follow.
        let own = origin(&self.ring)?;
        for line in kept.signatures().iter().filter(|line| line.name() != own.name()) {
            note = note.with_signature(line.clone()).map_err(|_| corrupt())?;
        }
        Ok(note)
    }

    /// The keys that sign the log.
    pub(super) async fn history(&self) -> Result<KeyHistory, Error> {
        Ok(self.takeovers().await?.0)
    }

    /// The keys that sign the log, and the notes that say so.
    pub(super) async fn takeovers(&self) -> Result<(KeyHistory, Vec<SignedNote>), Error> {
        let notes = self.notes(Table::LogKey).await?;
        let history =
            KeyHistory::from_notes(&notes).map_err(|_| Corrupt::new("the keys of the audit log"))?;
        Ok((history, notes))
    }

    /// All takeover notes, or all kept checkpoints, in their order.
    pub(super) async fn notes(&self, table: Table) -> Result<Vec<SignedNote>, Error> {
        self.vault.notes(&self.ring, table).await
    }

    async fn record(&self, key: Key) -> Result<Record, Error> {
        let record = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        if let Some(record) = record {
            return Ok(record);
        }
        // Pruned since this reader was made?
        let first = self.vault.log_head(&self.ring).await?.map(|(head, _)| head.first);
        if first == Some(self.head.first) {
            Err(Corrupt::new("the audit log: a part is not there").into())
        } else {
            Err(Conflict::Contended.into())
        }
    }
}

impl Vault {
    /// All notes of a log in this table, in their order.
    pub(super) async fn notes(&self, ring: &KeyRing, table: Table) -> Result<Vec<SignedNote>, Error> {
        let prefix = keyspace::all_of(ring.owner(), table);
        let (mut notes, mut after) = (Vec::new(), None);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                notes.push(open_note(ring, key, record)?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(notes);
            }
        }
    }
}
