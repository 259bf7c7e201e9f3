//! Files that are not as they should be: each has its own clear error, and nothing is mended behind anybody's back.

use std::fs::{self, File, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use coffer_engine::storage::sqlite::SqliteStorage;
use coffer_engine::storage::{Batch, Durability, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use tempfile::{TempDir, tempdir};

use crate::support::{commit, id, numbered, open, options, put, try_open};

/// A closed store with some hundred records.
fn store() -> (TempDir, PathBuf) {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    let storage = open(&dir);
    for number in 0..400 {
        commit(&storage, put(numbered(number), number, &[7; 400]), id(0, number), Durability::Written)
            .unwrap();
    }
    (root, dir)
}

fn refusal(dir: &Path) -> StorageError {
    SqliteStorage::open(options(dir)).err().unwrap()
}

#[test]
fn what_is_missing_is_missing_and_is_not_made() {
    let root = tempdir().unwrap();
    let dir = root.path().join("none");
    assert_eq!(refusal(&dir), StorageError::Missing(dir.clone()));
    fs::create_dir(&dir).unwrap();
    fs::set_permissions(&dir, Permissions::from_mode(0o700)).unwrap();
    assert_eq!(refusal(&dir), StorageError::Missing(dir.canonicalize().unwrap().join("coffer.db")));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 0);
}

#[test]
fn a_store_is_private() {
    let (_root, dir) = store();
    for name in ["coffer.db", "coffer.lock", "coffer.next"] {
        assert_eq!(fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        fs::set_permissions(dir.join(name), Permissions::from_mode(0o640)).unwrap();
        let problem = "mode 0640, wanted 0600".to_owned();
        let path = dir.canonicalize().unwrap().join(name);
        assert_eq!(refusal(&dir), StorageError::Permissions { path, problem });
        fs::set_permissions(dir.join(name), Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(fs::metadata(&dir).unwrap().permissions().mode() & 0o777, 0o700);
    fs::set_permissions(&dir, Permissions::from_mode(0o711)).unwrap();
    assert!(matches!(refusal(&dir), StorageError::Permissions { .. }));
    assert!(matches!(try_open(&dir), Err(StorageError::Permissions { .. })));

    fs::set_permissions(&dir, Permissions::from_mode(0o700)).unwrap();
    let storage = open(&dir);
    commit(&storage, Batch::default(), id(0, 0), Durability::Written).unwrap();
    for name in ["coffer.db-wal", "coffer.db-shm"] {
        assert_eq!(fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn what_belongs_to_another_is_refused() {
    let (_root, dir) = store();
    if std::os::unix::fs::chown(dir.join("coffer.db"), Some(12_345), None).is_ok() {
        let StorageError::Permissions { problem, .. } = refusal(&dir) else { panic!("not refused") };
        assert!(problem.starts_with("owned by user 12345, wanted "), "{problem}");
    } else {
        // Only root can give a file away; then what root owns must be refused.
        assert!(matches!(
            refusal("/root".as_ref()),
            StorageError::Permissions { .. } | StorageError::ReadOnly(_)
        ));
    }
}

#[test]
fn a_link_in_place_of_the_file_is_refused() {
    let (_root, dir) = store();
    fs::rename(dir.join("coffer.db"), dir.join("elsewhere")).unwrap();
    std::os::unix::fs::symlink("elsewhere", dir.join("coffer.db")).unwrap();
    assert!(matches!(refusal(&dir), StorageError::Foreign(_)));
}

#[test]
fn another_file_is_foreign_and_stays_as_it_is() {
    let foreign = |content: &dyn Fn(&Path)| {
        let (_root, dir) = store();
        let database = dir.join("coffer.db");
        fs::remove_file(&database).unwrap();
        let _ = fs::remove_file(dir.join("coffer.db-wal"));
        content(&database);
        fs::set_permissions(&database, Permissions::from_mode(0o600)).unwrap();
        let before = fs::read(&database).unwrap();
        assert_eq!(refusal(&dir), StorageError::Foreign(database.canonicalize().unwrap()));
        assert_eq!(try_open(&dir).err(), Some(StorageError::Foreign(database.canonicalize().unwrap())));
        assert_eq!(fs::read(&database).unwrap(), before);
    };
    foreign(&|path| fs::write(path, b"").unwrap());
    foreign(&|path| fs::write(path, b"not a database").unwrap());
    foreign(&|path| fs::write(path, [0xa5; 20_000]).unwrap());
    foreign(&|path| {
        rusqlite::Connection::open(path).unwrap().execute_batch("CREATE TABLE notes (text)").unwrap()
    });
}

#[test]
fn a_newer_store_is_left_alone() {
    let (_root, dir) = store();
    rusqlite::Connection::open(dir.join("coffer.db"))
        .unwrap()
        .execute_batch("PRAGMA user_version = 2")
        .unwrap();
    assert_eq!(refusal(&dir), StorageError::TooNew { found: 2, known: 1 });
}

#[test]
fn a_wal_without_its_database_is_not_replayed_into_a_new_one() {
    let (_root, dir) = store();
    fs::remove_file(dir.join("coffer.db")).unwrap();
    fs::write(dir.join("coffer.db-wal"), b"what is left").unwrap();
    fs::set_permissions(dir.join("coffer.db-wal"), Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(try_open(&dir), Err(StorageError::Damaged(_))));
    assert!(!dir.join("coffer.db").exists());
}

#[test]
fn an_unfinished_store_is_made_again() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    drop(open(&dir));
    fs::rename(dir.join("coffer.db"), dir.join("coffer.db.unfinished")).unwrap();
    fs::write(dir.join("coffer.db.unfinished"), b"killed here").unwrap();
    let storage = open(&dir);
    assert_eq!(commit(&storage, Batch::default(), id(0, 0), Durability::Synced), Ok(Verdict::Committed));
    assert!(!dir.join("coffer.db.unfinished").exists());
}

/// What a store says of itself by any means.
fn finds_damage(dir: &Path) -> bool {
    let storage = match SqliteStorage::open(options(dir)) {
        Ok(storage) => storage,
        Err(StorageError::Damaged(_)) => return true,
        Err(other) => panic!("{other:?}"),
    };
    let page = block_on(storage.scan(b"", None, 1000));
    assert!(page.is_ok() || matches!(page, Err(StorageError::Damaged(_))), "{page:?}");
    !matches!(block_on(storage.inspect()), Ok(lines) if lines.is_empty())
}

/// Brings everything into the one file.
fn settled(dir: &Path) -> File {
    block_on(open(dir).erase_deleted()).unwrap();
    File::options().write(true).open(dir.join("coffer.db")).unwrap()
}

#[test]
fn a_truncated_file_is_damaged() {
    let (_root, dir) = store();
    assert!(!finds_damage(&dir));
    let file = settled(&dir);
    let pages = file.metadata().unwrap().len() / 4096;
    file.set_len(pages / 2 * 4096).unwrap();
    assert!(finds_damage(&dir));
}

#[test]
fn a_page_that_was_written_over_is_found() {
    let (_root, dir) = store();
    let pages = settled(&dir).metadata().unwrap().len() / 4096;
    for page in [1, 2, pages / 2, pages - 1] {
        let copy = tempdir().unwrap();
        fs::set_permissions(copy.path(), Permissions::from_mode(0o700)).unwrap();
        fs::copy(dir.join("coffer.db"), copy.path().join("coffer.db")).unwrap();
        let mut file = File::options().write(true).open(copy.path().join("coffer.db")).unwrap();
        file.seek(SeekFrom::Start(page * 4096)).unwrap();
        file.write_all(&[0xa5; 512]).unwrap();
        assert!(finds_damage(copy.path()), "page {page} of {pages}");
    }
}

#[test]
fn a_record_that_its_index_does_not_find_is_damage() {
    let (_root, dir) = store();
    drop(settled(&dir));
    let whole = fs::read(dir.join("coffer.db")).unwrap();
    let key = numbered(0);
    let key = key.as_bytes();
    let places: Vec<usize> =
        whole.windows(key.len()).enumerate().filter(|(_, at)| *at == key).map(|(at, _)| at).collect();
    assert_eq!(places.len(), 2, "with the record, and in the index");
    for place in places {
        let copy = tempdir().unwrap();
        fs::set_permissions(copy.path(), Permissions::from_mode(0o700)).unwrap();
        let mut bytes = whole.clone();
        bytes[place + key.len() - 1] ^= 0x80;
        fs::write(copy.path().join("coffer.db"), bytes).unwrap();
        fs::set_permissions(copy.path().join("coffer.db"), Permissions::from_mode(0o600)).unwrap();
        assert!(finds_damage(copy.path()), "at {place}");
    }
}

#[test]
fn a_row_of_another_shape_is_damage() {
    let (_root, dir) = store();
    let tool = rusqlite::Connection::open(dir.join("coffer.db")).unwrap();
    tool.execute_batch("UPDATE records SET revision = 'text' WHERE key = (SELECT min(key) FROM records)")
        .unwrap();
    let storage = open(&dir);
    assert!(matches!(block_on(storage.get(&[numbered(0)])), Err(StorageError::Damaged(_))));
    assert_eq!(block_on(storage.inspect()), Ok(vec!["1 records are misshapen".to_owned()]));
    tool.execute_batch("DELETE FROM meta").unwrap();
    assert!(matches!(
        commit(&storage, Batch::default(), id(0, 0), Durability::Synced),
        Err(StorageError::Damaged(_))
    ));
}

/// Whether any file of the store holds `marker`. Another process looks: closing a file of the store here would drop SQLite's locks on it.
fn anywhere(dir: &Path, marker: &str) -> bool {
    Command::new("grep").args(["-r", "-q", "-a", "-F", marker]).arg(dir).status().unwrap().code() == Some(0)
}

#[test]
fn erased_bytes_are_in_no_file() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    let storage = open(&dir);
    // Scattered, of many lengths, between records that stay: pages split, and cells move from one to another.
    let scattered = |number: u64| numbered(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let doomed: Vec<u64> = (0..3000).filter(|number| number % 3 != 0).collect();
    for number in 0..3000_u64 {
        let text = if number % 3 == 0 { "stays" } else { "vanishes" };
        let length = if number % 100 == 1 { 40_000 } else { 20 + usize::try_from(number % 700).unwrap() };
        let value: Vec<u8> = text.bytes().cycle().take(length).collect();
        commit(&storage, put(scattered(number), number, &value), id(0, number), Durability::Written).unwrap();
    }
    assert!(anywhere(&dir, "vanishes"));
    for numbers in doomed.chunks(50) {
        let delete = numbers.iter().map(|number| scattered(*number)).collect();
        commit(&storage, Batch { delete, ..Batch::default() }, id(1, 0), Durability::Synced).unwrap();
    }
    block_on(Arc::clone(&storage).erase_deleted()).unwrap();
    assert!(!anywhere(&dir, "vanishes"));
    assert!(anywhere(&dir, "stays"));
    assert_eq!(block_on(storage.scan(b"", None, 5000)).unwrap().records.len(), 1000);
}
