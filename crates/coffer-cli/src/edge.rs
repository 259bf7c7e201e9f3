//! The edge of the process: its environment, working directory, clock, terminals.
//!
//! # Invariants
//!
//! * No other module reads any of these; they are passed on as values.
//! * The master key goes from the environment straight into memory that is wiped. The operating system keeps its own
//!   copy of a process's first environment (`/proc/PID/environ`), which can't be wiped: `MASTER_SECRET_KEY_FILE` is
//!   the better way.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use coffer_engine::time::Timestamp;

use crate::error::CliError;
use crate::settings::Environment;

/// The environment of this process, with the master key set apart.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the edge: the one place that reads the environment")]
pub fn environment() -> Environment {
    Environment::from_pairs(std::env::vars_os())
}

/// The working directory.
///
/// # Errors
/// When it was deleted, or can't be read.
pub fn working_directory() -> Result<PathBuf, CliError> {
    std::env::current_dir().map_err(|error| CliError::io("the working directory", &error))
}

/// The moment. A clock that stands before 1970 is taken to stand at 1970.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_millis(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap_or(0))
}

/// The arguments, the name of the program first.
pub fn arguments() -> impl Iterator<Item = OsString> {
    std::env::args_os()
}

/// Which of the standard streams are terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terminals {
    /// A person can be asked.
    pub stdin: bool,
    /// A person reads results.
    pub stdout: bool,
    /// A person reads talk.
    pub stderr: bool,
}

/// Which of this process's standard streams are terminals.
#[must_use]
pub fn terminals() -> Terminals {
    Terminals {
        stdin: io::stdin().is_terminal(),
        stdout: io::stdout().is_terminal(),
        stderr: io::stderr().is_terminal(),
    }
}
