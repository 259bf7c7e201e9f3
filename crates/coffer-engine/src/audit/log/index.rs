//! What each pack of leaves speaks of, so that a query opens only packs that may match.
//!
//! A summary is the span of time of a pack and the set of its *terms*, each hashed to 32 bits: a query for a term that is in no
//! summary opens nothing, and one in a thousand million packs is opened for nothing. The summaries of 64 packs share a record.
//! They are sealed like every record, so the hashes need no key.

use std::collections::BTreeSet;

use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};

use crate::action::Action;
use crate::audit::Outcome;
use crate::audit::said::Said;
use crate::fault::Corrupt;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{open_record, seal_record};
use crate::storage::{Key, Put, Record, StorageError};

/// Packs whose summaries share a record.
pub(crate) const GROUP_PACKS: u64 = 64;

/// Something an entry says that can be asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Term<'a> {
    /// Who, by its number.
    Actor(&'a str),
    Action(&'a str),
    Outcome(&'a str),
    /// A path, or a folder that it is in.
    Path(&'a str),
    /// A record that was written, by its key.
    Record(&'a str),
    /// The table of a record that was written: the two digits of its number, as keys have them.
    Table(&'a str),
}

/// What one pack speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct Summary {
    /// The earliest and the latest moment.
    #[n(0)]
    from_ms: u64,
    #[n(1)]
    to_ms: u64,
    /// The terms, 4 bytes each, sorted.
    #[n(2)]
    terms: ByteVec,
    /// The paths whose values were read, as [`PathHash`]es of 8 bytes each, sorted.
    #[n(3)]
    reads: ByteVec,
}

/// A path, as summaries know it: FNV-1a (64 bits). Two paths of a tenant have the same one by chance once in 2^64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PathHash(u64);

impl PathHash {
    pub(crate) fn of(path: &str) -> Self {
        let fold = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(path.bytes().fold(0xcbf2_9ce4_8422_2325, fold))
    }
}

/// The record: the summaries of up to [`GROUP_PACKS`] packs, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct Group {
    #[n(0)]
    pub(crate) packs: Vec<Summary>,
}

impl Summary {
    /// Of these leaves.
    pub(crate) fn of(leaves: &[Vec<u8>]) -> Self {
        let (mut terms, mut from_ms, mut to_ms) = (BTreeSet::new(), u64::MAX, 0);
        let mut reads = BTreeSet::new();
        for entry in leaves.iter().filter_map(|leaf| Said::by(leaf)) {
            (from_ms, to_ms) = (from_ms.min(entry.ts), to_ms.max(entry.ts));
            reads.extend(read(&entry));
            let said = [
                Term::Actor(&entry.actor.id),
                Term::Action(&entry.action),
                Term::Outcome(&entry.outcome),
                Term::Path(&entry.path),
            ];
            let folders = entry.path.match_indices('/').filter_map(|(end, _)| entry.path.get(..end));
            let records = entry.changes.iter().map(|change| Term::Record(&change.key));
            let tables = entry.changes.iter().filter_map(|change| table_digits(&change.key)).map(Term::Table);
            let written = records.chain(tables);
            terms.extend(said.into_iter().chain(folders.map(Term::Path)).chain(written).map(Term::hash));
        }
        let terms: Vec<u8> = terms.into_iter().flat_map(u32::to_be_bytes).collect();
        let reads: Vec<u8> = reads.into_iter().flat_map(|PathHash(hash)| hash.to_be_bytes()).collect();
        Self { from_ms, to_ms, terms: terms.into(), reads: reads.into() }
    }

    /// The paths whose values were read.
    pub(crate) fn reads(&self) -> impl Iterator<Item = PathHash> {
        self.reads.as_chunks().0.iter().map(|bytes| PathHash(u64::from_be_bytes(*bytes)))
    }

    /// Whether every entry of it is of this span of time.
    pub(crate) fn is_since(&self, since_ms: u64) -> bool {
        self.from_ms >= since_ms
    }

    /// Whether an entry that says all this may be in the pack.
    pub(crate) fn may_hold(&self, terms: &[Term<'_>]) -> bool {
        let (sorted, _) = self.terms.as_chunks::<4>();
        terms.iter().all(|term| sorted.binary_search(&term.hash().to_be_bytes()).is_ok())
    }

    /// Whether an entry of this span of time may be in the pack.
    pub(crate) fn may_fall(&self, since_ms: Option<u64>, until_ms: Option<u64>) -> bool {
        since_ms.is_none_or(|since| self.to_ms >= since) && until_ms.is_none_or(|until| self.from_ms <= until)
    }
}

impl Term<'_> {
    /// FNV-1a (32 bits), of the kind and the text. Whoever makes two texts collide has a pack opened for nothing.
    fn hash(self) -> u32 {
        let (kind, text) = match self {
            Self::Actor(text) => (1, text),
            Self::Action(text) => (2, text),
            Self::Outcome(text) => (3, text),
            Self::Path(text) => (4, text),
            Self::Record(text) => (5, text),
            Self::Table(text) => (6, text),
        };
        std::iter::once(kind)
            .chain(text.bytes())
            .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
    }
}

/// The path of a secret whose value was given out.
fn read(entry: &Said<'_>) -> Option<PathHash> {
    let is_read = entry.action == Action::SecretGet.name() && entry.outcome == Outcome::Done.name();
    is_read.then(|| PathHash::of(&entry.path))
}

/// The path of the secret whose value a leaf says was given out, if it does and is of this span of time.
pub(crate) fn read_since(leaf: &[u8], since_ms: u64) -> Option<PathHash> {
    let entry = Said::by(leaf)?;
    read(&entry).filter(|_| entry.ts >= since_ms)
}

/// The digits of the table in a storage key, which is 16 bytes of tenant, one of table, and the rest, in hexadecimal.
pub(crate) fn table_digits(key: &str) -> Option<&str> {
    key.get(32..34)
}

/// Where the group of a pack lies, and the pack's place in it.
pub(crate) fn place_of(pack: u64) -> (u64, usize) {
    (pack / GROUP_PACKS, usize::try_from(pack % GROUP_PACKS).unwrap_or_default())
}

/// Where a group lies.
pub(crate) fn key(ring: &KeyRing, group: u64) -> Key {
    keyspace::numbered(ring.owner(), Table::LogIndex, group)
}

/// The record of a group.
pub(crate) fn seal(ring: &KeyRing, number: u64, group: &Group) -> Result<Put, StorageError> {
    seal_record(ring, key(ring, number), group).map_err(|_| StorageError::Entries)
}

/// A group, from its record.
pub(crate) fn open(ring: &KeyRing, number: u64, record: &Record) -> Result<Group, Corrupt> {
    open_record(ring, &key(ring, number), record)
}
