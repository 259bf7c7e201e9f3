//! What a tenant knows of an identity: a human, a service, an agent, and what was granted to it.

use minicbor::{CborLen, Decode, Encode};

use super::{PathPattern, Role};

/// What the tenant knows of an identity.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Identity {
    /// Unique in the tenant; shown in the log and to those who may see it.
    #[n(0)]
    pub name: String,
    /// What it is.
    #[n(1)]
    pub kind: IdentityKind,
    /// What it may do. Nothing, when empty.
    #[n(2)]
    pub grants: Vec<Grant>,
    /// A disabled identity has no power, whatever was granted to it.
    #[n(3)]
    pub disabled: bool,
}

/// What kind of actor an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum IdentityKind {
    /// A person.
    #[n(0)]
    Human,
    /// A program that runs by itself.
    #[n(1)]
    Service,
    /// A program that acts for somebody.
    #[n(2)]
    Agent,
}

impl IdentityKind {
    /// As the audit log writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Service => "service",
            Self::Agent => "agent",
        }
    }
}

/// A role on the paths that a pattern covers.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Grant {
    /// Which rights.
    #[n(0)]
    pub role: Role,
    /// On which paths.
    #[n(1)]
    pub pattern: PathPattern,
}
