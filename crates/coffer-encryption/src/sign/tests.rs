//! RFC 8032 by its examples; T-C12: what odd signatures come to.

use super::*;
use crate::envelope::{OpenError, unwrap, wrap};
use crate::keys::AuditKey;
use crate::memory::Slot;
use crate::place::SigningWrap;
use crate::vectors::{from_hex, to_hex};

/// RFC 8032, section 7.1: TEST 1, 2, 3 and SHA(abc).
#[test]
fn rfc_8032_section_7_1() {
    for [seed, public, message, signature] in RFC_8032 {
        let key = key(array(seed));
        let message = from_hex(message);
        assert_eq!(to_hex(key.public().unwrap().bytes()), public);
        assert_eq!(to_hex(&key.sign(&message).unwrap()), signature);
        assert_eq!(check(public, &message, signature), Ok(()));
    }
}

#[test]
fn what_is_signed_is_what_verifies() {
    let (key, other) = (SigningKey::generate().unwrap(), SigningKey::generate().unwrap());
    let public = key.public().unwrap();
    let signature = key.sign(b"message").unwrap();
    assert_eq!(verify(&public, b"message", &signature), Ok(()));
    assert_eq!(verify(&public, b"massage", &signature), Err(BadSignature));
    assert_eq!(verify(&other.public().unwrap(), b"message", &signature), Err(BadSignature));
    for bit in 0..512 {
        let mut flipped = signature;
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(verify(&public, b"message", &flipped), Err(BadSignature), "bit {bit}");
    }
    for len in (0..64).chain([65, 128]) {
        let other_length: Vec<u8> = signature.iter().copied().cycle().take(len).collect();
        assert_eq!(verify(&public, b"message", &other_length), Err(BadSignature), "{len} bytes");
    }
}

/// Chalkias, Garillot and Nikolaenko (2020), all twelve. Only the third, counted from 0, has `A` and `R` that are
/// canonical and not of small order, `S` in its bounds, and fits the equation without the cofactor.
#[test]
fn t_c12_taming_the_many_eddsas() {
    for (nth, [message, public, signature]) in SPECCHECK.iter().enumerate() {
        let checked = check(public, &from_hex(message), signature);
        assert_eq!(checked.is_ok(), nth == 3, "case {nth}: {checked:?}");
    }
}

/// The control: the provider alone takes signatures of small order, by which one signature fits many messages.
#[test]
fn t_c12_the_provider_alone_takes_small_order() {
    let taken = SPECCHECK.iter().enumerate().filter(|(_, [message, public, signature])| {
        ED25519.verify_sig(&from_hex(public), &from_hex(message), &from_hex(signature)).is_ok()
    });
    let taken: Vec<usize> = taken.map(|(nth, _)| nth).collect();
    assert!(taken.contains(&0) && taken.contains(&2), "{taken:?}");
}

/// All encodings of the eight points of small order: eight canonical ones, and six with a `y` that is not reduced or
/// with the sign of an `x` that is zero.
#[test]
fn t_c12_small_order_is_refused_in_every_encoding() {
    let key = SigningKey::generate().unwrap();
    let public = key.public().unwrap();
    let signature = key.sign(b"message").unwrap();
    assert_eq!(SMALL_ORDER_ENCODINGS.len(), 14);
    for encoding in SMALL_ORDER_ENCODINGS {
        assert_eq!(PublicKey::from_bytes(array(encoding)), Err(BadPublicKey), "A {encoding}");
        let mut with_r = signature;
        with_r[..32].copy_from_slice(&from_hex(encoding));
        assert_eq!(verify(&public, b"message", &with_r), Err(BadSignature), "R {encoding}");
        assert!(!is_usable_point(&array(encoding)));
    }
}

#[test]
fn t_c12_no_encoding_from_the_prime_on() {
    // The prime and what follows it, up to 2^255 - 1, with both signs.
    for above in 0..=18 {
        for last in [0x7F, 0xFF] {
            let mut bytes = [0xFF; 32];
            (bytes[0], bytes[31]) = (0xED + above, last);
            assert_eq!(PublicKey::from_bytes(bytes), Err(BadPublicKey), "2^255 - 19 + {above}");
        }
    }
    // Just below it is the point of order 2; below that is a number like any other.
    let mut bytes = [0xFF; 32];
    (bytes[0], bytes[31]) = (0xEB, 0x7F);
    assert!(PublicKey::from_bytes(bytes).is_ok());
}

/// `S` and `S` plus the order of the group fit the same equation.
#[test]
fn t_c12_a_second_s_is_refused() {
    let key = SigningKey::generate().unwrap();
    let public = key.public().unwrap();
    let mut signature = key.sign(b"message").unwrap();
    let mut carry = 0;
    for (byte, order) in signature[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
    }
    assert_eq!(verify(&public, b"message", &signature), Err(BadSignature));
    let s = signature.last_chunk().unwrap();
    assert!(!is_below(s, &ORDER) && !is_below(&ORDER, &ORDER) && is_below(&[0; 32], &ORDER));
}

#[test]
fn bytes_that_are_no_point_verify_nothing() {
    // y = 2 has no x on the curve.
    let mut bytes = [0; 32];
    bytes[0] = 2;
    let public = PublicKey::from_bytes(bytes).unwrap();
    let signature = SigningKey::generate().unwrap().sign(b"message").unwrap();
    assert_eq!(verify(&public, b"message", &signature), Err(BadSignature));
}

#[test]
fn a_signing_key_comes_back_from_its_wrap() {
    let (audit, key) = (AuditKey::from_slot(Slot::plain()), SigningKey::generate().unwrap());
    let place = SigningWrap { instance: [1; 16], owner: [2; 16], generation: 3, epoch: 4 };
    let wrapped = wrap(&audit, &place, &key).unwrap();
    let back = unwrap(&audit, &place, &wrapped).unwrap();
    assert_eq!(back.public(), key.public());
    let next = SigningWrap { epoch: 5, ..place };
    assert_eq!(unwrap(&audit, &next, &wrapped).unwrap_err(), OpenError::Refused);
}

fn check(public: &str, message: &[u8], signature: &str) -> Result<(), BadSignature> {
    let public = PublicKey::from_bytes(array(public)).map_err(|BadPublicKey| BadSignature)?;
    verify(&public, message, &from_hex(signature))
}

fn key(seed: [u8; 32]) -> SigningKey {
    let mut slot = Slot::plain();
    *slot.bytes_mut() = seed;
    SigningKey::from_slot(slot)
}

fn array(hex: &str) -> [u8; 32] {
    from_hex(hex).try_into().unwrap()
}

/// Seed, public key, message, signature.
const RFC_8032: [[&str; 4]; 4] = [
    [
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ],
    [
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ],
    [
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ],
    [
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ],
];

/// Message, public key, signature.
const SPECCHECK: [[&str; 3]; 12] = [
    [
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
    ],
    [
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ],
    [
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
    ],
    [
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
    ],
    [
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
    ],
    [
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
    ],
    [
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
    ],
    [
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
    ],
    [
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff03be9678ac102edcd92b0210bb34d7428d12ffc5df5f37e359941266a4e35f0f",
    ],
    [
        "9bedc267423725d473888631ebf45988bad3db83851ee85c85e241a07d148b41",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffca8c5b64cd208982aa38d4936621a4775aa233aa0505711d8fdcfdaa943d4908",
    ],
    [
        "e96b7021eb39c1a163b6da4e3093dcd3f21387da4cc4572be588fafae23c155b",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ],
    [
        "39a591f5321bbe07fd5a23dc2f39d025d74526615746727ceefd6e82ae65c06f",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "a9d55260f765261eb9b84e106f665e00b867287a761990d7135963ee0a7d59dca5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ],
];

const SMALL_ORDER_ENCODINGS: [&str; 14] = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];
