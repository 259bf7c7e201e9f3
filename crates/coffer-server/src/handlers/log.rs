//! `/api/v1/audit`: the log, read and checked.

use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::time::Timestamp;
use coffer_wire::Moment;
use coffer_wire::audit::{Entries, Entry, Report};
use serde::Deserialize;

use crate::answer::Answer;
use crate::call::Call;
use crate::cursor::limit;
use crate::failure::Failure;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntriesQuery {
    #[serde(default)]
    instance: bool,
    from: Option<u64>,
    limit: Option<usize>,
    since: Option<Moment>,
    until: Option<Moment>,
    action: Option<String>,
    path: Option<String>,
    outcome: Option<String>,
    actor: Option<String>,
}

/// The newest entries that fit, the oldest of them first.
pub(crate) async fn query(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<EntriesQuery>()?);
    let most = limit(query.limit)?;
    let timestamp = |at: Moment| Timestamp::from_millis(at.millis());
    let filter = EntryFilter {
        since: query.since.map(timestamp),
        until: query.until.map(timestamp),
        action: query.action,
        path: query.path,
        outcome: query.outcome,
        actor: query.actor,
        decision: None,
    };
    let found = call.vault()?.audit_query(&op, &filter, query.from, most, query.instance).await?;
    Answer::json(&Entries { entries: found.entries.into_iter().map(shown).collect(), size: found.next })
}

/// Checks all of it.
pub(crate) async fn verify(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let report = call.vault()?.audit_verify(&op, &[], instance, &|_| {}).await?;
    Answer::json(&Report {
        sound: report.problems.is_empty(),
        entries: report.entries,
        problems: report.problems,
    })
}

fn shown(entry: LoggedEntry) -> Entry {
    Entry {
        index: entry.index,
        id: entry.id,
        at: Moment::from_millis(entry.ts),
        action: entry.action,
        actor: entry.actor.id,
        via: entry.actor.via,
        token: entry.actor.token,
        path: entry.path,
        version: entry.version,
        outcome: entry.outcome,
        request: entry.request,
    }
}
