//! The versions of a secret by their numbers, in as little room as they need: in a row, since they come in the order of their numbers and are
//! seldom taken away. A tree would keep places for eleven where there is one, and heads are what is kept in memory most of.
//!
//! # Invariants
//! - Numbers rise. What is stored otherwise is not a head.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};
use minicbor::encode::{Encoder, Write};
use minicbor::{CborLen, Decode, Encode};

use super::VersionRecord;
use crate::version::VersionNumber;

/// A version takes up more than this as it is stored: who made it is sixteen bytes.
const VERSION_MIN_BYTES: usize = 16;

/// Versions, without their values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::vault) struct Versions(Vec<(VersionNumber, VersionRecord)>);

impl Versions {
    pub(in crate::vault) fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them, the oldest first.
    pub(in crate::vault) fn iter(&self) -> impl DoubleEndedIterator<Item = (VersionNumber, &VersionRecord)> {
        self.0.iter().map(|(number, version)| (*number, version))
    }

    pub(in crate::vault) fn get(&self, number: VersionNumber) -> Option<&VersionRecord> {
        self.place(number).and_then(|place| self.0.get(place)).map(|(_, version)| version)
    }

    pub(in crate::vault) fn newest(&self) -> Option<(VersionNumber, &VersionRecord)> {
        self.iter().next_back()
    }

    pub(super) fn get_mut(&mut self, number: VersionNumber) -> Option<&mut VersionRecord> {
        let place = self.place(number)?;
        self.0.get_mut(place).map(|(_, version)| version)
    }

    /// The newest first.
    pub(super) fn newest_first_mut(&mut self) -> impl Iterator<Item = &mut VersionRecord> {
        self.0.iter_mut().rev().map(|(_, version)| version)
    }

    /// Adds one behind all that are there: its number is higher than any that was.
    pub(super) fn add(&mut self, number: VersionNumber, version: VersionRecord) {
        self.0.push((number, version));
    }

    pub(super) fn remove(&mut self, number: VersionNumber) -> Option<VersionRecord> {
        self.place(number).map(|place| self.0.remove(place).1)
    }

    fn place(&self, number: VersionNumber) -> Option<usize> {
        self.0.binary_search_by_key(&number, |(number, _)| *number).ok()
    }
}

/// As a map of CBOR, from numbers to versions.
impl<C> Encode<C> for Versions {
    fn encode<W: Write>(
        &self,
        e: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        e.map(self.0.len() as u64)?;
        self.0.iter().try_for_each(|(number, version)| {
            number.encode(e, context)?;
            version.encode(e, context)
        })
    }
}

impl<C> CborLen<C> for Versions {
    fn cbor_len(&self, context: &mut C) -> usize {
        let head = (self.0.len() as u64).cbor_len(context);
        let each = self
            .0
            .iter()
            .map(|(number, version)| number.cbor_len(context).saturating_add(version.cbor_len(context)));
        each.fold(head, usize::saturating_add)
    }
}

impl<'b, C> Decode<'b, C> for Versions {
    fn decode(d: &mut Decoder<'b>, context: &mut C) -> Result<Self, Error> {
        let count = d.map()?.ok_or_else(|| Error::type_mismatch(Type::MapIndef))?;
        // A head that says that it has more than fit in it lies, and is given no room for that.
        let most = d.input().len().saturating_sub(d.position());
        let mut versions =
            Vec::with_capacity(usize::try_from(count).unwrap_or(usize::MAX).min(most / VERSION_MIN_BYTES));
        for _ in 0..count {
            let number = VersionNumber::decode(d, context)?;
            if versions.last().is_some_and(|(last, _)| *last >= number) {
                return Err(Error::message("versions out of order"));
            }
            versions.push((number, VersionRecord::decode(d, context)?));
        }
        Ok(Self(versions))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::storage::record::{decode, encode};

    fn number(number: u64) -> VersionNumber {
        VersionNumber::new(number).unwrap()
    }

    fn version(created_ms: u64) -> VersionRecord {
        VersionRecord {
            created_ms,
            by: [7; 16].into(),
            destroyed_ms: None,
            fields: false,
            marks: None,
            message: Some("why".into()),
            names: None,
            references: None,
            size: Some(3),
            file: None,
        }
    }

    fn some() -> Versions {
        let mut some = Versions::default();
        [1, 2, 5, 300].into_iter().for_each(|at| some.add(number(at), version(at)));
        some
    }

    #[test]
    fn they_are_stored_as_a_map_and_read_again() {
        let some = some();
        let stored = encode(&some).to_vec();
        let as_map: BTreeMap<VersionNumber, VersionRecord> =
            some.iter().map(|(number, version)| (number, version.clone())).collect();
        assert_eq!(stored, encode(&as_map).to_vec());
        assert_eq!(stored.len(), minicbor::len(&some));
        assert_eq!(decode::<Versions>(&stored).unwrap(), some);
        assert_eq!(decode::<Versions>(&[0xa0]).unwrap(), Versions::default());
    }

    #[test]
    fn what_is_not_such_a_map_is_refused() {
        let entry = |at: u64| [encode(&number(at)).to_vec(), encode(&version(at)).to_vec()].concat();
        let map = |head: u8, entries: &[u64]| {
            [vec![head], entries.iter().flat_map(|at| entry(*at)).collect()].concat()
        };
        assert!(decode::<Versions>(&map(0xa2, &[1, 2])).is_ok());
        for (why, bytes) in [
            ("out of order", map(0xa2, &[2, 1])),
            ("twice the same", map(0xa2, &[2, 2])),
            ("fewer than it says", map(0xa3, &[1, 2])),
            ("no end", [map(0xbf, &[1]), vec![0xff]].concat()),
            ("a version 0", [vec![0xa1, 0], encode(&version(1)).to_vec()].concat()),
            ("very many more than fit", [vec![0xbb], vec![0xff; 8], entry(1)].concat()),
        ] {
            assert!(decode::<Versions>(&bytes).is_err(), "{why}");
        }
    }

    #[test]
    fn each_is_found_by_its_number() {
        let mut some = some();
        assert_eq!(some.get(number(5)), Some(&version(5)));
        assert_eq!(some.get(number(4)), None);
        assert_eq!(some.remove(number(2)), Some(version(2)));
        assert_eq!(some.remove(number(2)), None);
        assert_eq!((some.len(), some.newest().unwrap().0), (3, number(300)));
        some.get_mut(number(5)).unwrap().created_ms = 6;
        let times: Vec<u64> = some.newest_first_mut().map(|version| version.created_ms).collect();
        assert_eq!(times, [300, 6, 1]);
    }
}
