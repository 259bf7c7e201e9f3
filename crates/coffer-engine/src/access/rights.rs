//! A set of rights.

use std::fmt;

use minicbor::{CborLen, Decode, Encode};

use crate::action::Right;

/// A set of rights: one bit for each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct Rights(#[n(0)] u16);

impl Rights {
    /// None.
    pub const NONE: Self = Self(0);

    /// These.
    #[must_use]
    pub fn of(rights: impl IntoIterator<Item = Right>) -> Self {
        rights.into_iter().fold(Self::NONE, Self::with)
    }

    /// This one too.
    #[must_use]
    pub const fn with(self, right: Right) -> Self {
        Self(self.0 | bit(right))
    }

    /// All of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that the other one has not.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it is among them.
    #[must_use]
    pub const fn has(self, right: Right) -> bool {
        self.0 & bit(right) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order in which they are listed.
    pub fn each(self) -> impl Iterator<Item = Right> {
        Right::ALL.into_iter().filter(move |right| self.has(*right))
    }

    /// `read, list`.
    #[must_use]
    pub fn listed(self) -> String {
        self.each().map(Right::name).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.listed())
    }
}

/// The numbers are stored: a new right gets the next one.
const fn bit(right: Right) -> u16 {
    match right {
        Right::List => 1,
        Right::Metadata => 1 << 1,
        Right::Read => 1 << 2,
        Right::Write => 1 << 3,
        Right::Delete => 1 << 4,
        Right::Rotate => 1 << 5,
        Right::Destroy => 1 << 6,
        Right::Audit => 1 << 7,
        Right::Manage => 1 << 8,
        Right::Grant => 1 << 9,
        Right::Unlock => 1 << 10,
    }
}
