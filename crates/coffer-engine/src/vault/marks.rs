//! The marks of a version's values: by them equal values are found without opening any.
//!
//! A mark is a keyed hash of a value's bytes, under the tenant's index key, cut to eight bytes. Its lowest bit says whether the value is
//! short. Nothing else goes in: not the path, not the field's name, not whether it is one value or a field. So equal values of one tenant
//! have equal marks wherever they are, and those of two tenants have nothing in common.
//!
//! Marks lie in a secret's head, sealed with it: the storage sees none, and no entry, answer or error holds one. Who holds the tenant's
//! index key *and* can open its records can try guesses, and sees which values are equal, also with those of earlier versions. He could as
//! well open the values, as long as they are there; so a destroyed version has no marks.
//!
//! # Invariants
//! - What is told by marks is told only of secrets whose values the asker may read: that two values are equal says what the other one is.
//! - No mark is ever shown, nor is a value that has one found by it from outside.

use coffer_encryption::IndexHash;
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{CborLen, Decode, Encode};

use crate::limits::SHORT_VALUE_BYTES;
use crate::secret::Value;
use crate::storage::keyring::KeyRing;

/// Bytes of one mark.
const BYTES: usize = 8;
/// What is hashed is a value.
const VALUE: &[u8] = b"value";
/// Of the first byte: the value is short.
const SHORT: u8 = 1;

/// What equal values of one tenant have in common. Two that differ have it by chance, once in 2^63.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Mark([u8; BYTES]);

/// One mark for each value of a version: of a single value one, of fields one each, in the order of their names.
#[derive(Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub(super) struct Marks(#[n(0)] ByteVec);

impl Marks {
    /// The marks of a value.
    pub(super) fn of(ring: &KeyRing, value: &Value) -> Self {
        let marks: Vec<u8> = match value {
            Value::Bytes(bytes) => Mark::of(ring, bytes.expose()).0.to_vec(),
            Value::Fields(fields) => {
                fields.values().flat_map(|field| Mark::of(ring, field.expose()).0).collect()
            }
        };
        Self(marks.into())
    }

    /// The mark of a file, whose content was hashed while it came: the one that a single value of the same bytes would have.
    pub(super) fn of_content(hash: [u8; 16], bytes: u64) -> Self {
        let is_short = bytes < SHORT_VALUE_BYTES as u64;
        Self(Mark::cut(hash, is_short).0.to_vec().into())
    }

    /// What a content is hashed with, for [`Marks::of_content`].
    pub(super) fn hash_of_content(ring: &KeyRing) -> IndexHash {
        ring.index().hash_of_pieces(VALUE)
    }

    /// What maps of the same fields have in common, of a map: a keyed hash of the names, each behind a byte that stands in none. Marks know
    /// no names, and `user` and `password` may not change places unseen.
    pub(super) fn of_names(ring: &KeyRing, value: &Value) -> Option<ByteArray<BYTES>> {
        let Value::Fields(fields) = value else { return None };
        let names: Vec<u8> = fields.keys().flat_map(|name| [&[0], name.as_bytes()].concat()).collect();
        let [a, b, c, d, e, f, g, h, ..] = ring.index().hash(b"names", &names);
        Some([a, b, c, d, e, f, g, h].into())
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.len() / BYTES
    }

    /// What they take up.
    pub(super) fn bytes(&self) -> usize {
        self.0.len()
    }

    /// Each of them, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = Mark> {
        self.0.as_chunks().0.iter().map(|bytes| Mark(*bytes))
    }
}

impl Mark {
    fn of(ring: &KeyRing, value: &[u8]) -> Self {
        Self::cut(ring.index().hash(VALUE, value), value.len() < SHORT_VALUE_BYTES)
    }

    fn cut(hash: [u8; 16], is_short: bool) -> Self {
        let [first, a, b, c, d, e, f, g, ..] = hash;
        let short = if is_short { SHORT } else { 0 };
        Self([first & !SHORT | short, a, b, c, d, e, f, g])
    }

    /// Whether the value is so short that many are equal by nature: `true`, `1`, a port.
    pub(super) fn is_short(self) -> bool {
        let [first, ..] = self.0;
        first & SHORT != 0
    }
}

/// Says how many: a mark confirms a guess to whoever has the key.
impl std::fmt::Debug for Marks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Marks({})", self.len())
    }
}

/// Says nothing, as [`Marks`].
impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mark(..)")
    }
}

#[cfg(test)]
mod tests;
