//! The WAL stays within its limit, whatever is written and whoever reads.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Durability, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use rusqlite::Connection;
use tempfile::tempdir;

use crate::support::{commit, id, numbered, open, options, put};

const MIB: u64 = 1024 * 1024;
/// The hard limit, one commit of these tests included.
const LIMIT: u64 = 64 * MIB;

/// SQLite writes no page again that stays as it is.
fn changing(number: u64, length: usize) -> Vec<u8> {
    vec![number.to_le_bytes()[0]; length]
}

fn wal(dir: &Path) -> u64 {
    fs::metadata(dir.join("coffer.db-wal")).map_or(0, |file| file.len())
}

#[test]
fn a_storm_of_writes_stays_within_the_limit() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    let storage = open(&dir);
    let (mut written, mut largest) = (0, 0);
    let mut number = 0;
    while written < 160 * MIB {
        number += 1;
        let batch = put(numbered(number % 64), number, &changing(number, 256 * 1024));
        assert_eq!(commit(&storage, batch, id(0, number), Durability::Written), Ok(Verdict::Committed));
        written += 256 * 1024;
        largest = largest.max(wal(&dir));
    }
    println!("{} MiB written, WAL at most {} MiB", written / MIB, largest / MIB);
    assert!(largest <= LIMIT);
    drop(storage);
    assert_eq!(wal(&dir), 0, "the last to leave empties it");
}

#[test]
fn a_reader_that_never_ends_does_not_fill_the_disk() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    drop(open(&dir));
    let options = SqliteOptions { lock_wait: Duration::from_millis(50), ..options(&dir) };
    let storage = SqliteStorage::open(options).unwrap();
    let mut number = 0;
    let mut next = || {
        number += 1;
        commit(
            &storage,
            put(numbered(number % 16), number, &changing(number, 1024 * 1024)),
            id(0, number),
            Durability::Written,
        )
    };
    assert_eq!(next(), Ok(Verdict::Committed));
    let reader = Connection::open(dir.join("coffer.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    let count = || reader.query_row("SELECT count(*) FROM records", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count(), 1);
    let refused = (0..200).map(|_| next()).find(|verdict| *verdict != Ok(Verdict::Committed));
    assert_eq!(count(), 1, "its snapshot stands");
    assert_eq!(refused, Some(Err(StorageError::Busy(1))));
    assert!(wal(&dir) <= LIMIT + MIB, "{}", wal(&dir));
    reader.execute_batch("ROLLBACK").unwrap();
    assert_eq!(next(), Ok(Verdict::Committed), "and goes on when the reader has ended");
    assert!(wal(&dir) <= 32 * MIB, "the file is cut when it begins anew: {}", wal(&dir));
}

#[test]
fn short_lived_processes_leave_little_behind() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    let mut largest = 0;
    for number in 0..400 {
        // Each opens, commits once, and leaves.
        commit(&open(&dir), put(numbered(number), number, &[5; 2000]), id(0, number), Durability::Written)
            .unwrap();
        largest = largest.max(wal(&dir));
    }
    assert!(largest <= 2 * MIB, "{largest}");
}

#[test]
fn a_snapshot_ends_before_commits_would_have_to_wait() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    let storage = open(&dir);
    let mut number = 0;
    let mut next = || {
        number += 1;
        let batch = put(numbered(number % 16), number, &changing(number, 1024 * 1024));
        assert_eq!(commit(&storage, batch, id(0, number), Durability::Written), Ok(Verdict::Committed));
    };
    // A WAL that is half full already leaves the snapshot its whole room: it begins anew.
    (0..24).for_each(|_| next());
    let mut held = block_on(Arc::<SqliteStorage>::clone(&storage).snapshot()).unwrap();
    let mut pages = 0;
    let ended = loop {
        match block_on(held.records(None, 1)) {
            Ok(page) => assert_eq!(page.records.len(), 1),
            Err(error) => break error,
        }
        pages += 1;
        next();
        assert!(wal(&dir) <= LIMIT);
    };
    assert_eq!(ended, StorageError::Overtaken);
    assert!(pages >= 40, "{pages}: it had its whole room");
    assert_eq!(block_on(held.pending(None, 1)), Err(StorageError::Overtaken), "and it stays ended");
    // The control: nobody has to wait for one that has ended, though it is still there.
    (0..80).for_each(|_| next());
    assert!(wal(&dir) <= LIMIT);
}
