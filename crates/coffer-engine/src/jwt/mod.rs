//! JSON Web Tokens (RFC 7519) of issuers that a tenant trusts: what a CI job or a workload shows to sign in.
//!
//! A token is read here, and checked against keys and claims that were found elsewhere. Only the compact form of a signed token is one
//! (RFC 7515, section 7.1), as RFC 8725 advises: the algorithm is one that the issuer's record allows and that fits the key.
//!
//! # Invariants
//! - A token is a credential: its text and its signature are in no record, entry, error or `Debug`.
//! - Sizes are looked at before anything is decoded; each part has one spelling; a name that stands twice makes it none.
//! - What is not understood and says that it must be (`crit`) is refused. Keys that a token brings along (`jwk`, `jku`, `x5c`, `x5u`) are
//!   never looked at.
//! - Nothing here says why a token is none: whoever shows one learns nothing.

mod algorithm;
mod binding;
mod claims;
mod json;
mod keys;

pub use algorithm::Algorithm;
pub use binding::ClaimPatterns;
pub use claims::Claims;
pub(crate) use keys::is_address;
pub use keys::{BadKeySet, IssuerKeys, KeySet, KeysAt, NoKeys, discovered};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use zeroize::Zeroizing;

use self::json::Json;
use crate::limits::{JWT_KEY_ID_MAX_BYTES, JWT_MAX_BYTES};

/// A token that nobody has looked at but for its form. What it claims is not true yet.
pub struct Untrusted<'t> {
    /// What is signed: header and claims, as they came.
    signed: &'t str,
    algorithm: Algorithm,
    key_id: Option<String>,
    claims: Claims,
    signature: Zeroizing<Vec<u8>>,
}

impl<'t> Untrusted<'t> {
    /// Reads a token. `None`: it is none.
    #[must_use]
    pub fn parse(text: &'t str) -> Option<Self> {
        if text.len() > JWT_MAX_BYTES {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let part = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let signature = Zeroizing::new(part(signature)?);
        let header = Json::object(&part(header)?)?;
        let claims = Claims::new(Json::object(&part(claims)?)?);
        let is_other = |name: &str| header.contains_key(name);
        // What is critical is nothing that is known here (RFC 7515, section 4.1.11; RFC 7797).
        if ["crit", "b64", "zip", "enc"].into_iter().any(is_other) {
            return None;
        }
        let typ = header.get("typ").map(|typ| typ.text().unwrap_or_default());
        if !typ.is_none_or(|typ| ["JWT", "at+jwt"].iter().any(|known| known.eq_ignore_ascii_case(typ))) {
            return None;
        }
        let algorithm = Algorithm::named(header.get("alg")?.text()?)?;
        let key_id = match header.get("kid") {
            None => None,
            Some(id) => Some(id.text().filter(|id| id.len() <= JWT_KEY_ID_MAX_BYTES)?.to_owned()),
        };
        Some(Self { signed, algorithm, key_id, claims, signature })
    }

    /// Who says that it has made it.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.claims.issuer()
    }

    /// How it says that it is signed.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key that it names.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// What it claims, for looking up who could have said so.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// What it claims, signed by one of these keys. `None`: it is not.
    #[must_use]
    pub fn signed_by(self, keys: &KeySet) -> Option<Claims> {
        let named = (self.algorithm, self.key_id.as_deref());
        keys.verify(named, self.signed.as_bytes(), &self.signature).then_some(self.claims)
    }
}

/// Says nothing of it.
impl std::fmt::Debug for Untrusted<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Untrusted(..)")
    }
}

#[cfg(test)]
mod tests;
