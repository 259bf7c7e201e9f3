use super::fields::Fields;
use super::names::{Kind, Name};
use super::*;
use crate::testkit::{TestAuthority, TestCertificate};
use crate::time::Timestamp;

fn fits(pattern: &str, kind: Kind, name: &str) -> bool {
    NamePattern::parse(pattern).unwrap().fits(&Name::new(kind, name).into_iter().collect::<Vec<_>>())
}

#[test]
fn t_a9_names_are_compared_whole_and_a_star_covers_what_it_says() {
    let dns = |pattern: &str, name: &str| fits(pattern, Kind::Dns, name);
    assert!(dns("dns:build.ci.example", "BUILD.ci.example"));
    assert!(dns("dns:*.ci.example", "build.ci.example"));
    for other in [
        "ci.example",
        "a.b.ci.example",
        "evilci.example",
        "build.ci.example.evil",
        ".ci.example",
        "build.ci.example.",
        "*.ci.example",
    ] {
        assert!(!dns("dns:*.ci.example", other), "{other}");
    }
    let uri = |pattern: &str, name: &str| fits(pattern, Kind::Uri, name);
    assert!(uri("uri:spiffe://acme.example/prod/shop", "spiffe://acme.example/prod/shop"));
    assert!(uri("uri:spiffe://acme.example/prod/*", "spiffe://acme.example/prod/shop/one"));
    for other in [
        "spiffe://acme.example/prod",
        "spiffe://acme.example/prod/",
        "spiffe://acme.example/production/shop",
        "spiffe://acme.example/prod/../root",
        "spiffe://acme.example/prod/%2e%2e/root",
        "spiffe://acme.example/prod/shop?x",
        "spiffe://ACME.example/prod/shop",
        "spiffe://acme.example.evil/prod/shop",
    ] {
        assert!(!uri("uri:spiffe://acme.example/prod/*", other), "{other}");
    }
    assert!(fits("email:ci@acme.example", Kind::Email, "ci@ACME.example"));
    assert!(!fits("email:ci@acme.example", Kind::Email, "CI@acme.example"));
    // Each kind is one of its own.
    assert!(!fits("dns:build.example", Kind::CommonName, "build.example"));
    assert!(!fits("cn:build.example", Kind::Dns, "build.example"));
    assert!(fits("cn:build.example", Kind::CommonName, "build.example"));
}

#[test]
fn a_pattern_that_could_mean_more_than_it_says_is_refused() {
    for wrong in [
        "",
        "build.example",
        "ip:10.0.0.1",
        "dns:",
        "dns:*",
        "dns:*.example",
        "dns:a.*.example",
        "dns:a*.ci.example",
        "dns:**.ci.example",
        "dns:a..example",
        "dns:a b.example",
        "dns:*.*.ci.example",
        "uri:*",
        "uri:spiffe://*",
        "uri:spiffe://*/prod",
        "uri:spiffe://acme.example/prod*",
        "uri:spiffe://acme.example/*/shop",
        "uri:spiffe:///*",
        "uri:shop",
        "uri:urn:*",
        "email:*@acme.example",
        "email:acme.example",
        "email:a@b@c",
        "cn:*",
        "cn:ci-*",
        "cn: a",
        "cn:a\u{0}b",
        "DNS:a.example",
    ] {
        let refused = NamePattern::parse(wrong).map_err(|invalid| invalid.code());
        assert_eq!(refused, Err("authority.name"), "{wrong}");
    }
    assert_eq!(NamePattern::parse("dns:*.CI.Example").unwrap().as_str(), "dns:*.ci.example");
    assert!(NamePattern::parse("uri:urn:uuid:f81d4fae").is_ok());
}

#[test]
fn a_certificate_is_read_as_it_was_made() {
    let authority = TestAuthority::new("acme").unwrap();
    let names = ["cn:build", "dns:a.example", "uri:spiffe://acme.example/a", "email:a@acme.example"];
    let made = authority
        .issue_as(&names, |params| {
            params.not_before = crate::testkit::rcgen::date_time_ymd(1999, 12, 31);
            params.not_after = crate::testkit::rcgen::date_time_ymd(2050, 3, 1);
        })
        .unwrap();
    let fields = Fields::read(&made.der()).unwrap();
    assert!(!fields.is_authority && fields.is_for_clients);
    assert_eq!((fields.from.millis(), fields.until.millis()), (946_598_400_000, 2_529_705_600_999));
    assert!(fields.is_good(Timestamp::from_millis(2_529_705_600_999)));
    assert!(!fields.is_good(Timestamp::from_millis(2_529_705_601_000)));
    assert!(!fields.is_good(Timestamp::from_millis(946_598_399_999)));
    assert_eq!(fields.names.len(), 4);
    for name in names {
        assert!(NamePattern::parse(name).unwrap().fits(&fields.names), "{name}");
    }
    let about = About::read(&authority.der()).unwrap();
    assert!(about.is_authority && about.common_name.contains("acme"), "{about:?}");
    assert_eq!(about.thumbprint, Thumbprint::of(&authority.der()));
    // Whatever is cut off or put behind, and every single bit of the form, is told: nothing panics.
    let der = made.der();
    for end in 0..der.len() {
        assert!(Fields::read(&der[..end]).is_none(), "{end}");
    }
    assert!(Fields::read(&[der.as_slice(), b"\0"].concat()).is_none());
    for at in 0..der.len() {
        let mut other = der.clone();
        other[at] ^= 0x80;
        let _ = (Fields::read(&other), About::read(&other));
    }
}

#[test]
fn what_is_shown_is_bounded() {
    let made = TestCertificate::of_itself(&["cn:a"], |_| {}).unwrap().der();
    let shown = |many: usize| ShownChain::new(std::iter::repeat_n(made.as_slice(), many)).is_some();
    assert!(!shown(0) && shown(1) && shown(SHOWN_CHAIN_MAX) && !shown(SHOWN_CHAIN_MAX + 1));
    let large = vec![0; SHOWN_CHAIN_MAX_BYTES];
    assert!(ShownChain::new([large.as_slice()]).is_some());
    assert!(ShownChain::new([large.as_slice(), b"x"]).is_none());
}
