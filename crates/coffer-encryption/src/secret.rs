//! A secret of any length, wiped when it is dropped.
//!
//! # Invariants
//!
//! * No `Clone`, `Display`, `Serialize` or `PartialEq`, and `Debug` tells nothing, not even the length.
//! * The bytes never move once they are here: an exact box, not a growing vector that leaves copies behind.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::same;

/// Secret bytes: a value, a passphrase. Wiped on drop.
///
/// ```compile_fail
/// let secret = coffer_encryption::SecretBytes::copy_from(b"x");
/// let copy = secret.clone(); // there is no second copy
/// ```
pub struct SecretBytes(Box<[u8]>);

impl SecretBytes {
    /// A copy of `bytes`. The caller still has the original to wipe.
    #[must_use]
    pub fn copy_from(bytes: &[u8]) -> Self {
        Self(Box::from(bytes))
    }

    /// Takes over `bytes`: copies exactly what is in use and wipes the original with its spare capacity.
    #[must_use]
    pub fn from_vec(mut bytes: Vec<u8>) -> Self {
        let secret = Self::copy_from(&bytes);
        bytes.zeroize();
        secret
    }

    /// Takes over `text` as its UTF-8 bytes and wipes the original with its spare capacity.
    #[must_use]
    pub fn from_string(text: String) -> Self {
        Self::from_vec(text.into_bytes())
    }

    /// The secret. Name it in as few places as possible.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the secret is `other`, in time that depends on the lengths only.
    #[must_use]
    pub fn same_as(&self, other: &[u8]) -> bool {
        same(&self.0, other)
    }

    /// Room for `len` bytes that are decrypted into it.
    pub(crate) fn zeroed(len: usize) -> Self {
        Self(vec![0; len].into_boxed_slice())
    }

    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for SecretBytes {}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(..)")
    }
}

#[cfg(test)]
mod tests;
