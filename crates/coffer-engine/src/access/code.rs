//! What the store keeps of a one-time code.

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::identity::IdentityId;
use crate::time::Timestamp;
use crate::token::TokenId;

/// A code's record. It lies at the code's hash, and stays there once it was used: what it is tried for then is somebody's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(crate) struct CodeRecord {
    #[n(0)]
    id: ByteArray<16>,
    #[n(1)]
    identity: ByteArray<16>,
    #[n(2)]
    created_ms: u64,
    #[n(3)]
    expires_ms: u64,
    #[n(4)]
    used_ms: Option<u64>,
    /// The same code is good once for the instance too.
    #[n(5)]
    for_instance_too: bool,
}

impl CodeRecord {
    pub(crate) fn new(
        (id, identity): (TokenId, IdentityId),
        (now, ttl_seconds): (Timestamp, u64),
        for_instance_too: bool,
    ) -> Self {
        Self {
            id: (*id.bytes()).into(),
            identity: (*identity.bytes()).into(),
            created_ms: now.millis(),
            expires_ms: now.plus_seconds(ttl_seconds).millis(),
            used_ms: None,
            for_instance_too,
        }
    }

    pub(crate) fn id(&self) -> TokenId {
        TokenId::from_bytes(*self.id)
    }

    pub(crate) fn identity(&self) -> IdentityId {
        IdentityId::from_bytes(*self.identity)
    }

    /// The last moment at which it is good.
    pub(crate) fn expires(&self) -> Timestamp {
        Timestamp::from_millis(self.expires_ms)
    }

    pub(crate) fn is_for_instance_too(&self) -> bool {
        self.for_instance_too
    }

    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        self.used_ms.is_none() && now <= self.expires()
    }

    /// The same code, used.
    pub(crate) fn used(&self, now: Timestamp) -> Self {
        Self { used_ms: Some(now.millis()), ..self.clone() }
    }
}
