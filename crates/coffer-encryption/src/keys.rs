//! The keys, each its own type, so that one cannot stand where another belongs.
//!
//! ```text
//! UnlockerKey          from a key file or a passphrase; never stored by the vault
//!   wraps RootKey                   random
//!     derives BackupKey         one for each backup, whose body it seals
//!     derives WrappingKey           one for each owner and generation (an owner is a tenant, or the instance)
//!       wraps OwnerKey              random; destroying its wrap destroys all below
//!         derives DataWrapKey       wraps DataKey, random, which seals one value
//!         derives RecordKey
//!         derives AuditKey          seals the audit rows
//!           wraps SigningKey        random, one for each epoch of the owner's log, which it signs
//!           wraps SubjectKey        random; destroying its wrap destroys what the log says about one person
//!         wraps IndexKey            random, kept across rotations: it makes stable lookup hashes
//!
//! LockKey              from a code that members of a tenant keep; never stored by the vault
//!   wraps OwnerKey                  in place of the WrappingKey, while the tenant is locked
//! ```
//!
//! # Invariants
//!
//! * 32 bytes in locked memory, wiped on drop; only [`DataKey`], which lives for one call, is in plain memory. While
//!   a [`SigningKey`] signs, the provider holds a copy of it, and wipes it when it is done.
//! * No `Clone`, no serialisation, no comparison, a silent `Debug`. The bytes of one key only ever leave:
//!   [`UnlockerKey::expose_for_file`].
//! * An owner key is random and wrapped under a derived key, never derived itself: what can be derived again cannot
//!   be destroyed.

mod index;
mod lock;
pub(crate) mod material;
mod owner;
mod root;
mod unlocker;

pub use index::IndexHash;
pub use owner::PurposeKey;
pub use unlocker::PassphraseError;

use crate::random::{self, RandomError};
use material::{KeyMaterial, keys};

keys! {
    /// Opens the vault: wraps the root key. From a key file or a passphrase.
    UnlockerKey: Locked;

    /// The random key above all owners, wrapped once for each unlocker.
    RootKey: Locked;

    /// Wraps one generation of an [`OwnerKey`]; derived from the root key when it is needed.
    WrappingKey: Locked;

    /// Wraps an [`OwnerKey`] while its tenant is locked; derived from a code that its members keep.
    LockKey: Locked;

    /// The random key of a tenant or of the instance, one for each generation. Purpose keys are derived from it.
    OwnerKey: Locked;

    /// Wraps the [`DataKey`]s of an owner.
    DataWrapKey: Locked;

    /// Seals the stored records of an owner.
    RecordKey: Locked;

    /// Seals the rows of an owner's audit log.
    AuditKey: Locked;

    /// Hashes names of an owner for lookup. Random, wrapped under the owner key, kept across rotations.
    IndexKey: Locked;

    /// Signs an owner's log during one epoch: an Ed25519 seed (RFC 8032). Random.
    SigningKey: Locked;

    /// Seals what a log says about one person, apart from the log: to destroy it is to forget them. Random.
    SubjectKey: Locked;

    /// Seals the body of one backup; derived from the root key and the backup's id.
    BackupKey: Locked;

    /// Seals one value, once. Random.
    DataKey: Plain;
}

macro_rules! generated {
    ($($name:ident)*) => {$(
        impl $name {
            /// A new random key.
            ///
            /// # Errors
            ///
            /// [`RandomError`] when the system gives no randomness.
            pub fn generate() -> Result<Self, RandomError> {
                let mut slot = Self::HOME.slot();
                random::fill(slot.bytes_mut())?;
                Ok(Self::from_slot(slot))
            }
        }
    )*};
}

generated! { UnlockerKey RootKey OwnerKey IndexKey SigningKey SubjectKey DataKey }

/// No key was derived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeriveError {
    /// The derivation is not the one for this owner: HKDF is for the instance alone, PBKDF2 for everyone else.
    #[error("the key derivation does not belong to this owner")]
    WrongKdf,
    /// The cryptographic provider failed.
    #[error("the cryptographic provider failed")]
    Provider,
}

#[cfg(test)]
mod tests;
