//! `coffer audit tail -f`: entries as they come, until somebody ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use coffer_engine::audit::EntryFilter;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::read;
use crate::app::App;
use crate::args::AuditTail;
use crate::error::CliError;
use crate::session::{Missing, Session};

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(250);

pub(super) fn follow(app: &mut App, args: &AuditTail) -> Result<(), CliError> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&ended)).map_err(|error| CliError::io("the signals", &error))?;
    }
    let session = Session::open(app, Missing::Refuse)?;
    let filter = EntryFilter::default();
    let first = read::ask(&session, &filter, args.lines, args.of.instance)?;
    read::print(app, &first.entries)?;
    let mut next = first.next;
    while !ended.load(Ordering::Relaxed) {
        thread::sleep(PAUSE);
        let found =
            session.ask(async |vault, op| vault.audit_follow(op, &filter, next, args.of.instance).await)?;
        next = found.next;
        for entry in &found.entries {
            if app.output.is_json() {
                app.output.json_line(&String::from_utf8_lossy(&entry.leaf))?;
            } else {
                app.output.line(&read::line(entry))?;
            }
        }
    }
    Ok(())
}
