//! Places that hold a key of the audit log.
//!
//! # Invariants
//!
//! * Both keys lie under the [`AuditKey`]: who may not read the log can neither sign it nor read about its people.
//! * An epoch is bound: the wrap of an old signing key, put back, does not pass for the one in use.

use super::{KeyPlace, Place, Purpose};
use crate::context::ContextWriter;
use crate::keys::{AuditKey, SigningKey, SubjectKey};

/// The [`SigningKey`] of one epoch of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SigningWrap {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant; all zero for the instance itself.
    pub owner: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
    /// Number of the epoch; the first is 0.
    pub epoch: u32,
}

/// The [`SubjectKey`] of one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubjectWrap {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the tenant.
    pub tenant: [u8; 16],
    /// Generation of the owner key.
    pub generation: u32,
    /// Id of the person.
    pub subject: [u8; 16],
}

impl Place for SigningWrap {
    type Key = AuditKey;
    const PURPOSE: Purpose = Purpose::SigningWrap;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.owner);
        context.field(&self.epoch.to_be_bytes());
    }
}

impl KeyPlace for SigningWrap {
    type Inner = SigningKey;
}

impl Place for SubjectWrap {
    type Key = AuditKey;
    const PURPOSE: Purpose = Purpose::SubjectWrap;

    fn generation(&self) -> u32 {
        self.generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.tenant);
        context.field(&self.subject);
    }
}

impl KeyPlace for SubjectWrap {
    type Inner = SubjectKey;
}
