//! A one-time code: what a person shows to sign in, once. Random, and known to the store only by its hash.
//!
//! # Invariants
//! - The text is in no record, entry or error.
//! - A code has 130 random bits, so its hash need not be slow.

use std::fmt;

use coffer_encryption::{RandomError, hash};
use zeroize::Zeroizing;

use crate::copied::{Copied, Read};

const KIND: Copied = Copied(b"ONCE");

/// A code that was just made.
///
/// Trust: whoever has it is who it was made for, once, until it ends.
pub struct Code {
    text: Zeroizing<String>,
    hash: CodeHash,
}

/// SHA-256 of a code's text: what the store knows of it. It opens nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CodeHash([u8; 32]);

impl Code {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        let text = KIND.generate()?;
        let hash = CodeHash::of(&text);
        Ok(Self { text, hash })
    }

    /// The text: `ONCE` and six groups of five letters.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    pub(crate) fn hash(&self) -> CodeHash {
        self.hash
    }
}

impl CodeHash {
    /// The hash of a code as somebody typed it. `None`: this is no code, or was mistyped.
    #[must_use]
    pub fn of_text(typed: &str) -> Option<Self> {
        match KIND.read(typed.as_bytes()) {
            Read::Whole(text) => Some(Self::of(&text)),
            Read::Mistyped | Read::Other => None,
        }
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of(text: &str) -> Self {
        Self(hash::sha256(text.as_bytes()))
    }
}

/// Says nothing of the code.
impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

/// It names a row of the store, which is nobody's business either.
impl fmt::Debug for CodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeHash(..)")
    }
}
