//! What the store keeps of a member's password.

use coffer_encryption::{PasswordCost, PasswordHash, SALT_BYTES};
use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::fault::Corrupt;
use crate::time::Timestamp;

/// A password's record. It lies at its member.
#[derive(Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct PasswordRecord {
    /// Another one with each password: what was signed in for with the one before ends.
    #[n(0)]
    id: ByteArray<16>,
    #[n(1)]
    salt: ByteArray<16>,
    #[n(2)]
    hash: ByteArray<32>,
    #[n(3)]
    memory_kib: u32,
    #[n(4)]
    passes: u32,
    #[n(5)]
    lanes: u32,
    #[n(6)]
    set_ms: u64,
}

impl PasswordRecord {
    pub(crate) fn new(
        id: [u8; 16],
        (salt, hash, cost): ([u8; SALT_BYTES], &PasswordHash, PasswordCost),
        now: Timestamp,
    ) -> Self {
        Self {
            id: id.into(),
            salt: salt.into(),
            hash: (*hash.expose()).into(),
            memory_kib: cost.memory_kib(),
            passes: cost.passes(),
            lanes: cost.lanes(),
            set_ms: now.millis(),
        }
    }

    pub(crate) fn id(&self) -> [u8; 16] {
        *self.id
    }

    pub(crate) fn salt(&self) -> [u8; SALT_BYTES] {
        *self.salt
    }

    pub(crate) fn hash(&self) -> PasswordHash {
        PasswordHash::from_bytes(*self.hash)
    }

    /// What its hash cost.
    pub(crate) fn cost(&self) -> Result<PasswordCost, Corrupt> {
        PasswordCost::new(self.memory_kib, self.passes, self.lanes).map_err(|_| Corrupt::new("a password"))
    }

    /// The same password, hashed anew: what was signed in for with it goes on.
    pub(crate) fn hashed_anew(
        &self,
        (salt, hash, cost): ([u8; SALT_BYTES], &PasswordHash, PasswordCost),
    ) -> Self {
        Self::new(*self.id, (salt, hash, cost), Timestamp::from_millis(self.set_ms))
    }
}
