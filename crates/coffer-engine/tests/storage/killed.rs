//! `kill -9` in the midst of commits: what was acknowledged is there, and nothing is there by half.

use std::collections::BTreeSet;

use coffer_engine::storage::{Durability, Storage, Verdict};
use coffer_engine::testkit::block_on;
use tempfile::tempdir;

use crate::support::{Running, commit, given, id, numbered, open, put, row_ids, say};

const ROUNDS: u64 = 10;
const CHILDREN: u64 = 3;
/// A child that is not killed ends by itself.
const COMMITS_MAX: u64 = 100_000;

#[test]
fn what_was_acknowledged_survives() {
    let root = tempdir().unwrap();
    let dir = root.path().join("store");
    drop(open(&dir));
    let mut acknowledged = BTreeSet::new();
    for round in 0..ROUNDS {
        let start = |number: u64| {
            let name = round * CHILDREN + number;
            (name, Running::start("killed::child_commits", &[&dir.display().to_string(), &name.to_string()]))
        };
        let children: Vec<_> = (0..CHILDREN).map(start).collect();
        for (name, mut child) in children {
            // Each at another moment, while the others go on.
            let mut last = 0;
            for _ in 0..20 + 13 * (name % 7) {
                last = child.hear().unwrap().parse().unwrap();
            }
            child.child.kill().unwrap();
            // It may have said more before it died.
            while let Some(said) = child.hear() {
                last = said.parse().unwrap();
            }
            child.child.wait().unwrap();
            acknowledged.extend((1..=last).map(|count| id(name, count)));
        }
    }
    let storage = open(&dir);
    let rows: BTreeSet<_> = row_ids(&storage).into_iter().collect();
    assert_eq!(acknowledged.difference(&rows).count(), 0, "every acknowledged row is there");
    let unheard = rows.difference(&acknowledged).count() as u64;
    assert!(unheard <= ROUNDS * CHILDREN, "of each child at most the commit that it died in: {unheard}");
    for row in rows {
        let record = block_on(storage.get(&[numbered(
            u64::from_be_bytes(row[..8].try_into().unwrap()) << 32
                | u64::from_be_bytes(row[8..].try_into().unwrap()),
        )]));
        assert!(record.unwrap()[0].is_some(), "row and record come together");
    }
    assert_eq!(block_on(storage.inspect()), Ok(vec![]));
    println!("{} acknowledged, {unheard} committed unheard", acknowledged.len());
}

#[test]
fn child_commits() {
    let Some(given) = given() else { return };
    let (storage, name) = (open(given[0].as_ref()), given[1].parse::<u64>().unwrap());
    for count in 1..COMMITS_MAX {
        let durability = if count % 4 == 0 { Durability::Synced } else { Durability::Written };
        // Some are large, so that some die while they write many pages.
        let value = vec![5; if count % 16 == 0 { 300_000 } else { 200 }];
        let batch = put(numbered(name << 32 | count), count, &value);
        assert_eq!(commit(&storage, batch, id(name, count), durability), Ok(Verdict::Committed));
        say(&count.to_string());
    }
}
