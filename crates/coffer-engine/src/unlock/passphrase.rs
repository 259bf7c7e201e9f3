//! A passphrase as unlocker: PBKDF2-HMAC-SHA256 with a salt of its own, 600,000 iterations at least, on a thread of its own.

use coffer_encryption::{PassphraseError, PassphraseIterations, RootKey, SecretBytes, UnlockerKey, random};

use super::{Enrolment, Recovery, UnlockError, Unlocker, UnlockerKind, UnlockerRow, unwrap_root, wrap_root};
use crate::own_thread::on_its_own_thread;
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

    async fn key(
        &self,
        salt: [u8; 32],
        iterations: PassphraseIterations,
    ) -> Result<UnlockerKey, UnlockError> {
        let recovery = Recovery::read(&self.words)?;
        let words = recovery.as_ref().map_or(&self.words, Recovery::words);
        let words = SecretBytes::copy_from(words.expose());
        let work = move || UnlockerKey::from_passphrase(&words, &salt, iterations);
        let derived = on_its_own_thread("coffer-derive", work).await.ok_or(UnlockError::NoEntropy)?;
        derived.map_err(|PassphraseError::TooShort| UnlockError::PassphraseTooShort)
    }

    /// Whether it can't be right, whatever the store: a recovery passphrase that was mistyped.
    #[must_use]
    pub fn is_mistyped(&self) -> bool {
        Recovery::read(&self.words).is_err()
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
            let key = self.key(salt, self.iterations).await?;
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
            let root = unwrap_root(&self.key(*salt, iterations).await?, instance, id, row);
            // Perhaps another passphrase's row: the store tries the next one, and says this when none opens.
            root.map(Some).ok_or(UnlockError::WrongPassphrase)
        })
    }

    fn try_nothing(&self) -> BoxFuture<'_, Result<(), UnlockError>> {
        Box::pin(async move {
            let salt = random::bytes().map_err(|_| UnlockError::NoEntropy)?;
            self.key(salt, self.iterations).await.map(drop)
        })
    }
}
