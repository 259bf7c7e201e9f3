//! What somebody wrote that stands in an entry in clear: a reason, a receiver's name.
//!
//! # Invariants
//! - An entry with it is one line for every reader, and has room in the log, in the audit file and in a bundle: see
//!   [`crate::message::check_line`].

use serde::Serialize;

use crate::fault::Invalid;
use crate::message::check_line;

/// A text that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Remark(String);

impl Remark {
    /// Checks a text, called `what` in errors; never mends it. Nothing of it is in the error.
    pub(crate) fn parse(what: &'static str, raw: &str) -> Result<Self, Invalid> {
        check_line(what, raw)?;
        Ok(Self(raw.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
