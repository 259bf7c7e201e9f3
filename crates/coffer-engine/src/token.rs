//! A token: what a program shows to say who it is. Random, and known to the store only by its hash.
//!
//! # Invariants
//! - The text leaves the engine once, from the verb that makes it; it is in no record, entry or error.
//! - A token has 256 random bits, so its hash need not be slow, and finding it by its hash tells nothing about others.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use coffer_encryption::{RandomError, hash, random};
use zeroize::Zeroizing;

/// How every token begins, so that scanners of code find one that lies about.
const PREFIX: &str = "coffer_";
/// Random bytes, and a check behind them: a mistyped token is told without asking the store.
const SECRET_BYTES: usize = 32;
const CHECK_BYTES: usize = 4;
const TOKEN_BYTES: usize = SECRET_BYTES + CHECK_BYTES;

/// A token that was just made.
///
/// Trust: whoever has it is who it was made for, until it ends.
pub struct Token {
    text: Zeroizing<String>,
    hash: TokenHash,
}

/// SHA-256 of a token's random bytes: what the store knows of it. It opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenHash([u8; 32]);

/// Names a token, in lists and in the log: 16 random bytes that open nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 16]);

impl Token {
    /// The text: `coffer_` and 48 letters of base64url.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    pub(crate) fn generate() -> Result<Self, RandomError> {
        let secret = Zeroizing::new(random::bytes::<SECRET_BYTES>()?);
        let hash = TokenHash::of(&secret);
        let both = Zeroizing::new([secret.as_slice(), &hash.check()].concat());
        let text = Zeroizing::new(URL_SAFE_NO_PAD.encode(both.as_slice()));
        Ok(Self { text: Zeroizing::new([PREFIX, text.as_str()].concat()), hash })
    }

    pub(crate) fn hash(&self) -> TokenHash {
        self.hash
    }
}

/// Says nothing of the token.
impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}

impl TokenHash {
    /// The hash of a token as it was shown. `None`: this is no token, whatever the store holds.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        let raw = text.strip_prefix(PREFIX)?;
        // A few bytes more than fit: the decoder wants room for the longest that this many letters could be.
        let mut both = Zeroizing::new([0_u8; TOKEN_BYTES + CHECK_BYTES]);
        let length = URL_SAFE_NO_PAD.decode_slice(raw, both.as_mut_slice()).ok()?;
        let (secret, check) = both.get(..length).filter(|_| length == TOKEN_BYTES)?.split_first_chunk()?;
        let hash = Self::of(secret);
        (check == hash.check()).then_some(hash)
    }

    pub(crate) const fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn of(secret: &[u8; SECRET_BYTES]) -> Self {
        Self(hash::sha256(secret))
    }

    /// Not the hash's own first bytes, which would tell something of where it lies.
    fn check(&self) -> [u8; CHECK_BYTES] {
        let [a, b, c, d, ..] = hash::sha256(&self.0);
        [a, b, c, d]
    }
}

/// It names a row of the store, which is nobody's business either.
impl fmt::Debug for TokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenHash(..)")
    }
}

impl TokenId {
    /// From its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// From 32 hexadecimal digits, in either case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 16];
        let all = base16ct::mixed::decode(text.as_bytes(), &mut bytes).ok()?.len() == 16;
        all.then_some(Self(bytes))
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}

#[cfg(test)]
mod tests;
