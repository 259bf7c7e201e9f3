//! A tree that grows from the left and hands out its tiles as they fill, with no more in memory than one tile a level.

use crate::tile::{TILE_WIDTH, TileId, tile_width};
use crate::tree::{Frontier, Hash, TooLarge};

/// The tiles on the right edge of a tree, one a level, level 0 first.
#[derive(Debug, Default)]
pub(super) struct Levels(Vec<Edge>);

/// A tile that is not full yet.
#[derive(Debug, Default)]
struct Edge {
    /// Full tiles to the left of it.
    index: u64,
    hashes: Vec<Hash>,
    tree: Frontier,
}

impl Levels {
    /// The right edge of a tree of `size`: `tile` gives what the partial tiles hold.
    pub(super) fn resume<E: From<TooLarge>>(
        size: u64,
        mut tile: impl FnMut(TileId, u16) -> Result<Vec<Hash>, E>,
    ) -> Result<Self, E> {
        let mut levels = Self::default();
        let mut hashes_here = size;
        for level in 0_u8.. {
            if hashes_here == 0 {
                break;
            }
            let mut edge = Edge { index: hashes_here / TILE_WIDTH, ..Edge::default() };
            let id = TileId { level, index: edge.index };
            let width = tile_width(id, size);
            if width > 0 {
                tile(id, width)?.into_iter().try_for_each(|hash| edge.push(hash))?;
            }
            levels.0.push(edge);
            hashes_here /= TILE_WIDTH;
        }
        Ok(levels)
    }

    /// Adds a leaf by its hash. Each tile that it fills is handed to `full`.
    pub(super) fn push(&mut self, leaf: Hash, mut full: impl FnMut(TileId, &[Hash])) -> Result<(), TooLarge> {
        let mut carry = Some(leaf);
        let mut level = 0_u8;
        while let Some(hash) = carry.take() {
            if self.0.len() == usize::from(level) {
                self.0.push(Edge::default());
            }
            let Some(edge) = self.0.get_mut(usize::from(level)) else { return Err(TooLarge) };
            edge.push(hash)?;
            if edge.tree.size() == TILE_WIDTH {
                full(TileId { level, index: edge.index }, &edge.hashes);
                carry = Some(edge.next());
            }
            level = level.saturating_add(1);
        }
        Ok(())
    }

    /// The tiles that are neither full nor empty.
    pub(super) fn partial(&self) -> impl Iterator<Item = (TileId, &[Hash])> {
        let tiles = (0_u8..).zip(&self.0).filter(|(_, edge)| !edge.hashes.is_empty());
        tiles.map(|(level, edge)| (TileId { level, index: edge.index }, &edge.hashes[..]))
    }

    /// The root of the tree.
    pub(super) fn root(&self) -> Hash {
        let nodes: Vec<Hash> = self.0.iter().rev().flat_map(|edge| edge.tree.nodes()).copied().collect();
        Frontier::folded(&nodes)
    }
}

impl Edge {
    fn push(&mut self, hash: Hash) -> Result<(), TooLarge> {
        self.tree.push(hash)?;
        self.hashes.push(hash);
        Ok(())
    }

    /// Goes on to the next tile, and gives the root of the one before.
    fn next(&mut self) -> Hash {
        let root = self.tree.root();
        self.index = self.index.saturating_add(1);
        self.hashes.clear();
        self.tree = Frontier::new();
        root
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::tile::{Tiles, tile_width, tiles_of};
    use crate::tree::leaf_hash;

    fn leaf(index: u64) -> Hash {
        leaf_hash(&index.to_be_bytes())
    }

    /// The tiles are those of the log's size, and hold what `Tiles` finds in them.
    #[test]
    fn tiles_and_root_are_those_of_the_tree() {
        let (mut levels, mut frontier) = (Levels::default(), Frontier::new());
        let mut full = BTreeMap::new();
        for size in 1..=66_000_u64 {
            levels
                .push(leaf(size - 1), |id, hashes| drop(full.insert(id, hashes.to_vec())))
                .and_then(|()| frontier.push(leaf(size - 1)))
                .unwrap();
            if ![1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_000].contains(&size) {
                continue;
            }
            assert_eq!(levels.root(), frontier.root(), "{size}");
            let mut all = full.clone();
            all.extend(levels.partial().map(|(id, hashes)| (id, hashes.to_vec())));
            let widths: Vec<_> = all.iter().map(|(id, hashes)| (*id, hashes.len())).collect();
            let expected: Vec<_> = tiles_of(size).map(|(id, width)| (id, usize::from(width))).collect();
            assert_eq!(widths, expected, "{size}");
            let mut below = Tiles::new();
            all.iter().for_each(|(id, hashes)| below.insert(*id, hashes.clone()));
            for (id, hashes) in all.iter().filter(|(id, _)| id.level > 0) {
                let child = TileId { level: id.level - 1, index: id.index * 256 };
                assert_eq!(below.node(id.level * 8, id.index * 256), Some(hashes[0]));
                assert_eq!(tile_width(child, size), 256);
            }
        }
    }

    #[test]
    fn a_tree_that_was_put_down_grows_on() {
        for size in [0, 1, 255, 256, 512, 700, 65_536, 65_800] {
            let mut whole = Levels::default();
            (0..size).for_each(|index| whole.push(leaf(index), |_, _| ()).unwrap());
            let edges: BTreeMap<_, _> = whole.partial().map(|(id, hashes)| (id, hashes.to_vec())).collect();
            let mut resumed = Levels::resume(size, |id, width| {
                assert_eq!(edges[&id].len(), usize::from(width));
                Ok::<_, TooLarge>(edges[&id].clone())
            })
            .unwrap();
            assert_eq!(resumed.root(), whole.root(), "{size}");
            for index in size..size + 600 {
                let (mut here, mut there) = (Vec::new(), Vec::new());
                whole.push(leaf(index), |id, hashes| here.push((id, hashes.to_vec()))).unwrap();
                resumed.push(leaf(index), |id, hashes| there.push((id, hashes.to_vec()))).unwrap();
                assert_eq!((here, whole.root()), (there, resumed.root()), "{index}");
            }
        }
    }
}
