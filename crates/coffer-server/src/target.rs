//! What a request is about: the path behind a route, and the query.
//!
//! # Invariants
//! - What is authorised is, byte for byte, what was sent, decoded once. Whatever could be read in two ways is refused: letters in percent
//!   signs that need none (`%2e`, `%41`), slashes in them (`%2f`), what is not UTF-8. The engine refuses the rest (`..`, `//`, `\`).

use serde::de::DeserializeOwned;

use crate::failure::Failure;
use crate::limits::QUERY_MAX_BYTES;

/// Decodes what stands behind a route: segments in UTF-8, percent-encoded as RFC 3986 has it.
pub(crate) fn decode(raw: &str) -> Result<String, Failure> {
    let mut bytes = raw.bytes();
    let mut decoded = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let (Some(high), Some(low)) = (bytes.next().and_then(digit), bytes.next().and_then(digit)) else {
            return Err(ambiguous());
        };
        let byte = (high << 4) | low;
        if byte.is_ascii_alphanumeric()
            || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b'\\')
            || byte.is_ascii_control()
        {
            return Err(ambiguous());
        }
        decoded.push(byte);
    }
    String::from_utf8(decoded).map_err(|_| ambiguous())
}

/// Parses a query into the parameters that a route takes; others are refused.
pub(crate) fn query<T: DeserializeOwned>(raw: Option<&str>) -> Result<T, Failure> {
    let raw = raw.unwrap_or_default();
    if raw.len() > QUERY_MAX_BYTES {
        return Err(wrong());
    }
    let uri = format!("/?{raw}").parse().map_err(|_| wrong())?;
    axum::extract::Query::try_from_uri(&uri).map(|query| query.0).map_err(|_| wrong())
}

/// The query is not one that the route takes.
pub(crate) fn wrong() -> Failure {
    Failure::invalid(
        "query.invalid",
        "the query is not what this route takes",
        "`/api/v1/openapi.json` says which parameters it takes",
    )
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn ambiguous() -> Failure {
    Failure::invalid(
        "path.ambiguous",
        "the path can be read in more than one way",
        "percent-encode only what is no letter, digit, `-`, `.`, `_`, `~` or `/`, in UTF-8",
    )
}

#[cfg(test)]
mod tests {
    use coffer_engine::path::SecretPath;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn t_p1_what_can_be_read_in_two_ways_is_refused() {
        for raw in [
            "a/%2e%2e/b",
            "a%2fb",
            "a%2Fb",
            "%41",
            "a%",
            "a%4",
            "a%zz",
            "%ff",
            "%c0%af",
            "a%00",
            "a%5cb",
            "a%0a",
            "%C0%80",
        ] {
            assert_eq!(decode(raw).unwrap_err().code, "path.ambiguous", "{raw}");
        }
        for raw in ["a//b", "/a", "a/", "a/./b", "a/../b", "a\\b", "e%CC%81"] {
            let path = decode(raw).unwrap();
            assert!(SecretPath::parse(&path).is_err(), "{raw}");
        }
        assert_eq!(decode("a/b%20c/%C3%A9").unwrap(), "a/b c/é");
    }

    proptest! {
        #[test]
        fn t_p1_what_is_accepted_is_what_was_sent(raw in "[a-zA-Z0-9%/. é_~-]{0,40}") {
            if let Ok(path) = decode(&raw) {
                let again: String = path.bytes().map(|byte| match byte {
                    byte if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) => char::from(byte).to_string(),
                    byte => format!("%{byte:02X}"),
                }).collect();
                // Encoding it as RFC 3986 would gives something that decodes to the same, and to nothing else.
                prop_assert_eq!(decode(&again).unwrap(), path);
            }
        }
    }
}
