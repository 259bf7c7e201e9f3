//! `coffer run --watch`: the command is started once more, or told, when a secret that it was given changes.
//!
//! What it would be given now is compared with what it was given: so it does not matter in how many steps something changed, and what is
//! known about a secret may change without the command. What a value is filled in with is watched too, wherever it lies.
//!
//! # Invariants
//! - Watching begins before the values are read: what changes in between is seen.
//! - The new values are there before the command is told to end. Where they can't be had it goes on with those that it has.
//! - Once somebody has told Coffer to end, nothing is started any more.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::Duration;

use coffer_engine::path::FolderPath;
use coffer_wire::client::ClientError;
use rustix::process::Signal;

use super::super::watching::{Seen, Watching};
use super::given::{Known, Targets, above};
use super::{Loaded, load};
use crate::app::App;
use crate::args::{Run, WatchSignal};
use crate::error::CliError;
use crate::run::{Ended, Forwarder, Plan, Running};
use crate::session::Session;
use crate::upkeep;

/// Changes that come within so long after the first are one.
const TOGETHER: Duration = Duration::from_millis(500);
/// Time for a command to end when it is told to.
const GRACE: Duration = Duration::from_secs(10);
/// After which time it is looked again, where the values could not be had.
const AGAIN: Duration = Duration::from_secs(5);

/// What happens while a command runs.
enum Happening {
    /// Something changed, or whoever watches has something to say.
    Seen(Seen),
    /// The command that was started as this one has ended.
    Ended(u64),
}

struct Watched<'r> {
    app: &'r mut App,
    args: &'r Run,
    session: &'r Session,
    folder: &'r FolderPath,
    telling: Sender<Happening>,
    told: Receiver<Happening>,
    /// Where changes are seen; `None`: nowhere yet.
    seeing: Option<FolderPath>,
    /// How many commands were started.
    number: u64,
    /// What the command was given.
    known: Known,
    /// What that is filled in with.
    targets: Targets,
    /// Something of it may have changed.
    is_due: bool,
    /// Something that it is filled in with may have, which its own versions do not tell.
    is_filled_anew: bool,
}

pub(super) fn run(app: &mut App, args: &Run, session: &Session, folder: &FolderPath) -> Result<u8, CliError> {
    let (telling, told) = channel();
    let (known, targets) = (Known::of(&[]), Targets::new());
    let mut watched = Watched {
        app,
        args,
        session,
        folder,
        telling,
        told,
        seeing: None,
        number: 0,
        known,
        targets,
        is_due: false,
        is_filled_anew: false,
    };
    let Loaded { variables, mask, known } = watched.load()?;
    watched.known = known;
    upkeep::after(watched.app);
    let forwarder = Forwarder::start().map_err(|error| CliError::io("the signals", &error))?;
    let plan = Plan { command: &args.command, variables, mask };
    let mut running = watched.start(plan, &forwarder)?;
    loop {
        if !watched.waits() {
            return running.reap(&forwarder).finish(forwarder);
        }
        if forwarder.was_told_to_end() {
            continue;
        }
        let Some(loaded) = watched.changed() else { continue };
        if let Some(signal) = args.watch_signal {
            running.signal(named(signal));
            watched.known = loaded.known;
            continue;
        }
        let ended = stop(running, &forwarder);
        // From here on a signal waits for the next command; whatever came before was heard.
        forwarder.to_next();
        if forwarder.was_told_to_end() {
            return ended.finish(forwarder);
        }
        let Loaded { variables, mask, known } = loaded;
        watched.known = known;
        running = watched.start(Plan { command: &args.command, variables, mask }, &forwarder)?;
    }
}

impl Watched<'_> {
    /// What there is to give, read while all is watched that it is made of.
    fn load(&mut self) -> Result<Loaded, CliError> {
        loop {
            let wanted = above(self.seeing.as_ref().unwrap_or(self.folder), &self.targets);
            if self.seeing.as_ref() != Some(&wanted) {
                // Whoever watches already goes on: to hear something twice does no harm.
                let watching = Watching::begin(self.session.shared_client(), wanted.as_str(), None)?;
                let telling = self.telling.clone();
                watching.tell(move |seen| telling.send(Happening::Seen(seen)).is_ok());
                self.seeing = Some(wanted);
            }
            let loaded = load(self.app, self.args, self.session, self.folder)?;
            self.targets = match loaded.known.targets(self.session.client()) {
                Err(ClientError::Problem(problem)) if problem.status == 403 => {
                    let cause = format!("[{}] {}", problem.code, problem.detail);
                    self.app.output.warn(&format!("{cause}: what values are filled in with is not watched"));
                    Targets::new()
                }
                targets => targets?,
            };
            if self.seeing.as_ref().is_some_and(|seeing| above(seeing, &self.targets) == *seeing) {
                return Ok(loaded);
            }
        }
    }

    fn start(&mut self, plan: Plan<'_>, forwarder: &Forwarder) -> Result<Running, CliError> {
        let running = Running::start(plan, forwarder)?;
        self.number = self.number.wrapping_add(1);
        let (waiting, telling, number) = (running.waiting(), self.telling.clone(), self.number);
        thread::spawn(move || {
            waiting();
            let _ = telling.send(Happening::Ended(number));
        });
        Ok(running)
    }

    /// Waits until something of what was given may have changed, and for what changes together with it. `false`: the command has ended.
    fn waits(&mut self) -> bool {
        loop {
            // Where the values could not be had, it is looked again after a while.
            let first = if self.is_due {
                self.told.recv_timeout(AGAIN)
            } else {
                self.told.recv().map_err(Into::into)
            };
            match first {
                Ok(happening) => {
                    if !self.takes(happening) {
                        return false;
                    }
                    if !self.is_due {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            thread::sleep(TOGETHER);
            while let Ok(happening) = self.told.try_recv() {
                if !self.takes(happening) {
                    return false;
                }
            }
            return true;
        }
    }

    /// Takes note. `false`: the command has ended.
    fn takes(&mut self, happening: Happening) -> bool {
        match happening {
            Happening::Ended(number) => return number != self.number,
            Happening::Seen(Seen::Change(event)) => {
                self.is_filled_anew |= self.targets.contains(&event.path);
                self.is_due |= self.is_filled_anew || self.known.holds(&event.path);
            }
            Happening::Seen(Seen::Lost(lost)) => self.app.output.warn(&lost),
            Happening::Seen(Seen::Failed(error)) => {
                let cause = format!("[{}] {}: changes are not watched any more", error.code, error.cause);
                self.app.output.warn(&cause);
            }
        }
        true
    }

    /// What the command is to be given now, if that is something else.
    fn changed(&mut self) -> Option<Loaded> {
        let found = self.look();
        match found {
            Ok(loaded) => {
                (self.is_due, self.is_filled_anew) = (false, false);
                loaded
            }
            Err(error) => {
                let cause = format!("[{}] {}: the command goes on with what it has", error.code, error.cause);
                self.app.output.warn(&cause);
                None
            }
        }
    }

    fn look(&mut self) -> Result<Option<Loaded>, CliError> {
        if !self.is_filled_anew {
            // No value is read where nothing that was given has another version.
            let listing = self.session.client().secret_list(self.folder.as_str(), false)?;
            if self.known.is_listed_in(&listing) {
                return Ok(None);
            }
        }
        let loaded = self.load()?;
        if self.known.is_same_to_a_command(&loaded.known) {
            self.known = loaded.known;
            return Ok(None);
        }
        Ok(Some(loaded))
    }
}

/// Tells the command to end, and sees to it that it does.
fn stop(running: Running, forwarder: &Forwarder) -> Ended {
    let (telling, ended) = channel();
    let waiting = running.waiting();
    thread::spawn(move || {
        waiting();
        let _ = telling.send(());
    });
    running.signal(Signal::TERM);
    if ended.recv_timeout(GRACE).is_err() {
        running.signal(Signal::KILL);
        running.wait();
    }
    running.reap(forwarder)
}

fn named(signal: WatchSignal) -> Signal {
    match signal {
        WatchSignal::Hup => Signal::HUP,
        WatchSignal::Usr1 => Signal::USR1,
        WatchSignal::Usr2 => Signal::USR2,
    }
}
