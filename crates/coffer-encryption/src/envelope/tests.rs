//! Damage, downgrade, lengths, and bytes at random.
#![expect(clippy::arithmetic_side_effects, reason = "small fixed numbers")]

use proptest::prelude::*;

use super::*;
use crate::chunked::tests::pattern;
use crate::keys::{DataKey, IndexKey, OwnerKey, RecordKey, RootKey, UnlockerKey};
use crate::place::{IndexWrap, RecordPlace, RootWrap, Value};

const PLACE: Value = Value { instance: [1; 16], tenant: [2; 16], secret: [3; 16], version: 4 };

#[test]
fn t_c2_every_flipped_bit_is_refused() {
    let key = DataKey::generate().unwrap();
    let sealed = seal(&key, &PLACE, &[0x55; 64]).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut flipped = sealed.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let expected = if bit / 8 < 4 { OpenError::UnknownFormat } else { OpenError::Refused };
        assert_eq!(open(&key, &PLACE, &flipped).unwrap_err(), expected, "bit {bit}");
    }
    assert!(open(&key, &PLACE, &sealed).unwrap().same_as(&[0x55; 64]));
}

#[test]
fn t_c2_every_truncation_and_extension_is_refused() {
    let key = DataKey::generate().unwrap();
    for len in [0, 1, 64] {
        let sealed = seal(&key, &PLACE, &pattern(len)).unwrap();
        for cut in 0..sealed.len() {
            assert_eq!(open(&key, &PLACE, &sealed[..cut]).unwrap_err(), OpenError::Refused, "{len} {cut}");
            assert!(open(&key, &PLACE, &sealed[cut + 1..]).is_err());
        }
        for more in [&[0][..], &[0; 16], &sealed, &[0; 16_400]] {
            let extended = [&sealed, more].concat();
            assert_eq!(open(&key, &PLACE, &extended).unwrap_err(), OpenError::Refused);
        }
    }
}

#[test]
fn t_c2_a_damaged_chunk_spoils_all_of_a_long_message() {
    let key = DataKey::generate().unwrap();
    let plaintext = pattern(3 * 16_384 + 7);
    let sealed = seal(&key, &PLACE, &plaintext).unwrap();
    assert!(open(&key, &PLACE, &sealed).unwrap().same_as(&plaintext));
    for at in (66..sealed.len()).step_by(1021).chain([sealed.len() - 1]) {
        let mut damaged = sealed.clone();
        damaged[at] ^= 1;
        assert_eq!(open(&key, &PLACE, &damaged).unwrap_err(), OpenError::Refused, "{at}");
    }
    // Cut at, before and after each chunk's end: the last chunk would be full, missing, or shorter than its tag.
    for chunks in 0..=3_usize {
        for cut in [66 + chunks * 16_400, 66 + chunks * 16_400 + 15, 66 + chunks * 16_400 + 16] {
            assert_eq!(open(&key, &PLACE, &sealed[..cut]).unwrap_err(), OpenError::Refused, "{cut}");
        }
    }
}

#[test]
fn t_c4_edited_format_bytes_are_refused() {
    let key = DataKey::generate().unwrap();
    let sealed = seal(&key, &PLACE, b"value").unwrap();
    assert_eq!(sealed[..10], *b"CF\x01\x01\x05\x00\x00\x00\x00\x00");
    for (at, genuine, error) in [
        (2, 1, OpenError::UnknownFormat), // version
        (3, 1, OpenError::UnknownFormat), // algorithm, with the reserved 2 and 3
        (4, 5, OpenError::Refused),       // purpose
        (5, 0, OpenError::Refused),       // flags
    ] {
        for byte in (0..=255).filter(|byte| *byte != genuine) {
            let mut edited = sealed.clone();
            edited[at] = byte;
            assert_eq!(open(&key, &PLACE, &edited).unwrap_err(), error, "{at} {byte}");
        }
    }
}

#[test]
fn generation_is_read_from_known_headers_only() {
    let key = RecordKey::from_slot(crate::memory::Slot::plain());
    let place = RecordPlace {
        instance: [1; 16],
        owner: [2; 16],
        generation: 0x0102_0304,
        table: 1,
        key: b"row",
        revision: [3; 16],
    };
    let sealed = seal(&key, &place, b"record").unwrap();
    assert_eq!(generation_of(&sealed), Ok(0x0102_0304));
    assert_eq!(generation_of(&sealed[..10]), Ok(0x0102_0304));
    assert_eq!(generation_of(&sealed[..9]), Err(OpenError::Refused));
    for (at, byte, error) in [
        (0, b'X', OpenError::UnknownFormat),
        (2, 2, OpenError::UnknownFormat),
        (3, 2, OpenError::UnknownFormat),
        (4, 0, OpenError::Refused),
        (4, 14, OpenError::Refused),
        (5, 1, OpenError::Refused),
    ] {
        let mut edited = sealed.clone();
        edited[at] = byte;
        assert_eq!(generation_of(&edited), Err(error), "{at} {byte}");
    }
    // The claim is verified when the envelope is opened.
    let mut edited = sealed;
    edited[9] ^= 1;
    assert_eq!(generation_of(&edited), Ok(0x0102_0305));
    assert_eq!(open(&key, &place, &edited).unwrap_err(), OpenError::Refused);
    assert!(open(&key, &RecordPlace { generation: 0x0102_0305, ..place }, &edited).is_err());
}

#[test]
fn a_field_that_is_too_long_is_an_error() {
    let key = RecordKey::from_slot(crate::memory::Slot::plain());
    let row = vec![0; 65_536];
    let place = RecordPlace {
        instance: [1; 16],
        owner: [2; 16],
        generation: 1,
        table: 1,
        key: &row,
        revision: [3; 16],
    };
    assert_eq!(seal(&key, &place, b"record").unwrap_err(), SealError::TooLong);
    let place = RecordPlace { key: &row[..65_535], ..place };
    let sealed = seal(&key, &place, b"record").unwrap();
    assert!(open(&key, &place, &sealed).is_ok());
    assert_eq!(open(&key, &RecordPlace { key: &row, ..place }, &sealed).unwrap_err(), OpenError::Refused);
}

#[test]
fn keys_are_wrapped_and_come_back() {
    let unlocker = UnlockerKey::generate().unwrap();
    let place = RootWrap { instance: [1; 16], unlocker: [2; 16], generation: 3 };
    let root = RootKey::generate().unwrap();
    let wrapped = wrap(&unlocker, &place, &root).unwrap();
    assert_eq!(wrapped.len(), 114);
    assert_eq!(sealed_len(32), Some(114));
    assert_eq!(unwrap(&unlocker, &place, &wrapped).unwrap().slot().bytes(), root.slot().bytes());

    let owner = OwnerKey::generate().unwrap();
    let place = IndexWrap { instance: [1; 16], owner: [2; 16], generation: 3 };
    let index = IndexKey::generate().unwrap();
    let wrapped = wrap(&owner, &place, &index).unwrap();
    assert_eq!(unwrap(&owner, &place, &wrapped).unwrap().hash(b"l", b"d"), index.hash(b"l", b"d"));
}

#[test]
fn only_32_bytes_are_a_key() {
    let unlocker = UnlockerKey::generate().unwrap();
    let place = RootWrap { instance: [1; 16], unlocker: [2; 16], generation: 3 };
    for len in [0, 1, 31, 33, 64, 16_384] {
        let sealed = seal(&unlocker, &place, &pattern(len)).unwrap();
        assert!(open(&unlocker, &place, &sealed).is_ok());
        assert_eq!(unwrap(&unlocker, &place, &sealed).unwrap_err(), OpenError::Refused, "{len}");
    }
}

#[test]
fn errors_say_nothing_about_the_secret() {
    assert_eq!(format!("{} {:?}", OpenError::Refused, OpenError::Refused), "does not open Refused");
    assert_eq!(OpenError::UnknownFormat.to_string(), "not a known envelope format");
}

/// Any bytes: nothing panics, and nothing that was not sealed opens.
#[test]
fn fuzz_mutated_envelopes_never_open() {
    let mut random = XorShift(0x9e37_79b9_7f4a_7c15);
    let key = DataKey::generate().unwrap();
    let seeds: Vec<Vec<u8>> = [0, 1, 64, 300].map(|len| seal(&key, &PLACE, &pattern(len)).unwrap()).into();
    let mut unchanged = 0;
    for _ in 0..20_000 {
        let seed = random.pick(&seeds);
        let mut bytes = seed.clone();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len() + 1);
            match random.below(6) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, random.byte()),
                2 if at < bytes.len() => drop(bytes.remove(at)),
                3 if at < bytes.len() => bytes[at] = random.byte(),
                4 => bytes.extend_from_within(at.min(bytes.len())..),
                _ => bytes = (0..random.below(200)).map(|_| random.byte()).collect(),
            }
        }
        let _no_panic = generation_of(&bytes);
        if bytes == *seed {
            unchanged += 1;
        } else {
            assert!(open(&key, &PLACE, &bytes).is_err(), "{bytes:02x?}");
        }
    }
    assert!(unchanged < 2_000, "{unchanged} of the cases changed nothing");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn what_was_sealed_opens(
        len in prop_oneof![0..200_usize, 16_380..16_390_usize, 32_764..32_772_usize, 0..70_000_usize],
        secret: [u8; 16],
        version: u64,
    ) {
        let key = DataKey::generate().unwrap();
        let place = Value { secret, version, ..PLACE };
        let plaintext = pattern(len);
        let sealed = seal(&key, &place, &plaintext).unwrap();
        prop_assert_eq!(Some(sealed.len()), sealed_len(len));
        prop_assert_eq!(sealed.len(), sealed.capacity());
        prop_assert!(open(&key, &place, &sealed).unwrap().same_as(&plaintext));
        prop_assert!(open(&DataKey::generate().unwrap(), &place, &sealed).is_err());
    }
}

/// Marsaglia's generator: the same numbers in each run.
struct XorShift(u64);

impl XorShift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}
