use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::json::Json;
use super::{Algorithm, BadKeySet, ClaimPatterns, KeySet, Untrusted, discovered};

/// RFC 7515, appendix A.2.
const RS256: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const RS256_KEY: &str = r#"{"kty":"RSA","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ","e":"AQAB"}"#;
/// RFC 7515, appendix A.3.
const ES256: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const ES256_KEY: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
/// RFC 8037, appendix A.
const EDDSA_KEY: &str = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;

fn set(keys: &[&str]) -> KeySet {
    KeySet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes()).unwrap()
}

fn token(header: &str, claims: &str) -> String {
    format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

#[test]
fn the_examples_of_the_standards_are_read() {
    for (text, key, algorithm) in [(RS256, RS256_KEY, Algorithm::Rs256), (ES256, ES256_KEY, Algorithm::Es256)]
    {
        let read = Untrusted::parse(text).unwrap();
        assert_eq!((read.issuer(), read.algorithm(), read.key_id()), (Some("joe"), algorithm, None));
        let all = set(&[RS256_KEY, ES256_KEY, EDDSA_KEY]);
        let claims = read.signed_by(&all).unwrap();
        assert_eq!(claims.get("http://example.com/is_root"), Some(&Json::Truth(true)));
        let others: Vec<&str> =
            [RS256_KEY, ES256_KEY, EDDSA_KEY].into_iter().filter(|other| *other != key).collect();
        assert!(Untrusted::parse(text).unwrap().signed_by(&set(&others)).is_none());
        // The last letter of an unsigned spelling, and a byte in the midst of what is signed.
        for at in [30, 100, text.len() - 10] {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            let read = Untrusted::parse(&changed);
            assert!(read.is_none_or(|read| read.signed_by(&set(&[key])).is_none()), "{at}");
        }
    }
    // Appendix A.4 signs no claims: what is signed is no object, and so no token.
    let plain = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    assert!(Untrusted::parse(plain).is_none());
    let (signed, signature) = plain.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    assert!(set(&[EDDSA_KEY]).verify((Algorithm::EdDsa, None), signed.as_bytes(), &signature));
}

#[test]
fn t_a8_what_is_no_plain_signed_token_is_none() {
    let good = (r#"{"alg":"RS256","kid":"1","typ":"JWT"}"#, r#"{"iss":"joe"}"#);
    assert!(Untrusted::parse(&token(good.0, good.1)).is_some());
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"HS256"}"#,
        r#"{"alg":"rs256"}"#,
        r#"{"alg":"RS256 "}"#,
        r#"{"alg":["RS256"]}"#,
        r#"{}"#,
        r#"{"alg":"RS256","alg":"RS256"}"#,
        r#"{"alg":"none","alg":"RS256"}"#,
        r#"{"alg":"RS256","crit":["exp"]}"#,
        r#"{"alg":"RS256","crit":[]}"#,
        r#"{"alg":"RS256","b64":false}"#,
        r#"{"alg":"RS256","zip":"DEF"}"#,
        r#"{"alg":"RS256","enc":"A128GCM"}"#,
        r#"{"alg":"RS256","kid":7}"#,
        r#"{"alg":"RS256","typ":"logout+jwt"}"#,
        r#"{"alg":"RS256","typ":1}"#,
        r#"["RS256"]"#,
        r#"{"alg":"RS256"} x"#,
        "",
    ] {
        assert!(Untrusted::parse(&token(header, good.1)).is_none(), "{header}");
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(9), "}".repeat(9));
    for claims in
        [r#"{"sub":"a","sub":"b"}"#, r#"{"a":{"b":1,"b":1}}"#, r#"{"a":1}{"a":1}"#, "7", "null", "{", &deep]
    {
        assert!(Untrusted::parse(&token(good.0, claims)).is_none(), "{claims}");
    }
    let text = token(good.0, good.1);
    for wrong in [
        String::new(),
        "..".to_owned(),
        text.replace('.', ""),
        format!("{text}."),
        format!(".{text}"),
        format!("{text}="),
        format!("{text}\n"),
        format!(" {text}"),
        text.replacen('.', "..", 1),
        format!("{text}.c2ln.c2ln"),
        format!("{}{}", text, "A".repeat(16 * 1024)),
    ] {
        assert!(Untrusted::parse(&wrong).is_none(), "{wrong:.80}");
    }
    // Letters that decode to the same bytes are another spelling, and none.
    assert!(Untrusted::parse(&text.replace("c2ln", "c2lo")).is_some());
    assert!(Untrusted::parse(&text.replace(".c2ln", ".c2l")).is_none());
}

#[test]
fn t_a8_an_audience_is_a_text_or_a_list_of_texts() {
    let is_for = |aud: &str| {
        let text = token(r#"{"alg":"RS256"}"#, &format!(r#"{{"aud":{aud}}}"#));
        Untrusted::parse(&text).unwrap().claims().is_for(&["coffer".to_owned(), "vault".to_owned()])
    };
    for good in [r#""coffer""#, r#""vault""#, r#"["coffer"]"#, r#"["other","vault"]"#] {
        assert!(is_for(good), "{good}");
    }
    for wrong in [
        r#""Coffer""#,
        r#""coffer ""#,
        r#""coffer,vault""#,
        r#""coff""#,
        r#"["other"]"#,
        "[]",
        r#"["coffer",7]"#,
        r#"[["coffer"]]"#,
        r#"{"coffer":"coffer"}"#,
        "7",
        "null",
        "true",
        r#""""#,
    ] {
        assert!(!is_for(wrong), "{wrong}");
    }
}

#[test]
fn a_token_has_an_end_and_times_are_whole_seconds() {
    let times = |claims: &str, leeway| {
        let text = token(r#"{"alg":"RS256"}"#, claims);
        let times = Untrusted::parse(&text).unwrap().claims().times(leeway)?;
        Some((times.from.millis(), times.until.millis()))
    };
    assert_eq!(times(r#"{"exp":100}"#, 0), Some((0, 99_999)));
    assert_eq!(times(r#"{"exp":100,"nbf":40,"iat":50}"#, 10), Some((40_000, 109_999)));
    assert_eq!(times(r#"{"exp":100,"nbf":5}"#, 10), Some((0, 109_999)));
    assert_eq!(times(r#"{"exp":0}"#, 0), Some((0, 0)));
    for wrong in [
        "{}",
        r#"{"nbf":1}"#,
        r#"{"exp":"100"}"#,
        r#"{"exp":1e2}"#,
        r#"{"exp":-1}"#,
        r#"{"exp":null}"#,
        r#"{"exp":18446744073709551615}"#,
        r#"{"exp":100,"nbf":"x"}"#,
        r#"{"exp":100,"iat":null}"#,
    ] {
        assert_eq!(times(wrong, 0), None, "{wrong}");
    }
}

#[test]
fn t_a8_no_key_that_a_set_should_not_have_checks_anything() {
    let set = |keys: &str| KeySet::parse(format!(r#"{{"keys":[{keys}]}}"#).as_bytes());
    for private in [
        r#"{"kty":"oct","k":"AAAA"}"#,
        r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","d":"AAAA"}"#,
    ] {
        assert_eq!(set(private), Err(BadKeySet::Private), "{private}");
    }
    let plain = ES256_KEY.trim_end_matches('}');
    for unused in [
        r#"{"kty":"XYZ"}"#.to_owned(),
        r#"{}"#.to_owned(),
        r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#.to_owned(),
        r#"{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}"#.to_owned(),
        format!(r#"{plain},"use":"enc"}}"#),
        format!(r#"{plain},"use":1}}"#),
        format!(r#"{plain},"key_ops":["sign"]}}"#),
        format!(r#"{plain},"alg":"HS256"}}"#),
        format!(r#"{plain},"kid":1}}"#),
    ] {
        assert_eq!(set(&unused), Err(BadKeySet::Empty), "{unused}");
        let both = set(&format!("{unused},{EDDSA_KEY}")).unwrap();
        assert!(Untrusted::parse(ES256).unwrap().signed_by(&both).is_none(), "{unused}");
    }
    for bad in ["", "[]", r#"{"keys":{}}"#, r#"{"keys":[7]}"#, r#"{"keys":[],"keys":[]}"#, "{}"] {
        assert_eq!(KeySet::parse(bad.as_bytes()), Err(BadKeySet::Form), "{bad}");
    }
    let many = vec![ES256_KEY; 65].join(",");
    assert_eq!(set(&many), Err(BadKeySet::Form));
    // A key for one algorithm is for no other, though it would fit; of two that fit nobody can say which.
    let other = RS256_KEY.replace(r#""e""#, r#""alg":"PS256","e""#);
    assert!(Untrusted::parse(RS256).unwrap().signed_by(&set(&other).unwrap()).is_none());
    let twice = format!("{RS256_KEY},{RS256_KEY}");
    assert!(Untrusted::parse(RS256).unwrap().signed_by(&set(&twice).unwrap()).is_none());
}

#[test]
fn a_binding_names_what_nobody_else_can_claim() {
    let patterns = |claims: &[(&str, &str)]| {
        let claims = claims.iter().map(|(name, said)| ((*name).to_owned(), (*said).to_owned()));
        ClaimPatterns::new(claims.collect::<BTreeMap<_, _>>())
    };
    for wrong in [
        &[][..],
        &[("sub", "")],
        &[("", "x")],
        &[("sub", "*")],
        &[("sub", "/*")],
        &[("sub", "repo:acme*")],
        &[("sub", "repo:*:main")],
        &[("sub", "repo:**")],
        &[("sub", "re*po/*")],
        &[("iss", "joe")],
        &[("aud", "coffer")],
        &[("jti", "1")],
        &[("sub", "a\nb")],
    ] {
        assert_eq!(patterns(wrong).unwrap_err().code(), "binding.invalid", "{wrong:?}");
    }
    let claims = r#"{"sub":"repo:acme/shop:ref:refs/heads/main","n":7,"yes":true,"groups":["dev","ops"],
        "kubernetes.io":{"namespace":"prod","a/b":{"~":"deep"}},"null":null}"#;
    let fit = |wanted: &[(&str, &str)]| {
        let text = token(r#"{"alg":"RS256"}"#, claims);
        patterns(wanted).unwrap().fit(Untrusted::parse(&text).unwrap().claims())
    };
    for good in [
        &[("sub", "repo:acme/shop:ref:refs/heads/main")][..],
        &[("sub", "repo:acme/*")],
        &[("sub", "repo:acme/shop:*"), ("n", "7")],
        &[("yes", "true")],
        &[("groups", "ops")],
        &[("/kubernetes.io/namespace", "prod")],
        &[("/kubernetes.io/a~1b/~0", "deep")],
        &[("/n", "7")],
    ] {
        assert!(fit(good), "{good:?}");
    }
    for wrong in [
        &[("sub", "repo:acme/shop:ref:refs/heads/mai")][..],
        &[("sub", "repo:acme/shop:ref:refs/heads/main ")],
        &[("sub", "Repo:acme/*")],
        &[("sub", "repo:acme/shop:ref:refs/heads/main/*")],
        &[("sub", "repo:acme/*"), ("n", "8")],
        &[("n", "07")],
        &[("groups", "dev,ops")],
        &[("kubernetes.io", "prod")],
        &[("/kubernetes.io", "prod")],
        &[("/kubernetes.io/namespace/x", "prod")],
        &[("/groups/0", "dev")],
        &[("null", "null")],
        &[("absent", "x")],
        &[("/", "x")],
    ] {
        assert!(!fit(wrong), "{wrong:?}");
    }
}

#[test]
fn a_discovery_document_is_its_issuers() {
    let document = |issuer: &str, address: &str| {
        format!(r#"{{"issuer":"{issuer}","jwks_uri":"{address}","more":[1.5,null]}}"#).into_bytes()
    };
    let (issuer, address) = ("https://a.example", "https://keys.a.example/set");
    assert_eq!(discovered(&document(issuer, address), issuer).as_deref(), Some(address));
    for (issuer, address) in [
        ("https://b.example", address),
        ("https://a.example/", address),
        (issuer, "http://keys.a.example/set"),
        (issuer, "file:///etc/passwd"),
        (issuer, "https://u@keys.example/"),
        (issuer, ""),
    ] {
        assert_eq!(discovered(&document(issuer, address), "https://a.example"), None, "{issuer} {address}");
    }
    for other in ["", "[]", r#"{"issuer":"https://a.example"}"#, r#"{"jwks_uri":"https://a.example/set"}"#] {
        assert_eq!(discovered(other.as_bytes(), issuer), None);
    }
}
