//! Passwords of people: Argon2id (RFC 9106), which costs memory, so that who has the hashes does not guess quickly.
//!
//! # Invariants
//!
//! * What it costs is never clamped: a cost outside its bounds is an error, so an edited record is noticed, and asks for no more memory
//!   than there is room for.
//! * Two hashes are compared in constant time. A hash opens nothing, and prints nothing.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::Zeroizing;

use crate::same;

/// Bytes of a salt.
pub const SALT_BYTES: usize = 16;
const HASH_BYTES: usize = 32;
const MEMORY_FLOOR: u32 = if cfg!(feature = "testkit") { 8 } else { 19 * 1024 };

/// What one hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// A cost outside its bounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a password's hash takes 19 MiB to 256 MiB, 1 to 8 passes and 1 lane")]
pub struct PasswordCostError;

/// The hash of a password, and nothing of it.
pub struct PasswordHash(Zeroizing<[u8; HASH_BYTES]>);

impl PasswordCost {
    /// Of new passwords: 64 MiB, 3 passes, 1 lane. OWASP asks for 19 MiB and 2 passes at least.
    pub const CURRENT: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// A cost from a stored record.
    ///
    /// # Errors
    ///
    /// [`PasswordCostError`] when it protects too little, or asks for too much.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, PasswordCostError> {
        let is_bounded =
            (MEMORY_FLOOR..=256 * 1024).contains(&memory_kib) && (1..=8).contains(&passes) && lanes == 1;
        if is_bounded { Ok(Self { memory_kib, passes, lanes }) } else { Err(PasswordCostError) }
    }

    /// A cost that protects nothing.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub const fn cheap_for_tests() -> Self {
        Self { memory_kib: 8, passes: 1, lanes: 1 }
    }

    /// Memory, in KiB.
    #[must_use]
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// How often it is gone through.
    #[must_use]
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// How much of it could be done at the same time.
    #[must_use]
    pub const fn lanes(self) -> u32 {
        self.lanes
    }

    /// Hashes a password. `None`: there is no memory for it now.
    #[must_use]
    pub fn hash(self, password: &[u8], salt: &[u8; SALT_BYTES]) -> Option<PasswordHash> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(HASH_BYTES)).ok()?;
        let mut blocks: Vec<Block> = Vec::new();
        // Asked for, so that one that is not there is an answer and not the end of the process.
        blocks.try_reserve_exact(params.block_count()).ok()?;
        blocks.resize(params.block_count(), Block::default());
        let mut hash = Zeroizing::new([0; HASH_BYTES]);
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon2.hash_password_into_with_memory(password, salt, hash.as_mut_slice(), &mut blocks).ok()?;
        Some(PasswordHash(hash))
    }
}

impl PasswordHash {
    /// From a stored record.
    #[must_use]
    pub fn from_bytes(bytes: [u8; HASH_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Its bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8; HASH_BYTES] {
        &self.0
    }

    /// Whether it is the same.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        same(&*self.0, &*other.0)
    }
}

/// Says nothing of the hash.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests;
