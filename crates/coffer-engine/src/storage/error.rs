//! Why a storage could not do what it was asked.

use std::path::PathBuf;

/// A storage's refusal: what happened. What to do about it is said once, in [`crate::Error`].
///
/// Nothing of a record is ever in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// There is no store here, and none was to be made.
    #[error("there is no store at {}", .0.display())]
    Missing(PathBuf),
    /// The file is there and is not a store of Coffer.
    #[error("{} is not a Coffer store", .0.display())]
    Foreign(PathBuf),
    /// The store was written by a newer Coffer.
    #[error("the store has format {found}; this Coffer knows formats up to {known}")]
    TooNew {
        /// The format of the store.
        found: u32,
        /// The newest that this build reads.
        known: u32,
    },
    /// The store has the tables of an older Coffer, and this one needs more.
    #[error("the store has the tables of version {found}; this Coffer needs those of version {needed}")]
    TooOld {
        /// The version of the tables.
        found: u32,
        /// The oldest that this build can use.
        needed: u32,
    },
    /// A file or folder may be read or written by others, or belongs to somebody else.
    #[error("{} is open to others: {problem}", path.display())]
    Permissions {
        /// Which.
        path: PathBuf,
        /// What is wrong with it, such as `mode 0644, wanted 0600`.
        problem: String,
    },
    /// No space is left on the device.
    #[error("no space is left for the store")]
    Full,
    /// The file, folder or device can't be written.
    #[error("the store can't be written: {0}")]
    ReadOnly(String),
    /// The store's write lock could not be had in time.
    #[error("another process has held the store's write lock for {0} seconds")]
    Busy(u64),
    /// The storage's own structure is damaged.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Audit entries could not be sealed; nothing was written.
    #[error("the audit entries could not be sealed")]
    Entries,
    /// Something is stored where only an empty storage may be filled.
    #[error("the store is not empty")]
    NotEmpty,
    /// A copy or a restore into this place was begun, and is not finished.
    #[error("the store is not finished: a copy or a restore into this place was broken off, or goes on")]
    Unfinished,
    /// Another process has begun to fill the same place.
    #[error("another copy or restore has taken this place over")]
    Displaced,
    /// The store was taken out of service, to be moved to this place.
    #[error("the store is out of service here: it is moved to {0}")]
    Moved(String),
    /// A snapshot could not be held any longer: writers would have had to wait for it.
    #[error("the store was written to faster than its snapshot was read")]
    Overtaken,
    /// Too many operations wait.
    #[error("too many operations are waiting for the store")]
    Overloaded,
    /// The commit was interrupted: nobody knows whether it happened.
    #[error("the commit was interrupted")]
    Interrupted,
    /// The operating system refused; the text is its own.
    #[error("the store can't be reached: {0}")]
    Io(String),
}

impl StorageError {
    /// A stable code, `noun.problem`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "store.missing",
            Self::Foreign(_) => "store.foreign",
            Self::TooNew { .. } => "store.too_new",
            Self::TooOld { .. } => "store.too_old",
            Self::Permissions { .. } => "store.permissions",
            Self::Full => "store.full",
            Self::ReadOnly(_) => "store.read_only",
            Self::Busy(_) => "store.locked",
            Self::Damaged(_) => "store.damaged",
            Self::Entries => "audit.not_sealed",
            Self::NotEmpty => "store.not_empty",
            Self::Unfinished => "store.unfinished",
            Self::Displaced => "store.displaced",
            Self::Moved(_) => "store.moved",
            Self::Overtaken => "store.overtaken",
            Self::Overloaded => "store.overloaded",
            Self::Interrupted => "store.interrupted",
            Self::Io(_) => "store.io",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> String {
        match self {
            Self::Missing(_) => "`coffer import .env` or `coffer set NAME` makes one; or name the right folder with --home or COFFER_HOME".into(),
            Self::Foreign(_) => "name another folder with --home or COFFER_HOME; the file was not touched".into(),
            Self::TooNew { .. } => "use the Coffer that wrote it, or a newer one".into(),
            Self::TooOld { .. } => "run `coffer storage migrate` with this Coffer, then start it again".into(),
            Self::Permissions { path, .. } => format!("`chmod {} {}`", if path.is_dir() { "700" } else { "600" }, path.display()),
            Self::Full => "free some space and try again; nothing is lost".into(),
            Self::ReadOnly(_) => "make the folder writable for this user, or move the store with COFFER_HOME".into(),
            Self::Busy(_) => "end the process that holds it (`fuser` names it), then try again".into(),
            Self::Damaged(_) => "stop all that use the store, keep a copy of its folder, and bring it back from a backup".into(),
            Self::Entries => "try again".into(),
            Self::NotEmpty => "name a place where nothing is stored".into(),
            Self::Unfinished => "begin that copy or restore again, with the same words: it goes on, or begins anew; nothing is lost where it comes from".into(),
            Self::Displaced => "let the other one come to its end".into(),
            Self::Moved(place) => format!("use the store in {place}; where that is not finished, `coffer storage copy --final` goes on, and `coffer storage reopen` takes this one back"),
            Self::Overtaken => "try again when less is written".into(),
            Self::Overloaded => "try again with fewer operations at once".into(),
            Self::Interrupted => "look with `coffer history` and `coffer audit tail` before you try again".into(),
            Self::Io(_) => "see the text of the operating system, or of the database".into(),
        }
    }
}
