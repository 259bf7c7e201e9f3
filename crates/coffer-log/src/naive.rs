//! The tree as RFC 6962 defines it, word for word: what the tests compare with. Slow, but for a memory of hashes.
#![expect(clippy::arithmetic_side_effects, reason = "small numbers in tests")]

use std::cell::RefCell;
use std::collections::HashMap;

use crate::tile::{TileId, Tiles, tiles_of};
use crate::tree::{Hash, leaf_hash};
use coffer_encryption::hash::sha256;

/// D: a list of leaves.
pub(crate) struct Naive {
    pub(crate) leaves: Vec<Vec<u8>>,
    known: RefCell<HashMap<(usize, usize), Hash>>,
    known_tiles: RefCell<HashMap<(TileId, u16), Vec<Hash>>>,
}

impl Naive {
    /// `size` leaves that differ.
    pub(crate) fn new(size: usize) -> Self {
        let leaves = (0..size).map(|n| format!("leaf {n}").into_bytes()).collect();
        Self { leaves, known: RefCell::default(), known_tiles: RefCell::default() }
    }

    pub(crate) fn leaf(&self, index: usize) -> Hash {
        leaf_hash(&self.leaves[index])
    }

    /// MTH(D[0:size]).
    pub(crate) fn root(&self, size: usize) -> Hash {
        self.mth(0, size)
    }

    /// MTH(D[start:end]).
    pub(crate) fn mth(&self, start: usize, end: usize) -> Hash {
        if let Some(hash) = self.known.borrow().get(&(start, end)) {
            return *hash;
        }
        let bytes = match end - start {
            0 => sha256(b""),
            1 => sha256(&[&[0], &self.leaves[start][..]].concat()),
            n => {
                let k = split(n);
                let (left, right) = (self.mth(start, start + k), self.mth(start + k, end));
                sha256(&[&[1], &left.bytes()[..], right.bytes()].concat())
            }
        };
        let hash = Hash::from_bytes(bytes);
        self.known.borrow_mut().insert((start, end), hash);
        hash
    }

    /// PATH(m, D[start:end]).
    pub(crate) fn path(&self, m: usize, start: usize, end: usize) -> Vec<Hash> {
        if end - start == 1 {
            return Vec::new();
        }
        let k = split(end - start);
        let (mut path, last) = if m < k {
            (self.path(m, start, start + k), self.mth(start + k, end))
        } else {
            (self.path(m - k, start + k, end), self.mth(start, start + k))
        };
        path.push(last);
        path
    }

    /// PROOF(m, D[0:n]), for 0 < m < n.
    pub(crate) fn proof(&self, m: usize, n: usize) -> Vec<Hash> {
        self.subproof(m, 0, n, true)
    }

    fn subproof(&self, m: usize, start: usize, end: usize, whole: bool) -> Vec<Hash> {
        if m == end - start {
            return if whole { Vec::new() } else { vec![self.mth(start, end)] };
        }
        let k = split(end - start);
        let (mut proof, last) = if m <= k {
            (self.subproof(m, start, start + k, whole), self.mth(start + k, end))
        } else {
            (self.subproof(m - k, start + k, end, false), self.mth(start, start + k))
        };
        proof.push(last);
        proof
    }

    /// The hash `row` of a tile, as C2SP tlog-tiles defines it.
    pub(crate) fn in_tile(&self, id: TileId, row: usize) -> Hash {
        let leaves = 256_usize.pow(id.level.into());
        let at = usize::try_from(id.index).unwrap() * 256 + row;
        self.mth(at * leaves, (at + 1) * leaves)
    }

    /// The tile `id` with `width` hashes.
    pub(crate) fn tile(&self, id: TileId, width: u16) -> Vec<Hash> {
        let mut known = self.known_tiles.borrow_mut();
        let tile = || (0..width.into()).map(|row| self.in_tile(id, row)).collect();
        known.entry((id, width)).or_insert_with(tile).clone()
    }

    /// All tiles of the tree of `size`.
    pub(crate) fn tiles(&self, size: u64) -> Tiles {
        self.these_tiles(tiles_of(size))
    }

    /// These tiles and no others.
    pub(crate) fn these_tiles(&self, which: impl IntoIterator<Item = (TileId, u16)>) -> Tiles {
        let mut tiles = Tiles::new();
        for (id, width) in which {
            tiles.insert(id, self.tile(id, width));
        }
        tiles
    }
}

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    let mut k = 1;
    while 2 * k < n {
        k *= 2;
    }
    k
}
