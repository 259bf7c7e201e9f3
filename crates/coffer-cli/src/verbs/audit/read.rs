//! Entries, shown.

use coffer_engine::audit::{Decision, EntryFilter, LoggedEntry};
use coffer_engine::error::NotFound;
use coffer_engine::time::Timestamp;
use coffer_engine::vault::Entries;
use serde_json::json;

use super::entry_ref;
use crate::app::App;
use crate::args::{AuditEntry, AuditQuery, AuditTail, Decided, Moment};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session};
use crate::verbs::show;

/// What the columns are called.
const HEAD: [&str; 6] = ["INDEX", "WHEN", "ACTION", "OUTCOME", "PATH", "ENTRY"];

pub(super) fn tail(app: &mut App, args: &AuditTail) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let found = ask(&session, &EntryFilter::default(), args.lines, args.of.instance)?;
    print(app, &found.entries)
}

pub(super) fn query(app: &mut App, args: &AuditQuery) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let filter = filter(&session, args)?;
    let found = ask(&session, &filter, args.limit, args.of.instance)?;
    print(app, &found.entries)
}

/// One entry, with the fields of the person.
pub(super) fn show(app: &mut App, args: &AuditEntry) -> Result<(), CliError> {
    let which = entry_ref(&args.entry)?;
    let session = Session::open(app, Missing::Refuse)?;
    let instance = args.of.instance;
    let (entry, person) = session.ask(async |vault, op| {
        let found = vault.audit_entry(op, which, instance).await?;
        let entry = found.ok_or_else(|| NotFound::Entry(which.to_string()))?;
        let person = vault.audit_person(op, &entry, instance).await?;
        Ok((entry, person))
    })?;
    let leaf: serde_json::Value = serde_json::from_slice(&entry.leaf).map_err(|_| unreadable())?;
    let person = match (person, &entry.actor.person) {
        (Some(person), _) => json!(person),
        (None, Some(_)) => json!("forgotten"),
        (None, None) => json!(null),
    };
    app.output.json(&json!({ "index": entry.index, "person": person, "entry": leaf }))
}

/// The newest entries that fit.
pub(super) fn ask(
    session: &Session,
    filter: &EntryFilter,
    limit: usize,
    instance: bool,
) -> Result<Entries, CliError> {
    session.ask(async |vault, op| vault.audit_query(op, filter, None, limit, instance).await)
}

/// Prints entries: a table for people, one leaf a line for programs.
pub(super) fn print(app: &mut App, entries: &[LoggedEntry]) -> Result<(), CliError> {
    if app.output.is_json() {
        return entries
            .iter()
            .try_for_each(|entry| app.output.json_line(&String::from_utf8_lossy(&entry.leaf)));
    }
    let rows: Vec<[String; 6]> = entries.iter().map(row).collect();
    app.output.table(HEAD, &rows)
}

/// One line, for who follows.
pub(super) fn line(entry: &LoggedEntry) -> String {
    row(entry).join("  ")
}

fn row(entry: &LoggedEntry) -> [String; 6] {
    let place = match entry.version {
        Some(version) => format!("{} v{version}", entry.path),
        None => entry.path.clone(),
    };
    let when = show::moment(Timestamp::from_millis(entry.ts));
    [entry.index.to_string(), when, entry.action.clone(), entry.outcome.clone(), place, entry.id.clone()]
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
        decision: query.decision.map(|decision| match decision {
            Decided::Allowed => Decision::Allowed,
            Decided::Refused => Decision::Refused,
        }),
    })
}

/// What was given is no moment.
pub(super) fn not_a_moment() -> CliError {
    CliError::new(
        Exit::Usage,
        "moment.invalid",
        "a moment is wanted",
        "write 7d, 12h, 2026-11-01, or 2026-11-01T12:00:00Z",
    )
}

fn unreadable() -> CliError {
    CliError::new(
        Exit::Failure,
        "entry.unreadable",
        "the entry is no JSON",
        "`coffer audit verify --with-store`",
    )
}
