//! Watches changes in a thread of its own. A connection that is lost is made again, from where it was.

use std::thread;
use std::time::Duration;

use coffer_wire::client::{Client, ClientError, Events, TransportError};
use coffer_wire::event::Event;

use crate::error::CliError;

/// The shortest and the longest pause before a lost connection is made again.
const PAUSE: Duration = Duration::from_secs(1);
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// What whoever watches sees.
pub(super) enum Seen {
    /// Something changed.
    Change(Event),
    /// The connection was lost, and is made again. Nothing is missed.
    Lost(String),
    /// It can't go on.
    Failed(CliError),
}

/// One who watches.
pub(super) struct Watching {
    client: Client,
    folder: String,
    events: Events,
}

impl Watching {
    /// Begins to watch what changes at and below a folder, behind a cursor or from now on.
    ///
    /// # Errors
    /// What whoever is asked says; also when nobody can be: what never went well is no lost connection.
    pub(super) fn begin(client: Client, folder: &str, after: Option<u64>) -> Result<Self, CliError> {
        let events = client.secret_watch(folder, after)?;
        Ok(Self { client, folder: folder.to_owned(), events })
    }

    /// Tells what it sees, for as long as somebody listens.
    pub(super) fn tell(mut self, mut tell: impl FnMut(Seen) -> bool + Send + 'static) {
        thread::spawn(move || {
            loop {
                let ended = match self.events.next() {
                    Some(Ok(event)) => {
                        if tell(Seen::Change(event)) {
                            continue;
                        }
                        return;
                    }
                    Some(Err(error)) => error,
                    None => TransportError::Lost { server: "the server".to_owned() }.into(),
                };
                if !self.goes_on(ended, &mut tell) {
                    return;
                }
            }
        });
    }

    /// Makes the connection again, however long it takes. Whether it goes on.
    fn goes_on(&mut self, mut why: ClientError, tell: &mut impl FnMut(Seen) -> bool) -> bool {
        let mut pause = PAUSE;
        loop {
            if !passes(&why) {
                tell(Seen::Failed(why.into()));
                return false;
            }
            let lost = CliError::from(why);
            let lost = format!("[{}] {}; asked again in {} s", lost.code, lost.cause, pause.as_secs());
            if !tell(Seen::Lost(lost)) {
                return false;
            }
            thread::sleep(pause);
            pause = pause.saturating_mul(2).min(PAUSE_MAX);
            match self.client.secret_watch(&self.folder, self.events.cursor()) {
                Ok(events) => {
                    self.events = events;
                    return true;
                }
                Err(error) => why = error,
            }
        }
    }
}

/// Whether it may go well another time: not when whoever is asked says no.
fn passes(error: &ClientError) -> bool {
    match error {
        ClientError::Problem(problem) => matches!(problem.status, 408 | 429 | 500..),
        ClientError::Transport(error) => matches!(
            error,
            TransportError::Unreachable { .. } | TransportError::TooSlow { .. } | TransportError::Lost { .. }
        ),
    }
}
