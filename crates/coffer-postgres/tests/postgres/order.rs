//! Positions are in the order of commits, whoever commits: who has read up to a row will not miss one before it.

use std::io::Write;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;

use coffer_engine::storage::{Batch, Storage};
use coffer_engine::testkit::block_on;
use coffer_postgres::testkit::Server;
use coffer_postgres::{Postgres, Settings};

use crate::support::{commit, open, rows, until};

/// A row as another node writes it.
const APPEND: &str = "INSERT INTO coffer.pending SELECT nextval('coffer.position'),
    '\\x01010101010101010101010101010101', '\\x01010101010101010101010101010101', '';\n";
/// The lock that it shares from before that; see `locks.rs`.
const LOCK: &str = "SELECT pg_advisory_xact_lock_shared(9223372036854775807);\n";

/// A node has given a position and has not committed yet, when another gives the next one and commits. The ids of those rows that a
/// reader misses who reads once between and once after, the second time behind the last that he has seen.
fn missed(settings: &Settings, database: &str) -> Vec<[u8; 16]> {
    let server = Server::shared();
    let storage = open(settings);
    let mut node = server.psql(database).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut says = node.stdin.take().unwrap();
    says.write_all(format!("BEGIN;\n{LOCK}{APPEND}").as_bytes()).unwrap();
    let in_database = format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{database}'");
    let sits = format!("{in_database} AND state = 'idle in transaction'");
    until("the slow one has its position", || server.ask("postgres", &sits) == "1");
    commit(&storage, Batch::default(), [2; 16]).unwrap();

    let read = |storage: &Postgres, last| block_on(storage.pending(None, last, 9)).unwrap();
    let other = Arc::clone(&storage);
    let reader = thread::spawn(move || read(&other, None));
    let waits = format!("{in_database} AND state = 'idle' AND query LIKE '%pg_locks%'");
    until("who reads is through, or waits", || reader.is_finished() || server.ask("postgres", &waits) == "1");
    says.write_all(b"COMMIT;\n").unwrap();
    drop(says);
    node.wait().unwrap();
    let mut seen = reader.join().unwrap();
    seen.extend(read(&storage, seen.last().map(|(position, _)| *position)));
    assert!(seen.is_sorted_by_key(|(position, _)| *position));
    let seen: Vec<_> = seen.into_iter().map(|(_, row)| row.id).collect();
    rows(&storage).into_iter().filter(|id| !seen.contains(id)).collect()
}

#[test]
fn nobody_who_reads_on_misses_a_slower_commit() {
    let (settings, database) = Server::shared().database_named();
    assert_eq!(missed(&settings, &database), Vec::<[u8; 16]>::new());
}

/// The control: who does not wait for the slower one does not see it, and goes on behind it.
#[test]
fn who_reads_past_commits_misses_a_slower_one() {
    let (mut settings, database) = Server::shared().database_named();
    settings.dangerous_read_past_commits = true;
    assert_eq!(missed(&settings, &database), [[1; 16]]);
}

/// Many nodes commit, and one reads on behind what it has seen: it sees each row, and each once.
#[test]
fn who_reads_on_beside_many_sees_everything_once() {
    const NODES: u8 = 4;
    const COMMITS: u8 = 60;
    let settings = Server::shared().database();
    let storage = open(&settings);
    let seen = thread::scope(|scope| {
        for node in 0..NODES {
            let settings = &settings;
            scope.spawn(move || {
                let storage = open(settings);
                for number in 0..COMMITS {
                    let mut id = [node; 16];
                    id[0] = number;
                    commit(&storage, Batch::default(), id).unwrap();
                }
            });
        }
        let (mut seen, mut last) = (Vec::new(), None);
        while seen.len() < usize::from(NODES) * usize::from(COMMITS) {
            let found = block_on(storage.pending(None, last, 7)).unwrap();
            last = found.last().map(|(position, _)| *position).or(last);
            seen.extend(found.into_iter().map(|(_, row)| row.id));
            assert!(seen.len() < 10_000);
        }
        seen
    });
    let all = rows(&storage);
    assert_eq!((seen.len(), &seen), (all.len(), &all), "in the same order, too");
}
