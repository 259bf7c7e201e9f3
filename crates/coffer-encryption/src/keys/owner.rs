//! From the owner key to the keys for each purpose.
//!
//! # Invariants
//!
//! * The owner key itself seals nothing: each use has a key of its own, so a fault in one does not reach another.

use aws_lc_rs::error::Unspecified;

use super::material::{KeyMaterial, SealingKey, SealsAt, SlotHome, expand};
use super::{AuditKey, DataWrapKey, DeriveError, OwnerKey, RecordKey};
use crate::place::IndexWrap;

impl OwnerKey {
    /// The purpose key `K` of `owner` (16 bytes; all zero for the instance) and `generation`.
    ///
    /// HKDF-Expand-SHA512 (RFC 5869) with the length-prefixed list of [`PurposeKey::LABEL`], owner, generation
    /// (`u32`, big-endian).
    ///
    /// # Errors
    ///
    /// [`DeriveError::Provider`] when the cryptographic provider fails.
    pub fn derive<K: PurposeKey>(&self, owner: &[u8; 16], generation: u32) -> Result<K, DeriveError> {
        let slot = expand(self.slot(), &[K::LABEL, owner, &generation.to_be_bytes()], K::HOME)
            .map_err(|Unspecified| DeriveError::Provider)?;
        Ok(K::from_slot(slot))
    }
}

/// A key that [`OwnerKey::derive`] makes.
///
/// ```compile_fail,E0624
/// fn leak<K: coffer_encryption::PurposeKey>(key: &K) -> [u8; 32] {
///     *key.slot().bytes() // private to the crate
/// }
/// ```
pub trait PurposeKey: KeyMaterial {
    /// The label that sets it apart: `coffer/<purpose>/v1`.
    const LABEL: &'static [u8];
}

impl PurposeKey for DataWrapKey {
    const LABEL: &'static [u8] = b"coffer/data-wrap/v1";
}

impl PurposeKey for RecordKey {
    const LABEL: &'static [u8] = b"coffer/record/v1";
}

impl PurposeKey for AuditKey {
    const LABEL: &'static [u8] = b"coffer/audit/v1";
}

/// The index key is wrapped under a key that is seen nowhere else.
impl SealsAt<IndexWrap> for OwnerKey {
    fn sealing_key(&self, place: &IndexWrap) -> Result<SealingKey<'_>, Unspecified> {
        let fields: [&[u8]; 3] = [INDEX_WRAP_LABEL, &place.owner, &place.generation.to_be_bytes()];
        Ok(SealingKey::derived(expand(self.slot(), &fields, SlotHome::Plain)?))
    }
}

const INDEX_WRAP_LABEL: &[u8] = b"coffer/index-wrap/v1";
