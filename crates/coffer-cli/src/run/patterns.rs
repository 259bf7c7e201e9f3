//! What is masked: each value, and the forms in which programs print values.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroize;

/// Shortest value that is masked, in bytes. Shorter ones (`dev`, `8000`, `true`) are everywhere in a program's
/// output, where masking them would hide everything else and by its places still tell what they are.
pub const MASKED_MIN_BYTES: usize = 8;
/// Longest value whose encoded forms are masked too, in bytes. A longer one is masked as it is, and line by line.
pub const ENCODED_MAX_BYTES: usize = 4096;

/// Byte strings to mask. Wiped when dropped.
#[derive(Default)]
pub struct Patterns {
    patterns: Vec<Vec<u8>>,
    /// Where the patterns of the secret that is being added begin.
    first: usize,
    /// Names of secrets that are too short to be masked.
    pub short: Vec<String>,
}

impl Patterns {
    /// Adds what is to be masked for the secret `name`.
    ///
    /// Its value; each line of it when there are several; the value in JSON and in the ASCII JSON of Python, in URLs,
    /// in hexadecimal, and in base64 (both alphabets, also within a longer text that is encoded as a whole, such as
    /// `user:password`). Not: base64 broken into lines, compressed or encrypted forms, values put together by the
    /// program. Masking is for accidents, not against a program that means to tell.
    pub fn add(&mut self, name: &str, value: &[u8]) {
        if value.len() < MASKED_MIN_BYTES {
            if !value.is_empty() {
                self.short.push(name.to_owned());
            }
            return;
        }
        // Forms are compared within one secret only: most are the value itself.
        self.first = self.patterns.len();
        self.push(value.to_vec());
        self.lines(value);
        if value.len() <= ENCODED_MAX_BYTES {
            self.text_forms(value);
            self.base64_forms(value);
            self.push(value.iter().flat_map(|byte| hex(*byte, b"0123456789abcdef")).collect());
            self.push(value.iter().flat_map(|byte| hex(*byte, b"0123456789ABCDEF")).collect());
        }
    }

    /// The patterns.
    #[must_use]
    pub fn as_slice(&self) -> &[Vec<u8>] {
        &self.patterns
    }

    fn push(&mut self, mut pattern: Vec<u8>) {
        let known = self.patterns.get(self.first..).is_some_and(|known| known.contains(&pattern));
        if pattern.len() >= MASKED_MIN_BYTES && !known {
            self.patterns.push(pattern);
        } else {
            pattern.zeroize();
        }
    }

    /// Each line of a value of several: terminals, loggers and YAML change line ends and indent. The frame of a PEM
    /// file (`-----BEGIN ..`) is no secret.
    fn lines(&mut self, value: &[u8]) {
        if value.contains(&b'\n') {
            for line in value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
                if !line.starts_with(b"-----") {
                    self.push(line.to_vec());
                }
            }
        }
    }

    fn text_forms(&mut self, value: &[u8]) {
        if let Some(mut json) =
            std::str::from_utf8(value).ok().and_then(|text| serde_json::to_string(text).ok())
        {
            let inner = json.get(1..json.len().saturating_sub(1)).unwrap_or("");
            self.push(inner.replace('/', "\\/").into_bytes());
            self.push(ascii_json(inner).into_bytes());
            self.push(inner.as_bytes().to_vec());
            json.zeroize();
        }
        self.push(percent(value, b"0123456789ABCDEF"));
        self.push(percent(value, b"0123456789abcdef"));
    }

    /// A text that is encoded together with something before it begins at the first, second or third byte of a group
    /// of three. Of its letters those are masked that depend on the value alone.
    fn base64_forms(&mut self, value: &[u8]) {
        self.push(STANDARD.encode(value).into_bytes());
        self.push(URL_SAFE.encode(value).into_bytes());
        for before in 0_usize..3 {
            let mut shifted = vec![0; before];
            shifted.extend_from_slice(value);
            let first = before.saturating_mul(8).div_ceil(6);
            let end = shifted.len().saturating_mul(8).checked_div(6).unwrap_or(0);
            for mut encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
                self.push(encoded.get(first..end).unwrap_or("").as_bytes().to_vec());
                encoded.zeroize();
            }
            shifted.zeroize();
        }
    }
}

impl Drop for Patterns {
    fn drop(&mut self) {
        self.patterns.zeroize();
    }
}

fn hex(byte: u8, digits: &[u8; 16]) -> [u8; 2] {
    let digit = |nibble: u8| digits.get(usize::from(nibble)).copied().unwrap_or(b'0');
    [digit(byte >> 4), digit(byte & 15)]
}

fn percent(value: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len().saturating_mul(3));
    for byte in value {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(*byte);
        } else {
            out.push(b'%');
            out.extend(hex(*byte, digits));
        }
    }
    out
}

/// JSON text with everything beyond ASCII as `\uXXXX`, as Python writes it.
fn ascii_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            out.push(letter);
        } else {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                out.push_str("\\u");
                for byte in unit.to_be_bytes() {
                    out.extend(hex(byte, b"0123456789abcdef").map(char::from));
                }
            }
        }
    }
    out
}
