//! What can't be seen from outside: settings of the library and of a connection.

use std::sync::Arc;

use rusqlite::config::DbConfig;
use tempfile::tempdir;

use super::connection::{Role, open};
use super::files::Files;
use super::lock::FairLock;
use super::schema;

fn made() -> (tempfile::TempDir, Arc<Files>) {
    let root = tempdir().unwrap();
    let files = Files::locate(&root.path().join("store"), true).unwrap();
    schema::create(&files).unwrap();
    (root, Arc::new(files))
}

#[test]
fn the_library_is_newer_than_the_wal_reset_corruption() {
    assert!(rusqlite::version_number() >= 3_051_003, "{}", rusqlite::version());
}

#[test]
fn connections_are_set_as_their_roles_say() {
    let (_root, files) = made();
    for (role, cache) in [(Role::Writer, -2048), (Role::Reader, -512), (Role::Checkpointer, -64)] {
        let connection = open(&files.database, role).unwrap();
        let number =
            |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(number("cache_size"), cache);
        assert_eq!(number("secure_delete"), 1);
        assert_eq!(number("cell_size_check"), 1);
        assert_eq!(number("trusted_schema"), 0);
        assert_eq!(number("wal_autocheckpoint"), 0);
        assert_eq!(number("page_size"), 4096);
        assert_eq!(number("auto_vacuum"), 0);
        assert_eq!(number("mmap_size"), 0);
        assert_eq!(number("application_id"), 0x4346_4652);
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
        for config in [DbConfig::SQLITE_DBCONFIG_DEFENSIVE, DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE] {
            assert_eq!(connection.db_config(config), Ok(true));
        }
        let write = connection.execute("UPDATE meta SET changes = 0", []);
        assert_eq!(write.is_err(), role == Role::Reader, "readers can't write");
    }
}

#[test]
fn a_store_is_made_once() {
    let (_root, files) = made();
    let changes = |sql: &str| open(&files.database, Role::Writer).unwrap().execute(sql, []).unwrap();
    changes("UPDATE meta SET changes = 42");
    schema::create(&files).unwrap();
    assert_eq!(changes("UPDATE meta SET changes = 43 WHERE changes = 42"), 1);
    schema::recognise(&open(&files.database, Role::Reader).unwrap(), &files).unwrap();
}

#[test]
fn a_turn_ends_when_it_is_dropped() {
    let (_root, files) = made();
    let (ours, theirs) = (FairLock::open(&files).unwrap(), FairLock::open(&files).unwrap());
    let at_once = std::time::Duration::ZERO;
    for _ in 0..3 {
        let turn = ours.take(at_once).unwrap();
        assert!(theirs.take(at_once).is_err());
        drop(turn);
        drop(theirs.take(at_once).unwrap());
    }
}
