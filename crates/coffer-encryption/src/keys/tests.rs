//! Derivations against their definitions, refusals, silence.

use std::collections::HashSet;

use super::*;
use crate::iterations::{Iterations, PassphraseIterations};
use crate::memory::Slot;
use crate::place::{Kdf, WrappingPlace};
use crate::secret::SecretBytes;

const PLACE: WrappingPlace = WrappingPlace {
    instance: [1; 16],
    owner: [2; 16],
    generation: 3,
    root_generation: 4,
    kdf: Kdf::Pbkdf2Sha256 { salt: [5; 32], iterations: Iterations::DEFAULT },
};

#[test]
fn debug_tells_nothing() {
    let told = [
        format!("{:?}", key::<UnlockerKey>()),
        format!("{:?}", key::<RootKey>()),
        format!("{:?}", key::<WrappingKey>()),
        format!("{:?}", key::<LockKey>()),
        format!("{:?}", key::<OwnerKey>()),
        format!("{:?}", key::<DataWrapKey>()),
        format!("{:?}", key::<RecordKey>()),
        format!("{:?}", key::<AuditKey>()),
        format!("{:?}", key::<IndexKey>()),
        format!("{:?}", key::<SigningKey>()),
        format!("{:?}", key::<SubjectKey>()),
        format!("{:#?}", key::<DataKey>()),
    ];
    for told in told {
        assert!(
            told.ends_with("Key(..)") && told.chars().all(|c| c.is_ascii_alphabetic() || "(.)".contains(c)),
            "{told}"
        );
    }
}

#[test]
fn generated_keys_differ() {
    let keys: HashSet<[u8; 32]> = (0..100)
        .flat_map(|_| {
            [*DataKey::generate().unwrap().slot().bytes(), *RootKey::generate().unwrap().slot().bytes()]
        })
        .collect();
    assert_eq!(keys.len(), 200);
}

#[test]
fn the_source_of_an_unlocker_key_is_wiped() {
    let mut source = [9; 32];
    let key = UnlockerKey::from_bytes(&mut source);
    assert_eq!(source, [0; 32]);
    assert_eq!(key.expose_for_file(|bytes| *bytes), [9; 32]);
}

#[test]
fn short_passphrases_are_refused() {
    let derive = |text: &str| {
        UnlockerKey::from_passphrase(
            &SecretBytes::copy_from(text.as_bytes()),
            &[1; 32],
            PassphraseIterations::DEFAULT,
        )
    };
    assert_eq!(derive("").unwrap_err(), PassphraseError::TooShort);
    assert_eq!(derive("thirteen-byte").unwrap_err(), PassphraseError::TooShort);
    assert!(derive("fourteen-bytes").is_ok());
    assert_eq!(PassphraseError::TooShort.to_string(), "a passphrase has at least 14 bytes");
}

#[test]
fn t_c4_the_derivation_belongs_to_the_owner() {
    let root = key::<RootKey>();
    let instance = WrappingPlace { owner: [0; 16], kdf: Kdf::InstanceHkdf, ..PLACE };
    assert!(root.derive_wrapping(&PLACE).is_ok());
    assert!(root.derive_wrapping(&instance).is_ok());
    let tenant_without_work = WrappingPlace { kdf: Kdf::InstanceHkdf, ..PLACE };
    assert_eq!(root.derive_wrapping(&tenant_without_work).unwrap_err(), DeriveError::WrongKdf);
    let instance_with_work = WrappingPlace { kdf: PLACE.kdf, ..instance };
    assert_eq!(root.derive_wrapping(&instance_with_work).unwrap_err(), DeriveError::WrongKdf);
}

#[test]
fn every_field_makes_another_wrapping_key() {
    let root = key::<RootKey>();
    let zero = WrappingPlace { owner: [0; 16], kdf: Kdf::InstanceHkdf, ..PLACE };
    let iterations = Iterations::new(100_001).unwrap();
    let places = [
        PLACE,
        WrappingPlace { instance: [9; 16], ..PLACE },
        WrappingPlace { owner: [9; 16], ..PLACE },
        WrappingPlace { generation: 9, ..PLACE },
        WrappingPlace { root_generation: 9, ..PLACE },
        WrappingPlace { kdf: Kdf::Pbkdf2Sha256 { salt: [9; 32], iterations: Iterations::DEFAULT }, ..PLACE },
        WrappingPlace { kdf: Kdf::Pbkdf2Sha256 { salt: [5; 32], iterations }, ..PLACE },
        zero,
        WrappingPlace { instance: [9; 16], ..zero },
        WrappingPlace { generation: 9, ..zero },
        WrappingPlace { root_generation: 9, ..zero },
    ];
    let keys: HashSet<[u8; 32]> =
        places.iter().map(|place| *root.derive_wrapping(place).unwrap().slot().bytes()).collect();
    assert_eq!(keys.len(), places.len());
    assert_eq!(
        root.derive_wrapping(&PLACE).unwrap().slot().bytes(),
        root.derive_wrapping(&PLACE).unwrap().slot().bytes()
    );
}

#[test]
fn every_purpose_owner_and_generation_has_its_key() {
    fn all(owner_key: &OwnerKey, owner: [u8; 16], generation: u32) -> [[u8; 32]; 3] {
        [
            *owner_key.derive::<DataWrapKey>(&owner, generation).unwrap().slot().bytes(),
            *owner_key.derive::<RecordKey>(&owner, generation).unwrap().slot().bytes(),
            *owner_key.derive::<AuditKey>(&owner, generation).unwrap().slot().bytes(),
        ]
    }
    let key = key::<OwnerKey>();
    let keys: HashSet<[u8; 32]> = [([1; 16], 1), ([1; 16], 2), ([2; 16], 1)]
        .iter()
        .flat_map(|(owner, generation)| all(&key, *owner, *generation))
        .collect();
    assert_eq!(keys.len(), 9);
}

#[test]
fn an_index_hash_of_pieces_is_that_of_the_whole() {
    let key = IndexKey::generate().unwrap();
    for len in [0, 1, 100, 65_534, 65_535, 65_536, 200_000] {
        let data: Vec<u8> = (0..=250).cycle().take(len).collect();
        for piece in [1000, 65_534, 65_535, 65_536, 300_000] {
            let mut hash = key.hash_of_pieces(b"label");
            data.chunks(piece).for_each(|piece| hash.update(piece));
            assert_eq!(hash.finish(), key.hash(b"label", &data), "{len} in pieces of {piece}");
        }
    }
}

#[test]
fn index_hashes_keep_label_and_data_apart() {
    let key = key::<IndexKey>();
    let hashes: HashSet<[u8; 16]> = [
        (&b"ab"[..], &b"c"[..]),
        (b"a", b"bc"),
        (b"abc", b""),
        (b"", b"abc"),
        (b"ab\0\x01c", b""),
        (b"ab", &[b'c'; 65_535]),
        (b"ab", &[b'c'; 65_536]),
    ]
    .iter()
    .map(|(label, data)| key.hash(label, data))
    .collect();
    assert_eq!(hashes.len(), 7);
    assert_eq!(key.hash(b"ab", b"c"), key.hash(b"ab", b"c"));
    assert_ne!(key.hash(b"ab", b"c"), IndexKey::generate().unwrap().hash(b"ab", b"c"));
}

fn key<K: KeyMaterial>() -> K {
    let mut slot = Slot::plain();
    slot.bytes_mut().fill(0xAB);
    K::from_slot(slot)
}
