//! What went wrong, as the user reads it: a code, the cause, the fix.
//!
//! ```text
//! error[access.denied]: reading prod/db/URL needs `read` on prod/db/**; you have `read` on dev/**
//!   fix: coffer role grant reader you@acme --path 'prod/db/**'
//!   request: 01JD...    audited as entry 48213
//! ```
//!
//! # Exit codes
//!
//! | Code | Meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | failed, for a reason without a number of its own |
//! | 2 | asked wrongly: flags, names, settings, files that can't be read as what they should be |
//! | 3 | not there |
//! | 4 | refused |
//! | 5 | unavailable: the store, the log or the key can't be had now |
//! | 6 | somebody else was first |
//! | 1, 5 | `coffer diff` only: 1 is different, as `diff(1)` has it; what would end with 1 ends with 5 |
//! | 125, 126, 127 | `coffer run` only: Coffer itself failed; the command can't be executed; there is no such command |
//! | 128 + n | `coffer run` only: the command was ended by signal n |
//! | 141 | nobody reads stdout any more |
//!
//! # Invariants
//!
//! * An error never holds a value. What the user typed is repeated only when it is a name.
//! * Control characters in it are escaped when it is printed, so that a name can't drive the terminal.

use std::borrow::Cow;
use std::fmt;
use std::io;

use coffer_wire::Problem;
use coffer_wire::client::{ClientError, TransportError};
use serde::Serialize;

use crate::output::escaped;

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Failed, for a reason without a number of its own.
    Failure,
    /// Asked wrongly.
    Usage,
    /// Not there.
    NotFound,
    /// Refused.
    Refused,
    /// Can't be had now.
    Unavailable,
    /// Somebody else was first.
    Conflict,
    /// `coffer run` failed before the command could start.
    RunFailed,
    /// The command is there and can't be executed.
    CannotExecute,
    /// There is no such command.
    NoSuchCommand,
    /// Nobody reads stdout any more; nothing is printed about it.
    BrokenPipe,
}

impl Exit {
    /// The number for the operating system.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Failure => 1,
            Self::Usage => 2,
            Self::NotFound => 3,
            Self::Refused => 4,
            Self::Unavailable => 5,
            Self::Conflict => 6,
            Self::RunFailed => 125,
            Self::CannotExecute => 126,
            Self::NoSuchCommand => 127,
            Self::BrokenPipe => 141,
        }
    }
}

/// An error, ready to be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CliError {
    /// A stable code, `noun.problem`.
    pub code: Cow<'static, str>,
    /// What happened.
    pub cause: Box<str>,
    /// More of the cause, one line each; mostly empty.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<String>,
    /// What to do about it.
    pub fix: Box<str>,
    /// The id of the request, when one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Box<str>>,
    /// The audit entry that records the outcome, when one was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audited: Option<Box<str>>,
    /// How the process ends.
    #[serde(skip)]
    pub exit: Exit,
}

impl CliError {
    /// An error without a request: nothing was asked of the engine yet.
    #[must_use]
    pub fn new(
        exit: Exit,
        code: impl Into<Cow<'static, str>>,
        cause: impl Into<Box<str>>,
        fix: impl Into<Box<str>>,
    ) -> Self {
        Self {
            code: code.into(),
            cause: cause.into(),
            details: Vec::new(),
            fix: fix.into(),
            request: None,
            audited: None,
            exit,
        }
    }

    /// The same error with more of its cause, one line each.
    #[must_use]
    pub fn with_details(mut self, details: impl IntoIterator<Item = String>) -> Self {
        self.details.extend(details);
        self
    }

    /// The same error with the request and the audit entry it belongs to.
    #[must_use]
    pub fn with_request(mut self, request: Option<Box<str>>, audited: Option<Box<str>>) -> Self {
        self.request = request;
        self.audited = audited;
        self
    }

    /// The same error as an error of `coffer run`, whose small exit codes belong to the command.
    #[must_use]
    pub fn in_run(mut self) -> Self {
        if !matches!(self.exit, Exit::CannotExecute | Exit::NoSuchCommand) {
            self.exit = Exit::RunFailed;
        }
        self
    }

    /// The same error as an error of `coffer diff`, whose 1 means that something differs.
    #[must_use]
    pub fn in_diff(mut self) -> Self {
        if self.exit == Exit::Failure {
            self.exit = Exit::Unavailable;
        }
        self
    }

    /// An error for a file or folder that the operating system refused.
    #[must_use]
    pub fn io(what: &str, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(Exit::BrokenPipe, "output.closed", "nobody reads the output any more", "");
        }
        let exit = if error.kind() == io::ErrorKind::NotFound { Exit::NotFound } else { Exit::Failure };
        let fix = match error.kind() {
            io::ErrorKind::NotFound => "check the name",
            io::ErrorKind::PermissionDenied => "check its owner and its mode",
            io::ErrorKind::StorageFull => "make room on the device",
            _ => "mend what the operating system names, and try again",
        };
        Self::new(exit, "file.failed", format!("{what}: {error}"), fix)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code, escaped(&self.cause))?;
        for detail in &self.details {
            write!(f, "\n  {}", escaped(detail))?;
        }
        if !self.fix.is_empty() {
            write!(f, "\n  fix: {}", escaped(&self.fix))?;
        }
        match (&self.request, &self.audited) {
            (None, None) => Ok(()),
            (Some(request), None) => write!(f, "\n  request: {}", escaped(request)),
            (None, Some(entry)) => write!(f, "\n  audited as entry {}", escaped(entry)),
            (Some(request), Some(entry)) => {
                write!(f, "\n  request: {}    audited as entry {}", escaped(request), escaped(entry))
            }
        }
    }
}

impl From<coffer_engine::Error> for CliError {
    fn from(error: coffer_engine::Error) -> Self {
        use coffer_engine::error::ErrorKind;
        use coffer_engine::reference::Unresolved;
        let exit = match error.kind() {
            ErrorKind::Refused(_)
            | ErrorKind::Unauthenticated
            | ErrorKind::Suspended(_)
            | ErrorKind::TenantLocked(_)
            | ErrorKind::WrongLockCode
            | ErrorKind::Expired(_)
            | ErrorKind::OverQuota(_)
            | ErrorKind::TooOften(_) => Exit::Refused,
            ErrorKind::NotFound(_) => Exit::NotFound,
            ErrorKind::Invalid(_) => Exit::Usage,
            ErrorKind::Reference(Unresolved::Denied(_)) => Exit::Refused,
            ErrorKind::Conflict(_) | ErrorKind::Reference(_) => Exit::Conflict,
            ErrorKind::Unrecorded(_)
            | ErrorKind::Unavailable(_)
            | ErrorKind::Locked(_)
            | ErrorKind::NoEntropy => Exit::Unavailable,
            _ => Exit::Failure,
        };
        let audited = error.entry().map(|entry| entry.to_string().into());
        Self::new(exit, error.code(), error.to_string(), error.fix()).with_request(None, audited)
    }
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Problem(problem) => (*problem).into(),
            ClientError::Transport(error) => {
                let exit = match error {
                    TransportError::NotCoffer { .. } | TransportError::TooLong { .. } => Exit::Failure,
                    TransportError::Untrusted { .. } => Exit::Refused,
                    _ => Exit::Unavailable,
                };
                Self::new(exit, error.code(), error.to_string(), error.fix())
            }
        }
    }
}

/// What a server, or the store in this process, answers: the same code, the same words, the same exit code.
impl From<Problem> for CliError {
    fn from(problem: Problem) -> Self {
        let exit = match (problem.status, &*problem.code) {
            (_, "store.contended") => Exit::Conflict,
            (_, "route.not_found" | "route.method") => Exit::Failure,
            (_, "events.pruned") => Exit::NotFound,
            (401 | 403 | 410 | 507, _) => Exit::Refused,
            (404, _) => Exit::NotFound,
            (400 | 413, _) => Exit::Usage,
            (409 | 412, _) => Exit::Conflict,
            (408 | 429 | 503, _) => Exit::Unavailable,
            _ => Exit::Failure,
        };
        let request = Some(problem.request).filter(|request| !request.is_empty());
        Self::new(exit, problem.code, problem.detail, problem.fix)
            .with_request(request.map(Into::into), problem.entry.map(Into::into))
    }
}

impl std::error::Error for CliError {}

#[cfg(test)]
mod tests;
