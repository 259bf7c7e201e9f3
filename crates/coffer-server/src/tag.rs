//! Entity tags (RFC 9110, section 8.8.3): `"7"` for a version as it was written, `"7-0123456789abcdef"` for one that is filled in.
//!
//! What stands behind the dash is another one when anything that the value is filled in with has another version. A write is against the
//! version alone.

use std::fmt;

use axum::http::HeaderValue;
use coffer_engine::secret::{Form, Secret};
use coffer_engine::version::VersionNumber;

/// A tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tag {
    version: VersionNumber,
    /// What it is filled in with.
    with: Option<u64>,
}

impl Tag {
    /// Of a secret that was read.
    pub(crate) fn of(secret: &Secret) -> Self {
        let with = match secret.form() {
            Form::Plain | Form::Template => None,
            Form::FilledIn(with) => Some(u64::from_be_bytes(with)),
        };
        Self { version: secret.version(), with }
    }

    /// Of a version as it was written.
    pub(crate) fn of_version(version: VersionNumber) -> Self {
        Self { version, with: None }
    }

    /// The one tag that is sent. What is written in another way is none of ours.
    pub(crate) fn parse(sent: &HeaderValue) -> Option<Self> {
        let sent = sent.to_str().ok()?;
        let inner = sent.strip_prefix('"')?.strip_suffix('"')?;
        let (version, with) = match inner.split_once('-') {
            Some((version, with)) => (version, Some(u64::from_str_radix(with, 16).ok()?)),
            None => (inner, None),
        };
        let tag = Self { version: VersionNumber::new(version.parse().ok()?)?, with };
        (tag.to_string() == sent).then_some(tag)
    }

    /// Which version it is of.
    pub(crate) fn version(self) -> VersionNumber {
        self.version
    }

    /// Whether it is one of these.
    pub(crate) fn is_in(self, tags: &HeaderValue) -> bool {
        tags.to_str().is_ok_and(|tags| tags.split(',').any(|tag| tag.trim() == self.to_string()))
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.with {
            None => write!(f, "\"{}\"", self.version.get()),
            Some(with) => write!(f, "\"{}-{with:016x}\"", self.version.get()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_one_spelling() {
        let parse = |sent: &'static str| Tag::parse(&HeaderValue::from_static(sent));
        for sent in ["\"7\"", "\"7-0123456789abcdef\"", "\"1-0000000000000000\""] {
            assert_eq!(parse(sent).map(|tag| tag.to_string()).as_deref(), Some(sent));
        }
        for sent in [
            "7",
            "\"0\"",
            "\"07\"",
            "\"+7\"",
            "W/\"7\"",
            "\"7-\"",
            "\"7-abc\"",
            "\"7-0123456789ABCDEF\"",
            "\"7\", \"8\"",
        ] {
            assert_eq!(parse(sent), None, "{sent}");
        }
    }
}
