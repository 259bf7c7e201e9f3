//! What a backup holds, as it says itself: the last thing in its body.

use coffer_log::Hash;
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::tenant::TenantId;

/// The manifest.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct BackupManifest {
    /// Records.
    #[n(0)]
    pub(super) records: u64,
    /// Rows of entries that are in no log yet.
    #[n(1)]
    pub(super) pending: u64,
    /// SHA-256 of all that stands before the manifest.
    #[n(2)]
    pub(super) hash: ByteArray<32>,
    /// Tenants in the directory.
    #[n(3)]
    pub(super) tenants: u64,
    /// How far the logs were that something was signed of; the instance's too.
    #[n(4)]
    pub(super) logs: Vec<ManifestLog>,
}

/// A log, as far as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(in crate::vault) struct ManifestLog {
    #[n(0)]
    owner: ByteArray<16>,
    #[n(1)]
    size: u64,
    #[n(2)]
    root: ByteArray<32>,
}

impl ManifestLog {
    pub(super) fn new(owner: TenantId, size: u64, root: Hash) -> Self {
        Self { owner: (*owner.bytes()).into(), size, root: (*root.bytes()).into() }
    }
}

impl BackupManifest {
    /// How far the log of this owner was.
    pub(super) fn log_of(&self, owner: TenantId) -> Option<(u64, Hash)> {
        let log = self.logs.iter().find(|log| *log.owner == *owner.bytes())?;
        Some((log.size, Hash::from_bytes(*log.root)))
    }
}
