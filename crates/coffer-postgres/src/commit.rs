//! One commit.
//!
//! Mostly nobody is in the way, so all batches are taken to stand: their entries are sealed first, and one call takes the locks, checks, writes,
//! and is a transaction of its own. Where one does not stand, nothing was written. If none stands, what was found says which verdict
//! each has. Else the group is decided once more in two trips: locks and a look; then, under the same locks, what stands is written.
//!
//! # Invariants
//! - A batch is decided at one moment, at which all that it was decided on is locked until the commit is done.
//! - Rows are sealed before anything is written. Where they can't be, nothing is.

use std::collections::BTreeSet;

use coffer_engine::storage::{Group, Key, PendingRow, Revision, StorageError, Verdict, decide};
use coffer_engine::time::Timestamp;
use futures_util::future::{join, join3};
use tokio::time::timeout;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use crate::errors::{explain, is_lost};
use crate::locks::{APPENDING, Locks};
use crate::plan::Plan;
use crate::postgres::Inner;
use crate::rows;
use crate::session::{ANSWER_WAIT, Writing};

/// Why a trip did not end with verdicts.
pub(crate) enum Broken {
    /// The database, or the entries, said no: nothing was written.
    Refused(StorageError),
    /// Nobody said anything. Nothing was written either: COMMIT had not been sent.
    Before(StorageError),
    /// Nobody said anything, and COMMIT had been sent: these are the verdicts if it happened.
    During(Vec<Verdict>),
}

/// What a group found.
struct Found {
    now: Timestamp,
    revisions: Vec<(Key, Option<Revision>)>,
}

/// Commits a group over a connection.
pub(crate) async fn commit_over(
    session: &Writing,
    inner: &Inner,
    group: &mut Group,
    id: [u8; 16],
    alone: bool,
) -> Result<Vec<Verdict>, Broken> {
    let locks = if alone { Locks::none() } else { Locks::of(&group.batches) };
    if let Some(plan) = Plan::of(&group.batches) {
        let all: Vec<usize> = (0..group.batches.len()).collect();
        let stand = vec![Verdict::Committed; all.len()];
        let rows = group.entries.rows(&all).map_err(Broken::Refused)?;
        let found = match at_once(session, inner, &locks, &plan, &rows, id).await {
            Ok(None) => return Ok(stand),
            Ok(Some(found)) => found,
            Err(trip) => return Err(trip.with_commit(stand)),
        };
        if let Some(verdicts) = none_stands(group, &found)? {
            return Ok(verdicts);
        }
    }
    in_two(session, inner, &locks, group, id).await
}

/// The verdicts, when what was found says that no batch stands.
fn none_stands(group: &Group, found: &Found) -> Result<Option<Vec<Verdict>>, Broken> {
    let mut is_blind = false;
    let decision = decide(&group.batches, found.now, |key| {
        let place = found.revisions.binary_search_by_key(key, |(key, _)| *key).ok();
        let known = place.and_then(|place| found.revisions.get(place));
        // An earlier batch was to write it, and so it was not asked for.
        is_blind |= known.is_none();
        Ok(known.and_then(|(_, revision)| *revision))
    });
    let decision = decision.map_err(Broken::Refused)?;
    Ok((decision.admitted.is_empty() && !is_blind).then_some(decision.verdicts))
}

/// Everything in one trip. `Some`: it is not all as expected, and nothing was written.
async fn at_once(
    session: &Writing,
    inner: &Inner,
    locks: &Locks,
    plan: &Plan<'_>,
    rows: &[PendingRow],
    id: [u8; 16],
) -> Result<Option<Found>, Trip> {
    let warned = session.warnings.count();
    // Its answer ends when the transaction has ended, not when there is a row.
    let trip = write(session, inner, locks, plan, rows, id);
    let row = ended(timeout(ANSWER_WAIT, trip).await)?;
    let read = |error: Error| Trip::Refused(explain(&error));
    if row.try_get("stands").map_err(read)? {
        return stood(session, &row, warned).map(|()| None);
    }
    let revisions: Vec<Option<&[u8]>> = row.try_get("revisions").map_err(read)?;
    let revisions = revisions.into_iter().map(|revision| revision.map(rows::revision_of).transpose());
    let revisions = plan.expect.keys().copied().zip(revisions).map(|(key, revision)| Ok((key, revision?)));
    let revisions = revisions.collect::<Result<_, _>>().map_err(Trip::Refused)?;
    Ok(Some(Found { now: rows::moment(&row, "now").map_err(Trip::Refused)?, revisions }))
}

/// A look first, and then, while nobody can change what was seen, what stands.
async fn in_two(
    session: &Writing,
    inner: &Inner,
    locks: &Locks,
    group: &mut Group,
    id: [u8; 16],
) -> Result<Vec<Verdict>, Broken> {
    let keys: BTreeSet<Key> =
        group.batches.iter().flat_map(|batch| &batch.expect).map(|one| one.key).collect();
    let bytes: Vec<&[u8]> = keys.iter().map(Key::as_bytes).collect();
    let trip = async {
        let (begun, locked, looked) = join3(
            session.client.batch_execute("BEGIN"),
            lock(session, locks),
            session.client.query(&session.look, &[&bytes]),
        )
        .await;
        begun?;
        locked?;
        looked
    };
    let found = match ended(timeout(ANSWER_WAIT, trip).await) {
        Ok(found) => found,
        Err(Trip::Lost(error)) => return Err(Broken::Before(error)),
        Err(Trip::Refused(error)) => return roll_back(session).await.and(Err(Broken::Refused(error))),
    };
    let decided = rows::looked(&found, inner.now()).and_then(|(now, revisions)| {
        let decision = decide(&group.batches, now, |key| Ok(revisions.get(key).copied()))?;
        let nobody = decision.admitted.is_empty();
        let rows = if nobody { Vec::new() } else { group.entries.rows(&decision.admitted)? };
        Ok((decision, rows))
    });
    let (decision, rows) = match decided {
        Ok(decided) => decided,
        Err(error) => return roll_back(session).await.and(Err(Broken::Refused(error))),
    };
    if decision.admitted.is_empty() {
        return roll_back(session).await.map(|()| decision.verdicts);
    }
    let plan = Plan::of_admitted(decision.admitted.iter().filter_map(|index| group.batches.get(*index)));
    let warned = session.warnings.count();
    let trip = async {
        let committed = session.client.batch_execute("COMMIT");
        let (written, committed) =
            join(write(session, inner, &Locks::none(), &plan, &rows, id), committed).await;
        let row = written?;
        committed.map(|()| row)
    };
    match ended(timeout(ANSWER_WAIT, trip).await).and_then(|row| stood(session, &row, warned)) {
        Ok(()) => Ok(decision.verdicts),
        Err(trip) => Err(trip.with_commit(decision.verdicts)),
    }
}

/// How a trip failed.
enum Trip {
    Refused(StorageError),
    /// Nobody said anything.
    Lost(StorageError),
}

impl Trip {
    /// The same, of one that had COMMIT in it.
    fn with_commit(self, verdicts: Vec<Verdict>) -> Broken {
        match self {
            Self::Refused(error) => Broken::Refused(error),
            Self::Lost(_) => Broken::During(verdicts),
        }
    }
}

fn ended<T>(trip: Result<Result<T, Error>, tokio::time::error::Elapsed>) -> Result<T, Trip> {
    match trip {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) if is_lost(&error) => Err(Trip::Lost(explain(&error))),
        Ok(Err(error)) => Err(Trip::Refused(explain(&error))),
        Err(_) => Err(Trip::Lost(StorageError::Io("the database does not answer".to_owned()))),
    }
}

/// Whether a commit whose checks stood was written by the connection that has the right to, and waited for.
fn stood(session: &Writing, row: &Row, warned: u64) -> Result<(), Trip> {
    let is_written = row.try_get("fenced").map_err(|error| Trip::Refused(explain(&error)))?;
    if is_written && session.warnings.count() == warned {
        Ok(())
    } else {
        Err(Trip::Lost(StorageError::Interrupted))
    }
}

async fn lock(session: &Writing, locks: &Locks) -> Result<(), Error> {
    session.client.query(&session.lock, &[&locks.numbers, &locks.exclusive]).await.map(drop)
}

async fn write(
    session: &Writing,
    inner: &Inner,
    locks: &Locks,
    plan: &Plan<'_>,
    rows: &[PendingRow],
    id: [u8; 16],
) -> Result<Row, Error> {
    let (expected, expected_revisions) = plan.expected();
    let not_after = plan.not_after.map(|end| i64::try_from(end).unwrap_or(i64::MAX));
    let now = inner.now().map(|now| i64::try_from(now.millis()).unwrap_or(i64::MAX));
    let (process, connection, commit) = (inner.process.as_slice(), session.id.as_slice(), id.as_slice());
    let puts = plan.puts();
    let (touched, touched_revisions) = plan.touches();
    let deleted = plan.deletes();
    let ids: Vec<&[u8]> = rows.iter().map(|row| row.id.as_slice()).collect();
    let tenants: Vec<&[u8]> = rows.iter().map(|row| row.tenant.bytes().as_slice()).collect();
    let sealed: Vec<&[u8]> = rows.iter().map(|row| row.sealed.as_ref()).collect();
    let with: [&(dyn ToSql + Sync); 20] = [
        &locks.numbers,
        &locks.exclusive,
        &expected,
        &expected_revisions,
        &not_after,
        &now,
        &puts.keys,
        &puts.revisions,
        &puts.values,
        &touched,
        &touched_revisions,
        &deleted,
        &plan.integrated,
        &ids,
        &tenants,
        &sealed,
        &APPENDING,
        &process,
        &connection,
        &commit,
    ];
    session.client.query_one(&session.commit, &with).await
}

/// Ends a transaction that has written nothing. Where it does not end, the connection does.
async fn roll_back(session: &Writing) -> Result<(), Broken> {
    match ended(timeout(ANSWER_WAIT, session.client.batch_execute("ROLLBACK")).await) {
        Ok(()) => Ok(()),
        Err(Trip::Lost(error) | Trip::Refused(error)) => Err(Broken::Before(error)),
    }
}
