//! The command line of Coffer: reads flags, settings and prompts, asks the engine, prints.
//!
//! Start at [`args`] for what can be asked, then `verbs/`, one file for each; [`settings`] for where answers come from,
//! `session.rs` for who is asked, `kept/` for who is signed in where, `store.rs` for how the store is opened, [`output`] for what may be printed where.
//!
//! # Invariants
//!
//! * Only [`edge`] reads the clock, the environment and the working directory; everything else takes them as arguments.
//! * Only [`output`] writes to stdout and stderr, save for questions ([`prompt`]), progress, and a child's masked output
//!   ([`run`]).
//! * A value is never taken from the arguments, and never part of an error or a warning.
//! * Nothing here opens a secret: plaintext comes from the engine's one door or from the user.

mod allocator;
mod app;
pub mod args;
pub mod dotenv;
mod draft;
pub mod edge;
pub mod error;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod kept;
pub mod names;
pub mod output;
mod place;
mod progress;
pub mod prompt;
pub mod publish;
mod remote;
pub mod run;
mod session;
pub mod settings;
mod store;
pub mod tailfile;
mod upkeep;
mod verbs;
pub mod wiped;

pub use app::start;
