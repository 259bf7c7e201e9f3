//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): what a client may send with a change, so that it can send it again.
//!
//! The engine decides what it means. Here it is read, and what makes a request the same one is brought together.
//!
//! # Invariants
//! - The key is taken byte for byte, and so is the body: what is the same in other words is another request.
//! - Without the header nothing is hashed.

use axum::http::header::{self, HeaderName};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use coffer_encryption::hash::Sha256;
use coffer_engine::once::{Once, OnceKey};
use coffer_engine::tenant::TenantName;

use crate::failure::Failure;
use crate::handlers::content;
use crate::message;

/// The header.
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that the answer is the one that was given before.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
pub(crate) const YES: HeaderValue = HeaderValue::from_static("true");

/// What the headers that a request depends on are called.
const DEPENDED_ON: [HeaderName; 5] =
    [header::IF_MATCH, header::IF_NONE_MATCH, header::CONTENT_TYPE, message::HEADER, content::METADATA];

/// The key, when one was sent.
pub(crate) fn key(headers: &HeaderMap) -> Result<Option<OnceKey>, Failure> {
    let mut sent = headers.get_all(KEY).iter();
    match (sent.next(), sent.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => Ok(Some(OnceKey::parse(one.as_bytes())?)),
        (Some(_), Some(_)) => Err(Failure::invalid(
            "idempotency.key",
            "a request has one idempotency key",
            "send the header `Idempotency-Key` once",
        )),
    }
}

/// The key with all that makes the request what it is, whoever sends it. Of the body it is the SHA-256: it may have passed by.
pub(crate) fn once(key: OnceKey, parts: &Parts, tenant: &TenantName, body: [u8; 32]) -> Once {
    let mut all = Sha256::new();
    let mut add = |part: &[u8]| {
        // Each behind its length, so that no part can be taken for another.
        all.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        all.update(part);
    };
    add(parts.method.as_str().as_bytes());
    add(parts.uri.path().as_bytes());
    add(parts.uri.query().unwrap_or_default().as_bytes());
    add(tenant.as_str().as_bytes());
    for name in DEPENDED_ON {
        for value in parts.headers.get_all(&name) {
            add(name.as_str().as_bytes());
            add(value.as_bytes());
        }
    }
    add(&body);
    key.of(all.finish())
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use coffer_encryption::hash::sha256;

    use super::*;

    fn of(request: axum::http::request::Builder, tenant: &str, body: &str) -> Once {
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let key = key(&parts.headers).unwrap().unwrap();
        once(key, &parts, &TenantName::parse(tenant).unwrap(), sha256(body.as_bytes()))
    }

    fn put() -> axum::http::request::Builder {
        Request::put("/api/v1/secrets/a").header("idempotency-key", "k").header("authorization", "Bearer 1")
    }

    #[test]
    fn every_part_of_a_request_counts_and_its_token_does_not() {
        let first = of(put(), "acme", "{}");
        let again = put().header("authorization", "Bearer 2").header("user-agent", "another");
        assert!(of(again, "acme", "{}") == first);
        let others = [
            of(put().method("POST"), "acme", "{}"),
            of(put().uri("/api/v1/secrets/b"), "acme", "{}"),
            of(put().uri("/api/v1/secrets/%61"), "acme", "{}"),
            of(put().uri("/api/v1/secrets/a?instance=true"), "acme", "{}"),
            of(put(), "other", "{}"),
            of(put(), "acme", "{} "),
            of(put(), "acme", ""),
            of(put().header("if-match", "*"), "acme", "{}"),
            of(put().header("if-none-match", "*"), "acme", "{}"),
            of(put().header("if-match", "\"1\""), "acme", "{}"),
            of(put().header("x-coffer-message", "why"), "acme", "{}"),
            of(put().header("x-coffer-message", "why%21"), "acme", "{}"),
            of(put().header("x-coffer-metadata", "why"), "acme", "{}"),
            of(put().header("content-type", "text/plain"), "acme", "{}"),
        ];
        for (number, other) in others.iter().enumerate() {
            assert!(*other != first, "{number}");
            assert!(others.iter().filter(|another| *another == other).count() == 1, "{number}");
        }
    }

    #[test]
    fn a_request_has_one_key_and_it_can_be_read() {
        let of = |keys: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for key in keys {
                headers.append(KEY, HeaderValue::from_bytes(key).unwrap());
            }
            key(&headers).map(|key| key.is_some()).map_err(|failure| (failure.status.as_u16(), failure.code))
        };
        assert_eq!(of(&[]), Ok(false));
        assert_eq!(of(&[b"\"8e03978e-40d5-43e8-bc93-6894a57f9324\""]), Ok(true));
        for wrong in [[&b""[..]].as_slice(), &[b"a b"], &[b"\xff"], &[&[b'k'; 129]], &[b"k", b"k"]] {
            assert_eq!(of(wrong), Err((400, "idempotency.key")));
        }
    }
}
