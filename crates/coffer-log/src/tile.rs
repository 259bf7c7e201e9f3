//! Tiles: the hashes of a tree in pieces of 256, each a file that never changes once it is full (C2SP tlog-tiles).
//!
//! Level 0 holds leaf hashes; a hash of the level above is the root of a full tile below. What lies between is hashed
//! when it is needed.
//!
//! # Invariants
//!
//! * Tiles are not trusted. Whatever is computed from them is a claim, until it leads to a root that is signed.

use std::collections::BTreeMap;

use crate::tree::{Hash, node_hash};

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// Where a tile lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileId {
    /// Level: 0 for leaf hashes.
    pub level: u8,
    /// Number within the level, from the left.
    pub index: u64,
}

impl TileId {
    /// The path of the tile when it holds `width` hashes, relative to the log: `tile/0/x001/234`, and with fewer than
    /// 256 hashes `tile/0/000.p/17`. No log has an empty tile, nor a path for it.
    #[must_use]
    pub fn path(&self, width: u16) -> String {
        format!("tile/{}/{}", self.level, index_path(self.index, width))
    }

    /// The tile with the node `index` of those whose subtrees have 2^`height` leaves; the first of the tile's hashes
    /// that is below the node, and how many are.
    fn of_node(height: u8, index: u64) -> (Self, usize, usize) {
        let within = height % TILE_HEIGHT;
        let above = u32::from(TILE_HEIGHT.saturating_sub(within));
        let rows = 1_usize.wrapping_shl(u32::from(within));
        let tile = Self { level: height / TILE_HEIGHT, index: index.wrapping_shr(above) };
        let nth = index.saturating_sub(tile.index.wrapping_shl(above));
        (tile, usize::try_from(nth).unwrap_or(usize::MAX).saturating_mul(rows), rows)
    }
}

/// The path of the entry bundle `index` when it holds `width` entries, relative to the log.
#[must_use]
pub fn entries_path(index: u64, width: u16) -> String {
    format!("tile/entries/{}", index_path(index, width))
}

/// How many hashes the tile `id` has in a tree of `size` leaves: 0 to 256.
#[must_use]
pub fn tile_width(id: TileId, size: u64) -> u16 {
    let before = id.index.saturating_mul(TILE_WIDTH);
    let here = hashes_at(id.level, size).saturating_sub(before).min(TILE_WIDTH);
    u16::try_from(here).unwrap_or(u16::MAX)
}

/// All tiles of a log of `size` leaves, full and partial, with their widths; level by level, from the left.
pub fn tiles_of(size: u64) -> impl Iterator<Item = (TileId, u16)> {
    (0..LEVELS).flat_map(move |level| {
        (0..hashes_at(level, size).div_ceil(TILE_WIDTH)).map(move |index| {
            let id = TileId { level, index };
            (id, tile_width(id, size))
        })
    })
}

/// Tiles at hand.
#[derive(Clone, Debug, Default)]
pub struct Tiles(BTreeMap<TileId, Vec<Hash>>);

impl Tiles {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts a tile, full or partial, in the place of what was there.
    pub fn insert(&mut self, id: TileId, hashes: Vec<Hash>) {
        self.0.insert(id, hashes);
    }

    /// The root of a perfect subtree: the node `index`, from the left, of those that have 2^`height` leaves below them.
    /// Nothing when its tile is not there or too narrow.
    #[must_use]
    pub fn node(&self, height: u8, index: u64) -> Option<Hash> {
        let (tile, first, rows) = TileId::of_node(height, index);
        let hashes = self.0.get(&tile)?.get(first..first.checked_add(rows)?)?;
        perfect_root(hashes)
    }
}

/// The tile that [`Tiles::node`] needs.
pub(crate) fn tile_of_node(height: u8, index: u64) -> TileId {
    TileId::of_node(height, index).0
}

/// The root over a power of two of hashes.
fn perfect_root(hashes: &[Hash]) -> Option<Hash> {
    match hashes {
        [] => None,
        [one] => Some(*one),
        more => {
            let (left, right) = more.split_at_checked(more.len() / 2)?;
            Some(node_hash(&perfect_root(left)?, &perfect_root(right)?))
        }
    }
}

/// How many hashes a level has in all, over a tree of `size` leaves.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level).saturating_mul(u32::from(TILE_HEIGHT))).unwrap_or(0)
}

/// Three digits an element, all but the last behind an `x`; then the width, unless it is full.
fn index_path(index: u64, width: u16) -> String {
    let mut path = format!("{:03}", index % 1000);
    let mut rest = index / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if u64::from(width) < TILE_WIDTH {
        path = format!("{path}.p/{width}");
    }
    path
}

/// Rows of the tree in a tile: 2^8 is [`TILE_WIDTH`].
const TILE_HEIGHT: u8 = 8;
/// Levels that a tree of 2^64 leaves would need.
const LEVELS: u8 = 8;

#[cfg(test)]
mod tests;
