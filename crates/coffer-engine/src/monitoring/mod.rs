//! How does it go? What the engine tells whoever watches it: what it sealed, opened and committed. The time it takes is measured by
//! the watcher, who has a clock; the engine has none.
//!
//! # Invariants
//! - Kinds and counts are told, and nothing else: no tenant, path, name, key or value.
//! - Nothing depends on it. An [`Observer`] answers nothing that anybody looks at.
//! - Without one, each place costs one load from memory that says so.

pub(crate) use watch::{Begun, Watch};

mod watch;

/// When something began, on the observer's own clock. The engine gives back what it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub u64);

/// What is sealed and opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sealed {
    /// A version's value, and the data key that it has for itself.
    Value,
    /// A record: a head, a folder, a member, a token.
    Record,
    /// The audit entries of one commit and tenant, together.
    Row,
}

/// One commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commit {
    /// Whether it waited for the disk.
    pub synced: bool,
    /// Operations that shared it.
    pub batches: usize,
    /// Those of them that found something changed, and began again.
    pub conflicts: usize,
    /// Audit entries that it made durable.
    pub entries: usize,
    /// Whether the storage failed: then nothing happened for anybody.
    pub failed: bool,
}

/// Whoever watches. It is told by many threads at once, on the way of requests: it counts, and returns.
pub trait Observer: Send + Sync {
    /// Something begins now.
    fn began(&self) -> Moment;
    /// Something was sealed.
    fn sealed(&self, what: Sealed, began: Moment);
    /// Something was opened; or not: it was not what was sealed there.
    fn opened(&self, what: Sealed, began: Moment, well: bool);
    /// A commit ended.
    fn committed(&self, commit: Commit, began: Moment);
    /// A password was looked at, of whomever, and was wrong; or so many were that somebody is locked out at one source.
    fn password_failed(&self, locks: bool);
    /// A member was refused too many different things in a day: it is suspended, or that was noted.
    fn violated(&self, suspended: bool);
}

impl Sealed {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Value, Self::Record, Self::Row];

    /// `value`, and so on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Record => "record",
            Self::Row => "row",
        }
    }
}
