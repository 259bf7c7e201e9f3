//! How to add things.
//!
//! # A verb
//!
//! 1. [`Action`](crate::action::Action): a variant, its name (`noun_verb`, final: it is in the log), the right it needs, whether
//!    it changes anything; and a line in `Action::ALL`. The golden file `tests/golden/access_matrix.txt` then differs: that
//!    difference is what a reviewer looks at.
//! 2. `vault/<verb>.rs`: one public method on [`Vault`](crate::Vault). Validate what needs no state first. A verb that changes nothing is
//!    `self.decide(op, scope, |round| ..)`: `round.permit(..)`, then what it reads, then `round.note`. One that changes something is
//!    `self.change(op, scope, (action, places), |round, first| ..)`, which asks for a permit at each place and answers who asks again
//!    with the same idempotency key: changes into `Changes`, one `Draft` for each entry, and `round.commit(first, ..)` with an answer
//!    that can be stored, or `GivenOnce`. Both read through `round.read` (or `read_fresh`, or `mark` for a marker) so that the commit
//!    expects it. `Action::happens_once` says so, and `tests/vault/once.rs` does it twice.
//! 3. The closure runs again after a conflict: nothing in it may have an effect outside, and what it takes it takes by
//!    reference.
//! 4. An answer that is no is `Stop::recorded(draft, kind)`, never a plain error: it would leave no entry.
//! 5. Reads that don't go through the round need an expectation that covers them, taken before they are made.
//! 6. Writers of one path take their turn first: `inner.writers.enter(..)`.
//! 7. A verb that opens a value calls `disclose`. Its action is added to the list there, and to the review.
//! 8. Tests in `tests/vault/`: it works; it is refused; it leaves its entry; two of them at once.
//! 9. The line in the command line, `CHANGELOG.md`, and, if a stored byte is new, `docs/formats.md`.
//!
//! # A storage
//!
//! 1. A folder in `storage/`, or a crate where it brings much with it (`coffer-postgres`). Its first page begins with what an attacker
//!    who owns it can do.
//! 2. Implement [`Storage`](crate::storage::Storage) and [`Exclusive`](crate::storage::Exclusive). If it decides in this process, use
//!    [`decide`](crate::storage::decide). Ask the [`EntryWriter`](crate::storage::EntryWriter) once verdicts stand and before anything is
//!    written; when it fails, write nothing.
//! 3. When a connection breaks while the storage decides, the storage finds out what happened. Where it can't, the verdict is
//!    [`Verdict::Unknown`](crate::storage::Verdict::Unknown), not an error that says that nothing did.
//! 4. One test that calls `testkit::exercise_storage`. Then those that only this storage needs: damage, permissions, several
//!    processes, `kill -9`.
//! 5. `docs/formats.md` and `docs/threats.md`.
//!
//! # A table
//!
//! 1. `Table` in `storage/keyspace.rs`: a number that was never used, and a function that makes its keys. A suffix that would
//!    show a name is a keyed hash with a label of its own.
//! 2. The record: a struct with numbered fields (`#[n(0)]`), sealed by `Changes::seal`. New fields are optional and come last;
//!    numbers are never used again.
//! 3. A record that decisions are based on is read through the round. If a *range* of them matters, there is a marker that every
//!    change of the range renews, and that readers `mark` before they scan.
//! 4. `docs/formats.md`: key, fields, what an unknown value does. `check.rs`, so that `doctor` opens it.
//!
//! # An unlocker
//!
//! A file in `unlock/`, a number in [`UnlockerKind`](crate::unlock::UnlockerKind), and the trait
//! [`Unlocker`](crate::unlock::Unlocker). Its key is never stored, logged, or in an error.
//!
//! # A module
//!
//! Its line in the table of `tests/layers.rs` and in `tests/laws/engine.rs`, or both tests fail.
