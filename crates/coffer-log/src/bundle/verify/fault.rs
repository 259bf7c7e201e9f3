//! What is wrong with a bundle, and where.

use std::fmt;
use std::io;

use crate::bundle::layout::Name;

/// The first thing that is wrong with a bundle. One line: `place: what`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What.
    pub what: String,
}

/// A place in a bundle, or in what was given along with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The entry with this index in the log, whether it is there or not.
    Entry(u64),
    /// A file or folder, by its path in the bundle.
    File(String),
    /// One of the checkpoints that were kept elsewhere; the first is 1.
    Known(usize),
    /// A place in the bundle of the system log.
    System(Box<Place>),
}

impl Fault {
    pub(in crate::bundle) fn new(place: Place, what: impl fmt::Display) -> Self {
        Self { place, what: what.to_string() }
    }

    pub(in crate::bundle) fn unreadable(place: Place, error: &io::Error) -> Self {
        Self::new(place, format_args!("can't be read: {error}"))
    }

    /// The same, in the bundle of the system log.
    pub(super) fn in_system(self) -> Self {
        Self { place: self.place.in_system(), ..self }
    }
}

impl Place {
    pub(in crate::bundle) fn file(name: Name) -> Self {
        Self::File(name.to_string())
    }

    /// A path that somebody else named: what is not printable ASCII is shown as `?`. The bundle itself is `.`.
    pub(in crate::bundle) fn path(path: &[u8]) -> Self {
        let shown = |c: char| if matches!(c, ' '..='~') { c } else { '?' };
        let path = String::from_utf8_lossy(path).chars().map(shown).collect::<String>();
        Self::File(if path.is_empty() { ".".to_owned() } else { path })
    }

    pub(super) fn in_system(self) -> Self {
        Self::System(Box::new(self))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(index) => write!(f, "entry {index}"),
            Self::File(path) => f.write_str(path),
            Self::Known(number) => write!(f, "known {number}"),
            Self::System(place) => write!(f, "system {place}"),
        }
    }
}
