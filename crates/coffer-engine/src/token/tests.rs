use super::{PREFIX, Token, TokenHash};

#[test]
fn a_token_is_known_by_its_text() {
    let (one, other) = (Token::generate().unwrap(), Token::generate().unwrap());
    assert_eq!(TokenHash::of_text(one.expose()), Some(one.hash()));
    assert_ne!(one.hash(), other.hash());
    assert_eq!(one.expose().len(), PREFIX.len() + 48);
    assert!(
        one.expose()
            .strip_prefix(PREFIX)
            .unwrap()
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    );
    assert_eq!(format!("{one:?} {:?}", one.hash()), "Token(..) TokenHash(..)");
}

#[test]
fn what_is_no_token_is_told_without_the_store() {
    let token = Token::generate().unwrap();
    let text = token.expose();
    for place in 0..text.len() {
        for wrong in [b'A', b'=', b' ', b'!'] {
            let mut bytes = text.as_bytes().to_vec();
            if bytes[place] != wrong {
                bytes[place] = wrong;
                let wrong = String::from_utf8(bytes).unwrap();
                assert_eq!(TokenHash::of_text(&wrong), None, "{place}");
            }
        }
    }
    let long = format!("{text}{}", "A".repeat(4096));
    let spaced = format!(" {text}");
    for wrong in
        ["", PREFIX, "coffer", &text[..54], &text[PREFIX.len()..], &text.to_uppercase(), &long, &spaced]
    {
        assert_eq!(TokenHash::of_text(wrong), None);
    }
}
