//! Every storage goes through the same suite.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::sqlite::SqliteStorage;
use coffer_engine::testkit::exercise_storage::{NOW, exercise_storage};

use crate::support::{open, options};

#[test]
fn memory_keeps_the_contract() {
    exercise_storage(|| MemoryStorage::new(Arc::new(|| NOW)) as Arc<dyn Storage>);
}

#[test]
fn sqlite_keeps_the_contract() {
    let root = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    exercise_storage(|| {
        open(&root.path().join(number.fetch_add(1, Ordering::Relaxed).to_string())) as Arc<dyn Storage>
    });
}

#[test]
fn a_store_of_the_first_builds_keeps_the_contract() {
    let root = tempfile::tempdir().unwrap();
    let number = AtomicU32::new(0);
    exercise_storage(|| {
        let dir = root.path().join(number.fetch_add(1, Ordering::Relaxed).to_string());
        drop(open(&dir));
        // As they made it: records in the order of their keys.
        let tool = rusqlite::Connection::open(dir.join("coffer.db")).unwrap();
        tool.execute_batch(
            "DROP TABLE records;
             CREATE TABLE records (key BLOB PRIMARY KEY, revision BLOB NOT NULL, value BLOB NOT NULL) WITHOUT ROWID;",
        )
        .unwrap();
        drop(tool);
        SqliteStorage::open(options(&dir)).unwrap() as Arc<dyn Storage>
    });
}
