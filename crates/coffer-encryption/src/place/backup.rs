//! The place of a backup's body.
//!
//! # Invariants
//!
//! * All that stands before the body in clear is bound by its hash: a body under another head does not open.

use super::{Place, Purpose};
use crate::context::ContextWriter;
use crate::keys::BackupKey;

/// The body of one backup of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backup {
    /// Id of the instance.
    pub instance: [u8; 16],
    /// Id of the backup, random.
    pub backup: [u8; 16],
    /// Generation of the root key that its key is derived from.
    pub root_generation: u32,
    /// SHA-256 of what stands before the body.
    pub head: [u8; 32],
}

impl Place for Backup {
    type Key = BackupKey;
    const PURPOSE: Purpose = Purpose::Backup;

    fn generation(&self) -> u32 {
        self.root_generation
    }

    fn write_context(&self, context: &mut ContextWriter) {
        context.field(&self.instance);
        context.field(&self.backup);
        context.field(&self.head);
    }
}
