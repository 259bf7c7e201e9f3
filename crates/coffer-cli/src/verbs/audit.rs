//! `coffer audit`: the log, read. Who reads it is in it.

use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::time::Timestamp;

use super::show;
use crate::app::App;
use crate::args::{Audit, AuditQuery, Moment};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session};

pub(super) fn audit(app: &mut App, args: Audit) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let (filter, limit, instance) = match args {
        Audit::Tail(tail) => (EntryFilter::default(), tail.lines, tail.instance),
        Audit::Query(query) => (filter(&session, &query)?, query.limit, query.instance),
    };
    let found = session.ask(async |vault, op| vault.audit_query(op, &filter, None, limit, instance).await)?;
    if app.output.is_json() {
        // The leaf itself, as it will be hashed: one a line.
        return found
            .entries
            .iter()
            .try_for_each(|entry| app.output.line(&String::from_utf8_lossy(&entry.leaf)));
    }
    let rows: Vec<[String; 5]> = found.entries.iter().map(row).collect();
    app.output.table(["WHEN", "ACTION", "OUTCOME", "PATH", "ENTRY"], &rows)
}

fn row(entry: &LoggedEntry) -> [String; 5] {
    let place = match entry.version {
        Some(version) => format!("{} v{version}", entry.path),
        None => entry.path.clone(),
    };
    let when = show::moment(Timestamp::from_millis(entry.ts));
    [when, entry.action.clone(), entry.outcome.clone(), place, entry.id.clone()]
}

fn filter(session: &Session, query: &AuditQuery) -> Result<EntryFilter, CliError> {
    let now = edge::now();
    let at = |text: &Option<String>| {
        let parse = |text: &String| Moment::Ago.parse(text, now).ok_or_else(not_a_moment);
        text.as_ref().map(parse).transpose()
    };
    let path = query.path.as_deref().map(|path| session.folder(Some(path))).transpose()?;
    Ok(EntryFilter {
        since: at(&query.since)?,
        until: at(&query.until)?,
        action: query.action.clone(),
        path: path.filter(|path| !path.is_root()).map(|path| path.as_str().to_owned()),
        outcome: query.outcome.clone(),
        actor: query.actor.clone(),
    })
}

fn not_a_moment() -> CliError {
    CliError::new(
        Exit::Usage,
        "moment.invalid",
        "--since and --until want a moment",
        "write 7d, 12h, 2026-11-01, or 2026-11-01T12:00:00Z",
    )
}
