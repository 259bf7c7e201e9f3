//! A passphrase as unlocker: PBKDF2-HMAC-SHA256 with a salt of its own, 600,000 iterations at least.

use coffer_encryption::{PassphraseError, PassphraseIterations, RootKey, SecretBytes, UnlockerKey, random};

use super::{Enrolment, UnlockError, Unlocker, UnlockerKind, UnlockerRow, unwrap_root, wrap_root};
use crate::storage::BoxFuture;

/// A passphrase that somebody knows.
///
/// Trust: whoever has the store and guesses the passphrase has everything; the iterations make each guess cost a tenth of a
/// second, no more.
#[derive(Debug)]
pub struct Passphrase {
    words: SecretBytes,
    iterations: PassphraseIterations,
}

impl Passphrase {
    /// A passphrase; `iterations` count for what is set up with it, while a stored row says its own.
    #[must_use]
    pub fn new(words: SecretBytes, iterations: PassphraseIterations) -> Self {
        Self { words, iterations }
    }

    fn key(&self, salt: &[u8; 32], iterations: PassphraseIterations) -> Result<UnlockerKey, UnlockError> {
        UnlockerKey::from_passphrase(&self.words, salt, iterations)
            .map_err(|PassphraseError::TooShort| UnlockError::PassphraseTooShort)
    }
}

impl Unlocker for Passphrase {
    fn kind(&self) -> UnlockerKind {
        UnlockerKind::Passphrase
    }

    fn enroll<'a>(
        &'a self,
        root: &'a RootKey,
        place: Enrolment,
    ) -> BoxFuture<'a, Result<UnlockerRow, UnlockError>> {
        Box::pin(async move {
            let salt = random::bytes().map_err(|_| UnlockError::NoEntropy)?;
            let key = self.key(&salt, self.iterations)?;
            wrap_root(&key, root, self.kind(), place, Some((salt, self.iterations.get())))
        })
    }

    fn open<'a>(
        &'a self,
        instance: [u8; 16],
        id: [u8; 16],
        row: &'a UnlockerRow,
    ) -> BoxFuture<'a, Result<Option<RootKey>, UnlockError>> {
        Box::pin(async move {
            let (Some(salt), Some(iterations)) = (row.salt, row.iterations) else {
                return Err(UnlockError::WeakDerivation);
            };
            let iterations =
                PassphraseIterations::new(iterations).map_err(|_| UnlockError::WeakDerivation)?;
            let root = unwrap_root(&self.key(&salt, iterations)?, instance, id, row);
            // Perhaps another passphrase's row: the store tries the next one, and says this when none opens.
            root.map(Some).ok_or(UnlockError::WrongPassphrase)
        })
    }
}
