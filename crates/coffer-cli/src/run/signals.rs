//! Passes signals on to the command.
//!
//! What the terminal sends (Ctrl-C, Ctrl-\, a new window size) reaches the command anyway, for it is in the same
//! foreground group; passing it on would make two of one. So only signals that a process sent are passed on, which is
//! what `kill`, a service manager or a container runtime does.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::exfiltrator::origin::WithOrigin;
use signal_hook::iterator::{Handle, SignalsInfo};
use signal_hook::low_level::siginfo::Cause;

/// Takes the signals from now on, and passes them on as soon as there is a command.
pub(crate) struct Forwarder {
    /// Somebody has told Coffer, or everybody at the terminal, to end.
    ending: Arc<AtomicBool>,
    target: Arc<Mutex<Target>>,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// Whom to pass signals on to.
enum Target {
    /// The command is being started; what comes waits for it.
    Starting(Vec<Signal>),
    Running(Pid),
    /// It has ended, and something that it left running still writes.
    Ended {
        /// A signal came since. The first one may be the one that ended the command; the next one means Coffer.
        warned: bool,
    },
}

impl Forwarder {
    pub(crate) fn start() -> io::Result<Self> {
        let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH];
        let mut arriving = SignalsInfo::<WithOrigin>::new(signals)?;
        let handle = arriving.handle();
        let target = Arc::new(Mutex::new(Target::Starting(Vec::new())));
        let shared = Arc::clone(&target);
        let ending = Arc::new(AtomicBool::new(false));
        let ends = Arc::clone(&ending);
        let thread = thread::spawn(move || {
            for origin in arriving.forever() {
                if matches!(origin.signal, SIGINT | SIGTERM | SIGQUIT) {
                    ends.store(true, Ordering::Release);
                }
                let mut target = lock(&shared);
                if let Target::Ended { warned } = &mut *target {
                    if std::mem::replace(warned, true) {
                        let _ = signal_hook::low_level::emulate_default_handler(origin.signal);
                    }
                } else if !matches!(origin.cause, Cause::Kernel) {
                    Signal::from_named_raw(origin.signal)
                        .into_iter()
                        .for_each(|signal| target.pass_on(signal));
                }
            }
        });
        Ok(Self { ending, target, handle, thread: Some(thread) })
    }

    /// From now on the process `id` gets the signals, and those that waited for it.
    pub(crate) fn to(&self, id: u32) {
        let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else { return };
        let mut target = lock(&self.target);
        if let Target::Starting(waiting) = std::mem::replace(&mut *target, Target::Running(pid)) {
            waiting.into_iter().for_each(|signal| target.pass_on(signal));
        }
    }

    /// From now on they wait for the command that is started next.
    pub(crate) fn to_next(&self) {
        *lock(&self.target) = Target::Starting(Vec::new());
    }

    /// Whether a signal has come that ends programs.
    pub(crate) fn was_told_to_end(&self) -> bool {
        self.ending.load(Ordering::Acquire)
    }

    /// From now on nobody gets them.
    pub(crate) fn to_nobody(&self) {
        *lock(&self.target) = Target::Ended { warned: false };
    }

    pub(crate) fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Forwarder {
    fn drop(&mut self) {
        self.end();
    }
}

impl Target {
    fn pass_on(&mut self, signal: Signal) {
        match self {
            Self::Starting(waiting) => waiting.push(signal),
            // It may have ended this moment; then nobody minds.
            Self::Running(pid) => drop(kill_process(*pid, signal)),
            Self::Ended { .. } => {}
        }
    }
}

fn lock(target: &Mutex<Target>) -> std::sync::MutexGuard<'_, Target> {
    target.lock().unwrap_or_else(PoisonError::into_inner)
}
