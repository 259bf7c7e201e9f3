//! A client secret: what a program shows, beside whose it is, to sign in. Random, and known to the store only by its hash.
//!
//! # Invariants
//! - The text is in no record, entry or error.
//! - A secret has 130 random bits, so its hash need not be slow, and no number of tries finds one.

use std::fmt;

use coffer_encryption::{RandomError, hash};
use zeroize::Zeroizing;

use crate::copied::{Copied, Read};
use crate::identity::IdentityId;

const KIND: Copied = Copied(b"CLNT");

/// A client secret that was just made.
///
/// Trust: whoever has it, and knows whose it is, signs in as its member until it ends.
pub struct ClientSecret {
    text: Zeroizing<String>,
    hash: ClientSecretHash,
}

/// SHA-256 of a secret's text: what the store knows of it. It opens nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientSecretHash([u8; 32]);

/// A client id and a secret that were shown together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// Whose the secret is said to be. It is public: the number of a member.
    pub id: IdentityId,
    /// The secret.
    pub secret: ClientSecretHash,
}

impl ClientSecret {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        let text = KIND.generate()?;
        let hash = ClientSecretHash::of(&text);
        Ok(Self { text, hash })
    }

    /// The text: `CLNT` and six groups of five letters.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    pub(crate) fn hash(&self) -> ClientSecretHash {
        self.hash
    }
}

impl ClientSecretHash {
    /// The hash of a secret as it was shown. `None`: this is none, or was mistyped.
    #[must_use]
    pub fn of_text(shown: &str) -> Option<Self> {
        match KIND.read(shown.as_bytes()) {
            Read::Whole(text) => Some(Self::of(&text)),
            Read::Mistyped | Read::Other => None,
        }
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What a secret's record is found by, among those of its member.
    pub(crate) fn place(&self) -> [u8; 16] {
        let mut place = [0; 16];
        place.copy_from_slice(self.0.split_at(16).0);
        place
    }

    fn of(text: &str) -> Self {
        Self(hash::sha256(text.as_bytes()))
    }
}

/// Says nothing of the secret.
impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// It names a row of the store, which is nobody's business either.
impl fmt::Debug for ClientSecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecretHash(..)")
    }
}
