use core::net::IpAddr;

use super::Network;

fn at(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_network_has_its_addresses_and_no_others() {
    for (network, inside, outside) in [
        (
            "10.0.0.0/8",
            &["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"][..],
            &["9.255.255.255", "11.0.0.0"][..],
        ),
        (
            "192.0.2.7",
            &["192.0.2.7", "::ffff:192.0.2.7"],
            &["192.0.2.6", "::192.0.2.7", "64:ff9b::192.0.2.7"],
        ),
        ("0.0.0.0/0", &["0.0.0.0", "255.255.255.255"], &["::", "::1", "2001:db8::1"]),
        ("2001:db8::/32", &["2001:db8::", "2001:db8:ffff::1"], &["2001:db9::", "32.1.13.184"]),
        ("::/0", &["::", "2001:db8::1"], &["10.0.0.1", "::ffff:10.0.0.1"]),
        ("::1", &["::1"], &["127.0.0.1", "::2"]),
    ] {
        let parsed = Network::parse(network).unwrap();
        assert!(inside.iter().all(|address| parsed.has(at(address))), "{network}");
        assert!(!outside.iter().any(|address| parsed.has(at(address))), "{network}");
        assert_eq!(Network::parse(&parsed.to_string()), Ok(parsed));
    }
}

#[test]
fn what_is_no_network_is_refused_never_mended() {
    for raw in [
        "",
        " ",
        "10",
        "10.0.0.0/",
        "/8",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/+8",
        "10.0.0/8",
        "10.0.0.1/8",
        "10.0.0.0/8 ",
        "010.0.0.0/8",
        "0x0a.0.0.0/8",
        "::1/64",
        "::/129",
        "fe80::1%eth0",
        "::ffff:10.0.0.0/104",
        "::ffff:10.0.0.1",
        "example.org",
        "10.0.0.0/8,11.0.0.0/8",
    ] {
        assert_eq!(Network::parse(raw).unwrap_err().code(), "network.invalid", "{raw:?}");
    }
}
