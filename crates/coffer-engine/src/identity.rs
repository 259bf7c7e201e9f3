//! Who acts, by number and by name. What is known of them is in `access/identity.rs`.

use std::fmt;

use crate::fault::Invalid;
use crate::limits::MEMBER_NAME_MAX_BYTES;
use crate::path::check_text;

/// An identity of a tenant: 16 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IdentityId([u8; 16]);

impl IdentityId {
    /// The local owner: whoever opens the store in a process with an unlocker. Every tenant has this identity from its first
    /// moment, with the role owner on every path.
    pub const LOCAL: Self = Self([0; 16]);

    /// The vault itself, in its own upkeep. It has no record: what it may do is fixed (see `access/decide.rs`).
    pub const SYSTEM: Self = Self([0xff; 16]);

    /// From its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// What a member is called: unique in its tenant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemberName(Box<str>);

/// The local owner is called so, everywhere, and nobody else.
const LOCAL_NAME: &str = "local";

impl MemberName {
    /// Checks a name; never mends it.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that the text breaks.
    pub fn parse(raw: &str) -> Result<Self, Invalid> {
        check_text("member's name", raw, MEMBER_NAME_MAX_BYTES)?;
        if raw == LOCAL_NAME || raw.trim() != raw {
            return Err(Invalid::new(
                "member.name_invalid",
                "a member is not called `local`, and its name neither begins nor ends with a space",
                "choose another name",
            ));
        }
        Ok(Self(raw.into()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemberName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
