//! A pack: up to 256 leaves in one record, deflated.
//!
//! Inside it is an entry bundle of C2SP tlog-tiles: each leaf behind its length (u16, big-endian). Leaves are mostly
//! hexadecimal and repeat their neighbours, so they shrink to a fifth. What the sizes of packs show to who owns the storage is in
//! `docs/threats.md`.

use std::io::Read;

use flate2::Compression;
use flate2::read::{DeflateDecoder, DeflateEncoder};
use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};

use crate::audit::row::{join, split};
use crate::fault::Corrupt;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{open_record, seal_record};
use crate::storage::{Key, Put, Record, StorageError};

/// Nearly all of the gain for half of the time.
const LEVEL: u32 = 2;

/// The record.
#[derive(Encode, Decode, CborLen)]
pub(super) struct Pack {
    /// How many bytes the bundle has when it is inflated: hardly more are ever read.
    #[n(0)]
    length: u64,
    /// Raw deflate (RFC 1951).
    #[n(1)]
    deflated: ByteVec,
}

/// Where a pack lies.
pub(crate) fn key(ring: &KeyRing, number: u64) -> Key {
    keyspace::numbered(ring.owner(), Table::LogLeaves, number)
}

/// The record of a pack.
pub(crate) fn seal(ring: &KeyRing, number: u64, leaves: &[Vec<u8>]) -> Result<Put, StorageError> {
    let bundle = join(leaves)?;
    let mut deflated = Vec::new();
    DeflateEncoder::new(bundle.as_slice(), Compression::new(LEVEL))
        .read_to_end(&mut deflated)
        .map_err(|_| StorageError::Entries)?;
    let length = u64::try_from(bundle.len()).map_err(|_| StorageError::Entries)?;
    let pack = Pack { length, deflated: deflated.into() };
    seal_record(ring, key(ring, number), &pack).map_err(|_| StorageError::Entries)
}

/// The leaves in it.
pub(crate) fn open(ring: &KeyRing, number: u64, record: &Record) -> Result<Vec<Vec<u8>>, Corrupt> {
    let corrupt = || Corrupt::new("a part of the audit log");
    let pack: Pack = open_record(ring, &key(ring, number), record)?;
    let mut bundle = Vec::new();
    DeflateDecoder::new(pack.deflated.as_slice())
        .take(pack.length.saturating_add(1))
        .read_to_end(&mut bundle)
        .map_err(|_| corrupt())?;
    let whole = u64::try_from(bundle.len()).is_ok_and(|length| length == pack.length);
    if whole { split(&bundle).ok_or_else(corrupt) } else { Err(corrupt()) }
}
