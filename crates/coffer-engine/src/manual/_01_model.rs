//! The model.
//!
//! # Who and where
//!
//! An *instance* is one store. In it live *tenants*, each with keys and a log of its own. A secret lies at a
//! [path](crate::path::SecretPath): an environment, any folders, a name. What belongs to no tenant (unlockers, the
//! directory of tenants) belongs to the instance, which has keys and a log like a tenant.
//!
//! Whoever acts is an *identity* of the tenant, with *grants*: a [role](crate::access::Role) on the paths that a
//! [pattern](crate::access::PathPattern) covers; and with [policies](crate::access::policy), whose most specific rule speaks and whose deny is
//! stronger than every role. *Groups* give both to several. All of it is compiled once for an epoch (`docs/rights.md`). Who opens a store with an unlocker is its *local owner*: an identity with
//! a record and a grant, not a way around them.
//!
//! # A secret
//!
//! A secret is a *head* and *versions*. The head holds all but values: path, metadata, which versions there are, which one is
//! at which [stage](crate::version::Stage), and the states that `undo` can go back to. A version is a data key, wrapped
//! under the tenant's key, and a value, sealed under the data key. Its number is never used twice.
//!
//! | Verb | What it does to the head |
//! |---|---|
//! | [`set`](crate::Vault::set), [`rotate`](crate::Vault::rotate) | a new version becomes current, the one before it previous |
//! | [`remove`](crate::Vault::remove) | into the trash: gone for readers, all versions kept |
//! | [`undo`](crate::Vault::undo) | the state before the last change; no version is lost |
//! | [`destroy`](crate::Vault::destroy) | a version's row is deleted, and its data key with it; or the head and all rows |
//!
//! # Keys
//!
//! ```text
//! unlocker (key file, passphrase)
//!   wraps root key                  random
//!     derives wrapping key          for each owner and generation
//!       wraps owner key             random; an owner is a tenant, or the instance
//!         derives purpose keys      data wraps, records, audit rows
//!           wrap data key           random, one a version; seals one value
//!         wraps index key           hides names in storage keys
//! ```
//!
//! An owner key is random and wrapped, never derived: what can be derived again can't be destroyed.
//!
//! # One operation
//!
//! A verb is a closure over a *round*. The round starts with the epochs of instance and tenant and the record of who acts. It
//! asks `access` for a [`Permit`](crate::access::Permit), reads records and remembers the revision of each, and ends in one
//! commit: changes, audit entries, and the *expectation* that all it has read is still so. The storage decides.
//!
//! - *Committed*: there is a [`Receipt`](crate::audit::Receipt). With permit and receipt, and only with both, a sealed version
//!   can be opened.
//! - *Conflict*: the round forgets what it looked at, and the closure runs again. After a few conflicts it runs while it holds
//!   the store's write lock; after a few more it gives up.
//! - *An answer that is no* (a refusal, an absence, a mismatch) goes the same way: its own entry, its own expectations.
//!
//! So a cache may hold anything, however old. What is decided on it is checked where it counts.
//!
//! # A record
//!
//! A record is a key, a revision and sealed bytes. The key is owner, table and suffix; names in it are keyed hashes. Instance,
//! owner, table, key, revision and key generation are bound into the sealed bytes, so a record that is moved or relabelled
//! does not open. A *marker* is a record without bytes: it exists to be renewed, and so to make those conflict who looked at it.
