use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, ECDSA_P521_SHA512_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaKeyPair,
};
use aws_lc_rs::{rsa::KeySize, signature::RsaEncoding};

use super::{OutsideKey, Scheme};
use crate::SigningKey;

const MESSAGE: &[u8] = b"signed";

const ALL: [Scheme; 10] = [
    Scheme::RsaSha256,
    Scheme::RsaSha384,
    Scheme::RsaSha512,
    Scheme::PssSha256,
    Scheme::PssSha384,
    Scheme::PssSha512,
    Scheme::P256,
    Scheme::P384,
    Scheme::P521,
    Scheme::Ed25519,
];

/// Good in this scheme for this message, and in no other way.
fn only(key: &OutsideKey, scheme: Scheme, signature: &[u8]) {
    for other in ALL {
        let is_good = key.verify(other, MESSAGE, signature).is_ok();
        assert_eq!(is_good, other == scheme, "{other:?} of {scheme:?}");
    }
    assert!(key.fits(scheme));
    assert!(key.verify(scheme, b"other", signature).is_err());
    for at in [0, signature.len() / 2, signature.len().saturating_sub(1)] {
        let mut changed = signature.to_vec();
        changed[at] ^= 1;
        assert!(key.verify(scheme, MESSAGE, &changed).is_err(), "{scheme:?}, byte {at}");
    }
    assert!(key.verify(scheme, MESSAGE, &signature[1..]).is_err());
    assert!(key.verify(scheme, MESSAGE, &[signature, &[0]].concat()).is_err());
    assert!(key.verify(scheme, MESSAGE, b"").is_err());
}

#[test]
fn a_key_checks_what_fits_it_and_nothing_else() {
    let random = SystemRandom::new();
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    // SEQUENCE, INTEGER of 257 bytes, INTEGER 65537 (RFC 8017, appendix A.1.1).
    let der = pair.public_key().as_ref();
    let key = OutsideKey::rsa(&der[9..265], &[1, 0, 1]).unwrap();
    let encodings: [(&dyn RsaEncoding, Scheme); 2] =
        [(&RSA_PKCS1_SHA512, Scheme::RsaSha512), (&RSA_PSS_SHA256, Scheme::PssSha256)];
    for (encoding, scheme) in encodings {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &random, MESSAGE, &mut signature).unwrap();
        only(&key, scheme, &signature);
    }
    for (algorithm, scheme) in
        [(&ECDSA_P384_SHA384_FIXED_SIGNING, Scheme::P384), (&ECDSA_P521_SHA512_FIXED_SIGNING, Scheme::P521)]
    {
        let pair = EcdsaKeyPair::generate(algorithm).unwrap();
        let (_, point) = pair.public_key().as_ref().split_first().unwrap();
        let (x, y) = point.split_at(point.len() / 2);
        let key = OutsideKey::point(scheme, x, y).unwrap();
        only(&key, scheme, pair.sign(&random, MESSAGE).unwrap().as_ref());
        assert!(OutsideKey::point(scheme, &x[1..], y).is_err());
        assert!(OutsideKey::point(Scheme::Ed25519, x, y).is_err());
    }
    let pair = SigningKey::generate().unwrap();
    let key = OutsideKey::ed25519(pair.public().unwrap().bytes()).unwrap();
    only(&key, Scheme::Ed25519, &pair.sign(MESSAGE).unwrap());
}

#[test]
fn no_weak_key_is_one() {
    let good = [vec![0x81; 255], vec![1]].concat();
    assert!(OutsideKey::rsa(&good, &[3]).is_ok());
    for (modulus, exponent) in [
        (&good[1..], &[1, 0, 1][..]),
        (&[&[0], good.as_slice()].concat(), &[1, 0, 1]),
        (&[good.as_slice(), &[1; 769]].concat(), &[1, 0, 1]),
        (&[0x82; 256], &[1, 0, 1]),
        (&good, &[1]),
        (&good, &[2]),
        (&good, &[0, 3]),
        (&good, &[1, 0, 0, 0, 1]),
        (&good, &[]),
        (&[], &[]),
    ] {
        assert!(OutsideKey::rsa(modulus, exponent).is_err(), "{} bytes, {exponent:?}", modulus.len());
    }
    // The neutral point, and 31 bytes.
    assert!(OutsideKey::ed25519(&[&[1][..], &[0; 31]].concat()).is_err());
    assert!(OutsideKey::ed25519(&[9; 31]).is_err());
    // A point that lies on no curve checks nothing.
    let off = OutsideKey::point(Scheme::P256, &[1; 32], &[2; 32]).unwrap();
    assert!(off.verify(Scheme::P256, MESSAGE, &[3; 64]).is_err());
}
