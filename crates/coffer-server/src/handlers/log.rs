//! `/api/v1/audit`: the log, read, followed and checked.

use coffer_engine::audit::{Decision, EntryFilter, LoggedEntry};
use coffer_engine::error::NotFound;
use coffer_engine::network::Network;
use coffer_engine::path::FolderPath;
use coffer_engine::vault::EntryRef;
use coffer_engine::{Actor, Error, Op};
use coffer_log::SignedNote;
use coffer_wire::Moment;
use coffer_wire::audit::{Entries, Entry, Followed, OneEntry, Report, Verify};
use serde::Deserialize;
use tokio::time::Instant;

use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::followers::Follower;
use crate::limits::KNOWN_MAX;

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
    decision: Option<Decided>,
    source: Option<String>,
    /// Whether each entry is shown as it is hashed, too.
    #[serde(default)]
    leaves: bool,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Decided {
    Allowed,
    Refused,
}

/// The newest entries that fit, the oldest of them first.
pub(crate) async fn query(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<EntriesQuery>()?);
    let (most, from, instance, leaf) = (call.limit(query.limit)?, query.from, query.instance, query.leaves);
    let found = call.vault()?.audit_query(&op, &query.filter()?, from, most, instance).await?;
    if let Some(follower) = follower(&op, instance) {
        call.shared.followers.begins(follower, found.next, Instant::now());
    }
    let entries = found.entries.into_iter().map(|entry| shown(entry, leaf)).collect();
    Answer::json(&Entries { entries, size: found.next })
}

/// What came since, the oldest first.
pub(crate) async fn follow(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<EntriesQuery>()?);
    let (most, from, instance) = (call.limit(query.limit)?, query.from.unwrap_or(0), query.instance);
    let (leaf, filter, vault) = (query.leaves, query.filter()?, call.vault()?);
    let follower = follower(&op, instance);
    let now = Instant::now();
    let reads_on = |follower: &Follower| call.shared.followers.reads_on(follower, from, now);
    let found = if follower.as_ref().is_some_and(reads_on) {
        vault.audit_follow(&op, &filter, from, most, instance).await?
    } else {
        let found = vault.audit_since(&op, &filter, from, most, instance).await?;
        if let Some(follower) = follower {
            call.shared.followers.begins(follower, from, now);
        }
        found
    };
    let entries = found.entries.into_iter().map(|entry| shown(entry, leaf)).collect();
    Answer::json(&Followed { entries, next: found.next })
}

/// One entry, with who acted.
pub(crate) async fn entry(call: Call) -> Result<Answer, Failure> {
    let (op, instance, which) = (call.op()?, call.of_instance()?, which(&call)?);
    let vault = call.vault()?;
    let found = vault.audit_entry(&op, which, instance).await?;
    let entry = found.ok_or_else(|| Error::from(NotFound::Entry(which.to_string())))?;
    let person = vault.audit_person(&op, &entry, instance).await?;
    let forgotten = entry.actor.person.is_some() && person.is_none();
    Answer::json(&OneEntry { entry: shown(entry, true), person, forgotten })
}

/// Checks all of it.
pub(crate) async fn verify(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let wanted: Verify = call.body_if_any(&mut op).await?;
    if wanted.known.len() > KNOWN_MAX {
        let detail = format!("a log is checked against at most {KNOWN_MAX} checkpoints at once");
        return Err(Failure::invalid("body.too_many", detail, "ask several times"));
    }
    let known: Vec<SignedNote> =
        wanted.known.iter().map(|note| shapes::note(note)).collect::<Result<_, _>>()?;
    let report = call.vault()?.audit_verify(&op, &known, instance, &|_| {}).await?;
    Answer::json(&Report {
        sound: report.problems.is_empty(),
        size: report.size,
        entries: report.entries,
        records: report.records,
        problems: report.problems,
    })
}

/// The entry that the path names.
pub(super) fn which(call: &Call) -> Result<EntryRef, Failure> {
    EntryRef::parse(&call.tail()?).ok_or_else(|| {
        Failure::invalid(
            "entry.invalid",
            "an entry is named by its index in the log, or by its number",
            "`/api/v1/audit/entries` shows both",
        )
    })
}

/// Who reads on in this log, as far as anybody can who shows a token or is the owner in this process.
fn follower(op: &Op, instance: bool) -> Option<Follower> {
    match op.actor {
        Actor::Token(token) => Some((Some(token), op.tenant.clone(), instance)),
        Actor::Local => Some((None, op.tenant.clone(), instance)),
        Actor::Identity(_)
        | Actor::Code(_)
        | Actor::Client(_)
        | Actor::Proved(_)
        | Actor::Stranger
        | Actor::System => None,
    }
}

impl EntriesQuery {
    fn filter(self) -> Result<EntryFilter, Failure> {
        Ok(EntryFilter {
            since: self.since.map(shapes::timestamp),
            until: self.until.map(shapes::timestamp),
            action: self.action,
            path: self.path.map(|path| FolderPath::parse(&path).map(|_| path)).transpose()?,
            outcome: self.outcome,
            actor: self.actor,
            decision: self.decision.map(|decided| match decided {
                Decided::Allowed => Decision::Allowed,
                Decided::Refused => Decision::Refused,
            }),
            source: self.source.as_deref().map(Network::parse).transpose()?,
        })
    }
}

fn shown(entry: LoggedEntry, leaf: bool) -> Entry {
    Entry {
        index: entry.index,
        id: entry.id,
        at: Moment::from_millis(entry.ts),
        action: entry.action,
        actor: entry.actor.id,
        actor_tenant: entry.actor.tenant,
        via: entry.actor.via,
        token: entry.actor.token,
        source: entry.source.map(|source| source.to_string()),
        path: entry.path,
        version: entry.version,
        outcome: entry.outcome,
        request: entry.request,
        message: entry.message,
        leaf: leaf.then(|| shapes::text(&entry.leaf)),
    }
}
