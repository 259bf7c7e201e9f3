//! A passphrase that was made for a kit, to be kept on paper: `KIT1` and six groups of five letters, 130 random bits.
//!
//! It is a passphrase like any other. What is typed is read first, so that case and spaces do not matter, and a slip is told
//! before any work is done.

use coffer_encryption::SecretBytes;

use super::UnlockError;
use crate::copied::{Copied, Read};

const KIND: Copied = Copied(b"KIT1");

/// A recovery passphrase, in its one spelling.
#[derive(Debug)]
pub struct Recovery(SecretBytes);

impl Recovery {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, UnlockError> {
        let text = KIND.generate().map_err(|_| UnlockError::NoEntropy)?;
        Ok(Self(SecretBytes::copy_from(text.as_bytes())))
    }

    /// What a passphrase is, if it is one of a kit.
    ///
    /// # Errors
    /// [`UnlockError::RecoveryMistyped`].
    pub(super) fn read(typed: &SecretBytes) -> Result<Option<Self>, UnlockError> {
        match KIND.read(typed.expose()) {
            Read::Whole(text) => Ok(Some(Self(SecretBytes::copy_from(text.as_bytes())))),
            Read::Mistyped => Err(UnlockError::RecoveryMistyped),
            Read::Other => Ok(None),
        }
    }

    /// The passphrase, as it is printed and derived from.
    #[must_use]
    pub fn words(&self) -> &SecretBytes {
        &self.0
    }
}
