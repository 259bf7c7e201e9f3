//! Several nodes over one database.
#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Waker};
use std::thread;

use coffer_engine::storage::{Batch, Expectation, Put, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use coffer_engine::testkit::exercise_storage::{Rows, group, key, put, revision};
use coffer_postgres::testkit::Server;

use crate::support::{commit, is_there, open, rows};

const NODES: u64 = 4;
const ADDED: u64 = 50;

/// Each node adds to one number, as often as it takes: none is lost, and none is counted twice.
fn added_up(are_expected: bool) -> u64 {
    let mut settings = Server::shared().database();
    settings.dangerous_ignore_expectations = !are_expected;
    let first = open(&settings);
    commit(&first, put(key(b"sum"), 1, &0_u64.to_be_bytes()), [0; 16]).unwrap();
    let fresh = AtomicU64::new(2);
    thread::scope(|scope| {
        for _ in 0..NODES {
            let (settings, fresh) = (&settings, &fresh);
            scope.spawn(move || {
                let node = open(settings);
                let mut done = 0;
                while done < ADDED {
                    let found = block_on(node.get(&[key(b"sum")])).unwrap().pop().unwrap().unwrap();
                    let sum = u64::from_be_bytes(found.value.as_ref().try_into().unwrap()) + 1;
                    let number = fresh.fetch_add(1, Ordering::Relaxed);
                    let expect = vec![Expectation { key: key(b"sum"), revision: Some(found.revision) }];
                    let value = sum.to_be_bytes().as_slice().into();
                    let put = vec![Put { key: key(b"sum"), revision: revision(number), value }];
                    let mut id = [0; 16];
                    id[..8].copy_from_slice(&number.to_be_bytes());
                    match commit(&node, Batch { expect, put, ..Batch::default() }, id).unwrap() {
                        Verdict::Committed => done += 1,
                        Verdict::Conflict(at) => assert_eq!(at, key(b"sum")),
                        other => panic!("{other:?}"),
                    }
                }
            });
        }
    });
    let found = block_on(first.get(&[key(b"sum")])).unwrap().pop().unwrap().unwrap();
    assert_eq!(rows(&first).len() as u64, NODES * ADDED + 1, "one row a commit");
    u64::from_be_bytes(found.value.as_ref().try_into().unwrap())
}

#[test]
fn nodes_lose_nothing_of_each_other() {
    assert_eq!(added_up(true), NODES * ADDED);
}

/// The control: where nothing is expected, they do.
#[test]
fn without_expectations_they_do() {
    assert!(added_up(false) < NODES * ADDED);
}

#[test]
fn of_two_that_find_nothing_one_writes() {
    let settings = Server::shared().database();
    for round in 0..20_u64 {
        let won = AtomicU64::new(0);
        thread::scope(|scope| {
            for node in 0..3 {
                let (settings, won) = (&settings, &won);
                scope.spawn(move || {
                    let place = key(&round.to_be_bytes());
                    let expect = vec![Expectation { key: place, revision: None }];
                    let batch = Batch { expect, ..put(place, node + 1, b"x") };
                    if commit(&open(settings), batch, [u8::try_from(node).unwrap(); 16]).unwrap()
                        == Verdict::Committed
                    {
                        won.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(won.into_inner(), 1);
    }
}

#[test]
fn the_lock_of_one_keeps_the_others_out_and_dies_with_its_node() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    let (one, other) = (open(&settings), open(&settings));
    let mut held = block_on(Arc::clone(&one).exclusive()).unwrap();
    let mut waits = Arc::clone(&other).commit(group(vec![put(key(b"theirs"), 1, b"x")], Rows::one()));
    assert!(waits.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    let stuck = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                 WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    crate::support::until("it waits", || server.ask(&database, stuck) == "1");
    let mine = block_on(held.commit(group(vec![put(key(b"mine"), 1, b"x")], Rows::one())));
    assert_eq!(mine, Ok(vec![Verdict::Committed]));
    assert!(!is_there(&one, key(b"theirs")));
    // Its connection is cut, as when the node dies.
    let holds = "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                 WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.granted";
    server.sql(&database, holds);
    assert_eq!(block_on(waits), Ok(vec![Verdict::Committed]));
    // It has it again when it goes on.
    let again = block_on(held.commit(group(vec![Batch::default()], Rows::one())));
    assert_eq!(again, Ok(vec![Verdict::Committed]));
}

/// Nobody says anything over its connection, as when its node is stopped, or cut off.
#[test]
fn whoever_holds_the_lock_and_says_nothing_loses_it() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    let (one, other) = (open(&settings), open(&settings));
    let mut held = block_on(Arc::clone(&one).exclusive()).unwrap();
    assert_eq!(commit(&other, put(key(b"theirs"), 1, b"x"), [1; 16]), Ok(Verdict::Committed));
    // When it goes on it has it again.
    let mine = block_on(held.commit(group(vec![put(key(b"mine"), 1, b"x")], Rows::one())));
    assert_eq!(mine, Ok(vec![Verdict::Committed]));
    let locked = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
                  WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.mode = 'ExclusiveLock' AND l.granted";
    assert_eq!(server.ask(&database, locked), "1");
    drop(held);
    crate::support::until("it has let go", || server.ask(&database, locked) == "0");
    // A connection without the lock is kept, however long it says nothing.
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%idle_session_timeout'";
    assert_eq!(server.ask(&database, connections), "1");
    server.sql(&database, "SELECT pg_sleep(4)");
    assert_eq!(server.ask(&database, connections), "1");
}

#[test]
fn who_waits_too_long_is_told() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    let storage = open(&settings);
    // Somebody who is busy with it all the time.
    let mut busy = server.psql(&database);
    busy.args(["-c", &format!("SELECT pg_advisory_lock({}), pg_sleep(25)", i64::MIN)]);
    let mut busy = busy.spawn().unwrap();
    let held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND mode = 'ExclusiveLock' AND granted \
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    crate::support::until("it is held", || server.ask(&database, held) == "1");
    assert_eq!(commit(&storage, Batch::default(), [1; 16]), Err(StorageError::Busy(10)));
    server.sql(&database, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep(25)'");
    busy.wait().unwrap();
    assert_eq!(commit(&storage, Batch::default(), [1; 16]), Ok(Verdict::Committed));
    assert_eq!(rows(&storage).len(), 1);
}
