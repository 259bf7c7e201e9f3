//! The line of a member's name: whom it means, and what can be taken back.
//!
//! What he could do before lies here, and not in his own record: that is read with every request of his.

use minicbor::bytes::ByteArray;
use minicbor::{CborLen, Decode, Encode};

use crate::access::{Attached, Grant, GroupRef, Identity};
use crate::identity::{IdentityId, MemberName};
use crate::limits::{MEMBER_UNDO_MAX, MEMBER_UNDO_MAX_BYTES};

/// Whom a name means, and what can be taken back of what he may do.
#[derive(Clone, Encode, Decode, CborLen)]
pub(super) struct MemberLine {
    #[n(0)]
    name: String,
    #[n(1)]
    id: ByteArray<16>,
    /// What the member could do before each change, the newest last.
    #[n(2)]
    #[cbor(default)]
    undo: Vec<Power>,
}

/// What a member may do.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct Power {
    #[n(0)]
    pub(super) grants: Vec<Grant>,
    #[n(1)]
    pub(super) disabled: bool,
    #[n(2)]
    #[cbor(default)]
    pub(super) policies: Vec<Attached>,
    #[n(3)]
    #[cbor(default)]
    pub(super) groups: Vec<GroupRef>,
    #[n(4)]
    pub(super) expires_ms: Option<u64>,
}

impl Power {
    pub(super) fn of(identity: &Identity) -> Self {
        Self {
            grants: identity.grants.clone(),
            disabled: identity.disabled,
            policies: identity.policies.clone(),
            groups: identity.groups.clone(),
            expires_ms: identity.expires_ms,
        }
    }

    /// The same identity, with this.
    pub(super) fn of_identity(self, identity: Identity) -> Identity {
        let Self { grants, disabled, policies, groups, expires_ms } = self;
        let violations = identity.violations && disabled;
        Identity { grants, disabled, violations, policies, groups, expires_ms, ..identity }
    }
}

impl MemberLine {
    /// A new member's.
    pub(super) fn new(name: &MemberName, id: IdentityId) -> Self {
        Self { name: name.as_str().to_owned(), id: (*id.bytes()).into(), undo: Vec::new() }
    }

    /// Whether it is the one of this name: the hash in its key is 128 bits wide.
    pub(super) fn is_of(&self, name: &MemberName) -> bool {
        self.name == name.as_str()
    }

    pub(super) fn id(&self) -> IdentityId {
        IdentityId::from_bytes(*self.id)
    }

    /// Keeps what the member could do, to be gone back to. The oldest are forgotten beyond [`MEMBER_UNDO_MAX`], and beyond
    /// [`MEMBER_UNDO_MAX_BYTES`].
    pub(super) fn remember(&mut self, before: Power) {
        self.undo.push(before);
        let mut bytes = 0_usize;
        let fits = |step: &&Power| {
            bytes = bytes.saturating_add(described_bytes(&step.grants));
            bytes <= MEMBER_UNDO_MAX_BYTES
        };
        let kept = self.undo.iter().rev().take(MEMBER_UNDO_MAX).take_while(fits).count();
        self.undo.drain(..self.undo.len().saturating_sub(kept));
    }

    /// What the member could do before the last change that is not taken back yet.
    pub(super) fn undo(&mut self) -> Option<Power> {
        self.undo.pop()
    }

    pub(super) fn undo_steps(&self) -> usize {
        self.undo.len()
    }
}

/// Bytes of these grants in words.
fn described_bytes(grants: &[Grant]) -> usize {
    grants.iter().fold(0, |sum, grant| sum.saturating_add(grant.described().len()))
}

#[cfg(test)]
mod tests;
