//! The number of an audit entry.

use std::fmt;

use crate::time::Timestamp;

/// A UUID version 7 (RFC 9562): milliseconds first, so that entries sort by time, then 74 random bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId([u8; 16]);

impl EntryId {
    /// From a moment and random bytes.
    #[must_use]
    pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
        let [_, _, t0, t1, t2, t3, t4, t5] = now.millis().to_be_bytes();
        let [r0, r1, r2, rest @ ..] = random;
        let mut bytes = [0; 16];
        let (head, tail) = bytes.split_at_mut(9);
        head.copy_from_slice(&[t0, t1, t2, t3, t4, t5, 0x70 | (r0 & 0x0f), r1, 0x80 | (r2 & 0x3f)]);
        tail.copy_from_slice(&rest);
        Self(bytes)
    }

    /// When the request was received, in milliseconds since the Unix epoch.
    #[must_use]
    pub const fn millis(&self) -> u64 {
        let [t0, t1, t2, t3, t4, t5, ..] = self.0;
        u64::from_be_bytes([0, 0, t0, t1, t2, t3, t4, t5])
    }

    /// From its text: 8-4-4-4-12 hexadecimal digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let dashes = text.char_indices().filter(|(_, c)| *c == '-').map(|(at, _)| at);
        if !dashes.eq([8, 13, 18, 23]) {
            return None;
        }
        let mut bytes = [0; 16];
        let digits = text.replace('-', "").to_ascii_lowercase();
        let filled = base16ct::lower::decode(&digits, &mut bytes).ok()?.len();
        (filled == 16).then_some(Self(bytes))
    }

    /// From its 16 bytes.
    #[must_use]
    pub(crate) const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The text form of RFC 9562: 8-4-4-4-12 hexadecimal digits.
impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 32];
        let digits = base16ct::lower::encode(&self.0, &mut digits).map_err(|_| fmt::Error)?;
        // In one piece: every answer names an entry, and every entry itself.
        let mut text = *b"........-....-....-....-............";
        for (place, digit) in text.iter_mut().filter(|place| **place != b'-').zip(digits) {
            *place = *digit;
        }
        f.write_str(str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}
