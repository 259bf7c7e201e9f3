//! The file `unfinished`: that a bundle is being written, and what it was before.
//!
//! ```text
//! <origin>
//! <size of the newest checkpoint; 0 if there is none>
//! <bytes of entries.jsonl>
//! ```

use std::fmt;

use crate::checkpoint::Origin;
use crate::decimal;

/// What a bundle was before somebody began to write.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Marker {
    pub(super) origin: Origin,
    pub(super) size: u64,
    pub(super) len: u64,
}

impl Marker {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
        let [origin, size, len] = lines[..] else { return None };
        Some(Self {
            origin: Origin::parse(origin).ok()?,
            size: decimal::parse(size)?,
            len: decimal::parse(len)?,
        })
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}\n{}\n", self.origin, self.size, self.len)
    }
}
