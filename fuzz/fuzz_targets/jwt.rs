//! Tokens and keys of issuers: what is read of a token is what another reader of JSON finds in it; nothing that nobody has signed is signed;
//! a claim that is bound says what its pattern says.
//!
//! Input: a line that says what it is, and its bytes.
#![no_main]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coffer_engine::jwt::{Algorithm, ClaimPatterns, KeySet, Untrusted, discovered};
use coffer_engine::testkit::TokenSigner;
use coffer_fuzz::{edited, named};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static SIGNER: LazyLock<TokenSigner> = LazyLock::new(|| TokenSigner::eddsa("key").unwrap());
static KEYS: LazyLock<KeySet> =
    LazyLock::new(|| KeySet::parse(TokenSigner::set([&*SIGNER]).as_bytes()).unwrap());

fuzz_target!(|input: &[u8]| {
    let Some((name, bytes)) = named(input) else { return };
    match name {
        "token" => {
            let Ok(text) = std::str::from_utf8(bytes) else { return };
            assert!(read(text).is_none_or(|token| token.signed_by(&KEYS).is_none()), "nobody has signed it");
        }
        "header" => signed(bytes, br#"{"iss":"joe","exp":1}"#, &[]),
        "claims" => signed(br#"{"alg":"EdDSA","kid":"key"}"#, bytes, &[]),
        "edits" => signed(br#"{"alg":"EdDSA","kid":"key"}"#, br#"{"iss":"joe","sub":"a:b","exp":1}"#, bytes),
        "keys" => keys(bytes),
        "discovery" => discovery(bytes),
        "pattern" => pattern(bytes),
        _ => {}
    }
});

/// A token that is read says what it says.
fn read(text: &str) -> Option<Untrusted<'_>> {
    let token = Untrusted::parse(text)?;
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("a token has three parts") };
    let json =
        |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
    let (header, claims) = (json(header), json(claims));
    assert!(URL_SAFE_NO_PAD.decode(signature).is_ok() && header.get("crit").is_none());
    assert_eq!(header["alg"], token.algorithm().name());
    assert!(Algorithm::named(header["alg"].as_str().unwrap()).is_some(), "never `none`, never a shared key");
    assert_eq!(header["kid"].as_str(), token.key_id());
    assert_eq!(claims["iss"].as_str(), token.issuer());
    let audience = vec!["coffer".to_owned()];
    if token.claims().is_for(&audience) {
        let aud = &claims["aud"];
        let lists = aud.as_array().is_some_and(|all| all.contains(&Value::from("coffer")));
        assert!(aud == "coffer" || lists);
    }
    Some(token)
}

/// What is signed with a header and claims is good when both are read, unless it was edited.
fn signed(header: &[u8], claims: &[u8], edits: &[u8]) {
    let (Ok(header), Ok(claims)) = (std::str::from_utf8(header), std::str::from_utf8(claims)) else { return };
    let text = SIGNER.token_with(header, claims);
    let changed = edited(text.as_bytes(), edits);
    let Ok(changed) = std::str::from_utf8(&changed) else { return };
    let Some(token) = read(changed) else { return };
    let is_ours = token.algorithm() == Algorithm::EdDsa && token.key_id().is_none_or(|id| id == "key");
    assert_eq!(token.signed_by(&KEYS).is_some(), is_ours && changed == text, "a change is noticed");
}

/// A set of keys holds none that is private, and what it is read from is JSON.
fn keys(document: &[u8]) {
    if KeySet::parse(document).is_err() {
        return;
    }
    let read: Value = serde_json::from_slice(document).unwrap();
    for key in read["keys"].as_array().unwrap() {
        assert!(["d", "k", "p", "q"].iter().all(|name| key.get(name).is_none()), "a private key");
    }
}

/// A discovery document leads nowhere but to an address of HTTPS, or of this machine.
fn discovery(document: &[u8]) {
    let Some(address) = discovered(document, "https://a.example") else { return };
    let read: Value = serde_json::from_slice(document).unwrap();
    assert_eq!(
        (&read["issuer"], &read["jwks_uri"]),
        (&Value::from("https://a.example"), &Value::from(address.as_str()))
    );
    assert!(
        address.starts_with("https://")
            || address.starts_with("http://127.0.0.1")
            || address.starts_with("http://[::1]")
    );
    assert!(!address.contains(['@', '?', '#', '\\', ' ']), "{address}");
}

/// A pattern fits a claim when the plain meaning of it does. First line: the pattern; then what is claimed.
fn pattern(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    let Some((pattern, said)) = text.split_once('\n') else { return };
    let Ok(bound) = ClaimPatterns::new(BTreeMap::from([("sub".to_owned(), pattern.to_owned())])) else {
        return;
    };
    let claims = serde_json::json!({ "sub": said }).to_string();
    let token = SIGNER.token(&claims);
    let Some(token) = Untrusted::parse(&token) else { return };
    let expected = match pattern.split_once('*') {
        None => said == pattern,
        Some((before, behind)) => {
            assert!(behind.is_empty() && before.len() > 1 && before.ends_with(['/', ':']));
            said.strip_prefix(before).is_some_and(|rest| !rest.is_empty())
        }
    };
    assert_eq!(bound.fit(token.claims()), expected);
}
