//! What a rule is about: `prod/db/URL`, `prod/db/*`, `prod/+/URL`.

use std::cmp::Ordering;
use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::{PATH_MAX_BYTES, PATH_MAX_SEGMENTS};
use crate::path::check_text;

/// A pattern of paths in Vault's grammar: `+` is any one segment, `*` at the end is whatever follows, also nothing. One that ends in `/` is
/// a folder, for lists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct RulePattern(#[n(0)] Box<str>);

impl RulePattern {
    /// Checks a pattern; never mends it. A template (`{{identity.name}}`) is refused, not filled in (T-P6).
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        let whole = raw.strip_suffix('*').unwrap_or(raw);
        if raw.len() > PATH_MAX_BYTES || whole.split('/').count() > PATH_MAX_SEGMENTS {
            return Err(invalid("is longer than a path can be"));
        }
        if raw.is_empty() || raw.contains("{{") || raw.ends_with("+*") {
            return Err(invalid("is empty, a template, or ends in `+*`"));
        }
        let mut segments = whole.split('/').peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            match segment {
                "" if is_last => {}
                "+" => {}
                "" | "." | ".." => return Err(invalid("has a segment that no path has")),
                segment => {
                    // A `*` in the middle means itself in Vault, and no path has one.
                    check_text("pattern of a rule", segment, PATH_MAX_BYTES)?;
                }
            }
        }
        Ok(Self(raw.into()))
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same in lower case: what a deny matches.
    #[must_use]
    pub(in crate::access) fn folded(&self) -> Self {
        Self(self.0.to_lowercase().into())
    }

    /// What stands before a `*` at the end.
    #[must_use]
    pub(in crate::access) fn glob(&self) -> Option<&str> {
        self.0.strip_suffix('*')
    }

    /// The folder that everything it matches lies in, as far as it says; and whether it matches all below that.
    #[must_use]
    pub fn folder(&self) -> (&str, bool) {
        let literal = self.0.find(['+', '*']).and_then(|at| self.0.get(..at)).unwrap_or(&self.0);
        let folder = literal.rfind('/').and_then(|at| literal.get(..at)).unwrap_or("");
        (folder, self.glob() == Some(literal) && (literal.is_empty() || literal.ends_with('/')))
    }

    /// Which of two is more specific: in this order the one whose first wildcard comes later, that has no `*` at its end, that has fewer `+`, that
    /// is longer, that is later in the alphabet. (Vault's documentation of policies, "priority matching".)
    #[must_use]
    pub fn specificity(&self, other: &Self) -> Ordering {
        let rank = |pattern: &Self| {
            let text = pattern.as_str();
            let first = wildcard(text).unwrap_or(usize::MAX);
            let pluses = text.split('/').filter(|segment| *segment == "+").count();
            (first, pattern.glob().is_none(), std::cmp::Reverse(pluses), text.len())
        };
        rank(self).cmp(&rank(other)).then_with(|| self.as_str().cmp(other.as_str()))
    }
}

impl fmt::Display for RulePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where the first wildcard is.
fn wildcard(text: &str) -> Option<usize> {
    text.find(['+', '*'])
}

fn invalid(cause: &str) -> Invalid {
    Invalid::new(
        "policy.pattern",
        format!("the pattern of a rule {cause}"),
        "write it like `prod/db/URL`, `prod/db/*` or `prod/+/URL`",
    )
}
