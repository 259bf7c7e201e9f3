//! From a lock code to the key that wraps the keys of a locked tenant.
//!
//! # Invariants
//!
//! * A code has 130 random bits, so nothing slow is needed. Its letters are no uniform bytes, so it is extracted first.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA512, Salt};

use super::material::{KeyLen, KeyMaterial};
use super::{DeriveError, LockKey};
use crate::context::length_prefixed;
use crate::memory::Slot;

impl LockKey {
    /// The key that `code` yields for `owner`, a tenant of this instance.
    ///
    /// HKDF-SHA512 (RFC 5869) of the code, with the salt `"coffer/lock/v1"`, and the length-prefixed list of instance and owner as
    /// info.
    ///
    /// # Errors
    ///
    /// [`DeriveError::Provider`] when the cryptographic provider fails.
    pub fn derive(code: &[u8], instance: &[u8; 16], owner: &[u8; 16]) -> Result<Self, DeriveError> {
        expanded(code, &[instance, owner]).map(Self::from_slot).map_err(|Unspecified| DeriveError::Provider)
    }
}

fn expanded(code: &[u8], fields: &[&[u8]]) -> Result<Slot, Unspecified> {
    let info = length_prefixed(fields).ok_or(Unspecified)?;
    let mut slot = LockKey::HOME.slot();
    Salt::new(HKDF_SHA512, LABEL).extract(code).expand(&[&info], KeyLen)?.fill(slot.bytes_mut())?;
    Ok(slot)
}

const LABEL: &[u8] = b"coffer/lock/v1";
