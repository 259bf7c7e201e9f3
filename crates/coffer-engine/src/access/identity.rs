//! What a tenant knows of an identity: a human, a service, an agent, and what was granted to it.

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use super::{Conditions, PathPattern};
use crate::slug::{GroupName, PolicyName, RoleName};
use crate::time::Timestamp;

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
    /// Policies that are attached to it.
    #[n(4)]
    #[cbor(default)]
    pub policies: Vec<Attached>,
    /// Groups that it is in.
    #[n(5)]
    #[cbor(default)]
    pub groups: Vec<GroupRef>,
    /// Who answers for it. May be empty.
    #[n(6)]
    #[cbor(default)]
    pub owner: String,
    /// What it is for. May be empty.
    #[n(7)]
    #[cbor(default)]
    pub purpose: String,
    /// The last moment at which it has any power, in milliseconds since the epoch; `None`: it has no end.
    #[n(8)]
    pub expires_ms: Option<u64>,
    /// Whether it is disabled because of what it was refused: see `vault/violations.rs`.
    #[n(9)]
    #[cbor(default)]
    pub violations: bool,
}

impl Identity {
    /// One that has these grants, and nothing else.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: IdentityKind, grants: Vec<Grant>) -> Self {
        Self {
            name: name.into(),
            kind,
            grants,
            disabled: false,
            policies: Vec::new(),
            groups: Vec::new(),
            owner: String::new(),
            purpose: String::new(),
            expires_ms: None,
            violations: false,
        }
    }

    /// The last moment at which it has any power; `None`: it has no end.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires_ms.map(Timestamp::from_millis)
    }

    /// Whether it has no power any more, at this moment: see [`Self::expires`].
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.expires().is_some_and(|end| now > end)
    }
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
    /// Which rights: a built-in role, or one of the tenant's own.
    #[n(0)]
    pub role: RoleName,
    /// On which paths.
    #[n(1)]
    pub pattern: PathPattern,
    /// When it holds.
    #[n(2)]
    #[cbor(default)]
    pub when: Conditions,
}

impl Grant {
    /// One that always holds.
    #[must_use]
    pub fn always(role: impl Into<RoleName>, pattern: PathPattern) -> Self {
        Self { role: role.into(), pattern, when: Conditions::default() }
    }

    /// `reader on dev/** (from 10.0.0.0/8)`, as the log has it.
    #[must_use]
    pub fn described(&self) -> String {
        with_conditions(format!("{} on {}", self.role, self.pattern), &self.when)
    }
}

/// A policy that is attached to an identity or a group.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Attached {
    /// Which.
    #[n(0)]
    pub policy: PolicyName,
    /// When it holds.
    #[n(1)]
    #[cbor(default)]
    pub when: Conditions,
}

impl Attached {
    /// `ci (from 10.0.0.0/8)`, as the log has it.
    #[must_use]
    pub fn described(&self) -> String {
        with_conditions(self.policy.to_string(), &self.when)
    }
}

/// A group that an identity is in. One that was removed, and made again under its name, is another.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct GroupRef {
    /// What it is called.
    #[n(0)]
    pub name: GroupName,
    /// Which of that name.
    #[n(1)]
    pub id: ByteArray<16>,
}

fn with_conditions(what: String, when: &Conditions) -> String {
    let conditions = when.described();
    if conditions.is_empty() { what } else { format!("{what} ({})", conditions.join("; ")) }
}
