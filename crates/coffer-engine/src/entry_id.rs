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

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// The text form of RFC 9562: 8-4-4-4-12 hexadecimal digits.
impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}
