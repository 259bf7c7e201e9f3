//! What a tenant has little room left for, as a header of the answer to a write says it.
//!
//! A list as RFC 9651 has it: `secrets;used=85;limit=100, bytes;used=900000;limit=1000000`.

use std::fmt;

/// What is limited.
const RESOURCES: [&str; 4] = ["secrets", "versions", "bytes", "members"];

/// The header.
pub const HEADER: &str = "x-coffer-quota";

/// Of what there is nearly as much as there may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// `secrets`, `versions`, `bytes` or `members`.
    pub resource: String,
    /// How much there is.
    pub used: u64,
    /// How much there may be.
    pub limit: u64,
}

impl Near {
    /// All that a header says: one for each of what is limited, at most. What is not understood is passed over: nothing depends on it.
    #[must_use]
    pub fn all(header: &str) -> Vec<Self> {
        header.split(',').filter_map(|item| Self::one(item.trim())).take(RESOURCES.len()).collect()
    }

    /// A header that says all of these.
    #[must_use]
    pub fn header(all: &[Self]) -> String {
        all.iter().map(Self::to_string).collect::<Vec<_>>().join(", ")
    }

    fn one(item: &str) -> Option<Self> {
        let mut parts = item.split(';');
        let resource = parts.next().filter(|name| RESOURCES.contains(name))?;
        let (mut used, mut limit) = (None, None);
        for (name, value) in parts.filter_map(|part| part.trim().split_once('=')) {
            match name {
                "used" => used = value.parse().ok(),
                "limit" => limit = value.parse().ok(),
                _ => {}
            }
        }
        Some(Self { resource: resource.to_owned(), used: used?, limit: limit? })
    }
}

/// As an item of the header.
impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};used={};limit={}", self.resource, self.used, self.limit)
    }
}

#[cfg(test)]
mod tests;
