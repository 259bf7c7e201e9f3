//! The log itself: a Merkle tree of leaves (RFC 6962), kept in records of its owner.
//!
//! Entries are written as pending rows, in the commit of what they speak of, by any process at any time. They become leaves here,
//! in an order that is fixed from then on, when somebody integrates: see `vault/log/integrate.rs`. What is here computes and seals;
//! it reads and writes no storage.
//!
//! | Record | What it holds |
//! |---|---|
//! | [`head`] | size, root, signature, and whose turn it is to write |
//! | [`pack`] | 256 leaves, deflated |
//! | [`tiles`] | hashes of hashes: above the leaves always, of the leaves only once their pack is pruned |
//! | [`index`] | for each pack, what it speaks of: queries open only packs that may match |
//! | [`signing`] | the signing key, wrapped; takeover notes; kept checkpoints |
//!
//! # Invariants
//! - Every write of the log expects the revision of the head that it was based on, and writes a new head: two writers can't both
//!   succeed, so there is no fork.
//! - A signature is given out only after the commit that stores it is synced.
//! - What is read back is checked against the head before anything is built on it.

pub(crate) mod append;
pub(crate) mod head;
pub(crate) mod index;
pub(crate) mod pack;
pub(crate) mod signing;
pub(crate) mod tiles;

/// What is stored of a log, for fuzzing.
#[cfg(feature = "testkit")]
pub(crate) fn stored() -> Vec<crate::storage::record::Stored> {
    use crate::storage::record::Stored;
    vec![
        Stored::of::<head::LogHead>(),
        Stored::of::<index::Group>(),
        Stored::of::<pack::Pack>(),
        Stored::of::<signing::Note>(),
        Stored::of::<tiles::Tile>(),
    ]
}

#[cfg(test)]
mod tests;
