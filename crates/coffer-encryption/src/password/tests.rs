use super::*;

/// The known answer is that of another implementation: OpenSSL's, by way of pyca/cryptography.
#[test]
fn the_current_cost_is_argon2id_as_others_compute_it() {
    let cost = PasswordCost::CURRENT;
    assert_eq!((cost.memory_kib(), cost.passes(), cost.lanes()), (65_536, 3, 1));
    let hash = cost.hash(b"correct horse battery staple", b"saltsaltsaltsalt").unwrap();
    assert_eq!(*hash.expose(), KNOWN);
    assert!(hash.is(&PasswordHash::from_bytes(*hash.expose())));
    let other = PasswordCost::new(19 * 1024, 2, 1)
        .unwrap()
        .hash(b"correct horse battery staple", b"saltsaltsaltsalt");
    assert!(!hash.is(&other.unwrap()));
    assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
}

#[test]
fn a_cost_outside_its_bounds_is_none() {
    for (memory, passes, lanes) in [
        (0, 3, 1),
        (256 * 1024 + 1, 3, 1),
        (65_536, 0, 1),
        (65_536, 9, 1),
        (65_536, 3, 2),
        (65_536, 3, 0),
        (u32::MAX, u32::MAX, u32::MAX),
    ] {
        assert_eq!(PasswordCost::new(memory, passes, lanes), Err(PasswordCostError));
    }
    for (memory, passes, lanes) in [(19 * 1024, 2, 1), (65_536, 3, 1), (256 * 1024, 8, 1)] {
        assert!(PasswordCost::new(memory, passes, lanes).is_ok());
    }
}

const KNOWN: [u8; 32] = [
    0x6a, 0x4e, 0xbe, 0x4b, 0x02, 0xce, 0xc6, 0xbc, 0xba, 0xd4, 0x30, 0xe3, 0x0f, 0x0d, 0x2e, 0x0c, 0x10,
    0x59, 0xd5, 0xcd, 0x28, 0xe4, 0xea, 0x46, 0x27, 0x8a, 0x47, 0x30, 0x8f, 0xc9, 0x12, 0x10,
];
