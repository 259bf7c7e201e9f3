//! An idempotency key: what asks for a change, so that it happens once, however often it is asked for.
//!
//! The edge makes it: from the text that the client chose, and from the whole request. What is kept of it, and how long, is in
//! `vault/once.rs`.
//!
//! # Invariants
//! - The fingerprint is a hash of a request that may hold a value which can be guessed: it is shown nowhere, and stored only as a keyed
//!   hash of it.

use std::fmt;

use coffer_encryption::hash;

use crate::fault::Invalid;
use crate::limits::ONCE_KEY_MAX_BYTES;

/// The key that a client has chosen, as its SHA-256.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OnceKey([u8; 32]);

impl OnceKey {
    /// Takes the key byte for byte: `"k"` in quotation marks, as a structured field (RFC 8941) has it, is another one than `k`.
    ///
    /// # Errors
    /// [`Invalid`] when it is not 1 to [`ONCE_KEY_MAX_BYTES`] visible ASCII characters.
    pub fn parse(raw: &[u8]) -> Result<Self, Invalid> {
        if !(1..=ONCE_KEY_MAX_BYTES).contains(&raw.len()) || !raw.iter().all(u8::is_ascii_graphic) {
            return Err(Invalid::new(
                "idempotency.key",
                format!("an idempotency key has 1 to {ONCE_KEY_MAX_BYTES} visible ASCII characters"),
                "send one random UUID for each change, and the same again when it is tried again",
            ));
        }
        Ok(Self(hash::sha256(raw)))
    }

    /// The key together with SHA-256 of everything that makes the request what it is, besides who asks.
    #[must_use]
    pub const fn of(self, request: [u8; 32]) -> Once {
        Once { key: self, request }
    }
}

/// A request that is to happen once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Once {
    key: OnceKey,
    request: [u8; 32],
}

impl Once {
    pub(crate) const fn key(&self) -> &[u8; 32] {
        &self.key.0
    }

    pub(crate) const fn request(&self) -> &[u8; 32] {
        &self.request
    }
}

/// Says nothing: the hash of a value that can be guessed gives it away.
impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once(..)")
    }
}

/// Says nothing.
impl fmt::Debug for OnceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OnceKey(..)")
    }
}
