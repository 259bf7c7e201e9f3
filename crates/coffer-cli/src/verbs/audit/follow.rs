//! `coffer audit tail -f`: entries as they come, until somebody ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use coffer_wire::client::EntriesWanted;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use super::read;
use crate::app::App;
use crate::args::AuditTail;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(250);
/// Entries that it takes at a time.
const AT_A_TIME: usize = 1000;

pub(super) fn follow(app: &mut App, args: &AuditTail) -> Result<(), CliError> {
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        flag::register(signal, Arc::clone(&ended)).map_err(|error| CliError::io("the signals", &error))?;
    }
    let session = Session::open(app, Missing::Refuse)?;
    let wanted = read::newest(args.lines, args.of.instance);
    let first = session.client().audit_query(&wanted)?;
    read::print(app, &first.entries)?;
    let mut next = first.size;
    while !ended.load(Ordering::Relaxed) {
        thread::sleep(PAUSE);
        let since = EntriesWanted { from: Some(next), limit: Some(AT_A_TIME), ..wanted.clone() };
        let found = session.client().audit_follow(&since)?;
        next = found.next;
        for entry in &found.entries {
            if app.output.is_json() {
                app.output.json_line(read::leaf(entry))?;
            } else {
                app.output.line(&read::line(entry))?;
            }
        }
    }
    Ok(())
}
