//! Tables that are there, that are not, and that are somebody else's.

use coffer_engine::storage::{Batch, Expectation, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use coffer_engine::testkit::exercise_storage::{key, put};
use coffer_postgres::testkit::Server;
use coffer_postgres::{Migrated, Postgres, Settings, VERSION, migrate};

use crate::support::{commit, is_there, open, rows};

fn refusal(settings: &Settings) -> StorageError {
    Postgres::open(settings.clone()).err().unwrap()
}

#[test]
fn what_is_missing_is_missing_and_is_made_by_who_says_so() {
    let mut settings = Server::shared().database();
    settings.create = false;
    assert_eq!(refusal(&settings), StorageError::Missing(settings.place().into()));
    assert_eq!(migrate(&settings), Ok(Migrated { from: 0, to: VERSION }));
    assert_eq!(migrate(&settings), Ok(Migrated { from: VERSION, to: VERSION }), "once");
    assert_eq!(rows(&open(&settings)).len(), 0);
}

#[test]
fn a_version_ahead_is_borne_and_two_are_not() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    drop(open(&settings));
    let set = |version| server.sql(&database, &format!("UPDATE coffer.meta SET version = {version}"));
    set(VERSION + 1);
    drop(open(&settings));
    assert_eq!(migrate(&settings), Ok(Migrated { from: VERSION + 1, to: VERSION + 1 }), "left as it is");
    set(VERSION + 2);
    assert_eq!(refusal(&settings), StorageError::TooNew { found: VERSION + 2, known: VERSION + 1 });
}

/// Tables of the first version, with a row in them, as a Coffer of that time left them.
#[test]
fn tables_of_an_older_version_are_brought_to_this_one_with_what_is_in_them() {
    let server = Server::shared();
    let (mut settings, database) = server.database_named();
    settings.create = false;
    server.sql(&database, include_str!("../../src/migrations/1.sql"));
    let written = put(key(b"a"), 1, b"x");
    let record = written.put.first().unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (key, revision) = (hex(record.key.as_bytes()), hex(&record.revision.0));
    server.sql(
        &database,
        &format!("INSERT INTO coffer.record VALUES ('\\x{key}', '\\x{revision}', '\\x78'); UPDATE coffer.meta SET version = 1"),
    );
    assert_eq!(refusal(&settings), StorageError::TooOld { found: 1, needed: VERSION });
    assert_eq!(migrate(&settings), Ok(Migrated { from: 1, to: VERSION }));
    let storage = open(&settings);
    let found = block_on(storage.get(&[record.key])).unwrap().remove(0).unwrap();
    assert_eq!((found.revision, &*found.value), (record.revision, &b"x"[..]));
    let expect = vec![Expectation { key: record.key, revision: Some(record.revision) }];
    let batch = Batch { expect, ..written };
    assert_eq!(commit(&storage, batch, [1; 16]), Ok(Verdict::Committed));
}

/// Nodes are exchanged one by one: those of this version go on beside the first of the next, whose tables have gained things, and make new
/// connections to them. Over those of two versions on they do not.
#[test]
fn a_node_goes_on_over_the_tables_of_the_next_version() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    let storage = open(&settings);
    assert_eq!(commit(&storage, put(key(b"before"), 1, b"x"), [1; 16]), Ok(Verdict::Committed));
    let expand = "ALTER TABLE coffer.record ADD COLUMN later integer DEFAULT 7; \
                  ALTER TABLE coffer.pending ADD COLUMN later text; CREATE TABLE coffer.later (one boolean); ";
    server.sql(&database, &format!("{expand} UPDATE coffer.meta SET version = {}", VERSION + 1));
    // Over the connections and plans that it had, and over new ones; and so does another that starts now.
    let other = open(&settings);
    for (number, storage) in [(2, &storage), (3, &other), (4, &storage)] {
        assert_eq!(commit(storage, put(key(&[number]), 1, b"x"), [number; 16]), Ok(Verdict::Committed));
        assert!(is_there(storage, key(b"before")) && is_there(&other, key(&[number])));
        cut_all(server, &database);
    }
    assert_eq!(rows(&other).len(), 4);
    server.sql(&database, &format!("UPDATE coffer.meta SET version = {}", VERSION + 2));
    cut_all(server, &database);
    let too_new = StorageError::TooNew { found: VERSION + 2, known: VERSION + 1 };
    assert_eq!(commit(&storage, Batch::default(), [5; 16]), Err(too_new.clone()));
    assert_eq!(refusal(&settings), too_new);
}

/// Ends every connection of nodes.
fn cut_all(server: &Server, database: &str) {
    let of_nodes = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'coffer'";
    server.sql(database, &format!("SELECT pg_terminate_backend(pid) {of_nodes}"));
    let count = format!("SELECT count(*) {of_nodes}");
    crate::support::until("they are gone", || server.ask(database, &count) == "0");
}

#[test]
fn a_schema_of_somebody_else_is_left_alone() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    server.sql(&database, "CREATE SCHEMA coffer; CREATE TABLE coffer.notes (text text)");
    assert_eq!(refusal(&settings), StorageError::Foreign(settings.place().into()));
    assert_eq!(migrate(&settings), Err(StorageError::Foreign(settings.place().into())));
    assert_eq!(server.ask(&database, "SELECT count(*) FROM coffer.notes"), "0");
}

#[test]
fn two_that_make_the_tables_at_once_make_them_once() {
    let settings = Server::shared().database();
    std::thread::scope(|scope| {
        let opened: Vec<_> =
            (0..4).map(|_| scope.spawn(|| Postgres::open(settings.clone()).is_ok())).collect();
        assert!(opened.into_iter().all(|opened| opened.join().unwrap()));
    });
}

#[test]
fn a_role_that_may_only_read_is_told_so() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    let storage = open(&settings);
    commit(&storage, put(key(b"a"), 1, b"x"), [1; 16]).unwrap();
    server.sql(
        &database,
        "ALTER DATABASE \"{}\" SET default_transaction_read_only = on".replace("{}", &database).as_str(),
    );
    // The role's rights, or a standby: the database says no, and it is not taken for a fault of the wire.
    assert!(matches!(refusal(&settings), StorageError::ReadOnly(_)));
    server.sql("postgres", &format!("ALTER DATABASE {database} RESET default_transaction_read_only"));
    assert_eq!(commit(&open(&settings), put(key(b"a"), 2, b"y"), [2; 16]), Ok(Verdict::Committed));
}

/// The role of a node that changes no tables, as `docs/running.md` makes it.
#[test]
fn a_role_needs_no_more_than_is_said() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    drop(open(&settings));
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/running.md")).unwrap();
    let grants = text.split("```").find(|part| part.contains("CREATE ROLE coffer_node")).unwrap();
    let grants =
        grants.trim_start_matches("sql").replace("DATABASE coffer ", &format!("DATABASE {database} "));
    server.sql(&database, &grants);
    server.sql(&database, "REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let url = server.url(&database).replace("user=coffer", "user=coffer_node");
    let storage = open(&Settings::parse(&url).unwrap());
    assert_eq!(commit(&storage, put(key(b"a"), 1, b"x"), [1; 16]), Ok(Verdict::Committed));
    assert_eq!(rows(&storage), [[1; 16]]);
    assert!(block_on(storage.inspect()).unwrap().is_empty());
    assert_eq!(block_on(std::sync::Arc::clone(&storage).erase_deleted()), Ok(()));
    assert!(
        matches!(migrate(&Settings::parse(&url).unwrap()), Ok(Migrated { .. })),
        "there is nothing to change"
    );
}

#[test]
fn what_nobody_can_reach_is_said_at_once_and_comes_back() {
    let mut server = Server::start();
    let (settings, _) = server.database_named();
    let storage = open(&settings);
    commit(&storage, put(key(b"a"), 1, b"x"), [1; 16]).unwrap();
    server.kill();
    for _ in 0..20 {
        assert!(matches!(block_on(storage.get(&[key(b"a")])), Err(StorageError::Io(_))));
    }
    assert!(matches!(refusal(&settings), StorageError::Io(_)));
    server.run();
    crate::support::until("it is back", || block_on(storage.get(&[key(b"a")])).is_ok());
    assert!(is_there(&storage, key(b"a")));
    assert!(block_on(storage.inspect()).unwrap().is_empty());
}

#[test]
fn damage_is_found_and_what_it_takes_up_is_told() {
    let server = Server::shared();
    let (settings, database) = server.database_named();
    let storage = open(&settings);
    commit(&storage, put(key(b"a"), 1, &[7; 100_000]), [1; 16]).unwrap();
    crate::support::until("it was asked", || storage.sizes().bytes.is_some_and(|bytes| bytes > 100_000));
    server.sql(&database, "ALTER TABLE coffer.record DROP CONSTRAINT record_revision_check");
    server.sql(
        &database,
        "UPDATE coffer.record SET revision = '\\x00'; SELECT setval('coffer.position', 1, false)",
    );
    server.sql(&database, "UPDATE coffer.pending SET position = 100");
    let found = block_on(storage.inspect()).unwrap();
    assert_eq!(found, ["1 records are misshapen", "1 pending audit rows lie where the next ones will"]);
    assert!(matches!(block_on(storage.get(&[key(b"a")])), Err(StorageError::Damaged(_))));
    // Those who ask at the same time, for something else, are not told of it.
    commit(&storage, put(key(b"b"), 1, b"x"), [2; 16]).unwrap();
    std::thread::scope(|scope| {
        for number in 0..64 {
            let storage = &storage;
            scope.spawn(move || {
                let is_damaged = number % 2 == 0;
                let asked = if is_damaged { key(b"a") } else { key(b"b") };
                for _ in 0..20 {
                    assert_eq!(block_on(storage.get(&[asked])).is_err(), is_damaged);
                }
            });
        }
    });
}

#[test]
fn a_snapshot_is_of_one_moment() {
    let storage = open(&Server::shared().database());
    for number in 0..10_u8 {
        commit(&storage, put(key(&[number]), 1, b"before"), [number; 16]).unwrap();
    }
    let mut snapshot = block_on(std::sync::Arc::clone(&storage).snapshot()).unwrap();
    let first = block_on(snapshot.records(None, 4)).unwrap();
    for number in 0..20_u8 {
        commit(&storage, put(key(&[number]), 2, b"after"), [number + 100; 16]).unwrap();
    }
    let (mut records, mut next) = (first.records, first.next);
    while let Some(after) = next {
        let page = block_on(snapshot.records(Some(after), 4)).unwrap();
        records.extend(page.records);
        next = page.next;
    }
    assert_eq!(records.len(), 10);
    assert!(records.iter().all(|(_, record)| &*record.value == b"before"));
    let pending = block_on(snapshot.pending(None, 100)).unwrap();
    assert_eq!(pending.len(), 10);
    assert_eq!(block_on(snapshot.pending(Some(pending[8].0), 100)).unwrap().len(), 1);
    assert_eq!(rows(&storage).len(), 30);
}
