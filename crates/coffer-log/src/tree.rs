//! The tree: leaves are hashed, pairs of hashes are hashed, up to one root (RFC 6962, section 2.1; C2SP merkle-tree).
//!
//! # Invariants
//!
//! * A leaf and a node are hashed with different first bytes, so neither can pass for the other.
//! * SHA-256, and no other.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use coffer_encryption::hash::{Sha256, sha256};

use crate::decimal;

/// The hash of a leaf, of a node, or of a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash([u8; 32]);

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
#[must_use]
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    let mut hash = Sha256::new();
    hash.update(&[0]);
    hash.update(leaf);
    Hash(hash.finish())
}

/// The hash of a node: SHA-256 of a one byte and the hashes of its two children.
#[must_use]
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    let mut node = [1; 65];
    node[1..33].copy_from_slice(&left.0);
    node[33..].copy_from_slice(&right.0);
    Hash(sha256(&node))
}

impl Hash {
    /// The hash with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// In base64 (RFC 4648, section 4): 44 characters.
    #[must_use]
    pub fn to_base64(&self) -> String {
        BASE64_STANDARD.encode(self.0)
    }

    /// From base64; nothing unless it is what [`Hash::to_base64`] writes.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        Some(Self(BASE64_STANDARD.decode(text).ok()?.try_into().ok()?))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// A tree in short: its size and the roots of its perfect subtrees, largest first. Enough to add leaves, and to know
/// the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Hash>,
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose perfect subtrees have these roots. Nothing when there are not as many as a tree
    /// of that size has, or `size` is past [`SIZE_MAX`].
    #[must_use]
    pub fn from_parts(size: u64, nodes: Vec<Hash>) -> Option<Self> {
        let fits = size <= SIZE_MAX && u32::try_from(nodes.len()) == Ok(size.count_ones());
        fits.then_some(Self { size, nodes })
    }

    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees, largest first: one for each bit that is set in the size.
    #[must_use]
    pub fn nodes(&self) -> &[Hash] {
        &self.nodes
    }

    /// Adds a leaf by its hash.
    ///
    /// # Errors
    ///
    /// [`TooLarge`] when there are [`SIZE_MAX`] leaves; nothing is added.
    pub fn push(&mut self, leaf: Hash) -> Result<(), TooLarge> {
        let size = self.size.checked_add(1).filter(|size| *size <= SIZE_MAX).ok_or(TooLarge)?;
        let mut node = leaf;
        for _ in 0..self.size.trailing_ones() {
            // There is one for each bit that is set.
            let left = self.nodes.pop().ok_or(TooLarge)?;
            node = node_hash(&left, &node);
        }
        self.nodes.push(node);
        self.size = size;
        Ok(())
    }

    /// The root of the tree; of an empty one, SHA-256 of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        Self::folded(&self.nodes)
    }

    /// The root over perfect subtrees with these roots, each smaller than the one before.
    pub(crate) fn folded(nodes: &[Hash]) -> Hash {
        let mut smallest_first = nodes.iter().rev();
        let Some(smallest) = smallest_first.next() else { return empty_root() };
        smallest_first.fold(*smallest, |right, left| node_hash(left, &right))
    }
}

/// The root of a tree without leaves.
pub(crate) fn empty_root() -> Hash {
    Hash(sha256(b""))
}

/// The largest tree: 2^63 - 1 leaves.
pub const SIZE_MAX: u64 = decimal::MAX;

/// The tree has as many leaves as a tree can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tree is full")]
pub struct TooLarge;

#[cfg(test)]
mod tests;
