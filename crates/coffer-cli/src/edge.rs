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

use coffer_encryption::random;
use coffer_engine::Error;
use coffer_engine::op::Session;
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

/// Who runs this process, for the log: the name of the account, not what the environment says, and the machine's name.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn person() -> Result<Session, CliError> {
    let name = account_name();
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(Session::new(name, [("host".to_owned(), host)])?)
}

/// What this process is called among other servers over one store: random, for strangers may hear it; another at each start.
///
/// # Errors
/// When the operating system gives no random bytes.
pub fn node() -> Result<String, CliError> {
    let drawn: [u8; 8] = random::bytes().map_err(Error::from)?;
    Ok(format!("{:016x}", u64::from_be_bytes(drawn)))
}

/// What the account is called that runs this process.
#[must_use]
pub fn account_name() -> String {
    let uid = rustix::process::geteuid().as_raw();
    account(uid).unwrap_or_else(|| format!("uid-{uid}"))
}

/// The name of an account, from `/etc/passwd`. One that only a directory service knows is called by its number.
fn account(uid: u32) -> Option<String> {
    let accounts = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    };
    accounts.lines().find_map(line)
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
