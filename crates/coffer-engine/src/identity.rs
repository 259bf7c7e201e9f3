//! Who acts, by number. What is known of them is in `access/identity.rs`.

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
