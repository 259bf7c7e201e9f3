//! A lock code: what members of a tenant keep who have locked it. With it the tenant is unlocked, and with nothing else.
//!
//! # Invariants
//! - The text is in no record, entry or error, nor is what it yields.
//! - Whoever locks makes it, and has it before anything is locked: an answer that was lost would be a tenant that is lost.

use std::fmt;

use coffer_encryption::{DeriveError, LockKey, RandomError};
use zeroize::Zeroizing;

use crate::copied::{Copied, Read};
use crate::tenant::TenantId;

const KIND: Copied = Copied(b"LOCK");

/// A lock code.
///
/// Trust: whoever has it, and reaches the store, unlocks the tenant that was locked with it.
pub struct LockCode(Zeroizing<String>);

impl LockCode {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, RandomError> {
        Ok(Self(KIND.generate()?))
    }

    /// As somebody has typed it. `None`: this is none, or was mistyped.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        match KIND.read(typed.as_bytes()) {
            Read::Whole(text) => Some(Self(text)),
            Read::Mistyped | Read::Other => None,
        }
    }

    /// The text: `LOCK` and six groups of five letters.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it yields for this tenant.
    pub(crate) fn key(&self, instance: &[u8; 16], tenant: TenantId) -> Result<LockKey, DeriveError> {
        LockKey::derive(self.0.as_bytes(), instance, tenant.bytes())
    }
}

/// Says nothing of the code.
impl fmt::Debug for LockCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockCode(..)")
    }
}
