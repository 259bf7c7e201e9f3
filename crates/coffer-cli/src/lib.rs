//! The command line of Coffer: reads flags, settings and prompts, asks the engine, prints.
//!
//! Start at [`args`] for what can be asked, [`settings`] for where its answers come from, [`output`] for what may be
//! printed where.
//!
//! # Invariants
//!
//! * Only [`edge`] reads the clock, the environment and the working directory; everything else takes them as arguments.
//! * Only [`output`] writes to stdout and stderr, save for a child's masked output in [`run`].
//! * A value is never taken from the arguments, and never part of an error or a warning.
//! * Nothing here opens a secret: plaintext comes from the engine's one door or from the user.

pub mod args;
pub mod dotenv;
pub mod edge;
pub mod error;
pub mod names;
pub mod output;
pub mod prompt;
pub mod run;
pub mod settings;
pub mod wiped;
