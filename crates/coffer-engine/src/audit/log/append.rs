//! Leaves become part of the tree: which records that writes, and what of the tree one has to know for it.
//!
//! Nothing is read or written here. Who integrates asks what to read ([`Appender::needs`]), hands it in, pushes leaves, and takes
//! the records to write with the commit.
//!
//! # Invariants
//! - What was handed in is found in the head's own hashes before a leaf is pushed: on a record that was put back nothing is built.

use std::collections::BTreeMap;
use std::sync::Arc;

use coffer_log::tile::TILE_WIDTH;
use coffer_log::tree::leaf_hash;
use coffer_log::{Frontier, Hash, TileId};

use super::head::LogHead;
use super::index::{self, Group, Summary};
use super::{pack, tiles};
use crate::fault::Corrupt;
use crate::storage::keyring::KeyRing;
use crate::storage::{Key, Put, Record, StorageError};

/// Leaves in a full pack.
const PACK_LEAVES: usize = 256;
/// Bits of an index that one level of tiles takes.
const LEVEL_BITS: u32 = 8;

/// A log that grows.
pub(crate) struct Appender {
    ring: Arc<KeyRing>,
    /// As it will be.
    pub(crate) head: LogHead,
    frontier: Frontier,
    /// The leaves of the pack that is not full, and their hashes.
    tail: Vec<Vec<u8>>,
    hashes: Vec<Hash>,
    /// The hashes of the last tile of each level from 1 on.
    levels: Vec<Vec<Hash>>,
    /// The summaries of the last group of packs.
    group: Group,
    written: BTreeMap<Key, Put>,
    /// Whether the tail has leaves that no record of `written` has.
    fresh: bool,
    /// The same of the group, which grows with every pack, and of the last tile of each level: what is not full is sealed once a slice.
    fresh_group: bool,
    fresh_levels: Vec<bool>,
}

/// A record that one has to know.
#[derive(Debug, Clone, Copy)]
enum Part {
    Tail(u64),
    Group(u64),
    Tile(TileId),
}

impl Appender {
    /// The records to read before leaves can be pushed, in the order in which [`Self::load`] wants them.
    pub(crate) fn needs(ring: &KeyRing, head: &LogHead) -> Vec<Key> {
        parts(head.size()).into_iter().map(|part| part.key(ring)).collect()
    }

    /// The log as it is.
    pub(crate) fn load(
        ring: Arc<KeyRing>,
        head: LogHead,
        records: Vec<Option<Record>>,
    ) -> Result<Self, Corrupt> {
        let missing = || Corrupt::new("the audit log: a part is not there");
        let frontier = head.frontier()?;
        let mut log = Self {
            levels: empty_levels(head.size()),
            ring,
            head,
            frontier,
            tail: Vec::new(),
            hashes: Vec::new(),
            group: Group::default(),
            written: BTreeMap::new(),
            fresh: false,
            fresh_group: false,
            fresh_levels: Vec::new(),
        };
        for (part, record) in parts(log.head.size()).into_iter().zip(records) {
            log.take(part, &record.ok_or_else(missing)?)?;
        }
        log.check()?;
        Ok(log)
    }

    /// One leaf more.
    pub(crate) fn push(&mut self, leaf: Vec<u8>) -> Result<(), StorageError> {
        let hash = leaf_hash(&leaf);
        self.frontier.push(hash).map_err(|_| StorageError::Entries)?;
        self.hashes.push(hash);
        self.tail.push(leaf);
        self.fresh = true;
        self.head.grow(&self.frontier);
        if self.tail.len() == PACK_LEAVES { self.close_pack() } else { Ok(()) }
    }

    /// What is to be written for all leaves since the last call, without the head itself.
    pub(crate) fn written(&mut self) -> Result<Vec<Put>, StorageError> {
        if self.fresh && !self.tail.is_empty() {
            let put = pack::seal(&self.ring, self.head.size() / TILE_WIDTH, &self.tail)?;
            self.written.insert(put.key, put);
        }
        self.fresh = false;
        if std::mem::take(&mut self.fresh_group) {
            self.seal_group()?;
        }
        for (level, fresh) in (1_u8..).zip(std::mem::take(&mut self.fresh_levels)) {
            if fresh {
                self.seal_tile(level)?;
            }
        }
        Ok(std::mem::take(&mut self.written).into_values().collect())
    }

    /// The root of the tree.
    pub(crate) fn root(&self) -> Hash {
        self.frontier.root()
    }

    fn take(&mut self, part: Part, record: &Record) -> Result<(), Corrupt> {
        match part {
            Part::Tail(number) => {
                self.tail = pack::open(&self.ring, number, record)?;
                self.hashes = self.tail.iter().map(|leaf| leaf_hash(leaf)).collect();
            }
            Part::Group(number) => self.group = index::open(&self.ring, number, record)?,
            Part::Tile(id) => {
                let level = usize::from(id.level).checked_sub(1).and_then(|level| self.levels.get_mut(level));
                *level.ok_or(Corrupt::new("a tile of the audit log"))? = tiles::open(&self.ring, id, record)?;
            }
        }
        Ok(())
    }

    /// Every hash of the head is made from the parts again: from the last tile of each level, the highest first.
    fn check(&self) -> Result<(), Corrupt> {
        let corrupt = || Corrupt::new("the audit log: its head and its end do not fit");
        let mut nodes = Vec::new();
        for hashes in self.levels.iter().rev().chain([&self.hashes]) {
            nodes.extend_from_slice(tiles::compact(hashes).map_err(|_| corrupt())?.nodes());
        }
        let packs = usize::try_from((self.head.size() / TILE_WIDTH) % index::GROUP_PACKS).unwrap_or_default();
        let fits = nodes == self.frontier.nodes() && self.group.packs.len() == packs;
        if fits { Ok(()) } else { Err(corrupt()) }
    }

    /// The tail is full: it gets its last record, its summary, and a hash one level up.
    fn close_pack(&mut self) -> Result<(), StorageError> {
        let number = (self.head.size() / TILE_WIDTH).saturating_sub(1);
        let put = pack::seal(&self.ring, number, &self.tail)?;
        self.written.insert(put.key, put);
        self.group.packs.push(Summary::of(&self.tail));
        self.fresh_group = true;
        if u64::try_from(self.group.packs.len()).is_ok_and(|packs| packs == index::GROUP_PACKS) {
            self.seal_group()?;
            self.group = Group::default();
            self.fresh_group = false;
        }
        let root = tiles::compact(&self.hashes)?.root();
        self.tail.clear();
        self.hashes.clear();
        self.raise(root)
    }

    /// A hash more on level 1, and on each level above whose tile below it is full now.
    fn raise(&mut self, mut hash: Hash) -> Result<(), StorageError> {
        for level in 1_u8..8 {
            let place = usize::from(level).saturating_sub(1);
            if self.levels.len() <= place {
                self.levels.push(Vec::new());
            }
            if self.fresh_levels.len() <= place {
                self.fresh_levels.resize(place.saturating_add(1), false);
            }
            let Some(hashes) = self.levels.get_mut(place) else { return Err(StorageError::Entries) };
            hashes.push(hash);
            let is_full = hashes.len() >= PACK_LEAVES;
            if let Some(fresh) = self.fresh_levels.get_mut(place) {
                *fresh = !is_full;
            }
            if !is_full {
                return Ok(());
            }
            hash = tiles::compact(hashes)?.root();
            self.seal_tile(level)?;
            if let Some(hashes) = self.levels.get_mut(place) {
                hashes.clear();
            }
        }
        // 2^64 leaves.
        Err(StorageError::Entries)
    }

    /// The last group of packs, as it is.
    fn seal_group(&mut self) -> Result<(), StorageError> {
        let (number, _) = index::place_of((self.head.size() / TILE_WIDTH).saturating_sub(1));
        let put = index::seal(&self.ring, number, &self.group)?;
        self.written.insert(put.key, put);
        Ok(())
    }

    /// The last tile of this level, as it is.
    fn seal_tile(&mut self, level: u8) -> Result<(), StorageError> {
        let hashes = self.levels.get(usize::from(level).saturating_sub(1)).ok_or(StorageError::Entries)?;
        let last = count(self.head.size(), level).saturating_sub(1);
        let put = tiles::seal(&self.ring, TileId { level, index: last / TILE_WIDTH }, hashes)?;
        self.written.insert(put.key, put);
        Ok(())
    }
}

impl Part {
    fn key(self, ring: &KeyRing) -> Key {
        match self {
            Self::Tail(number) => pack::key(ring, number),
            Self::Group(number) => index::key(ring, number),
            Self::Tile(id) => tiles::key(ring, id),
        }
    }
}

/// The parts of a tree of this size that are not full: only they are written again.
fn parts(size: u64) -> Vec<Part> {
    let packs = size / TILE_WIDTH;
    let tail = (!size.is_multiple_of(TILE_WIDTH)).then_some(Part::Tail(packs));
    let group =
        (!packs.is_multiple_of(index::GROUP_PACKS)).then_some(Part::Group(packs / index::GROUP_PACKS));
    let tile = |level: u8| {
        let hashes = count(size, level);
        let id = TileId { level, index: hashes / TILE_WIDTH };
        (!hashes.is_multiple_of(TILE_WIDTH)).then_some(Part::Tile(id))
    };
    tail.into_iter().chain(group).chain((1..=levels(size)).filter_map(tile)).collect()
}

/// Hashes on a level of tiles.
fn count(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level).saturating_mul(LEVEL_BITS)).unwrap_or(0)
}

/// Levels of tiles above that of the leaves.
fn levels(size: u64) -> u8 {
    (1..8).take_while(|level| count(size, *level) > 0).last().unwrap_or(0)
}

fn empty_levels(size: u64) -> Vec<Vec<Hash>> {
    vec![Vec::new(); usize::from(levels(size))]
}
