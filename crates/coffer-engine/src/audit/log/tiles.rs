//! Hash tiles (C2SP tlog-tiles), as records.
//!
//! The hashes of leaves (level 0) have no record as long as their pack is there: they are computed from it. When a pack is
//! pruned, its tile takes its place.

use coffer_log::{Frontier, Hash, TileId};
use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};

use crate::fault::Corrupt;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace;
use crate::storage::record::{open_record, seal_record};
use crate::storage::{Key, Put, Record, StorageError};

#[derive(Encode, Decode, CborLen)]
pub(super) struct Tile {
    /// 32 bytes each.
    #[n(0)]
    hashes: ByteVec,
}

/// Where a tile lies.
pub(crate) fn key(ring: &KeyRing, id: TileId) -> Key {
    keyspace::log_tile(ring.owner(), id.level, id.index)
}

/// The record of a tile.
pub(crate) fn seal(ring: &KeyRing, id: TileId, hashes: &[Hash]) -> Result<Put, StorageError> {
    let bytes: Vec<u8> = hashes.iter().flat_map(|hash| *hash.bytes()).collect();
    seal_record(ring, key(ring, id), &Tile { hashes: bytes.into() }).map_err(|_| StorageError::Entries)
}

/// The hashes of a tile.
pub(crate) fn open(ring: &KeyRing, id: TileId, record: &Record) -> Result<Vec<Hash>, Corrupt> {
    let tile: Tile = open_record(ring, &key(ring, id), record)?;
    let (hashes, rest) = tile.hashes.as_chunks::<32>();
    if rest.is_empty() {
        Ok(hashes.iter().copied().map(Hash::from_bytes).collect())
    } else {
        Err(Corrupt::new("a tile of the audit log"))
    }
}

/// The compact form of these hashes as leaves of a tree of their own.
pub(crate) fn compact(hashes: &[Hash]) -> Result<Frontier, StorageError> {
    let mut frontier = Frontier::new();
    hashes.iter().try_for_each(|hash| frontier.push(*hash)).map_err(|_| StorageError::Entries)?;
    Ok(frontier)
}
