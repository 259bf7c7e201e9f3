//! The unlocker key: from a file's bytes or from a passphrase.
//!
//! # Invariants
//!
//! * The key file itself is read and written elsewhere.
//! * A passphrase shorter than 14 bytes is refused (NIST SP 800-132 and the provider's FIPS rules); how good a
//!   longer one is, is not judged here.

use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};
use zeroize::Zeroize;

use super::UnlockerKey;
use super::material::KeyMaterial;
use crate::iterations::PassphraseIterations;
use crate::secret::SecretBytes;

impl UnlockerKey {
    /// Takes over the bytes of a key file and wipes `source`.
    #[must_use]
    pub fn from_bytes(source: &mut [u8; 32]) -> Self {
        let mut slot = Self::HOME.slot();
        slot.bytes_mut().copy_from_slice(source);
        source.zeroize();
        Self::from_slot(slot)
    }

    /// Shows the bytes to `write`, to put them into a new key file.
    pub fn expose_for_file<R>(&self, write: impl FnOnce(&[u8; 32]) -> R) -> R {
        write(self.slot().bytes())
    }

    /// PBKDF2-HMAC-SHA256 (RFC 8018) over `passphrase` with a random 32-byte `salt`, which is stored beside the wrap.
    ///
    /// Slow on purpose: at the default count about 70 milliseconds of one core.
    ///
    /// # Errors
    ///
    /// [`PassphraseError`] when the passphrase has fewer than 14 bytes.
    pub fn from_passphrase(
        passphrase: &SecretBytes,
        salt: &[u8; 32],
        iterations: PassphraseIterations,
    ) -> Result<Self, PassphraseError> {
        if passphrase.len() < PASSPHRASE_MIN {
            return Err(PassphraseError::TooShort);
        }
        let mut slot = Self::HOME.slot();
        pbkdf2::derive(
            PBKDF2_HMAC_SHA256,
            iterations.non_zero(),
            salt,
            passphrase.expose(),
            slot.bytes_mut(),
        );
        Ok(Self::from_slot(slot))
    }
}

/// The passphrase was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PassphraseError {
    /// Fewer than 14 bytes.
    #[error("a passphrase has at least {PASSPHRASE_MIN} bytes")]
    TooShort,
}

const PASSPHRASE_MIN: usize = 14;
