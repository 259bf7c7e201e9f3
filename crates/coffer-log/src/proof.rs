//! Proofs: that a leaf is in a tree, and that a tree begins with an older one (RFC 6962, section 2.1; the checks are
//! those of RFC 9162, section 2.1, and C2SP merkle-tree).
//!
//! Who makes a proof asks first which tiles it takes (`.._tiles`), fetches them, and puts them into [`Tiles`].
//!
//! # Invariants
//!
//! * A proof has exactly one form: a hash too many, or one that is not needed, is refused.
//! * Sizes and indexes may be anything: no number makes a check panic or run for long.

mod ranges;

use std::collections::BTreeSet;

use crate::tile::{TileId, Tiles, tile_of_node, tile_width};
use crate::tree::{Frontier, Hash, empty_root, node_hash};
use ranges::{Range, Subtree};

/// The tiles that [`inclusion_proof`] needs, with their widths in a tree of `size`.
#[must_use]
pub fn inclusion_tiles(index: u64, size: u64) -> Vec<(TileId, u16)> {
    tiles_for(&ranges::beside(index, size), size)
}

/// The hashes that lead from the leaf `index` to the root of a tree of `size`, the leaf's sibling first.
///
/// # Errors
///
/// [`ProofError`] when there is no such leaf, or a tile is missing.
pub fn inclusion_proof(index: u64, size: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    ranges::beside(index, size).iter().map(|range| root_over(*range, tiles)).collect()
}

/// The tiles that [`consistency_proof`] needs, with their widths in a tree of size `new`.
#[must_use]
pub fn consistency_tiles(old: u64, new: u64) -> Vec<(TileId, u16)> {
    tiles_for(&ranges::between(old, new), new)
}

/// The hashes that show that a tree of size `new` begins with the one of size `old`. None for equal sizes, and for an
/// `old` of 0.
///
/// # Errors
///
/// [`ProofError`] when `old` is the larger, or a tile is missing.
pub fn consistency_proof(old: u64, new: u64, tiles: &Tiles) -> Result<Vec<Hash>, ProofError> {
    if old > new {
        return Err(ProofError::Shrunk { old, new });
    }
    ranges::between(old, new).iter().map(|range| root_over(*range, tiles)).collect()
}

/// The tiles that [`root_of`] needs, with their widths.
#[must_use]
pub fn root_tiles(size: u64) -> Vec<(TileId, u16)> {
    tiles_for(&[Range { start: 0, end: size }], size)
}

/// The root of the tree of `size`.
///
/// # Errors
///
/// [`ProofError::MissingTile`].
pub fn root_of(size: u64, tiles: &Tiles) -> Result<Hash, ProofError> {
    root_over(Range { start: 0, end: size }, tiles)
}

/// Checks that `leaf` is the hash of the leaf `index` in the tree of `size` with `root`.
///
/// # Errors
///
/// [`ProofError`].
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::NoSuchLeaf { index, size });
    }
    let mut climb = Climb { at: index, last: size.saturating_sub(1) };
    let mut hash = *leaf;
    for beside in proof {
        hash = match climb.step().ok_or(ProofError::Length)? {
            Side::Left => node_hash(beside, &hash),
            Side::Right => node_hash(&hash, beside),
        };
    }
    if climb.last != 0 {
        return Err(ProofError::Length);
    }
    if hash == *root { Ok(()) } else { Err(ProofError::OtherRoot { size }) }
}

/// Checks that the tree of `new_size` with `new_root` begins with the tree of `old_size` with `old_root`.
///
/// # Errors
///
/// [`ProofError`].
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), ProofError> {
    if old_size > new_size {
        return Err(ProofError::Shrunk { old: old_size, new: new_size });
    }
    if old_size == 0 || old_size == new_size {
        if !proof.is_empty() {
            return Err(ProofError::Length);
        }
        let old_may_be = if old_size == 0 { empty_root() } else { *new_root };
        let new_may_be = if new_size == 0 { empty_root() } else { *new_root };
        return roots_are(old_size, old_root, &old_may_be, new_size, new_root, &new_may_be);
    }
    // Where the old tree is a perfect one its root is the first hash; elsewhere the proof brings it.
    let old_root_first = old_size.is_power_of_two().then_some(old_root);
    let mut hashes = old_root_first.into_iter().chain(proof);
    let mut climb = Climb { at: old_size.saturating_sub(1), last: new_size.saturating_sub(1) };
    climb.skip_right_turns();
    let first = hashes.next().ok_or(ProofError::Length)?;
    let (mut old, mut new) = (*first, *first);
    for beside in hashes {
        match climb.step().ok_or(ProofError::Length)? {
            Side::Left => {
                old = node_hash(beside, &old);
                new = node_hash(beside, &new);
            }
            Side::Right => new = node_hash(&new, beside),
        }
    }
    if climb.last != 0 {
        return Err(ProofError::Length);
    }
    roots_are(old_size, old_root, &old, new_size, new_root, &new)
}

/// Nothing was proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The index is not below the size.
    #[error("there is no leaf {index} in a tree of size {size}")]
    NoSuchLeaf {
        /// Index of the leaf.
        index: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The older tree is the larger one.
    #[error("a tree of size {new} can't begin with one of size {old}")]
    Shrunk {
        /// Size of the older tree.
        old: u64,
        /// Size of the newer tree.
        new: u64,
    },
    /// A tile is not at hand, or has too few hashes.
    #[error("tile {} of level {} is missing, or too narrow", .0.index, .0.level)]
    MissingTile(TileId),
    /// A proof between these sizes has another number of hashes.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof does not lead to the root of the tree of size {size}")]
    OtherRoot {
        /// Size of the tree with the root.
        size: u64,
    },
}

/// The way from a leaf to the root, row by row: the node that the leaf is below, and the last node of the row.
struct Climb {
    at: u64,
    last: u64,
}

/// On which side the sibling is.
enum Side {
    Left,
    Right,
}

impl Climb {
    /// One hash of the proof up; nothing when the root is reached already.
    fn step(&mut self) -> Option<Side> {
        if self.last == 0 {
            return None;
        }
        if self.at & 1 == 0 && self.at != self.last {
            self.up();
            return Some(Side::Right);
        }
        // The last node of a row with no sibling goes up as it is.
        while self.at & 1 == 0 && self.at != 0 {
            self.up();
        }
        self.up();
        Some(Side::Left)
    }

    /// Up to the top of the perfect subtree that ends here.
    fn skip_right_turns(&mut self) {
        while self.at & 1 == 1 {
            self.up();
        }
    }

    fn up(&mut self) {
        self.at >>= 1;
        self.last >>= 1;
    }
}

fn roots_are(
    old_size: u64,
    old_root: &Hash,
    old: &Hash,
    new_size: u64,
    new_root: &Hash,
    new: &Hash,
) -> Result<(), ProofError> {
    match (old == old_root, new == new_root) {
        (false, _) => Err(ProofError::OtherRoot { size: old_size }),
        (_, false) => Err(ProofError::OtherRoot { size: new_size }),
        (true, true) => Ok(()),
    }
}

/// The root over the leaves of `range`.
fn root_over(range: Range, tiles: &Tiles) -> Result<Hash, ProofError> {
    let node = |subtree: Subtree| {
        let Subtree { height, index } = subtree;
        tiles.node(height, index).ok_or(ProofError::MissingTile(tile_of_node(height, index)))
    };
    let nodes = range.subtrees().into_iter().map(node).collect::<Result<Vec<Hash>, ProofError>>()?;
    Ok(Frontier::folded(&nodes))
}

/// The tiles that hold the nodes of `ranges`, each once.
fn tiles_for(ranges: &[Range], size: u64) -> Vec<(TileId, u16)> {
    let subtrees = ranges.iter().flat_map(|range| range.subtrees());
    let tiles: BTreeSet<TileId> = subtrees.map(|at| tile_of_node(at.height, at.index)).collect();
    tiles.into_iter().map(|id| (id, tile_width(id, size))).collect()
}

#[cfg(test)]
mod tests;
