//! Whoever signs tokens, for tests: an issuer as there are many outside, with keys of every family.

use std::fmt::Write as _;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coffer_encryption::{RandomError, SigningKey};

/// A pair of keys of an issuer's.
pub struct TokenSigner {
    id: String,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    Ed25519(SigningKey),
}

impl TokenSigner {
    /// One for RS256.
    ///
    /// # Errors
    /// When there are no random bytes, as below.
    pub fn rs256(id: &str) -> Result<Self, RandomError> {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| RandomError)?;
        Ok(Self { id: id.to_owned(), pair: Pair::Rsa(Box::new(pair)) })
    }

    /// One for ES256.
    ///
    /// # Errors
    /// As above.
    pub fn es256(id: &str) -> Result<Self, RandomError> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| RandomError)?;
        Ok(Self { id: id.to_owned(), pair: Pair::P256(pair) })
    }

    /// One for `EdDSA`.
    ///
    /// # Errors
    /// As above.
    pub fn eddsa(id: &str) -> Result<Self, RandomError> {
        Ok(Self { id: id.to_owned(), pair: Pair::Ed25519(SigningKey::generate()?) })
    }

    /// What others know it by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// A token that claims this, with the header that issuers write.
    #[must_use]
    pub fn token(&self, claims: &str) -> String {
        let header = format!(r#"{{"alg":"{}","typ":"JWT","kid":"{}"}}"#, self.algorithm(), self.id);
        self.token_with(&header, claims)
    }

    /// A token with this header.
    #[must_use]
    pub fn token_with(&self, header: &str, claims: &str) -> String {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(self.sign(signed.as_bytes())))
    }

    /// `RS256`, and so on.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
            Pair::Ed25519(_) => "EdDSA",
        }
    }

    /// The public half, as a member of a set (RFC 7517).
    #[must_use]
    pub fn public(&self) -> String {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let about = match &self.pair {
            Pair::Rsa(pair) => {
                // SEQUENCE, INTEGER of 257 bytes, INTEGER 65537 (RFC 8017, appendix A.1.1).
                let modulus = pair.public_key().as_ref().get(9..265).unwrap_or_default();
                format!(r#""kty":"RSA","n":"{}","e":"AQAB""#, text(modulus))
            }
            Pair::P256(pair) => {
                let (x, y) = pair.public_key().as_ref().get(1..).unwrap_or_default().split_at(32);
                format!(r#""kty":"EC","crv":"P-256","x":"{}","y":"{}""#, text(x), text(y))
            }
            Pair::Ed25519(pair) => {
                let x = pair.public().map(|key| text(key.bytes())).unwrap_or_default();
                format!(r#""kty":"OKP","crv":"Ed25519","x":"{x}""#)
            }
        };
        format!(r#"{{{about},"use":"sig","alg":"{}","kid":"{}"}}"#, self.algorithm(), self.id)
    }

    /// A set of the public halves of these.
    #[must_use]
    pub fn set<'s>(signers: impl IntoIterator<Item = &'s Self>) -> String {
        let mut keys = String::new();
        for signer in signers {
            // Writing to a String does not fail.
            let _ = write!(keys, "{}{}", if keys.is_empty() { "" } else { "," }, signer.public());
        }
        format!(r#"{{"keys":[{keys}]}}"#)
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature);
                if signed.is_ok() { signature } else { Vec::new() }
            }
            Pair::P256(pair) => {
                pair.sign(&random, message).map(|done| done.as_ref().to_vec()).unwrap_or_default()
            }
            Pair::Ed25519(pair) => pair.sign(message).map(|done| done.to_vec()).unwrap_or_default(),
        }
    }
}

/// Says nothing of its keys.
impl std::fmt::Debug for TokenSigner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TokenSigner({})", self.id)
    }
}
