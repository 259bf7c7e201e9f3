//! Several processes on one store: nothing is lost, everybody has his turn, nobody reads what has been overtaken.

use std::sync::Arc;
use std::time::{Duration, Instant};

use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{
    Batch, Durability, Group, PendingPosition, Revision, Storage, StorageError, Verdict,
};
use coffer_engine::testkit::block_on;
use coffer_engine::testkit::exercise_storage::{Rows, expecting, key, revision};
use tempfile::tempdir;

use crate::support::{Running, commit, given, id, listen, numbered, open, options, put, row_ids, say};

const PROCESSES: u64 = 8;

/// Starts eight children that open the store in `dir` and wait; lets them go together; what each said at the end.
fn eight(child: &str, dir: &str) -> Vec<Vec<String>> {
    let start = |number: u64| Running::start(child, &[dir, &number.to_string()]);
    let mut children: Vec<_> = (0..PROCESSES).map(start).collect();
    children.iter_mut().for_each(|child| assert_eq!(child.hear().as_deref(), Some("ready")));
    children.iter_mut().for_each(|child| child.tell("go"));
    children.into_iter().map(Running::end).collect()
}

#[expect(clippy::disallowed_methods, reason = "printed, never decided on")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let answer = work();
    (answer, start.elapsed())
}

const COMMITS_TOGETHER: u64 = 1600;

#[test]
fn everybody_has_his_turn() {
    for durability in ["written", "synced"] {
        let root = tempdir().unwrap();
        let dir = root.path().join("store");
        drop(open(&dir));
        let (said, took) =
            timed(|| eight("processes::child_takes_turns", &format!("{}\n{durability}", dir.display())));
        let counts: Vec<u64> = said.iter().map(|said| said[0].parse().unwrap()).collect();
        let waits: Vec<u64> = said.iter().map(|said| said[1].parse().unwrap()).collect();
        println!("{durability}: {took:?}, commits {counts:?}, worst waits in us {waits:?}");

        let storage = open(&dir);
        assert_eq!(
            row_ids(&storage).len() as u64,
            counts.iter().sum::<u64>(),
            "every acknowledged row is there once"
        );
        for (number, count) in counts.iter().enumerate() {
            let record = block_on(storage.get(&[numbered(number as u64)])).unwrap().remove(0).unwrap();
            assert_eq!(record.revision, revision(*count), "the last write of each is there");
            assert!(
                *count >= COMMITS_TOGETHER / PROCESSES / 10,
                "process {number} had {count} turns of {counts:?}"
            );
        }
    }
}

#[test]
fn child_takes_turns() {
    let Some(given) = given() else { return };
    let durability = if given[1] == "synced" { Durability::Synced } else { Durability::Written };
    let (storage, number) = (open(given[0].as_ref()), given[2].parse::<u64>().unwrap());
    say("ready");
    listen();
    let (mut count, mut worst) = (0, Duration::ZERO);
    // Positions count commits here: each makes one row.
    while block_on(storage.pending(None, Some(PendingPosition(COMMITS_TOGETHER - 1)), 1)).unwrap().is_empty()
    {
        count += 1;
        let batch = put(numbered(number), count, b"mine");
        let (verdict, took) = timed(|| commit(&storage, batch, id(number, count), durability));
        assert_eq!(verdict, Ok(Verdict::Committed));
        worst = worst.max(took);
    }
    say(&count.to_string());
    say(&worst.as_micros().to_string());
}

#[test]
fn eight_make_one_store() {
    let root = tempdir().unwrap();
    let dir = root.path().join("made/here");
    eight("processes::child_makes_the_store", &dir.display().to_string());
    assert_eq!(row_ids(&open(&dir)).len() as u64, PROCESSES, "each found the same store");
}

#[test]
fn child_makes_the_store() {
    let Some(given) = given() else { return };
    say("ready");
    listen();
    let number = given[1].parse().unwrap();
    let storage = open(given[0].as_ref());
    let verdict = commit(&storage, put(numbered(number), 1, b"x"), id(number, 1), Durability::Synced);
    assert_eq!(verdict, Ok(Verdict::Committed));
}

const INCREMENTS_EACH: u64 = 30;

#[test]
fn no_increment_is_lost() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    drop(open(&dir));
    eight("processes::child_increments", &dir.display().to_string());
    let storage = open(&dir);
    let record = block_on(storage.get(&[key(b"counter")])).unwrap().remove(0).unwrap();
    assert_eq!(u64::from_be_bytes((*record.value).try_into().unwrap()), PROCESSES * INCREMENTS_EACH);
    assert_eq!(row_ids(&storage).len() as u64, PROCESSES * INCREMENTS_EACH, "conflicts left no rows");
}

#[test]
fn child_increments() {
    let Some(given) = given() else { return };
    let (storage, number) = (open(given[0].as_ref()), given[1].parse::<u64>().unwrap());
    say("ready");
    listen();
    for count in 0..INCREMENTS_EACH {
        let fresh = Revision(id(number + 1, count));
        // As the engine does it: without the lock first, then with it.
        let optimistic = (0..3).any(|_| {
            let group = increment(&storage, fresh);
            block_on(Arc::clone(&storage).commit(group)) == Ok(vec![Verdict::Committed])
        });
        if !optimistic {
            let mut exclusive = block_on(Arc::clone(&storage).exclusive()).unwrap();
            let group = increment(&storage, fresh);
            assert_eq!(
                block_on(exclusive.commit(group)),
                Ok(vec![Verdict::Committed]),
                "nobody else can commit"
            );
        }
    }
}

fn increment(storage: &Arc<SqliteStorage>, fresh: Revision) -> Group {
    let found = block_on(storage.get(&[key(b"counter")])).unwrap().remove(0);
    let (revision, count) = found.map_or((None, 0), |record| {
        (Some(record.revision), u64::from_be_bytes((*record.value).try_into().unwrap()))
    });
    let mut batch = put(key(b"counter"), 0, &(count + 1).to_be_bytes());
    batch.put[0].revision = fresh;
    batch.expect = expecting(key(b"counter"), revision).expect;
    Group { batches: vec![batch], entries: Box::new(Rows::one()), durability: Durability::Written }
}

const WITHDRAWALS: u64 = 300;

#[test]
fn nobody_acts_on_what_was_withdrawn() {
    assert_eq!(stale_answers("checked"), 0);
    assert_eq!(stale_answers("ignored"), WITHDRAWALS, "the control shows that this test can fail");
}

/// A child has a grant in memory and has just acted on it; this process withdraws it; then the child acts again. How often it could.
fn stale_answers(expectations: &str) -> u64 {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    let storage = open(&dir);
    let grant =
        |number| commit(&storage, put(key(b"grant"), number, b"x"), id(0, number), Durability::Written);
    grant(0).unwrap();
    let mut child = Running::start("processes::child_acts", &[&dir.display().to_string(), expectations]);
    for number in 1..=WITHDRAWALS {
        assert_eq!(child.hear().as_deref(), Some("acted"));
        // Audit rows of this process in between must not hide the change, and neither must reads.
        grant(number).unwrap();
        commit(&storage, Batch::default(), id(1, number), Durability::Written).unwrap();
        child.tell("withdrawn");
    }
    child.end().last().unwrap().parse().unwrap()
}

#[test]
fn child_acts() {
    let Some(given) = given() else { return };
    let dangerous_ignore_expectations = given[1] == "ignored";
    let options = SqliteOptions { dangerous_ignore_expectations, ..options(given[0].as_ref()) };
    let storage = SqliteStorage::open(options).unwrap();
    let act = |number: u64, turn: u64| {
        let batch = expecting(key(b"grant"), Some(revision(number)));
        commit(&storage, batch, id(2 + turn, number), Durability::Written).unwrap()
    };
    let mut stale = 0;
    for number in 0..WITHDRAWALS {
        assert_eq!(act(number, 0), Verdict::Committed);
        say("acted");
        listen();
        match act(number, 1) {
            Verdict::Committed => stale += 1,
            verdict => assert_eq!(verdict, Verdict::Conflict(key(b"grant"))),
        }
    }
    say(&stale.to_string());
}

#[test]
fn a_held_lock_is_waited_for_and_then_named() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    drop(open(&dir));
    let patient = |millis| {
        SqliteStorage::open(SqliteOptions { lock_wait: Duration::from_millis(millis), ..options(&dir) })
            .unwrap()
    };
    let nothing = |storage| commit(&storage, Batch::default(), id(0, 0), Durability::Written);
    let mut child = Running::start("processes::child_holds_the_lock", &[&dir.display().to_string()]);
    assert_eq!(child.hear().as_deref(), Some("held"));
    assert_eq!(nothing(patient(200)), Err(StorageError::Busy(1)));
    assert_eq!(nothing(patient(1000)), Err(StorageError::Busy(1)));
    assert!(matches!(block_on(patient(100).exclusive()), Err(StorageError::Busy(_))));
    assert_eq!(block_on(patient(100).get(&[key(b"x")])), Ok(vec![None]), "reads go on");
    child.tell("release");
    assert_eq!(nothing(patient(10_000)), Ok(Verdict::Committed));
    child.end();
}

#[test]
fn child_holds_the_lock() {
    let Some(given) = given() else { return };
    let held = block_on(open(given[0].as_ref()).exclusive()).unwrap();
    say("held");
    listen();
    drop(held);
}

#[test]
fn a_foreign_tool_may_hold_sqlites_own_lock() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    let storage = open(&dir);
    let tool = rusqlite::Connection::open(dir.join("coffer.db")).unwrap();
    tool.execute_batch("BEGIN IMMEDIATE").unwrap();
    let commit = || commit(&storage, Batch::default(), id(0, 0), Durability::Synced);
    assert!(matches!(commit(), Err(StorageError::Busy(_))));
    tool.execute_batch("ROLLBACK").unwrap();
    assert_eq!(commit(), Ok(Verdict::Committed));
}
