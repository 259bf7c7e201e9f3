//! What can be wrong with what was given, or with what was stored.

use std::borrow::Cow;
use std::fmt;

/// A request that can't be right, with the rule that it breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    code: &'static str,
    cause: Cow<'static, str>,
    fix: Cow<'static, str>,
}

/// What does not open, by its place; never its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Corrupt {
    what: &'static str,
}

impl Invalid {
    pub(crate) fn new(
        code: &'static str,
        cause: impl Into<Cow<'static, str>>,
        fix: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { code, cause: cause.into(), fix: fix.into() }
    }

    /// A stable code, `noun.problem`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> &str {
        &self.fix
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.cause)
    }
}

impl std::error::Error for Invalid {}

impl Corrupt {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what }
    }

    /// What does not open.
    #[must_use]
    pub fn what(&self) -> &'static str {
        self.what
    }
}
