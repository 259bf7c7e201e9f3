//! What roles, policies and groups are called.
//!
//! # Invariants
//! - One text for one name, when it is written and when it is looked up: nothing is folded, trimmed or mended, so nothing that only looks
//!   like `root` is (T-P5).

use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::SLUG_MAX_BYTES;

macro_rules! slug {
    ($name:ident, $what:literal, $about:literal) => {
        #[doc = $about]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, CborLen)]
        #[cbor(transparent)]
        pub struct $name(#[n(0)] Box<str>);

        impl $name {
            /// Checks a name: lower-case ASCII letters, digits, `-`, `_` and `.`, the first a letter or a digit.
            ///
            /// # Errors
            /// [`Invalid`] names the rule that the text breaks.
            pub fn parse(raw: &str) -> Result<Self, Invalid> {
                check($what, raw)?;
                Ok(Self(raw.into()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slug!(RoleName, "role", "What a role is called, a built-in one or one of the tenant's own.");
slug!(PolicyName, "policy", "What a policy is called in its tenant.");
slug!(GroupName, "group", "What a group is called in its tenant.");
slug!(AuthorityName, "authority", "What an authority of client certificates is called in its tenant.");

impl RoleName {
    /// A name that is written in the program.
    pub(crate) fn built_in(name: &'static str) -> Self {
        Self(name.into())
    }
}

fn check(what: &str, raw: &str) -> Result<(), Invalid> {
    let mut chars = raw.chars();
    let starts_well = chars.next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let goes_on_well =
        chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.'));
    if starts_well && goes_on_well && raw.len() <= SLUG_MAX_BYTES {
        return Ok(());
    }
    Err(Invalid::new(
        "access.name_invalid",
        format!(
            "the name of a {what} has lower-case letters, digits, `-`, `_` and `.`, begins with a letter or a digit, and has at most {SLUG_MAX_BYTES} bytes"
        ),
        "write it like `db-readers`",
    ))
}
