//! Tokens and ids: a token is one when its check fits, whoever computes it; an id is written as it is read.
//!
//! The input is tried as it is, and its first 32 bytes as the random part of a token, with the rest as edits of it.
#![no_main]

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coffer_encryption::hash::sha256;
use coffer_engine::entry_id::EntryId;
use coffer_engine::token::{TokenHash, TokenId};
use coffer_fuzz::edited;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        read(text);
    }
    let Some((random, edits)) = input.split_first_chunk::<32>() else { return };
    let check = sha256(&sha256(random));
    let token = format!("coffer_{}", URL_SAFE_NO_PAD.encode([&random[..], &check[..4]].concat()));
    assert_eq!(token.len(), 55);
    read(&token);
    assert!(TokenHash::of_text(&token).is_some());
    let changed = edited(token.as_bytes(), edits);
    if let Ok(changed) = std::str::from_utf8(&changed) {
        read(changed);
        assert_eq!(TokenHash::of_text(changed).is_some(), changed == token, "a change is noticed");
    }
});

fn read(text: &str) {
    assert_eq!(TokenHash::of_text(text).is_some(), is_token(text));
    if let Some(id) = TokenId::parse(text) {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
    }
    if let Some(id) = EntryId::parse(text) {
        assert_eq!(id.to_string(), text.to_ascii_lowercase());
    }
}

/// The same, by another way.
fn is_token(text: &str) -> bool {
    let bytes = text.strip_prefix("coffer_").and_then(|raw| URL_SAFE_NO_PAD.decode(raw).ok());
    let parts = bytes.as_deref().and_then(|bytes| bytes.split_last_chunk::<4>());
    parts.is_some_and(|(random, check)| random.len() == 32 && sha256(&sha256(random)).starts_with(check))
}
