//! What somebody wrote that stands in an entry in clear: a reason, a receiver's name.
//!
//! # Invariants
//! - An entry with it is one line for every reader: there is no control character in it, nothing that turns the direction of writing,
//!   nothing invisible.
//! - It is short: an entry with it always has room in the log, in the audit file and in a bundle.

use serde::Serialize;

use crate::fault::Invalid;
use crate::limits::REMARK_MAX_BYTES;
use crate::path::is_hidden;

/// A text that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Remark(String);

impl Remark {
    /// Checks a text, called `what` in errors; never mends it. Nothing of it is in the error.
    pub(crate) fn parse(what: &'static str, raw: &str) -> Result<Self, Invalid> {
        if raw.trim().is_empty() {
            return Err(Invalid::new("remark.empty", format!("the {what} is empty"), "write a few words"));
        }
        if raw.len() > REMARK_MAX_BYTES {
            return Err(Invalid::new(
                "remark.too_long",
                format!("the {what} is longer than {REMARK_MAX_BYTES} bytes"),
                "shorten it",
            ));
        }
        match raw.chars().find(|c| is_hidden(*c)) {
            Some(bad) => Err(Invalid::new(
                "remark.character",
                format!("the {what} has the character U+{:04X} in it", u32::from(bad)),
                "write one line, without control and invisible characters",
            )),
            None => Ok(Self(raw.to_owned())),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests;
