//! What all keys share: 32 bytes in a slot, and how those bytes reach the cipher.
//!
//! # Invariants
//!
//! * Generic code elsewhere can call the methods of a trait that it cannot name, so no method here gives bytes: they
//!   give slots, and a slot only opens inside the crate. Nobody outside can make a slot either.

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::hkdf::{HKDF_SHA512, KeyType, Prk};

use crate::context::length_prefixed;
use crate::memory::Slot;

/// A key as the slot it lies in.
pub trait KeyMaterial: Sized {
    /// Where a new key of this type lies.
    const HOME: SlotHome;
    /// The key in `slot`.
    fn from_slot(slot: Slot) -> Self;
    /// Its slot.
    fn slot(&self) -> &Slot;
}

/// Locked memory, or plain memory for keys that live as long as one call.
pub enum SlotHome {
    /// See [`Slot::locked`].
    Locked,
    /// See [`Slot::plain`].
    Plain,
}

impl SlotHome {
    /// A zeroed slot there.
    pub(crate) fn slot(&self) -> Slot {
        match self {
            Self::Locked => Slot::locked(),
            Self::Plain => Slot::plain(),
        }
    }
}

/// A key that seals at the place `P`.
pub trait SealsAt<P> {
    /// The input key of the message.
    ///
    /// # Errors
    ///
    /// When it has to be derived and the provider fails.
    fn sealing_key(&self, place: &P) -> Result<SealingKey<'_>, Unspecified>;
}

/// The input key of one message.
pub struct SealingKey<'a>(Held<'a>);

enum Held<'a> {
    Itself(&'a Slot),
    Derived(Slot),
}

impl SealingKey<'_> {
    /// A key made for this one use.
    pub(crate) fn derived(slot: Slot) -> Self {
        Self(Held::Derived(slot))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        match &self.0 {
            Held::Itself(slot) => slot.bytes(),
            Held::Derived(slot) => slot.bytes(),
        }
    }
}

/// A key that seals with its own bytes.
pub trait Direct: KeyMaterial {}

impl<P, K: Direct> SealsAt<P> for K {
    fn sealing_key(&self, _place: &P) -> Result<SealingKey<'_>, Unspecified> {
        Ok(SealingKey(Held::Itself(self.slot())))
    }
}

/// HKDF-Expand-SHA512 (RFC 5869) of `key` with the length-prefixed `fields`, straight into a slot at `home`.
///
/// The extract step is left out, as in C2SP `chunked-encryption`: the input is uniformly random already.
pub(crate) fn expand(key: &Slot, fields: &[&[u8]], home: SlotHome) -> Result<Slot, Unspecified> {
    let info = length_prefixed(fields).ok_or(Unspecified)?;
    let mut made = home.slot();
    Prk::new_less_safe(HKDF_SHA512, key.bytes()).expand(&[&info], KeyLen)?.fill(made.bytes_mut())?;
    Ok(made)
}

/// As many bytes as every key has.
pub(crate) struct KeyLen;

impl KeyType for KeyLen {
    fn len(&self) -> usize {
        32
    }
}

/// Declares keys: each a slot at its home with a silent `Debug`.
macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident: $home:ident;)*) => {$(
        $(#[$doc])*
        pub struct $name(crate::memory::Slot);

        impl crate::keys::material::KeyMaterial for $name {
            const HOME: crate::keys::material::SlotHome = crate::keys::material::SlotHome::$home;

            fn from_slot(slot: crate::memory::Slot) -> Self {
                Self(slot)
            }

            fn slot(&self) -> &crate::memory::Slot {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )*};
}

pub(crate) use keys;

impl Direct for super::UnlockerKey {}
impl Direct for super::WrappingKey {}
impl Direct for super::LockKey {}
impl Direct for super::DataWrapKey {}
impl Direct for super::DataKey {}
impl Direct for super::RecordKey {}
impl Direct for super::AuditKey {}
impl Direct for super::SubjectKey {}
impl Direct for super::BackupKey {}
