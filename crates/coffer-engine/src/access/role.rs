//! Roles: named sets of rights.

use minicbor::{CborLen, Decode, Encode};

use crate::action::Right;

/// A named set of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Role {
    /// Everything.
    #[n(0)]
    Owner,
    /// Everything but values, and unlockers and grants, which lead to all values: whoever runs the place need not read it.
    #[n(1)]
    Admin,
    /// Reads and changes.
    #[n(2)]
    Writer,
    /// Reads.
    #[n(3)]
    Reader,
    /// Gives secrets new values without seeing the old ones.
    #[n(4)]
    Rotator,
    /// Reads the log and the metadata, never a value.
    #[n(5)]
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 6] =
        [Self::Owner, Self::Admin, Self::Writer, Self::Reader, Self::Rotator, Self::Auditor];

    /// `owner`, and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Writer => "writer",
            Self::Reader => "reader",
            Self::Rotator => "rotator",
            Self::Auditor => "auditor",
        }
    }

    /// Whether the role has the right. The whole table is printed and reviewed in `tests/golden/access_matrix.txt`.
    #[must_use]
    pub const fn gives(self, right: Right) -> bool {
        use Right::{Audit, Destroy, List, Manage, Metadata, Read, Rotate, Write};
        match self {
            Self::Owner => true,
            Self::Admin => matches!(right, List | Metadata | Destroy | Audit | Manage),
            Self::Writer => matches!(right, List | Metadata | Read | Write | Rotate),
            Self::Reader => matches!(right, List | Metadata | Read),
            Self::Rotator => matches!(right, List | Metadata | Rotate),
            Self::Auditor => matches!(right, List | Metadata | Audit),
        }
    }
}
