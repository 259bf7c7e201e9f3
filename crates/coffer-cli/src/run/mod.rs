//! Runs a command with secrets in its environment, and nowhere else.
//!
//! The command gets Coffer's own environment without its passphrase ([`crate::settings::is_passed_on`]), and each
//! secret as a variable ([`variables()`]). What it prints is masked ([`Masker`]) wherever it does not go to a terminal:
//! files, pipes and the logs of a build are read by more people than the secret is. On a terminal it is inherited as
//! it is, since programs there want the terminal itself; `--mask` masks there too, `--no-mask` nowhere.
//!
//! # Invariants
//!
//! * Nothing is written to disk.
//! * A command that can't be given every secret is not started.
//! * Coffer waits for the command, passes on every signal sent to Coffer, and ends as the command ended.
//! * A masked stream is read to its end, also when the command has ended and something it left running still writes:
//!   what it writes is masked too, and it is not killed by a closed pipe.

mod masker;
mod patterns;
mod signals;
mod stream;
mod variables;

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};

pub use masker::{MASK, Masker};
pub use patterns::{ENCODED_MAX_BYTES, MASKED_MIN_BYTES, Patterns};
pub use variables::{Variables, variables};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use crate::error::{CliError, Exit};
pub(crate) use signals::Forwarder;

/// What to run, and how.
pub struct Plan<'p> {
    /// The command and its arguments.
    pub command: &'p [OsString],
    /// Everything the command finds in its environment.
    pub variables: Variables,
    /// The masker for stdout and stderr; none inherits both.
    pub mask: Mask,
}

/// Which streams are masked, and with what.
pub struct Mask {
    /// Masks stdout.
    pub stdout: Option<Masker>,
    /// Masks stderr.
    pub stderr: Option<Masker>,
}

impl Mask {
    /// Nothing is masked; the command inherits both streams.
    #[must_use]
    pub fn nothing() -> Self {
        Self { stdout: None, stderr: None }
    }
}

/// Runs the command to its end.
///
/// Returns the exit code: the command's own, or 128 + n when signal n ended it.
///
/// # Errors
/// `run.no_command`, `run.not_executable` or `run.failed` when it could not be started. Nothing ran then.
pub fn run(plan: Plan<'_>) -> Result<u8, CliError> {
    // Before the start: a signal that arrives while the command starts is passed on once it is there.
    let forwarder = Forwarder::start().map_err(|error| CliError::io("the signals", &error))?;
    let running = Running::start(plan, &forwarder)?;
    running.wait();
    let ended = running.reap(&forwarder);
    ended.finish(forwarder)
}

/// A command that was started, and has not been reaped.
pub(crate) struct Running {
    child: Child,
    copies: Copies,
}

/// What copies its masked streams.
type Copies = Vec<JoinHandle<()>>;

/// A command that has ended.
pub(crate) struct Ended {
    status: io::Result<ExitStatus>,
    copies: Copies,
}

impl Running {
    /// Starts the command. From then on it gets the signals.
    pub(crate) fn start(plan: Plan<'_>, forwarder: &Forwarder) -> Result<Self, CliError> {
        let Some((program, arguments)) = plan.command.split_first() else {
            return Err(CliError::new(
                Exit::RunFailed,
                "run.nothing",
                "no command to run",
                "write it after `--`: `coffer run -- python app.py`",
            ));
        };
        let piped = |masked: bool| if masked { Stdio::piped() } else { Stdio::inherit() };
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(plan.variables.iter())
            .stdin(Stdio::inherit())
            .stdout(piped(plan.mask.stdout.is_some()))
            .stderr(piped(plan.mask.stderr.is_some()))
            .spawn()
            .map_err(|error| not_started(program, &error))?;
        drop(plan.variables);
        let copies = [
            copy(child.stdout.take(), plan.mask.stdout, io::stdout()),
            copy(child.stderr.take(), plan.mask.stderr, io::stderr()),
        ];
        forwarder.to(child.id());
        Ok(Self { child, copies: copies.into_iter().flatten().collect() })
    }

    /// Waits until it has ended. Its number is still its own then, and nobody else's.
    pub(crate) fn wait(&self) {
        self.waiting()();
    }

    /// The same, for a thread beside.
    pub(crate) fn waiting(&self) -> impl FnOnce() + Send + 'static {
        let pid = self.pid();
        move || {
            if let Some(pid) = pid {
                let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
                let ends = || waitid(WaitId::Pid(pid), options);
                while matches!(ends(), Err(rustix::io::Errno::INTR)) {}
            }
        }
    }

    /// Sends it a signal. It may have ended this moment; then nobody minds.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            let _ = kill_process(pid, signal);
        }
    }

    /// Takes note that it has ended: from before that on no signal is sent any more, since its number may be another process's.
    pub(crate) fn reap(mut self, forwarder: &Forwarder) -> Ended {
        forwarder.to_nobody();
        Ended { status: self.child.wait(), copies: self.copies }
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }
}

impl Ended {
    /// Nothing comes after it: waits for what it left running to stop writing, and tells how it ended.
    pub(crate) fn finish(self, forwarder: Forwarder) -> Result<u8, CliError> {
        forwarder.to_nobody();
        for copy in self.copies {
            // A copier that panicked has nothing to say that the exit code does not.
            let _ = copy.join();
        }
        forwarder.stop();
        self.status.map(exit_code).map_err(|error| {
            CliError::new(
                Exit::RunFailed,
                "run.lost",
                format!("the command can't be waited for: {error}"),
                "look whether it runs",
            )
        })
    }
}

fn copy<R>(from: Option<R>, masker: Option<Masker>, to: impl Write + Send + 'static) -> Option<JoinHandle<()>>
where
    R: io::Read + std::os::fd::AsFd + Send + 'static,
{
    let (from, masker) = from.zip(masker)?;
    Some(thread::spawn(move || stream::copy(from, masker, to)))
}

fn exit_code(status: ExitStatus) -> u8 {
    let code = match (status.code(), status.signal()) {
        (Some(code), _) => code,
        (None, Some(signal)) => signal.saturating_add(128),
        (None, None) => 1,
    };
    u8::try_from(code).unwrap_or(1)
}

fn not_started(program: &OsStr, error: &io::Error) -> CliError {
    let program = program.to_string_lossy();
    // `run -- NAME=value command` is how a shell would take it: the value is not repeated.
    let program = program.split_once('=').map_or(&*program, |(name, _)| name);
    match error.kind() {
        io::ErrorKind::NotFound => CliError::new(
            Exit::NoSuchCommand,
            "run.no_command",
            format!("there is no command {program}"),
            "check its name, and the PATH of this shell",
        ),
        io::ErrorKind::PermissionDenied => CliError::new(
            Exit::CannotExecute,
            "run.not_executable",
            format!("{program} can't be executed"),
            format!("chmod +x {program}, or name its interpreter"),
        ),
        io::ErrorKind::ArgumentListTooLong => CliError::new(
            Exit::RunFailed,
            "run.too_long",
            "the secrets are longer than the operating system lets an environment be",
            "run it with fewer: a folder of its own (`--app`), or `coffer get` where one is needed",
        ),
        _ => CliError::new(
            Exit::RunFailed,
            "run.failed",
            format!("{program} can't be started: {error}"),
            "mend what the operating system names",
        ),
    }
}

#[cfg(test)]
mod tests;
