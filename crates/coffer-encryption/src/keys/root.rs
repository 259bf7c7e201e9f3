//! From the root key to the key that wraps one owner's key, and to that of a backup.
//!
//! # Invariants
//!
//! * Which derivation is used follows from who the owner is, not from what was stored: an edited kdf is an error.
//! * Nothing is cached here.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::pbkdf2::{self, PBKDF2_HMAC_SHA256};

use super::material::{KeyMaterial, expand};
use super::{BackupKey, DeriveError, RootKey, WrappingKey};
use crate::context::length_prefixed;
use crate::place::{Backup, Kdf, WrappingPlace};

impl RootKey {
    /// The key that wraps the [`crate::OwnerKey`] of `place`.
    ///
    /// For a tenant PBKDF2-HMAC-SHA256 (RFC 8018) over the root key; the salt is the length-prefixed list of
    /// `"coffer/twk/v1"`, instance, owner, generation, root generation, and the stored salt. About 11 milliseconds at
    /// the default count: keep the result. For the instance HKDF-Expand-SHA512 (RFC 5869) with `"coffer/iwk/v1"` and
    /// the same four fields.
    ///
    /// # Errors
    ///
    /// [`DeriveError::WrongKdf`] when the derivation is not the one for this owner.
    pub fn derive_wrapping(&self, place: &WrappingPlace) -> Result<WrappingKey, DeriveError> {
        let generation = place.generation.to_be_bytes();
        let root_generation = place.root_generation.to_be_bytes();
        let is_instance = place.owner == INSTANCE;
        let slot = match &place.kdf {
            Kdf::InstanceHkdf if is_instance => {
                let fields: [&[u8]; 5] =
                    [INSTANCE_LABEL, &place.instance, &place.owner, &generation, &root_generation];
                expand(self.slot(), &fields, WrappingKey::HOME)
                    .map_err(|Unspecified| DeriveError::Provider)?
            }
            Kdf::Pbkdf2Sha256 { salt, iterations } if !is_instance => {
                let fields: [&[u8]; 6] =
                    [TENANT_LABEL, &place.instance, &place.owner, &generation, &root_generation, salt];
                let salt = length_prefixed(&fields).ok_or(DeriveError::Provider)?;
                let mut slot = WrappingKey::HOME.slot();
                let secret = self.slot().bytes();
                pbkdf2::derive(PBKDF2_HMAC_SHA256, iterations.non_zero(), &salt, secret, slot.bytes_mut());
                slot
            }
            Kdf::InstanceHkdf | Kdf::Pbkdf2Sha256 { .. } => return Err(DeriveError::WrongKdf),
        };
        Ok(WrappingKey::from_slot(slot))
    }

    /// The key that seals the body of the backup at `place`.
    ///
    /// HKDF-Expand-SHA512 (RFC 5869) with the length-prefixed list of `"coffer/backup/v1"`, instance, backup, root generation. The head
    /// is not among them: it is bound in what is sealed.
    ///
    /// # Errors
    ///
    /// [`DeriveError::Provider`] when the cryptographic provider fails.
    pub fn derive_backup(&self, place: &Backup) -> Result<BackupKey, DeriveError> {
        let root_generation = place.root_generation.to_be_bytes();
        let fields: [&[u8]; 4] = [BACKUP_LABEL, &place.instance, &place.backup, &root_generation];
        let slot =
            expand(self.slot(), &fields, BackupKey::HOME).map_err(|Unspecified| DeriveError::Provider)?;
        Ok(BackupKey::from_slot(slot))
    }
}

/// The owner id of the instance itself.
const INSTANCE: [u8; 16] = [0; 16];
const TENANT_LABEL: &[u8] = b"coffer/twk/v1";
const INSTANCE_LABEL: &[u8] = b"coffer/iwk/v1";
const BACKUP_LABEL: &[u8] = b"coffer/backup/v1";
