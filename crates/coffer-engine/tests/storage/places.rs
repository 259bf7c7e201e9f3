//! Places that are full or can't be written. They are real: each is a small file system in a mount namespace of its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use coffer_engine::storage::sqlite::SqliteStorage;
use coffer_engine::storage::{Durability, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use tempfile::tempdir;

use crate::support::{child_command, commit, given, id, numbered, open, options, put, row_ids, try_open};

/// Runs the test `child` with an empty file system of `size` at the folder that it is given.
fn in_a_place(child: &str, size: &str) {
    let place = tempdir().unwrap();
    let test = child_command(child, &[&place.path().display().to_string()]);
    let script = "mount -t tmpfs -o size=$0,mode=0700 tmpfs \"$1\" || exit 99; shift; exec \"$@\"";
    // As root without a user namespace first: containers often forbid the latter.
    let outcomes = [["-m"].as_slice(), &["-r", "-m"]].map(|namespaces| {
        let mut command = Command::new("unshare");
        command.args(namespaces).args(["sh", "-c", script, size]).arg(place.path());
        command.arg(test.get_program()).args(test.get_args());
        command.envs(test.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.output()
    });
    let ran = outcomes.into_iter().flatten().find(|ran| {
        // 99 and 1 without a word of the harness: no namespace or no mount.
        ran.status.success() || String::from_utf8_lossy(&ran.stdout).contains("running 1 test")
    });
    let ran = ran.expect(
        "this test needs `unshare` and `mount`: run it as root, or where user namespaces are allowed",
    );
    assert!(
        ran.status.success(),
        "{}{}",
        String::from_utf8_lossy(&ran.stdout),
        String::from_utf8_lossy(&ran.stderr)
    );
    assert!(
        String::from_utf8_lossy(&ran.stdout).contains("test result: ok. 1 passed"),
        "the child did not run"
    );
}

/// In a child: where its file system is.
fn place() -> Option<String> {
    given().map(|mut given| given.remove(0))
}

#[test]
fn a_full_disk_is_named_and_outlived() {
    in_a_place("places::child_fills_the_disk", "4m");
}

#[test]
fn child_fills_the_disk() {
    let Some(place) = place() else { return };
    let mut ballasts = ["one", "two"].map(|name| Path::new(&place).join(name)).to_vec();
    ballasts.iter().for_each(|ballast| fs::write(ballast, vec![0; 1024 * 1024]).unwrap());
    let storage = open(&Path::new(&place).join("store"));
    for durability in [Durability::Written, Durability::Synced] {
        let mut kept = row_ids(&storage);
        let mut number = kept.len() as u64;
        let refused = loop {
            number += 1;
            match commit(&storage, put(numbered(number), number, &[5; 60_000]), id(0, number), durability) {
                Ok(verdict) => assert_eq!(verdict, Verdict::Committed),
                Err(refused) => break refused,
            }
            kept.push(id(0, number));
        };
        assert_eq!(refused, StorageError::Full);
        assert_eq!(row_ids(&storage), kept, "what was acknowledged is there, what was refused is not");
        assert_eq!(block_on(storage.get(&[numbered(number)])), Ok(vec![None]));
        // Space comes back, and the same storage goes on.
        fs::remove_file(ballasts.pop().unwrap()).unwrap();
        let again = commit(&storage, put(numbered(number), number, b"small"), id(0, number), durability);
        assert_eq!(again, Ok(Verdict::Committed));
        assert_eq!(row_ids(&storage).len(), kept.len() + 1);
    }
    assert_eq!(block_on(storage.inspect()), Ok(vec![]));
}

#[test]
fn no_store_is_made_on_a_full_disk_and_none_is_left_by_half() {
    in_a_place("places::child_makes_a_store_without_space", "1m");
}

#[test]
fn child_makes_a_store_without_space() {
    let Some(place) = place() else { return };
    let ballast = Path::new(&place).join("ballast");
    let _ = fs::write(&ballast, vec![0; 2 * 1024 * 1024]);
    let dir = Path::new(&place).join("store");
    assert_eq!(try_open(&dir).err(), Some(StorageError::Full));
    assert!(!dir.join("coffer.db").exists());
    fs::remove_file(&ballast).unwrap();
    assert!(try_open(&dir).is_ok());
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    in_a_place("places::child_cannot_write", "4m");
}

#[test]
fn child_cannot_write() {
    let Some(place) = place() else { return };
    let dir = Path::new(&place).join("store");
    let storage = open(&dir);
    commit(&storage, put(numbered(1), 1, b"x"), id(0, 1), Durability::Synced).unwrap();
    drop(storage);
    let mounted = Command::new("mount").args(["-o", "remount,ro", &place]).status().unwrap();
    assert!(mounted.success());
    assert!(matches!(SqliteStorage::open(options(&dir)), Err(StorageError::ReadOnly(_))));
    assert!(matches!(try_open(&Path::new(&place).join("other")), Err(StorageError::ReadOnly(_))));
    let mounted = Command::new("mount").args(["-o", "remount,rw", &place]).status().unwrap();
    assert!(mounted.success());
    assert_eq!(row_ids(&open(&dir)), [id(0, 1)]);
}
