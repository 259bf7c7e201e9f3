//! Names and keys as they are written.

use super::*;
use coffer_encryption::SigningKey;

#[test]
fn names_have_no_odd_characters() {
    for good in ["a", "example.com/log42", "coffer.example/tenant/0a0b", "ünïcode", "-", "a=b", "\u{2014}"]
    {
        assert_eq!(KeyName::parse(good).unwrap().as_str(), good);
    }
    assert_eq!(KeyName::parse(""), Err(KeyNameError::Empty));
    for bad in ["a b", " a", "a+b", "a\n", "a\u{a0}b", "a\u{2028}", "a\u{3000}", "a\0", "a\u{7f}", "a\u{9f}"]
    {
        assert_eq!(KeyName::parse(bad), Err(KeyNameError::Character), "{bad:?}");
    }
}

#[test]
fn types_and_numbers_correspond() {
    let known = (0..=255).filter_map(|byte| SignatureType::from_byte(byte).map(|kind| (byte, kind)));
    let known: Vec<(u8, SignatureType)> = known.collect();
    assert!(known.iter().all(|(byte, kind)| kind.to_byte() == *byte));
    assert_eq!(known.iter().map(|(byte, _)| *byte).collect::<Vec<u8>>(), [1, 4, 6]);
}

#[test]
fn a_key_comes_back_from_its_text() {
    let public = SigningKey::generate().unwrap().public().unwrap();
    let mut ids = Vec::new();
    for kind in [SignatureType::Ed25519, SignatureType::CosignatureV1] {
        for name in ["a", "example.com/log"] {
            let key = VerifierKey::new(KeyName::parse(name).unwrap(), kind, public).unwrap();
            assert_eq!(VerifierKey::parse(&key.to_string()), Ok(key.clone()));
            assert_eq!((key.kind(), key.public()), (kind, &public));
            ids.push(key.id());
        }
    }
    // The id is of name, type and key.
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[test]
fn t_c12_keys_that_break_a_rule_are_refused() {
    use VerifierKeyError::{Form, Id, Name, NotSupported, PublicKey};
    let text = |name: &str, kind: u8, public: &[u8]| {
        let key = [&[kind], public].concat();
        let hash = coffer_encryption::hash::sha256(&[name.as_bytes(), b"\n", &key].concat());
        let id: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{name}+{id}+{}", BASE64_STANDARD.encode(key))
    };
    let public = *SigningKey::generate().unwrap().public().unwrap().bytes();
    let good = text("log", 1, &public);
    let id = good.split('+').nth(1).unwrap();
    assert_eq!(VerifierKey::parse(&good).unwrap().to_string(), good);
    for (text, error) in [
        (String::new(), Form),
        ("log".to_owned(), Form),
        ("log+00000000".to_owned(), Form),
        (good.replace(id, ""), Form),
        (good.replace(id, &id[1..]), Form),
        (good.replace(id, &format!("0{id}")), Form),
        (good.replace(id, "ABCDEF01"), Form),
        (good.replace(id, "0x123456"), Form),
        (good.replace(id, "00000000"), Id),
        (good.replace("log", "gol"), Id),
        (good.replace("log", "l g"), Name(KeyNameError::Character)),
        (good.replace("log", ""), Name(KeyNameError::Empty)),
        (format!("{good}="), Form),
        (format!("{good}\n"), Form),
        (format!("log+{id}+"), Form),
        (text("log", 1, &public[..31]), PublicKey),
        (text("log", 1, &[&public[..], &[0]].concat()), PublicKey),
        (text("log", 4, &[]), PublicKey),
        (text("log", 1, &[0; 32]), PublicKey),    // of small order
        (text("log", 1, &[0xFF; 32]), PublicKey), // not reduced
        (text("log", 0, &public), NotSupported),
        (text("log", 2, &public), NotSupported),
        (text("log", 5, &public), NotSupported),
        (text("log", 6, &public), NotSupported),
        (text("log", 6, &[7; 1312]), NotSupported), // as long as an ML-DSA-44 key is
        (text("log", 0xFF, &public), NotSupported),
    ] {
        assert_eq!(VerifierKey::parse(&text), Err(error), "{text}");
    }
}

#[test]
fn t_c12_ml_dsa_is_not_supported_and_so_never_fits() {
    let public = SigningKey::generate().unwrap().public().unwrap();
    let key = VerifierKey::new(KeyName::parse("log").unwrap(), SignatureType::MlDsa44, public);
    assert_eq!(key, Err(VerifierKeyError::NotSupported));
}
