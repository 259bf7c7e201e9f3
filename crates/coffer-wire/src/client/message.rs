//! Why something is changed, as a header says it.
//!
//! A header is ASCII. So the text, in UTF-8, is percent-encoded (RFC 3986) but for what is visible ASCII and no percent sign: a reader of
//! plain English reads it as it is, and whoever writes such a message by hand need encode nothing but `%` and spaces at its ends.

use std::fmt::Write as _;

/// The header.
pub(super) const HEADER: &str = "x-coffer-message";

/// The text as it is sent.
pub(super) fn encoded(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    for byte in message.bytes() {
        if byte.is_ascii_graphic() && byte != b'%' {
            text.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn what_no_header_holds_is_encoded() {
        assert_eq!(encoded("case-12:\"a\"/b?"), "case-12:\"a\"/b?");
        assert_eq!(encoded(" 100 % gr\u{f6}\u{df}er\n"), "%20100%20%25%20gr%C3%B6%C3%9Fer%0A");
    }
}
