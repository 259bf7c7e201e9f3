//! Client certificates: what is read of one is all of it, and nothing that is cut off or put behind is one; a name that is bound is written as it
//! is read.
//!
//! Input: a line that says what it is, and its bytes.
#![no_main]

use coffer_engine::x509::{About, NamePattern, ShownChain, Thumbprint};
use coffer_fuzz::named;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let Some((name, bytes)) = named(input) else { return };
    match name {
        "certificate" => certificate(bytes),
        "pattern" => pattern(bytes),
        _ => {}
    }
});

fn certificate(bytes: &[u8]) {
    if let Some(shown) = ShownChain::new([bytes]) {
        assert_eq!(shown.thumbprint(), Thumbprint::of(bytes));
    }
    let Some(about) = About::read(bytes) else { return };
    assert_eq!(about.thumbprint, Thumbprint::of(bytes));
    assert!(!about.common_name.chars().any(char::is_control));
    assert!(About::read(&[bytes, b"\0"].concat()).is_none(), "something is behind it");
    assert!(bytes.split_last().is_some_and(|(_, rest)| About::read(rest).is_none()), "something is missing");
}

fn pattern(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(pattern) = NamePattern::parse(text) else { return };
    assert!(pattern.as_str().matches('*').count() <= 1);
    assert_eq!(pattern.as_str(), NamePattern::parse(pattern.as_str()).unwrap().as_str());
}
