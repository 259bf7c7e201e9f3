//! Names that are given to versions: labels by people, pins for those who use them.

use std::fmt;
use std::sync::Arc;

use crate::fault::Invalid;
use crate::limits::{CONSUMER_MAX_BYTES, LABEL_MAX_BYTES};
use crate::path::check_text;
use crate::version::Stage;

/// What people call a version: `stable`, `q3.2026`. It is moved by whoever may write.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label(Arc<str>);

/// Who uses a secret: a program, a system, a team.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Consumer(Arc<str>);

/// What a version is called, or by whom it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionName {
    /// It is called so.
    Label(Label),
    /// He uses it, and not yet what came after it.
    Consumer(Consumer),
}

impl Label {
    /// Checks a label; never mends it. What could be taken for a number or a stage is none.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        check_text("label", raw, LABEL_MAX_BYTES)?;
        let is_stage = Stage::ALL.into_iter().any(|stage| stage.name() == raw);
        let may = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if is_stage || !raw.starts_with(|c: char| c.is_ascii_lowercase()) || !raw.chars().all(may) {
            return Err(Invalid::new(
                "label.invalid",
                "the label is a stage, or has other characters than a label has",
                "begin with a letter of a-z; go on with letters, digits, `-`, `_` and `.`; `current`, `pending` and `previous` are taken",
            ));
        }
        Ok(Self(raw.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Consumer {
    /// Checks a name; never mends it.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        check_text("consumer", raw, CONSUMER_MAX_BYTES)?;
        Ok(Self(raw.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl VersionName {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Label(label) => label.as_str(),
            Self::Consumer(consumer) => consumer.as_str(),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
