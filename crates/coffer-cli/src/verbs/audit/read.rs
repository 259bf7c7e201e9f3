//! Entries, shown.

use coffer_engine::Error;
use coffer_engine::network::Network;
use coffer_wire::Moment as Instant;
use coffer_wire::audit::Entry;
use coffer_wire::client::EntriesWanted;
use serde_json::json;

use super::entry_ref;
use crate::app::App;
use crate::args::{AuditEntry, AuditQuery, AuditTail, Decided, Moment};
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::Session;
use crate::store::Missing;
use crate::verbs::show;

/// What the columns are called.
const HEAD: [&str; 6] = ["INDEX", "WHEN", "ACTION", "OUTCOME", "PATH", "ENTRY"];

pub(super) fn tail(app: &mut App, args: &AuditTail) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let found = session.client().audit_query(&newest(args.lines, args.of.instance))?;
    print(app, &found.entries)
}

pub(super) fn query(app: &mut App, args: &AuditQuery) -> Result<(), CliError> {
    let settings = app.settings()?;
    let now = edge::now();
    let at = |text: &Option<String>| {
        let parse = |text: &String| Moment::Ago.parse(text, now).ok_or_else(not_a_moment);
        text.as_ref().map(parse).transpose().map(|at| at.map(|at| Instant::from_millis(at.millis())))
    };
    let path = args.path.as_deref().map(|path| settings.folder(Some(path))).transpose()?;
    if let Some(source) = &args.source {
        Network::parse(source).map_err(Error::from)?;
    }
    let wanted = EntriesWanted {
        since: at(&args.since)?,
        until: at(&args.until)?,
        action: args.action.clone(),
        path: path.filter(|path| !path.is_root()).map(|path| path.as_str().to_owned()),
        outcome: args.outcome.clone(),
        actor: args.actor.clone(),
        decision: args.decision.map(|decision| match decision {
            Decided::Allowed => "allowed".to_owned(),
            Decided::Refused => "refused".to_owned(),
        }),
        source: args.source.clone(),
        ..newest(args.limit, args.of.instance)
    };
    let session = Session::open(app, Missing::Refuse)?;
    let found = session.client().audit_query(&wanted)?;
    print(app, &found.entries)
}

/// One entry, with the fields of the person.
pub(super) fn show(app: &mut App, args: &AuditEntry) -> Result<(), CliError> {
    let which = entry_ref(&args.entry)?;
    let session = Session::open(app, Missing::Refuse)?;
    let found = session.client().audit_entry(&which.to_string(), args.of.instance)?;
    let entry: serde_json::Value = serde_json::from_str(leaf(&found.entry)).map_err(|_| unreadable())?;
    let person = match found.person {
        Some(person) => json!(person),
        None if found.forgotten => json!("forgotten"),
        None => json!(null),
    };
    app.output.json(&json!({ "index": found.entry.index, "person": person, "entry": entry }))
}

/// So many of the newest entries.
pub(super) fn newest(limit: usize, instance: bool) -> EntriesWanted {
    EntriesWanted { instance, limit: Some(limit), leaves: true, ..EntriesWanted::default() }
}

/// Prints entries: a table for people, one leaf a line for programs. Columns that have nothing in them are left out.
pub(super) fn print(app: &mut App, entries: &[Entry]) -> Result<(), CliError> {
    if app.output.is_json() {
        return entries.iter().try_for_each(|entry| app.output.json_line(leaf(entry)));
    }
    let (from, why) = (|entry: &Entry| entry.source.clone(), |entry: &Entry| entry.message.clone());
    match (
        entries.iter().any(|entry| entry.source.is_some()),
        entries.iter().any(|entry| entry.message.is_some()),
    ) {
        (false, false) => app.output.table(HEAD, &entries.iter().map(row).collect::<Vec<_>>()),
        (true, false) => with_one_more(app, entries, "FROM", from),
        (false, true) => with_one_more(app, entries, "MESSAGE", why),
        (true, true) => {
            let [index, when, action, outcome, path, entry] = HEAD;
            let head = [index, when, action, outcome, path, entry, "FROM", "MESSAGE"];
            app.output.table(head, &entries.iter().map(whole_row).collect::<Vec<_>>())
        }
    }
}

/// The entry itself, as it is hashed.
pub(super) fn leaf(entry: &Entry) -> &str {
    entry.leaf.as_deref().unwrap_or_default()
}

/// One line, for who follows.
pub(super) fn line(entry: &Entry) -> String {
    whole_row(entry).join("  ").trim_end().to_owned()
}

fn with_one_more(
    app: &mut App,
    entries: &[Entry],
    name: &str,
    column: impl Fn(&Entry) -> Option<String>,
) -> Result<(), CliError> {
    let [index, when, action, outcome, path, entry] = HEAD;
    let row = |one: &Entry| {
        let [index, when, action, outcome, path, id] = row(one);
        [index, when, action, outcome, path, id, column(one).unwrap_or_default()]
    };
    let rows: Vec<[String; 7]> = entries.iter().map(row).collect();
    app.output.table([index, when, action, outcome, path, entry, name], &rows)
}

fn whole_row(entry: &Entry) -> [String; 8] {
    let [index, when, action, outcome, path, id] = row(entry);
    let (from, why) = (entry.source.clone(), entry.message.clone());
    [index, when, action, outcome, path, id, from.unwrap_or_default(), why.unwrap_or_default()]
}

fn row(entry: &Entry) -> [String; 6] {
    let place = match entry.version {
        Some(version) => format!("{} v{version}", entry.path),
        None => entry.path.clone(),
    };
    let when = show::moment(entry.at);
    [entry.index.to_string(), when, entry.action.clone(), entry.outcome.clone(), place, entry.id.clone()]
}

/// What was given is no moment.
pub(in crate::verbs) fn not_a_moment() -> CliError {
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
