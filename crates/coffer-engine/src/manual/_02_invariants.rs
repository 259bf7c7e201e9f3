//! What must stay true. A change that breaks one of these is wrong, however well it works.
//!
//! # Plaintext
//!
//! - One function opens a secret's value, and one beside it a file: `vault/disclose/mod.rs`. Both take permit and receipt by value, and check
//!   that they name what is opened. Of a file in clear no more is in memory than a chunk.
//! - No value is in an error, an entry, a cache, or the output of `Debug`. Of a hash of a value one thing is kept: the
//!   marks in the sealed head, keyed and cut (`vault/marks.rs`), which no entry, answer or error holds.
//! - `doctor` unwraps data keys and opens no value.
//!
//! # Decisions
//!
//! - Everything that a decision was based on is expected by its commit. A read that goes around the round
//!   (`storage.get`, `storage.scan`) is followed by an expectation that covers it, or can't change the answer:
//!   a version's row is covered by its head; a list by the folder's marker, which is read *before* the names.
//! - `access` is pure: no storage, no clock, no cache. Call sites name an action and a place.
//! - A path is refused or used as it is, never mended.
//! - A change that comes with an idempotency key leaves, in its commit, what it answered. Who asks again is decided anew before that is
//!   looked for, and nothing else is looked at. What did not happen leaves nothing.
//!
//! # The log
//!
//! - No round ends without an entry, and no entry is written without the commit of what it speaks of.
//! - A receipt comes from a commit that happened. Dropping a request does not undo it: an entry may lack its answer.
//! - An entry's bytes are final when they are committed: they become a leaf of the tenant's tree, byte for byte.
//! - Who writes the log expects the head that he read, and writes a new one: there is no fork, and no entry is in it twice.
//! - A batch without an entry writes nothing but the log itself. A signature leaves the process after the commit that stores it is
//!   synced.
//! - Of the private signing keys only the newest exists. Which key may sign a size follows from the size.
//! - Nobody reads the log under the store's write lock: integrating commits, and would wait for itself.
//! - What is pruned is said in the commit that prunes, with all that is still needed of it. No leaf ever changes.
//!
//! # The storage
//!
//! - No implementation sees a name, a path or a plaintext, and none is trusted.
//! - A revision is random and used once. Only markers are touched: the revision of a sealed record is bound in it.
//! - Nobody is told *committed* before it is; changes are synced.
//! - Verdicts are made in order, a later batch sees what an earlier admitted one wrote, and a batch that is not admitted leaves
//!   no trace.
//!
//! # Keys
//!
//! - A data key seals one value. A salt is drawn inside, never passed in.
//! - Bounds are never clamped: a count of iterations outside them is an error, stored or set.
//! - Which derivation belongs to an owner follows from who it is, not from what is stored.
//!
//! # Deliberately absent
//!
//! - A clock, the environment, the network. Time is in [`Op`](crate::Op), and in the storage's own
//!   [`Clock`](crate::storage::Clock).
//! - A super-user, a bypass, a way to turn the log off.
//! - Background work that takes input. The three threads (commit, WAL, derivation of keys) decide nothing.
//! - An executor. Futures run on any, and [`block_on`](crate::block_on()) needs none.
