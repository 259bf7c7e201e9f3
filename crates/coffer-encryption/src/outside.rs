//! Signatures of others: keys that somebody else publishes, in the schemes that RFC 7518 and RFC 8037 name.
//!
//! Nothing here is secret, and nothing here signs. A key says what it can check: a scheme that does not fit it checks nothing.
//!
//! # Invariants
//!
//! * There is no scheme with a shared key, and none without one.
//! * RSA keys have 2,048 to 8,192 bits, and a short odd exponent: a check costs little, whoever made the key.
//! * ECDSA signatures have the fixed form of RFC 7518, two numbers of equal length, and no other.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ECDSA_P521_SHA512_FIXED, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256,
    RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};

use crate::sign::{BadPublicKey, BadSignature, PublicKey, verify};

/// How something is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    RsaSha256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    RsaSha384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RsaSha512,
    /// RSASSA-PSS with SHA-256.
    PssSha256,
    /// RSASSA-PSS with SHA-384.
    PssSha384,
    /// RSASSA-PSS with SHA-512.
    PssSha512,
    /// ECDSA on P-256 with SHA-256.
    P256,
    /// ECDSA on P-384 with SHA-384.
    P384,
    /// ECDSA on P-521 with SHA-512.
    P521,
    /// Ed25519.
    Ed25519,
}

/// A key that somebody else publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutsideKey(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    P384(Vec<u8>),
    P521(Vec<u8>),
    Ed25519(PublicKey),
}

/// Bytes of an RSA modulus.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;

impl OutsideKey {
    /// An RSA key: modulus and exponent, big-endian, without leading zeros.
    ///
    /// # Errors
    ///
    /// [`BadPublicKey`] when it is shorter than 2,048 bits, or longer than 8,192; when a number has another form; when the exponent is even,
    /// one, or longer than 32 bits.
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, BadPublicKey> {
        let is_short = |number: &[u8]| number.first().is_some_and(|first| *first != 0);
        let is_odd = |number: &[u8]| number.last().is_some_and(|last| last & 1 == 1);
        let fits = MODULUS_BYTES.contains(&modulus.len()) && exponent.len() <= 4 && exponent != [1];
        if !fits || ![modulus, exponent].into_iter().all(|number| is_short(number) && is_odd(number)) {
            return Err(BadPublicKey);
        }
        Ok(Self(Kind::Rsa { modulus: modulus.to_vec(), exponent: exponent.to_vec() }))
    }

    /// A point on the curve of this scheme, by its coordinates at full length. Whether it lies there is seen when it is used.
    ///
    /// # Errors
    ///
    /// [`BadPublicKey`] when a coordinate has another length, or the scheme has no such curve.
    pub fn point(scheme: Scheme, x: &[u8], y: &[u8]) -> Result<Self, BadPublicKey> {
        let (kind, bytes): (fn(Vec<u8>) -> Kind, usize) = match scheme {
            Scheme::P256 => (Kind::P256, 32),
            Scheme::P384 => (Kind::P384, 48),
            Scheme::P521 => (Kind::P521, 66),
            _ => return Err(BadPublicKey),
        };
        if x.len() != bytes || y.len() != bytes {
            return Err(BadPublicKey);
        }
        Ok(Self(kind([&[4], x, y].concat())))
    }

    /// An Ed25519 key, checked as [`PublicKey`] is.
    ///
    /// # Errors
    ///
    /// [`BadPublicKey`].
    pub fn ed25519(bytes: &[u8]) -> Result<Self, BadPublicKey> {
        let bytes = bytes.try_into().map_err(|_length| BadPublicKey)?;
        Ok(Self(Kind::Ed25519(PublicKey::from_bytes(bytes)?)))
    }

    /// Whether this key checks signatures of this scheme.
    #[must_use]
    pub fn fits(&self, scheme: Scheme) -> bool {
        match (&self.0, scheme) {
            (Kind::Rsa { .. }, scheme) => rsa(scheme).is_some(),
            (Kind::P256(_), Scheme::P256) | (Kind::P384(_), Scheme::P384) => true,
            (Kind::P521(_), Scheme::P521) | (Kind::Ed25519(_), Scheme::Ed25519) => true,
            _ => false,
        }
    }

    /// Checks that `signature` is one of `message` by this key, in this scheme.
    ///
    /// # Errors
    ///
    /// [`BadSignature`], also when the scheme does not fit the key; it does not say why.
    pub fn verify(&self, scheme: Scheme, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let on_curve = |algorithm: &'static dyn VerificationAlgorithm, point: &Vec<u8>| {
            UnparsedPublicKey::new(algorithm, point).verify(message, signature).map_err(|_| BadSignature)
        };
        match (&self.0, scheme) {
            (Kind::Rsa { modulus, exponent }, scheme) => {
                let parameters = rsa(scheme).ok_or(BadSignature)?;
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(parameters, message, signature).map_err(|_| BadSignature)
            }
            (Kind::P256(point), Scheme::P256) => on_curve(&ECDSA_P256_SHA256_FIXED, point),
            (Kind::P384(point), Scheme::P384) => on_curve(&ECDSA_P384_SHA384_FIXED, point),
            (Kind::P521(point), Scheme::P521) => on_curve(&ECDSA_P521_SHA512_FIXED, point),
            (Kind::Ed25519(key), Scheme::Ed25519) => verify(key, message, signature),
            _ => Err(BadSignature),
        }
    }
}

fn rsa(scheme: Scheme) -> Option<&'static RsaParameters> {
    match scheme {
        Scheme::RsaSha256 => Some(&RSA_PKCS1_2048_8192_SHA256),
        Scheme::RsaSha384 => Some(&RSA_PKCS1_2048_8192_SHA384),
        Scheme::RsaSha512 => Some(&RSA_PKCS1_2048_8192_SHA512),
        Scheme::PssSha256 => Some(&RSA_PSS_2048_8192_SHA256),
        Scheme::PssSha384 => Some(&RSA_PSS_2048_8192_SHA384),
        Scheme::PssSha512 => Some(&RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
