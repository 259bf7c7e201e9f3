//! Positions are in the order of commits, whoever commits: who has read up to a row will not miss one before it.

use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;

use coffer_engine::storage::{Batch, PendingPosition, Storage};
use coffer_engine::testkit::block_on;
use coffer_postgres::Settings;
use coffer_postgres::testkit::Server;

use crate::support::{commit, open, rows, until};

/// A row as another node writes it.
const APPEND: &str = "INSERT INTO coffer.pending SELECT nextval('coffer.position'),
    '\\x01010101010101010101010101010101', '\\x01010101010101010101010101010101', '';\n";
/// The lock that it takes before; see `locks.rs`.
const LOCK: &str = "SELECT pg_advisory_xact_lock(9223372036854775807);\n";

/// A node has given a position and has not committed yet, when another commits. The ids of those rows that a reader misses who reads once
/// between and once after, each time behind the last that he has seen.
fn missed(settings: &Settings, database: &str, slow: &str) -> Vec<[u8; 16]> {
    let server = Server::shared();
    let storage = open(settings);
    let mut node = server.psql(database).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut says = node.stdin.take().unwrap();
    says.write_all(format!("BEGIN;\n{slow}").as_bytes()).unwrap();
    let sits = format!(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}' AND state = 'idle in transaction'"
    );
    until("the slow one has its position", || server.ask("postgres", &sits) == "1");
    let other = Arc::clone(&storage);
    let fast = thread::spawn(move || commit(&other, Batch::default(), [2; 16]));
    let waits = format!(
        "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
         WHERE d.datname = '{database}' AND l.locktype = 'advisory' AND NOT l.granted"
    );
    until("the fast one is through, or waits", || {
        fast.is_finished() || server.ask("postgres", &waits) == "1"
    });

    let (mut seen, mut last) = (Vec::new(), None);
    let mut read = |last: Option<PendingPosition>| {
        let found = block_on(storage.pending(None, last, 9)).unwrap();
        seen.extend(found.iter().map(|(_, row)| row.id));
        found.last().map(|(position, _)| *position).or(last)
    };
    last = read(last);
    says.write_all(b"COMMIT;\n").unwrap();
    drop(says);
    node.wait().unwrap();
    fast.join().unwrap().unwrap();
    read(last);
    rows(&storage).into_iter().filter(|id| !seen.contains(id)).collect()
}

#[test]
fn nobody_who_reads_on_misses_a_slower_commit() {
    let (settings, database) = Server::shared().database_named();
    assert_eq!(missed(&settings, &database, &format!("{LOCK}{APPEND}")), Vec::<[u8; 16]>::new());
}

/// The control: without the lock the slower one's row appears before what was read already.
#[test]
fn without_the_lock_a_slower_commit_is_missed() {
    let (mut settings, database) = Server::shared().database_named();
    settings.dangerous_append_unlocked = true;
    assert_eq!(missed(&settings, &database, APPEND), [[1; 16]]);
}
