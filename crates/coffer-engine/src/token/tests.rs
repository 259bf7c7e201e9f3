use super::{PREFIX, Token, TokenHash, TokenId};

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

#[test]
fn an_id_is_read_as_it_is_shown() {
    let id = TokenId::from_bytes([0x00, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0xab, 0xff]);
    let text = id.to_string();
    assert_eq!(text, "000102030405060708090a0b0c0dabff");
    assert_eq!(TokenId::parse(&text), Some(id));
    assert_eq!(TokenId::parse(&text.to_uppercase()), Some(id));
    let (long, spaced, other) = (format!("{text}00"), format!(" {text}"), text.replace('f', "g"));
    let token = Token::generate().unwrap();
    for wrong in ["", "0", &text[..31], &text[..30], &long, &spaced, &other, "é", token.expose()] {
        assert_eq!(TokenId::parse(wrong), None, "{wrong:?}");
    }
}
