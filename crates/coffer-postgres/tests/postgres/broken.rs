//! Connections that break while the database decides: it is found out what became of the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use coffer_engine::storage::{Batch, Expectation, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use coffer_engine::testkit::exercise_storage::{
    Rows, commit as commit_all, expecting, group, key, put, revision,
};
use coffer_postgres::testkit::Server;
use coffer_postgres::{Postgres, Settings};

use crate::support::{Cut, Wire, commit, is_there, open, rows, until};

/// A store behind a wire, and its database.
fn wired() -> (Arc<Postgres>, Wire, String) {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    drop(open(&settings));
    let wire = Wire::before(server.dir());
    let settings = Settings::parse(&wire.url(&server.url(&database))).unwrap();
    (open(&settings), wire, database)
}

#[test]
fn a_commit_whose_answer_is_lost_happened_once() {
    let (storage, wire, _) = wired();
    for (number, cut) in [(1, Cut::After), (2, Cut::Before), (3, Cut::After)] {
        wire.cut(cut);
        let batch = Batch { expect: expecting(key(&[number]), None).expect, ..put(key(&[number]), 1, b"x") };
        assert_eq!(commit(&storage, batch, [number; 16]), Ok(Verdict::Committed), "{cut:?}");
        assert!(wire.is_cut());
        assert!(is_there(&storage, key(&[number])));
    }
    assert_eq!(rows(&storage), [[1; 16], [2; 16], [3; 16]], "each has its row once");
}

#[test]
fn of_a_group_in_which_not_all_stand_the_same_is_true() {
    let (storage, wire, _) = wired();
    let storage: Arc<dyn Storage> = storage;
    for (number, cut) in [(1, Cut::After), (2, Cut::Before)] {
        wire.cut(cut);
        // In two trips, and the second is cut.
        let wrong = Batch {
            expect: vec![Expectation { key: key(b"none"), revision: Some(revision(9)) }],
            ..Batch::default()
        };
        let first = put(key(b"a"), number, b"x");
        let later = Batch { expect: expecting(key(b"a"), None).expect, ..Batch::default() };
        let verdicts = commit_all(&storage, vec![first, wrong, later]);
        let conflicts = [Verdict::Conflict(key(b"none")), Verdict::Conflict(key(b"a"))];
        assert_eq!(verdicts, Ok([vec![Verdict::Committed], conflicts.to_vec()].concat()), "{cut:?}");
        assert!(wire.is_cut());
    }
    assert_eq!(block_on(storage.pending(None, None, 9)).unwrap().len(), 2);
}

#[test]
fn what_nobody_can_be_asked_about_is_unknown_and_readers_are_told() {
    let (storage, wire, _) = wired();
    wire.cut(Cut::ForGood);
    assert_eq!(commit(&storage, put(key(b"a"), 1, b"x"), [1; 16]), Ok(Verdict::Unknown));
    assert!(wire.is_cut());
    assert!(matches!(commit(&storage, Batch::default(), [2; 16]), Err(StorageError::Io(_))));
    until("readers are told", || block_on(storage.get(&[key(b"a")])).is_err());
}

#[test]
fn an_old_connection_commits_nothing_once_a_new_one_has_asked() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    let storage = open(&settings);
    commit(&storage, Batch::default(), [1; 16]).unwrap();
    // The process's right goes to a connection that this one knows nothing of.
    server.sql(&database, "UPDATE coffer.process SET session = '\\x00'");
    assert_eq!(
        commit(&storage, put(key(b"a"), 1, b"x"), [2; 16]),
        Ok(Verdict::Committed),
        "it has taken it back"
    );
    assert_eq!(rows(&storage), [[1; 16], [2; 16]]);
    assert_ne!(server.ask(&database, "SELECT session FROM coffer.process"), "\\x00");
}

#[test]
fn a_wait_for_a_standby_that_is_cancelled_is_not_the_end_of_it() {
    let server = Server::start();
    let (settings, database) = server.database_named();
    let storage = open(&settings);
    commit(&storage, Batch::default(), [1; 16]).unwrap();
    let standbys = |names: &str| {
        server.sql("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        server.sql("postgres", "SELECT pg_reload_conf()");
        until("it is set", || server.ask("postgres", "SHOW synchronous_standby_names") == names);
    };
    standbys("nobody");
    // Each part of the database hears of it in its own time: commits are made until one waits.
    let (other, waited) = (Arc::clone(&storage), Arc::new(AtomicBool::new(false)));
    let has_waited = Arc::clone(&waited);
    let commits = thread::spawn(move || {
        for number in 2_u64.. {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            assert_eq!(commit(&other, put(key(b"a"), number, b"x"), id), Ok(Verdict::Committed));
            if has_waited.load(Ordering::Acquire) {
                return number;
            }
        }
        unreachable!()
    });
    let waits =
        format!("SELECT pid FROM pg_stat_activity WHERE datname = '{database}' AND wait_event = 'SyncRep'");
    let mut first = String::new();
    until("it waits for its standby", || {
        first = server.ask("postgres", &waits);
        !first.is_empty()
    });
    waited.store(true, Ordering::Release);
    server.sql("postgres", &format!("SELECT pg_cancel_backend({first})"));
    // It is visible, and not acknowledged: another connection of the process waits in its place.
    until("it waits again", || {
        let now = server.ask("postgres", &waits);
        !now.is_empty() && now != first
    });
    assert!(!commits.is_finished());
    assert!(is_there(&storage, key(b"a")));
    standbys("");
    let last = commits.join().unwrap();
    assert_eq!(rows(&storage).len() as u64, last, "one row a commit");
}

#[test]
fn a_database_that_dies_takes_nothing_acknowledged_with_it() {
    let mut server = Server::start();
    let (settings, _) = server.database_named();
    let storage = open(&settings);
    let acknowledged = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (said, others) = (Arc::clone(&acknowledged), Arc::clone(&storage));
    let writer = thread::spawn(move || {
        for number in 0_u64.. {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_be_bytes());
            let batch = put(key(&number.to_be_bytes()), 1, b"x");
            match block_on(Arc::clone(&others).commit(group(vec![batch], Rows::named(id)))).as_deref() {
                Ok([Verdict::Committed]) => said.lock().unwrap().push((number, id)),
                Ok([Verdict::Unknown]) | Err(_) => {}
                other => panic!("{other:?}"),
            }
            if said.lock().unwrap().len() >= 600 {
                return;
            }
            thread::yield_now();
        }
    });
    for enough in [100, 300] {
        until("there are enough", || acknowledged.lock().unwrap().len() >= enough);
        server.kill();
        server.run();
    }
    writer.join().unwrap();
    let rows = rows(&storage);
    for (number, id) in acknowledged.lock().unwrap().iter() {
        assert!(is_there(&storage, key(&number.to_be_bytes())), "{number} was acknowledged");
        assert_eq!(rows.iter().filter(|row| *row == id).count(), 1, "{number} has its row once");
    }
    // And what has a row is there.
    for id in &rows {
        assert!(is_there(&storage, key(&id[..8])));
    }
}
