//! `X-Coffer-Message`: why something is changed, in the words of whoever changes it.
//!
//! It goes into the entry of the change, and beside the version that the change makes. A header is ASCII: what is not visible ASCII, or a
//! space, is percent-encoded (RFC 3986), in UTF-8.
//!
//! # Invariants
//! - What is written into the log is what was sent, decoded once; what can't be decoded is refused, and not repeated.

use axum::http::HeaderMap;
use axum::http::header::HeaderName;
use coffer_engine::message::Message;

use crate::failure::Failure;

/// The header.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-coffer-message");

/// The message, when one was sent.
pub(crate) fn sent(headers: &HeaderMap) -> Result<Option<Message>, Failure> {
    let mut sent = headers.get_all(HEADER).iter();
    match (sent.next(), sent.next()) {
        (None, _) => Ok(None),
        (Some(one), None) => {
            let text = decoded(one.as_bytes()).ok_or_else(malformed)?;
            Ok(Some(Message::parse(&text)?))
        }
        (Some(_), Some(_)) => Err(malformed()),
    }
}

/// The text of a header that is percent-encoded; `None`: it is none.
pub(crate) fn decoded(raw: &[u8]) -> Option<String> {
    let mut bytes = raw.iter().copied();
    let mut decoded = Vec::with_capacity(raw.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => (digit(bytes.next()?)? << 4) | digit(bytes.next()?)?,
            b' '..=b'~' => byte,
            _ => return None,
        });
    }
    String::from_utf8(decoded).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn malformed() -> Failure {
    Failure::invalid(
        "message.encoding",
        "the header `X-Coffer-Message` can't be read",
        "send it once, in UTF-8, and percent-encode what is no visible ASCII character or space, and `%` itself",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn of(sent_ones: &[&[u8]]) -> Result<Option<String>, (u16, &'static str)> {
        let mut headers = HeaderMap::new();
        for one in sent_ones {
            headers.append(HEADER, HeaderValue::from_bytes(one).unwrap());
        }
        let said = sent(&headers).map(|message| message.map(|message| message.as_str().to_owned()));
        said.map_err(|failure| (failure.status.as_u16(), failure.code))
    }

    #[test]
    fn what_was_sent_is_decoded_once() {
        assert_eq!(of(&[]), Ok(None));
        for (sent, said) in [
            (&b"it leaked; see case-12"[..], "it leaked; see case-12"),
            (b"100%25 gr%C3%B6%c3%9fer", "100% gr\u{f6}\u{df}er"),
            (b"%2541", "%41"),
            (b"%20a%20", " a "),
        ] {
            assert_eq!(of(&[sent]), Ok(Some(said.to_owned())));
        }
    }

    #[test]
    fn what_can_not_be_read_is_refused() {
        for wrong in [&b"%"[..], b"%4", b"%zz", b"%-1", b"%ff", b"gr\xc3\xb6\xc3\x9fer", b"a\tb"] {
            assert_eq!(of(&[wrong]), Err((400, "message.encoding")), "{wrong:?}");
        }
        assert_eq!(of(&[b"one", b"two"]), Err((400, "message.encoding")));
        for (wrong, code) in
            [(&b"one%0Atwo"[..], "remark.character"), (b"%1B[2J", "remark.character"), (b"", "remark.empty")]
        {
            assert_eq!(of(&[wrong]), Err((400, code)));
        }
        assert_eq!(of(&["x".repeat(4097).as_bytes()]), Err((400, "remark.too_long")));
    }
}
