//! Addresses that something is sent to: HTTPS, or this machine; what is shown of one is scheme, host and port.
#![no_main]

use std::net::IpAddr;

use coffer_wire::client::Address;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(address) = Address::parse(text) else { return };
    let sent_to = address.uri().to_string();
    assert_eq!(Address::parse(&sent_to).as_ref(), Ok(&address));

    // Scheme and authority as anybody reads them, without the library.
    let (scheme, rest) = text.split_once("://").unwrap();
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap();
    let shown = address.to_string();
    assert_eq!(shown.to_ascii_lowercase(), format!("{scheme}://{authority}").to_ascii_lowercase());
    assert!(sent_to.starts_with(&shown));
    assert!(!authority.contains('@') && !text.contains('#'));
    assert!(!text.chars().any(|c| c.is_control() || c.is_whitespace()));
    if !scheme.eq_ignore_ascii_case("https") {
        assert!(scheme.eq_ignore_ascii_case("http"));
        let host = match authority.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap(),
            None => authority.split(':').next().unwrap(),
        };
        assert!(host.parse::<IpAddr>().unwrap().is_loopback(), "in clear to this machine only");
    }
    if let Some(below) = address.join("add-checkpoint") {
        assert_eq!(below.to_string(), shown, "what is below goes to the same host");
        assert!(below.uri().to_string().ends_with("/add-checkpoint"));
    } else {
        assert!(text.contains('?'));
    }
});
