//! Where this server asks for keys: the public internet, and what the operator has named besides.
//!
//! Whoever may trust an issuer says where its keys are, and is not the operator. So nothing that only this machine reaches is asked: not the
//! machine itself, nor its network, nor what a cloud tells its machines.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use coffer_engine::network::Network;

/// Whether it may be asked.
pub(super) fn may_be_asked(address: IpAddr, allowed: &[Network]) -> bool {
    let address = address.to_canonical();
    let is_public = match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    };
    is_public || allowed.iter().any(|network| network.has(address))
}

/// Of the registry of special addresses (RFC 6890) none is.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        // This network, shared addresses of carriers, protocols, 6to4 relays, benchmarks, what is reserved.
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240)
}

/// Global unicast, without what only leads to other addresses: protocols and Teredo, documentation, 6to4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    let is_global = first & 0xe000 == 0x2000;
    let leads_elsewhere = (first == 0x2001 && (second < 0x0200 || second == 0x0db8))
        || first == 0x2002
        || (first == 0x3fff && second < 0x1000);
    is_global && !leads_elsewhere
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn t_i1_only_public_addresses_are_asked_and_those_that_are_allowed() {
        let may = |text: &str, allowed: &[Network]| may_be_asked(text.parse().unwrap(), allowed);
        for public in ["1.1.1.1", "140.82.112.3", "172.15.0.1", "172.32.0.1", "100.63.0.1", "2606:4700::1111"]
        {
            assert!(may(public, &[]), "{public}");
        }
        for other in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.170",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::7f00:1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!may(other, &[]), "{other}");
        }
        let own = [Network::parse("10.1.0.0/16").unwrap(), Network::parse("fd00::/8").unwrap()];
        for allowed in ["10.1.2.3", "::ffff:10.1.2.3", "fd00:ec2::254"] {
            assert!(may(allowed, &own), "{allowed}");
        }
        for other in ["10.2.0.1", "127.0.0.1", "169.254.169.254", "fe80::1"] {
            assert!(!may(other, &own), "{other}");
        }
    }
}
