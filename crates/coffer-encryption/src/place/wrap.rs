//! Places that hold a key.
//!
//! # Invariants
//!
//! * A path is bound here and not in the value it leads to: a rename wraps 114 bytes anew and nothing else.

use super::{KeyPlace, Place, Purpose};
use crate::context::ContextWriter;
use crate::iterations::Iterations;
use crate::keys::{DataKey, DataWrapKey, IndexKey, LockKey, OwnerKey, RootKey, UnlockerKey, WrappingKey};

/// A [`RootKey`] wrapped for one unlocker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootWrap {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the unlocker.
    pub unlocker: [u8; 16],
    /// Generation of the root key.
    pub generation: u32,
}

/// An [`OwnerKey`] wrapped under the [`WrappingKey`] that [`RootKey::derive_wrapping`] makes for the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrappingPlace {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant; all zero for the instance itself.
    pub owner: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
    /// Generation of the root key it is wrapped under.
    pub root_generation: u32,
    /// How the wrapping key is derived.
    pub kdf: Kdf,
}

/// The place of a wrapped [`OwnerKey`].
pub type OwnerWrap = WrappingPlace;

/// How a [`WrappingKey`] is derived from the [`RootKey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kdf {
    /// HKDF-Expand-SHA512 (RFC 5869), for the instance only, which must be open before any request. Id 1.
    InstanceHkdf,
    /// PBKDF2-HMAC-SHA256 (RFC 8018), for tenants. Id 2.
    Pbkdf2Sha256 {
        /// 32 random bytes, stored beside the wrap.
        salt: [u8; 32],
        /// How many turns.
        iterations: Iterations,
    },
}

impl Kdf {
    /// The id that is stored and bound.
    #[must_use]
    pub fn id(&self) -> u8 {
        match self {
            Self::InstanceHkdf => 1,
            Self::Pbkdf2Sha256 { .. } => 2,
        }
    }
}

/// An [`OwnerKey`] wrapped under the [`LockKey`] of a code, while its tenant is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LockWrap {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant.
    pub owner: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
}

impl Place for LockWrap {
    type Key = LockKey;
    const PURPOSE: Purpose = Purpose::LockWrap;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.owner);
    }
}

impl KeyPlace for LockWrap {
    type Inner = OwnerKey;
}

/// An [`IndexKey`] wrapped under a key that its [`OwnerKey`] yields for this purpose alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexWrap {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant; all zero for the instance itself.
    pub owner: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
}

/// The [`DataKey`] of one version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DataWrap {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant.
    pub tenant: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
    /// Id of the secret.
    pub secret: [u8; 16],
    /// Number of the version.
    pub version: u64,
    /// SHA-256 of the canonical path.
    pub path_hash: [u8; 32],
    /// Kind of the secret.
    pub kind: u8,
    /// Flags of the version.
    pub flags: u8,
}

impl Place for RootWrap {
    type Key = UnlockerKey;
    const PURPOSE: Purpose = Purpose::RootWrap;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.unlocker);
    }
}

impl KeyPlace for RootWrap {
    type Inner = RootKey;
}

impl Place for WrappingPlace {
    type Key = WrappingKey;
    const PURPOSE: Purpose = Purpose::OwnerWrap;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        let (salt, iterations): (&[u8], u32) = match &self.kdf {
            Kdf::InstanceHkdf => (&[], 0),
            Kdf::Pbkdf2Sha256 { salt, iterations } => (salt, iterations.get()),
        };
        context.field(&self.instance);
        context.field(&self.owner);
        context.field(&self.root_generation.to_be_bytes());
        context.field(&[self.kdf.id()]);
        context.field(&iterations.to_be_bytes());
        context.field(salt);
    }
}

impl KeyPlace for WrappingPlace {
    type Inner = OwnerKey;
}

impl Place for IndexWrap {
    type Key = OwnerKey;
    const PURPOSE: Purpose = Purpose::IndexWrap;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.owner);
    }
}

impl KeyPlace for IndexWrap {
    type Inner = IndexKey;
}

impl Place for DataWrap {
    type Key = DataWrapKey;
    const PURPOSE: Purpose = Purpose::DataWrap;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.tenant);
        context.field(&self.secret);
        context.field(&self.version.to_be_bytes());
        context.field(&self.path_hash);
        context.field(&[self.kind]);
        context.field(&[self.flags]);
    }
}

impl KeyPlace for DataWrap {
    type Inner = DataKey;
}
