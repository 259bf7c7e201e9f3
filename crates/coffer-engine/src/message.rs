//! Why something is changed, in the words of whoever changes it.
//!
//! It stands in the entry of the change, and beside the version that the change made: whoever may see one of them reads it. So no secret
//! belongs in it, and nothing here can tell whether one is.
//!
//! # Invariants
//! - It is one line for every reader, as all that people write into the log: see [`check_line`].

use std::fmt;
use std::sync::Arc;

use crate::fault::Invalid;
use crate::limits::REMARK_MAX_BYTES;
use crate::path::is_hidden;

/// Why something is changed. At most 4 KiB, on one line.
#[derive(Clone, PartialEq, Eq)]
pub struct Message(Arc<str>);

impl Message {
    /// Takes a text as it is, and never mends it.
    ///
    /// # Errors
    /// [`Invalid`] when it is empty, longer than [`REMARK_MAX_BYTES`], or has control or invisible characters in it.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        check_line("message", raw)?;
        Ok(Self(raw.into()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Says how long it is: nobody can promise that there is no secret in it.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({} bytes)", self.0.len())
    }
}

/// What people write into the log is one line for every reader: without control characters, without what turns the direction of writing,
/// without what is not seen. And it is short, so that an entry with it has room everywhere. Nothing of it is in the error.
pub(crate) fn check_line(what: &'static str, raw: &str) -> Result<(), Invalid> {
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
    raw.chars().find(|c| is_hidden(*c)).map_or(Ok(()), |bad| {
        Err(Invalid::new(
            "remark.character",
            format!("the {what} has the character U+{:04X} in it", u32::from(bad)),
            "write one line, without control and invisible characters",
        ))
    })
}

#[cfg(test)]
mod tests;
