//! Signatures: Ed25519 (RFC 8032), and a check of them that is stricter than the RFC asks for.
//!
//! The RFC leaves open what happens with odd encodings, and implementations differ: one accepts what another refuses,
//! and some keys make one signature fit many messages. See Chalkias, Garillot and Nikolaenko, "Taming the many EdDSAs"
//! (2020), <https://eprint.iacr.org/2020/1244>. A log is checked by many programs, so here only what all of them
//! accept is a signature.
//!
//! # Invariants
//!
//! * A [`PublicKey`] is encoded canonically and is not of small order. Whether it is a point at all is seen when it is
//!   used.
//! * [`verify`] refuses, before the provider sees it: another length than 64, `S` not below the order of the group
//!   (a second signature made from the first one), `R` not canonical or of small order.
//! * What is checked here is public: no comparison needs constant time.

use aws_lc_rs::error::KeyRejected;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, VerificationAlgorithm};

use crate::keys::SigningKey;
use crate::keys::material::KeyMaterial;

/// Checks that `signature` is the one that `key` makes of `message`.
///
/// # Errors
///
/// [`BadSignature`]; it does not say why.
pub fn verify(key: &PublicKey, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
    let signature: &[u8; 64] = signature.try_into().map_err(|_length| BadSignature)?;
    let ([r, s], []) = signature.as_chunks::<32>() else { return Err(BadSignature) };
    if !is_below(s, &ORDER) || !is_usable_point(r) {
        return Err(BadSignature);
    }
    // The provider computes R anew and compares bytes: without the cofactor, as the RFC's simpler equation.
    ED25519.verify_sig(&key.0, message, signature).map_err(|_unspecified| BadSignature)
}

/// The public half of a [`SigningKey`]: 32 bytes, the encoding of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key with this encoding.
    ///
    /// # Errors
    ///
    /// [`BadPublicKey`] when the encoding is not canonical, or the point is of small order.
    pub fn from_bytes(bytes: [u8; 32]) -> Result<Self, BadPublicKey> {
        if is_usable_point(&bytes) { Ok(Self(bytes)) } else { Err(BadPublicKey) }
    }

    /// The encoding.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl SigningKey {
    /// The key that checks what this one signs.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the provider fails.
    pub fn public(&self) -> Result<PublicKey, SignError> {
        let bytes = self.pair()?.public_key().as_ref().try_into().map_err(|_length| SignError)?;
        PublicKey::from_bytes(bytes).map_err(|BadPublicKey| SignError)
    }

    /// The signature of `message`; the same each time.
    ///
    /// # Errors
    ///
    /// [`SignError`] when the provider fails.
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        let signature = self.pair()?.try_sign(message).map_err(|_unspecified| SignError)?;
        signature.as_ref().try_into().map_err(|_length| SignError)
    }

    /// The provider's copy of the key, which it wipes when it is dropped.
    fn pair(&self) -> Result<Ed25519KeyPair, SignError> {
        Ed25519KeyPair::from_seed_unchecked(self.slot().bytes()).map_err(|_rejected: KeyRejected| SignError)
    }
}

/// Nothing was signed: the cryptographic provider failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic provider failed to sign")]
pub struct SignError;

/// Not a signature of this message by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit")]
pub struct BadSignature;

/// Not a public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the canonical encoding of a public key")]
pub struct BadPublicKey;

/// Whether `encoding` is of a `y` below the prime of the field, and `y` of none of the eight points of small order.
///
/// The sign of `x` does not matter for either: a point and its negative have the same order. That leaves five `y`, and
/// it covers the encodings with the sign of an `x` that is zero as well.
fn is_usable_point(encoding: &[u8; 32]) -> bool {
    let [start @ .., last] = encoding;
    let mut y = [0; 32];
    for (to, from) in y.iter_mut().zip(start.iter().chain([&(last & 0x7F)])) {
        *to = *from;
    }
    is_below(&y, &PRIME) && !SMALL_ORDER.contains(&y)
}

/// Whether `number` is smaller than `bound`; both little-endian.
fn is_below(number: &[u8; 32], bound: &[u8; 32]) -> bool {
    number.iter().rev().lt(bound.iter().rev())
}

/// The order of the group (RFC 8032, section 5.1): 2^252 + 27742317777372353535851937790883648493.
const ORDER: [u8; 32] = [
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The prime of the field: 2^255 - 19.
const PRIME: [u8; 32] = {
    let mut bytes = [0xFF; 32];
    bytes[0] = 0xED;
    bytes[31] = 0x7F;
    bytes
};

/// The `y` of the points whose order divides 8.
const SMALL_ORDER: [[u8; 32]; 5] = [
    [0; 32], // order 4
    {
        let mut one = [0; 32]; // order 1: the neutral point
        one[0] = 1;
        one
    },
    {
        let mut minus_one = PRIME; // order 2
        minus_one[0] = 0xEC;
        minus_one
    },
    // Order 8, and the negative of that y.
    [
        0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5,
        0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ],
    [
        0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A,
        0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ],
];

#[cfg(test)]
mod tests;
