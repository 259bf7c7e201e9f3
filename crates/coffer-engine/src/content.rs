//! What is known of a file that a secret holds, besides its content.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::MEDIA_TYPE_MAX_BYTES;

/// What is known of a file besides its content.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct FileInfo {
    /// How many bytes it has.
    #[n(0)]
    pub bytes: u64,
    /// What they are, in the words of whoever sent them.
    #[n(1)]
    pub media_type: MediaType,
}

/// A media type (RFC 9110, section 8.3.1): `application/x-pkcs12`, or `text/plain; charset=utf-8`. Nobody looks whether it is true.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct MediaType(#[n(0)] String);

impl MediaType {
    /// Bytes, and nothing is said of them.
    #[must_use]
    pub fn bytes() -> Self {
        Self("application/octet-stream".to_owned())
    }

    /// From its text, which stands in a header as it is.
    ///
    /// # Errors
    /// [`Invalid`] for what is none, or longer than [`MEDIA_TYPE_MAX_BYTES`].
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let essence = raw.split_once(';').map_or(raw, |(essence, _)| essence).trim_end();
        let is_named = essence.split_once('/').is_some_and(|(main, sub)| is_token(main) && is_token(sub));
        let is_plain = raw.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if is_named && is_plain && raw.len() <= MEDIA_TYPE_MAX_BYTES {
            return Ok(Self(raw.to_owned()));
        }
        Err(Invalid::new(
            "file.type",
            "that is no media type",
            "write it as application/pdf or text/plain is written, in 255 bytes at most; or leave it out",
        ))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A token (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_of_token)
}

#[cfg(test)]
mod tests;
