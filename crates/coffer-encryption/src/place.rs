//! Where a sealed thing lies: one struct for each kind of envelope, holding all that it is bound to.
//!
//! | Purpose | Key | Fields of the context, in this order (the generation is in the header) |
//! |---|---|---|
//! | 1 root wrap | [`UnlockerKey`](crate::UnlockerKey) | instance, unlocker |
//! | 2 owner wrap | [`WrappingKey`](crate::WrappingKey) | instance, owner, root generation, kdf id, iterations, kdf salt |
//! | 3 index wrap | from [`OwnerKey`](crate::OwnerKey) | instance, owner |
//! | 4 data wrap | [`DataWrapKey`](crate::DataWrapKey) | instance, tenant, secret, version, path hash, kind, flags |
//! | 5 value | [`DataKey`](crate::DataKey) | instance, tenant, secret, version |
//! | 6 record | [`RecordKey`](crate::RecordKey) | instance, owner, table, key, revision |
//! | 7 entry row | [`AuditKey`](crate::AuditKey) | instance, tenant, row |
//! | 8 signing wrap | [`AuditKey`](crate::AuditKey) | instance, owner, epoch |
//! | 9 subject wrap | [`AuditKey`](crate::AuditKey) | instance, tenant, subject |
//! | 10 personal | [`SubjectKey`](crate::SubjectKey) | instance, tenant, subject, session |
//! | 11 content | [`DataKey`](crate::DataKey) | instance, tenant |
//! | 12 backup | [`BackupKey`](crate::BackupKey) | instance, backup, head hash |
//! | 13 lock wrap | [`LockKey`](crate::LockKey) | instance, owner |
//!
//! Ids are 16 bytes; numbers are big-endian, `u8`, `u32` or `u64` as in the struct.
//!
//! # Invariants
//!
//! * Every field of a place is bound. A path is bound in the data wrap, not in the value: a rename wraps a key anew
//!   and leaves the value alone.
//! * Places are not secret and are not stored in the envelope: who opens must know where it lies.
//! * The traits are sealed. A new kind of envelope is a new struct here and a new purpose byte.

mod backup;
mod content;
mod log_wrap;
mod wrap;

pub use backup::Backup;
pub use content::{Content, EntryRow, Personal, RecordPlace, Value};
pub use log_wrap::{SigningWrap, SubjectWrap};
pub use wrap::{DataWrap, IndexWrap, Kdf, LockWrap, OwnerWrap, RootWrap, WrappingPlace};

use crate::context::ContextWriter;
use crate::keys::material::{KeyMaterial, SealsAt};

/// A place something can be sealed for.
pub trait Place: sealed::Sealed + Sized {
    /// The key that seals here.
    type Key: SealsAt<Self>;
    /// The purpose byte of the header.
    const PURPOSE: Purpose;

    /// The generation of the key, for the header; 0 where keys have none.
    fn generation(&self) -> u32;

    /// Writes the fields in their fixed order.
    fn write_context(&self, context: &mut ContextWriter);
}

/// A place that holds a key.
pub trait KeyPlace: Place {
    /// The key it holds.
    type Inner: KeyMaterial;
}

/// What an envelope is for; a byte of its header. Numbers are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A [`RootWrap`].
    RootWrap,
    /// A [`WrappingPlace`].
    OwnerWrap,
    /// An [`IndexWrap`].
    IndexWrap,
    /// A [`DataWrap`].
    DataWrap,
    /// A [`Value`].
    Value,
    /// A [`RecordPlace`].
    Record,
    /// An [`EntryRow`].
    EntryRow,
    /// A [`SigningWrap`].
    SigningWrap,
    /// A [`SubjectWrap`].
    SubjectWrap,
    /// A [`Personal`].
    Personal,
    /// A [`Content`].
    Content,
    /// A [`Backup`].
    Backup,
    /// A [`LockWrap`].
    LockWrap,
}

impl Purpose {
    /// The byte in the header.
    #[must_use]
    pub fn to_byte(self) -> u8 {
        match self {
            Self::RootWrap => 1,
            Self::OwnerWrap => 2,
            Self::IndexWrap => 3,
            Self::DataWrap => 4,
            Self::Value => 5,
            Self::Record => 6,
            Self::EntryRow => 7,
            Self::SigningWrap => 8,
            Self::SubjectWrap => 9,
            Self::Personal => 10,
            Self::Content => 11,
            Self::Backup => 12,
            Self::LockWrap => 13,
        }
    }

    /// The purpose of a header byte; nothing if it has none.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::RootWrap,
            2 => Self::OwnerWrap,
            3 => Self::IndexWrap,
            4 => Self::DataWrap,
            5 => Self::Value,
            6 => Self::Record,
            7 => Self::EntryRow,
            8 => Self::SigningWrap,
            9 => Self::SubjectWrap,
            10 => Self::Personal,
            11 => Self::Content,
            12 => Self::Backup,
            13 => Self::LockWrap,
            _ => return None,
        })
    }
}

mod sealed {
    /// Keeps places in this module.
    pub trait Sealed {}
    impl Sealed for super::RootWrap {}
    impl Sealed for super::WrappingPlace {}
    impl Sealed for super::IndexWrap {}
    impl Sealed for super::DataWrap {}
    impl Sealed for super::Value {}
    impl Sealed for super::RecordPlace<'_> {}
    impl Sealed for super::EntryRow {}
    impl Sealed for super::SigningWrap {}
    impl Sealed for super::SubjectWrap {}
    impl Sealed for super::Personal {}
    impl Sealed for super::Content {}
    impl Sealed for super::Backup {}
    impl Sealed for super::LockWrap {}
}

#[cfg(test)]
mod tests;
