//! Client certificates (RFC 5280) of authorities that a tenant trusts: what a machine shows to sign in, as it opens its connection.
//!
//! Whoever opened the connection has proved that the key is theirs: that is all that the TLS listener has looked at. Whose the certificate is,
//! and whether anybody here trusts who says so, is decided here, with `rustls-webpki`, against certificates that were found elsewhere.
//!
//! # Invariants
//! - What an authority has signed is an end-entity's certificate that says that it is for clients (`clientAuth`), of a chain of which each is good
//!   now; with lists of revoked certificates, of a chain that they speak of completely, and none of them is out of date (T-A9).
//! - A certificate that is trusted and is no authority's means itself, byte for byte, and signs for nobody.
//! - Names are compared whole: see `names.rs`. Nothing here says why a certificate is none.

mod der;
mod fields;
mod names;
mod trust;

use coffer_encryption::hash;

pub use self::fields::About;
pub use self::names::NamePattern;
pub(crate) use self::trust::{BadTrust, Trust};
use crate::limits::{SHOWN_CHAIN_MAX, SHOWN_CHAIN_MAX_BYTES};

/// The SHA-256 of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// That of a certificate in DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        Self(hash::sha256(certificate))
    }

    /// Its 32 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 hexadecimal digits.
impl std::fmt::Display for Thumbprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}

/// A certificate and those that lead to who has signed it, as a connection has shown them, with a proof that the key is theirs. Nobody trusts
/// them yet.
#[derive(Clone)]
pub struct ShownChain {
    first: Vec<u8>,
    rest: Vec<Vec<u8>>,
    thumbprint: Thumbprint,
}

impl ShownChain {
    /// These, each in DER, the end-entity's first. `None`: there is none, or more than anybody needs.
    #[must_use]
    pub fn new<'c>(certificates: impl IntoIterator<Item = &'c [u8]>) -> Option<Self> {
        let mut all = certificates.into_iter().map(<[u8]>::to_vec);
        let first = all.next()?;
        let rest: Vec<Vec<u8>> = all.take(SHOWN_CHAIN_MAX).collect();
        let bytes = rest.iter().fold(first.len(), |sum, one| sum.saturating_add(one.len()));
        if rest.len() >= SHOWN_CHAIN_MAX || bytes > SHOWN_CHAIN_MAX_BYTES {
            return None;
        }
        Some(Self { thumbprint: Thumbprint::of(&first), first, rest })
    }

    /// That of the end-entity's.
    #[must_use]
    pub const fn thumbprint(&self) -> Thumbprint {
        self.thumbprint
    }
}

/// They are about people, too.
impl std::fmt::Debug for ShownChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ShownChain({})", self.thumbprint)
    }
}

#[cfg(test)]
mod tests;
