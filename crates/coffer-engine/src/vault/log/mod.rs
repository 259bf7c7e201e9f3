//! The log, written and read: what turns entries into a tree, and every verb that looks at it.
//!
//! Start with [`integrate`], which everything else calls first: who reads the log reads all that was acknowledged before.
//!
//! # Invariants
//! - A verb that reads the log has first decided, and left its own entry, in a round. What it then reads it reads under that
//!   [`pass::Pass`], which only a round gives.
//! - Nobody reads the log while holding the store's write lock: integrating commits, and would wait for itself.

pub use certify::Certificate;
pub use export::{ExportError, Exported, LogExport, Part, PrunedBefore};
pub use forget::Forgotten;
pub use proof::{EntryRef, ProvedEntry};
pub use prune::Pruned;
pub use publish::Publication;
pub use query::Entries;
pub use stream::{LineSink, SinkError, StreamError};
pub use upkeep::{Upkeep, UpkeepSettings};
pub use verify::LogReport;
pub use watch::Changes;

pub(in crate::vault) use integrate::Turn;
pub(in crate::vault) use sign::KnownHead;
pub(in crate::vault) use upkeep::{as_system, is_closed};
pub(in crate::vault) use verify::SignedRoot;

mod backlog;
mod certify;
mod check;
mod export;
mod forget;
mod hold;
mod integrate;
mod pass;
mod person;
mod proof;
mod prune;
mod publish;
mod query;
mod read;
mod replay;
mod sign;
mod stream;
mod upkeep;
mod verify;
mod watch;

/// What is stored beside logs, for fuzzing.
#[cfg(feature = "testkit")]
pub(super) fn stored() -> Vec<crate::storage::record::Stored> {
    use crate::storage::record::Stored;
    vec![
        Stored::of::<hold::Hold>(),
        Stored::of::<sign::KnownHead>(),
        Stored::of::<stream::Cursor>(),
        Stored::of::<upkeep::CommittedHead>(),
        Stored::of::<upkeep::LastUpkeep>(),
    ]
}
