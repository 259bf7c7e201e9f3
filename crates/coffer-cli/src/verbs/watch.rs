//! `coffer watch`: changes as they come, until somebody ends it.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use coffer_wire::event::Event;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::show;
use super::watching::{Seen, Watching};
use crate::app::App;
use crate::args::Watch;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn watch(app: &mut App, args: &Watch) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let folder = session.folder(args.folder.as_deref())?;
    let watching = Watching::begin(session.shared_client(), folder.as_str(), args.after)?;
    // What comes is read beside, so that a signal ends this while nothing does. Nothing: whoever began this ends it.
    let (telling, told) = channel();
    end_with_a_signal(telling.clone())?;
    watching.tell(move |seen| telling.send(Some(seen)).is_ok());
    let mut left = args.limit.unwrap_or(u64::MAX);
    while left > 0 {
        match told.recv().ok().flatten() {
            Some(Seen::Change(event)) => {
                if app.output.is_json() {
                    app.output.json_line(&json(&event)?)?;
                } else {
                    app.output.line(&line(&event))?;
                }
                left = left.saturating_sub(1);
            }
            Some(Seen::Lost(lost)) => app.output.warn(&lost),
            Some(Seen::Failed(error)) => return Err(error),
            None => return Ok(()),
        }
    }
    Ok(())
}

/// The first signal that ends a process ends this.
fn end_with_a_signal(telling: Sender<Option<Seen>>) -> Result<(), CliError> {
    let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(|error| CliError::io("the signals", &error))?;
    thread::spawn(move || {
        if signals.forever().next().is_some() {
            let _ = telling.send(None);
        }
    });
    Ok(())
}

fn line(event: &Event) -> String {
    let place = match event.version {
        Some(version) => format!("{} v{version}", event.path),
        None => event.path.clone(),
    };
    [event.cursor.to_string(), show::moment(event.at), event.action.clone(), place, event.actor.clone()]
        .join("  ")
}

fn json(event: &Event) -> Result<String, CliError> {
    serde_json::to_string(event).map_err(|error| CliError::io("an event", &error.into()))
}
