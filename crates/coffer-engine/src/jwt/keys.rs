//! A set of keys (RFC 7517), as an issuer publishes it.
//!
//! Trust: the set comes from wherever the issuer's record says, or is in it. A key says nothing of who may sign what: which algorithms are
//! taken is the record's word.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coffer_encryption::{OutsideKey, Scheme};

use super::algorithm::Algorithm;
use super::json::Json;
use crate::limits::{ISSUER_TEXT_MAX_BYTES, JWK_SET_KEYS_MAX, JWK_SET_MAX_BYTES};

/// The keys of an issuer that can check a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    keys: Vec<Key>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    id: Option<String>,
    /// The one that it is for, if it says so.
    algorithm: Option<Algorithm>,
    public: OutsideKey,
}

/// What is no set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadKeySet {
    /// Not a document of RFC 7517, or one that is too large.
    Form,
    /// A key in it is private, or shared.
    Private,
    /// None of the keys in it can check a signature.
    Empty,
}

/// What only whoever signs may know: of RSA and of curves, and a shared key.
const PRIVATE: [&str; 7] = ["d", "p", "q", "dp", "dq", "qi", "k"];

impl KeySet {
    /// The keys in this document. Those of another kind, for another use, or too weak are passed over, as the RFC wants it.
    ///
    /// # Errors
    /// [`BadKeySet`].
    pub fn parse(document: &[u8]) -> Result<Self, BadKeySet> {
        if document.len() > JWK_SET_MAX_BYTES {
            return Err(BadKeySet::Form);
        }
        let Some(Json::List(listed)) = Json::object(document).and_then(|mut all| all.remove("keys")) else {
            return Err(BadKeySet::Form);
        };
        if listed.len() > JWK_SET_KEYS_MAX {
            return Err(BadKeySet::Form);
        }
        let mut keys = Vec::new();
        for one in &listed {
            let Json::Object(members) = one else { return Err(BadKeySet::Form) };
            if PRIVATE.iter().any(|name| members.contains_key(*name)) {
                return Err(BadKeySet::Private);
            }
            keys.extend(key(members));
        }
        if keys.is_empty() { Err(BadKeySet::Empty) } else { Ok(Self { keys }) }
    }

    /// Whether a key has this id.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|key| key.id.as_deref() == Some(id))
    }

    /// Whether the key that is meant has made this signature. Where none is named, it is the only one that fits.
    pub(super) fn verify(
        &self,
        (algorithm, id): (Algorithm, Option<&str>),
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let scheme = algorithm.scheme();
        let mut fitting = self.keys.iter().filter(|key| {
            key.algorithm.is_none_or(|own| own == algorithm)
                && key.public.fits(scheme)
                && (id.is_none() || key.id.as_deref() == id)
        });
        match (fitting.next(), fitting.next()) {
            (Some(key), None) => key.public.verify(scheme, message, signature).is_ok(),
            // None, or nobody can say which.
            _ => false,
        }
    }
}

fn key(members: &BTreeMap<String, Json>) -> Option<Key> {
    let text = |name: &str| members.get(name).and_then(Json::text);
    let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
    if members.contains_key("use") && text("use") != Some("sig") {
        return None;
    }
    let verifies =
        |all: &Json| matches!(all, Json::List(all) if all.contains(&Json::Text("verify".to_owned())));
    if !members.get("key_ops").is_none_or(verifies) {
        return None;
    }
    let algorithm = match members.get("alg") {
        None => None,
        Some(named) => Some(Algorithm::named(named.text()?)?),
    };
    let id = match members.get("kid") {
        None => None,
        Some(id) => Some(id.text()?.to_owned()),
    };
    let public = match (text("kty")?, text("crv")) {
        ("RSA", None) => OutsideKey::rsa(&bytes("n")?, &bytes("e")?),
        ("EC", Some("P-256")) => OutsideKey::point(Scheme::P256, &bytes("x")?, &bytes("y")?),
        ("EC", Some("P-384")) => OutsideKey::point(Scheme::P384, &bytes("x")?, &bytes("y")?),
        ("EC", Some("P-521")) => OutsideKey::point(Scheme::P521, &bytes("x")?, &bytes("y")?),
        ("OKP", Some("Ed25519")) => OutsideKey::ed25519(&bytes("x")?),
        _ => return None,
    };
    Some(Key { id, algorithm, public: public.ok()? })
}

/// Where an issuer publishes its keys.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeysAt {
    /// Where its discovery document says; this is the issuer (OpenID Connect Discovery 1.0, section 4).
    Discovery(String),
    /// At this address.
    Address(String),
}

/// Whoever gets the keys that issuers publish: the engine has no network.
pub trait IssuerKeys: Send + Sync {
    /// The keys at this place, with the one of this id among them, if the issuer has it. `None`: they can't be had now.
    fn keys<'a>(
        &'a self,
        at: &'a KeysAt,
        id: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<Arc<KeySet>>> + Send + 'a>>;
}

/// Gets none: what is in an issuer's record has to do.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoKeys;

impl IssuerKeys for NoKeys {
    fn keys<'a>(
        &'a self,
        _: &'a KeysAt,
        _: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<Arc<KeySet>>> + Send + 'a>> {
        Box::pin(std::future::ready(None))
    }
}

/// The address of the keys that this discovery document names. `None`: it is none, or another issuer's, or the address is none.
#[must_use]
pub fn discovered(document: &[u8], issuer: &str) -> Option<String> {
    let said = Json::object(document)?;
    // What says that it is another's may be put here by that one (OpenID Connect Discovery 1.0, section 4.3).
    if said.get("issuer").and_then(Json::text) != Some(issuer) {
        return None;
    }
    let address = said.get("jwks_uri").and_then(Json::text).filter(|address| is_address(address))?;
    Some(address.to_owned())
}

/// Whether keys may be asked for there, by its form. In clear only on this machine: where that is allowed at all, the server says.
pub(crate) fn is_address(text: &str) -> bool {
    let is_host = |rest: &str| {
        let host = rest.split('/').next().unwrap_or_default();
        let may = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
        !host.is_empty() && host.chars().all(may)
    };
    let is_plain = text.len() <= ISSUER_TEXT_MAX_BYTES
        && text.chars().all(|c| c.is_ascii_graphic())
        && !text.contains(['?', '#', '\\', '@']);
    let here = ["127.0.0.1", "[::1]"];
    let is_here = |rest: &str| {
        here.iter().any(|host| rest.strip_prefix(host).is_some_and(|rest| rest.starts_with([':', '/'])))
    };
    is_plain
        && match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => is_host(rest),
            (None, Some(rest)) => is_host(rest) && is_here(rest),
            (None, None) => false,
        }
}
