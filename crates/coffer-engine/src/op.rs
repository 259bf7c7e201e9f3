//! One operation: who asks, of which tenant, when. Made once, at the edge.

use crate::identity::IdentityId;
use crate::tenant::TenantName;
use crate::time::Timestamp;

/// Who asks for what, and when. The engine learns all three from here and nowhere else.
#[derive(Debug, Clone)]
pub struct Op {
    /// Who.
    pub actor: Actor,
    /// In which tenant.
    pub tenant: TenantName,
    /// When the request was received. Written into the audit entry; expiry is decided on the storage's clock.
    pub now: Timestamp,
    /// Joins what one request did, across entries and logs: 16 random bytes.
    pub request: RequestId,
}

/// Whoever acts. Nothing here is a proof of identity: the edge made it after it had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Who opened the store in this process with an unlocker: the local owner.
    Local,
    /// A member of the tenant.
    Identity(IdentityId),
}

impl Actor {
    /// The identity whose record decides.
    #[must_use]
    pub fn identity(self) -> IdentityId {
        match self {
            Self::Local => IdentityId::LOCAL,
            Self::Identity(id) => id,
        }
    }
}

/// Names one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId([u8; 16]);

impl RequestId {
    /// A fresh one.
    ///
    /// # Errors
    /// When the operating system gives no random bytes.
    pub fn generate() -> Result<Self, crate::Error> {
        Ok(Self(coffer_encryption::random::bytes()?))
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}
