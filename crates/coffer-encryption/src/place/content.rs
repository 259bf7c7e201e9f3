//! Places that hold what users and the vault keep: values, records, audit rows.
//!
//! # Invariants
//!
//! * No place here holds a key.

use super::{Place, Purpose};
use crate::context::ContextWriter;
use crate::keys::{AuditKey, DataKey, RecordKey, SubjectKey};

/// The value of one version of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant.
    pub tenant: [u8; 16],
    /// Id of the secret.
    pub secret: [u8; 16],
    /// Number of the version.
    pub version: u64,
}

/// A stored record: one row of one table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordPlace<'a> {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant; all zero for the instance itself.
    pub owner: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
    /// Number of the table.
    pub table: u8,
    /// Key of the row, at most 65,535 bytes.
    pub key: &'a [u8],
    /// Revision of the row, random.
    pub revision: [u8; 16],
}

/// The sealed part of an audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant.
    pub tenant: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
    /// Id of the row.
    pub row: [u8; 16],
}

/// What a log's session says about one person, apart from the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Personal {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant.
    pub tenant: [u8; 16],
    /// Id of the person.
    pub subject: [u8; 16],
    /// Id of the session.
    pub session: [u8; 16],
}

/// The content of a file that a version of a secret holds.
///
/// Which secret and which version is bound in the wrap of its data key, which seals nothing else: the content is sealed while it comes,
/// before it is decided what its version will be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Content {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant.
    pub tenant: [u8; 16],
}

impl Place for Value {
    type Key = DataKey;
    const PURPOSE: Purpose = Purpose::Value;

    /// A data key seals one value, so it has no generations.
    fn generation(&self) -> u32 {
        0
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.tenant);
        context.field(&self.secret);
        context.field(&self.version.to_be_bytes());
    }
}

impl Place for RecordPlace<'_> {
    type Key = RecordKey;
    const PURPOSE: Purpose = Purpose::Record;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.owner);
        context.field(&[self.table]);
        context.field(self.key);
        context.field(&self.revision);
    }
}

impl Place for EntryRow {
    type Key = AuditKey;
    const PURPOSE: Purpose = Purpose::EntryRow;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.tenant);
        context.field(&self.row);
    }
}

impl Place for Personal {
    type Key = SubjectKey;
    const PURPOSE: Purpose = Purpose::Personal;

    /// A subject key is never replaced: it is used until it is destroyed.
    fn generation(&self) -> u32 {
        0
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.tenant);
        context.field(&self.subject);
        context.field(&self.session);
    }
}

impl Place for Content {
    type Key = DataKey;
    const PURPOSE: Purpose = Purpose::Content;

    /// As for [`Value`].
    fn generation(&self) -> u32 {
        0
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.tenant);
    }
}
