//! The storage of many nodes: PostgreSQL 13 or newer.
//!
//! Trust: none in the database. Who owns it can stop the service, put back an older state of the whole, or read how many records there
//! are and how long; names and values are sealed before they come here. He learns which sealed records a process asks for, and when.
//!
//! A crate of its own: it brings a client and its protocol, which nobody needs who keeps secrets in a folder. The engine does not know it.
//!
//! Reading order: this file, [`postgres`] (what is open), [`writer`] (who commits), [`commit`] (one commit, one round trip), [`plan`] (what a group needs and does), [`locks`]
//! (who waits for whom), [`mod@pending`] (in the order of commits), [`statements`] (the SQL), [`session`] (a connection, and what is demanded of it); then [`readers`], [`gets`] (records by key),
//! [`exclusive`], [`schema`], [`settings`].
//!
//! # Invariants
//! - One connection a process commits, and one task at a time has it; a few others read. What waits is bounded.
//! - Everything that talks to the database runs on one thread of this crate, so that it works under any executor and under none, and so
//!   that a request which goes away leaves no commit half done.
//! - Every wait has an end: for a connection, for a lock, for a statement, for an answer.
//! - No password is in a message, in `Debug`, or in the settings that are kept: it is read when a connection is made.

mod commit;
mod connector;
mod erase;
mod errors;
mod exclusive;
mod gets;
mod inspect;
mod locks;
mod pace;
mod passfile;
mod pending;
mod plan;
mod postgres;
mod readers;
mod rows;
mod schema;
mod session;
mod settings;
mod sizes;
mod snapshot;
mod statements;
#[cfg(feature = "testkit")]
pub mod testkit;
mod worker;
mod writer;

pub use self::passfile::Password;
pub use self::postgres::Postgres;
pub use self::schema::{Migrated, VERSION, migrate};
pub use self::settings::{Settings, SettingsError};
