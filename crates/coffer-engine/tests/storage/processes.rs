//! Several processes on one store: nothing is lost, everybody has his turn, nobody reads what has been overtaken.

use std::sync::Arc;
use std::time::{Duration, Instant};

use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{
    Batch, Durability, Expectation, Group, PendingPosition, Storage, StorageError, Verdict,
};
use coffer_engine::testkit::block_on;
use coffer_engine::testkit::exercise_storage::{Rows, key, revision};
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

/// In a child: its store and its number, once all are there.
fn joined() -> Option<(Arc<SqliteStorage>, u64)> {
    let given = given()?;
    let storage = open(given[0].as_ref());
    say("ready");
    listen();
    Some((storage, given[1].parse().unwrap()))
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
        let (said, took) = timed(|| eight("processes::child_takes_turns", &format!("{}\n{durability}", dir.display())));
        let counts: Vec<u64> = said.iter().map(|said| said[0].parse().unwrap()).collect();
        let waits: Vec<u64> = said.iter().map(|said| said[1].parse().unwrap()).collect();
        println!("{durability}: {took:?}, commits {counts:?}, worst waits in us {waits:?}");

        let storage = open(&dir);
        assert_eq!(row_ids(&storage).len() as u64, counts.iter().sum::<u64>(), "every acknowledged row is there once");
        for (number, count) in counts.iter().enumerate() {
            let record = block_on(storage.get(&[numbered(number as u64)])).unwrap().remove(0).unwrap();
            assert_eq!(record.revision, revision(*count), "the last write of each is there");
            assert!(*count >= COMMITS_TOGETHER / PROCESSES / 4, "process {number} had {count} turns of {counts:?}");
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
    while block_on(storage.pending(Some(PendingPosition(COMMITS_TOGETHER - 1)), 1)).unwrap().is_empty() {
        count += 1;
        let batch = put(numbered(number), count, b"mine");
        let (verdict, took) = timed(|| commit(&storage, batch, id(number, count), durability));
        assert_eq!(verdict, Ok(Verdict::Committed));
        worst = worst.max(took);
    }
    say(&count.to_string());
    say(&worst.as_micros().to_string());
}
