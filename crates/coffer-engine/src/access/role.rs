//! Roles: named sets of rights. The built-in ones are data like those that a tenant makes.

use super::rights::Rights;
use crate::action::Right;
use crate::slug::RoleName;

/// A built-in role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Owner,
    /// Everything but values, and unlockers and grants, which lead to all values: whoever runs the place need not read it.
    Admin,
    /// Reads and changes.
    Writer,
    /// Reads.
    Reader,
    /// Gives secrets new values without seeing the old ones.
    Rotator,
    /// Reads the log and the metadata, never a value.
    Auditor,
    /// Sees names and metadata, nothing else.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 7] =
        [Self::Owner, Self::Admin, Self::Writer, Self::Reader, Self::Rotator, Self::Auditor, Self::Viewer];

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
            Self::Viewer => "viewer",
        }
    }

    /// The built-in role of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Its rights. The whole table is printed and reviewed in `tests/golden/access_matrix.txt`.
    #[must_use]
    pub fn rights(self) -> Rights {
        use Right::{Audit, Delete, Destroy, List, Manage, Metadata, Read, Rotate, Write};
        match self {
            Self::Owner => Rights::of(Right::ALL),
            Self::Admin => Rights::of([List, Metadata, Destroy, Audit, Manage]),
            Self::Writer => Rights::of([List, Metadata, Read, Write, Delete, Rotate]),
            Self::Reader => Rights::of([List, Metadata, Read]),
            Self::Rotator => Rights::of([List, Metadata, Rotate]),
            Self::Auditor => Rights::of([List, Metadata, Audit]),
            Self::Viewer => Rights::of([List, Metadata]),
        }
    }

    /// The one with the fewest rights that has this one.
    #[must_use]
    pub const fn least_with(right: Right) -> Self {
        match right {
            Right::List | Right::Metadata => Self::Viewer,
            Right::Read => Self::Reader,
            Right::Write | Right::Delete => Self::Writer,
            Right::Rotate => Self::Rotator,
            Right::Audit => Self::Auditor,
            Right::Destroy | Right::Manage => Self::Admin,
            Right::Grant | Right::Unlock => Self::Owner,
        }
    }
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        Self::built_in(role.name())
    }
}
