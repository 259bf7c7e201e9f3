//! What a process that holds keys asks of the kernel, once, at its start.
//!
//! # Invariants
//!
//! * `PR_SET_NO_NEW_PRIVS` is not set: it is inherited, and a command started by `coffer run` may rightly need a
//!   setuid program (`sudo`, `ping`). The service unit sets it for the server.
//! * Root can still read the process. Nothing here helps against root.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

use crate::memory::{Locking, Slot, locking};

/// What was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hardening {
    /// Whether a first key could be put in locked memory.
    pub locking: Locking,
}

/// Forbids core dumps and tracing by the same user (`PR_SET_DUMPABLE` 0, `RLIMIT_CORE` 0), and tries the locked memory.
///
/// Called once by a binary before the first key is read. Children inherit the core limit but not the dumpable flag,
/// which `execve(2)` resets. Memory that cannot be locked is reported, not an error: containers often forbid it.
///
/// # Errors
///
/// [`HardenError`] when the kernel refuses; a caller that goes on should say so.
pub fn harden_process() -> Result<Hardening, HardenError> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|errno| HardenError::Dumpable(errno.into()))?;
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    setrlimit(Resource::Core, none).map_err(|errno| HardenError::CoreLimit(errno.into()))?;
    // Taken and given back: the answer below is about a page that was really asked for.
    drop(Slot::locked());
    Ok(Hardening { locking: locking() })
}

/// The kernel refused a protection.
#[derive(Debug, thiserror::Error)]
pub enum HardenError {
    /// `prctl(PR_SET_DUMPABLE, 0)` failed.
    #[error("the process cannot be made undumpable")]
    Dumpable(#[source] io::Error),
    /// `setrlimit(RLIMIT_CORE, 0)` failed.
    #[error("core dumps cannot be turned off")]
    CoreLimit(#[source] io::Error),
}
