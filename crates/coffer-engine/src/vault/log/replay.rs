//! Goes through a whole log from its first entry on: the tree is built anew, and what entries say of records is remembered.

use std::collections::{BTreeMap, BTreeSet};

use coffer_log::tile::TILE_WIDTH;
use coffer_log::tree::leaf_hash;
use coffer_log::{Frontier, Hash, TileId};

use super::pass::unrecorded;
use super::read::LogReader;
use crate::audit::LoggedEntry;
use crate::error::Error;
use crate::storage::StorageError;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Replay {
    /// The root of the tree at each size that was asked for and reached.
    pub(super) roots: BTreeMap<u64, Hash>,
    /// What was last said of each record, by its key in hexadecimal.
    pub(super) said: BTreeMap<String, Said>,
    /// Entries that are still there.
    pub(super) entries: u64,
    /// The smallest `below` of a prune entry must not be larger than what is missing, and the largest not smaller.
    pub(super) pruned_below: Option<u64>,
}

/// What an entry said of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The entry's place.
    pub(super) index: u64,
    /// When.
    pub(super) ts: u64,
    /// SHA-256 of its bytes and its revision, in hexadecimal; `None`: it was deleted.
    pub(super) written: Option<(String, String)>,
}

impl LogReader {
    /// Replays the log; `sizes` are those whose roots are wanted.
    pub(super) async fn replay(
        &self,
        sizes: &BTreeSet<u64>,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Replay, Error> {
        let (mut replay, mut frontier) = (Replay::default(), Frontier::new());
        replay.note_root(sizes, &frontier);
        for number in 0..self.packs() {
            let hashes: Vec<Hash> = if number < self.first_pack() {
                let id = TileId { level: 0, index: number };
                self.tile(id, 256).await?
            } else {
                let leaves = self.pack(number).await?;
                let hashes = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
                for (index, leaf) in (number.saturating_mul(TILE_WIDTH)..).zip(leaves) {
                    replay.take(LoggedEntry { index, ..LoggedEntry::parse(leaf)? });
                }
                hashes
            };
            for hash in hashes {
                frontier.push(hash).map_err(|_| unrecorded(StorageError::Entries))?;
                replay.note_root(sizes, &frontier);
            }
            progress(frontier.size());
        }
        replay.roots.insert(frontier.size(), frontier.root());
        Ok(replay)
    }
}

impl Replay {
    fn note_root(&mut self, sizes: &BTreeSet<u64>, frontier: &Frontier) {
        if sizes.contains(&frontier.size()) {
            self.roots.insert(frontier.size(), frontier.root());
        }
    }

    /// Takes in what an entry says.
    pub(super) fn take(&mut self, entry: LoggedEntry) {
        self.entries = self.entries.saturating_add(1);
        if entry.action == "audit_prune" && entry.outcome == "done" {
            let below = entry.detail.as_ref().and_then(|detail| detail.get("below")).and_then(|b| b.as_u64());
            self.pruned_below = self.pruned_below.max(below);
        }
        // What a prune entry says again was said before: it does not override what came between.
        let again = entry.action == "audit_prune";
        for change in entry.changes {
            let written = change.hash.zip(change.revision);
            let said = Said { index: entry.index, ts: entry.ts, written };
            match self.said.entry(change.key) {
                std::collections::btree_map::Entry::Occupied(_) if again => {}
                std::collections::btree_map::Entry::Occupied(mut known) => drop(known.insert(said)),
                std::collections::btree_map::Entry::Vacant(new) => drop(new.insert(said)),
            }
        }
    }
}
