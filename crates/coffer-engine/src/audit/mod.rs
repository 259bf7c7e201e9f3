//! Is it written? Entries, the rows they lie in, and the proof that they are durable.
//!
//! Every operation, refusal and absence leaves one entry in the commit that decided it. An entry is a leaf: canonical JSON
//! (RFC 8785) that never holds a value. The leaves of one commit and tenant are sealed together as a *pending row*; from
//! there they become leaves of the tenant's tree, byte for byte: see [`log`].
//!
//! # Invariants
//! - Only this module makes a [`Receipt`], and only from a commit that happened.
//! - There is no way to write an entry without committing what it speaks of, or the other way round.
//! - No entry holds a secret's value, a key, or a hash of a value.

pub(crate) use entry::{Asker, Basis, Change, Detail, DetailHead, Draft, Entry, Outcome};
pub use last_read::LastRead;
pub(crate) use person::{ADDRESS, SealedPerson};
pub use read::{Decision, EntryActor, EntryChange, EntryFilter, EntryPerson, LoggedEntry};
pub use receipt::Receipt;
pub(crate) use remark::Remark;
pub(crate) use row::open_row;
#[cfg(feature = "testkit")]
pub(crate) use row::{join, split};
pub use told::SecretChange;
pub(crate) use who::Who;
pub(crate) use written::{Written, may_write};

mod entry;
mod last_read;
pub(crate) mod log;
pub(crate) mod person;
mod read;
mod receipt;
mod remark;
mod row;
pub(crate) mod said;
mod told;
mod who;
mod written;

#[cfg(test)]
mod tests;
