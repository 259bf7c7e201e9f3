use super::{Fingerprint, Trust, TrustError};

#[test]
fn a_fingerprint_is_read_as_it_is_shown() {
    let digits = "0F".repeat(32);
    let pairs: Vec<&str> =
        digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
    let shown = Fingerprint::parse(&pairs.join(":")).unwrap();
    assert_eq!(Fingerprint::parse(&digits.to_lowercase()), Ok(shown));
    for wrong in
        ["", "0f", &digits[1..], &format!("{digits}0"), &"zz".repeat(32), &"é".repeat(32), &"+1".repeat(32)]
    {
        assert_eq!(Fingerprint::parse(wrong), Err(TrustError::NoFingerprint), "{wrong}");
    }
}

#[test]
fn what_holds_no_certificate_makes_no_trust() {
    for wrong in ["", "text", "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"] {
        assert!(matches!(Trust::authorities(wrong.as_bytes()), Err(TrustError::NoCertificate)), "{wrong}");
    }
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem();
    assert!(matches!(Trust::authorities(made.as_bytes()), Ok(Trust::Authorities(found)) if found.len() == 1));
}
