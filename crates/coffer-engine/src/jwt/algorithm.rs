//! How a token may be signed.

use coffer_encryption::Scheme;
use minicbor::{CborLen, Decode, Encode};

/// One of the algorithms of RFC 7518 and RFC 8037 in which the key that checks is public. There is no other here: not `none`, and none with
/// a shared key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[n(0)]
    Rs256,
    /// The same with SHA-384.
    #[n(1)]
    Rs384,
    /// The same with SHA-512.
    #[n(2)]
    Rs512,
    /// RSASSA-PSS with SHA-256.
    #[n(3)]
    Ps256,
    /// The same with SHA-384.
    #[n(4)]
    Ps384,
    /// The same with SHA-512.
    #[n(5)]
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    #[n(6)]
    Es256,
    /// ECDSA on P-384 with SHA-384.
    #[n(7)]
    Es384,
    /// ECDSA on P-521 with SHA-512.
    #[n(8)]
    Es512,
    /// Ed25519.
    #[n(9)]
    EdDsa,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::EdDsa,
    ];

    /// `RS256`, and so on: as a token's header says it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::EdDsa => "EdDSA",
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    pub(super) const fn scheme(self) -> Scheme {
        match self {
            Self::Rs256 => Scheme::RsaSha256,
            Self::Rs384 => Scheme::RsaSha384,
            Self::Rs512 => Scheme::RsaSha512,
            Self::Ps256 => Scheme::PssSha256,
            Self::Ps384 => Scheme::PssSha384,
            Self::Ps512 => Scheme::PssSha512,
            Self::Es256 => Scheme::P256,
            Self::Es384 => Scheme::P384,
            Self::Es512 => Scheme::P521,
            Self::EdDsa => Scheme::Ed25519,
        }
    }
}
