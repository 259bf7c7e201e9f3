//! Where something grows without an end in sight, it meets its limit with a clear error, and there is a way back.

use std::sync::Arc;

use coffer_engine::Op;
use coffer_engine::audit::EntryFilter;
use coffer_engine::limits::{TENANTS_OPEN_MAX, UNDO_MAX, VERSIONS_MAX};
use coffer_engine::storage::Storage;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::UpkeepSettings;
use coffer_engine::version::Which;

use crate::support::{coded, memory, number, path, text, write};

const DAY: u64 = 24 * 60 * 60 * 1000;

/// The entry of a destruction names what it deletes; all of that in one entry once was longer than a row takes, and a secret
/// with many versions could not be destroyed.
#[test]
fn a_secret_that_is_written_without_end_keeps_its_newest_versions_and_can_be_destroyed() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let last = VERSIONS_MAX as u64 + 3;
        for version in 1..=last {
            assert_eq!(vault.set("dev/A", &version.to_string()).await.unwrap().version, number(version));
        }
        let versions = vault.vault.history(&op, &path("dev/A")).await.unwrap().versions;
        assert_eq!((versions.len(), versions[0].number), (VERSIONS_MAX, number(4)));
        assert_eq!(read(&vault, &op, 3).await, Err("version.not_found"));
        assert_eq!(read(&vault, &op, 4).await, Ok("4".to_owned()));
        let filter = EntryFilter { action: Some("secret_set".to_owned()), ..EntryFilter::default() };
        let log = vault.vault.audit_query(&op, &filter, None, 3, false).await.unwrap().entries;
        for (entry, gone) in log.iter().zip(1..) {
            let leaf: serde_json::Value = serde_json::from_slice(&entry.leaf).unwrap();
            assert_eq!(leaf["detail"], serde_json::json!({ "outlived": [gone] }));
        }
        // The newest goes, and its number is gone with it: a cache may still hold what it was.
        assert_eq!(vault.vault.undo(&op, &path("dev/A")).await.unwrap(), Some(number(last - 1)));
        vault.vault.destroy(&op, &path("dev/A"), Some(number(last))).await.unwrap();
        assert_eq!(vault.set("dev/A", "one more").await.unwrap().version, number(last + 1));
        assert_eq!(read(&vault, &op, last + 1).await, Ok("one more".to_owned()));
        assert!(vault.vault.audit_verify(&op, &[], false, &|_| {}).await.unwrap().problems.is_empty());

        let gone = vault.vault.destroy(&op, &path("dev/A"), None).await.unwrap().versions;
        assert_eq!(gone, VERSIONS_MAX, "what was left of the destroyed one made room");
        assert_eq!(read(&vault, &op, last + 1).await, Err("secret.not_found"));
    });
}

/// A program that writes in a loop must not take away what was good before it began.
#[test]
fn what_was_good_for_long_outlives_what_was_written_in_a_loop() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let at = |ms: u64| Op { now: Timestamp::from_millis(op.now.millis() + ms), ..op.clone() };
        for day in 0..10 {
            vault.vault.set(&at(day * DAY), write("dev/A", &format!("day {day}"))).await.unwrap();
        }
        for turn in 0..300 {
            vault.vault.set(&at(10 * DAY + turn), write("dev/A", "in a loop")).await.unwrap();
        }
        let versions = vault.vault.history(&op, &path("dev/A")).await.unwrap().versions;
        assert_eq!(versions.len(), VERSIONS_MAX);
        for day in 0..10 {
            assert_eq!(read(&vault, &op, day + 1).await, Ok(format!("day {day}")));
        }
        let newest: Vec<_> = versions.iter().rev().take(UNDO_MAX + 1).map(|version| version.number).collect();
        let wanted: Vec<_> = (0..=UNDO_MAX as u64).map(|back| number(310 - back)).collect();
        assert_eq!(newest, wanted, "and what can be undone to is there");
        // Undone to an old version, which is in use from then on.
        for _ in 0..UNDO_MAX {
            vault.vault.undo(&op, &path("dev/A")).await.unwrap();
        }
        let current = vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap().version();
        assert_eq!(current, number(310 - UNDO_MAX as u64));
        vault.vault.set(&at(11 * DAY), write("dev/A", "much later")).await.unwrap();
        assert!(read(&vault, &op, current.get()).await.is_ok(), "it is the previous one");
        // What is left of a destroyed one goes first.
        vault.vault.destroy(&op, &path("dev/A"), Some(number(1))).await.unwrap();
        vault.vault.set(&at(12 * DAY), write("dev/A", "and later")).await.unwrap();
        let versions = vault.vault.history(&op, &path("dev/A")).await.unwrap().versions;
        assert_eq!((versions.len(), versions[0].number), (VERSIONS_MAX, number(2)));
    });
}

/// Not always the newest: who has gone back goes on from an old one.
#[test]
fn what_a_change_can_be_undone_to_stays() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        for version in 1..=VERSIONS_MAX {
            vault.set("dev/A", &version.to_string()).await.unwrap();
        }
        for _ in 0..UNDO_MAX {
            vault.vault.undo(&op, &path("dev/A")).await.unwrap();
        }
        let back = number((VERSIONS_MAX - UNDO_MAX) as u64);
        for _ in 0..UNDO_MAX {
            vault.set("dev/A", "after it").await.unwrap();
        }
        let versions = vault.vault.history(&op, &path("dev/A")).await.unwrap().versions;
        assert_eq!(versions.len(), VERSIONS_MAX);
        for _ in 1..UNDO_MAX {
            vault.vault.undo(&op, &path("dev/A")).await.unwrap();
        }
        assert_eq!(vault.vault.undo(&op, &path("dev/A")).await.unwrap(), Some(back));
        assert_eq!(read(&vault, &op, back.get()).await, Ok(back.get().to_string()));
    });
}

async fn read(vault: &TestVault, op: &Op, version: u64) -> Result<String, &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::Number(number(version))).await)
        .map(|secret| text(&secret))
}

/// A commit without an entry once failed those that were committed beside it, and anybody could ask for one.
#[test]
fn nothing_at_once_is_refused_and_harms_nobody() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        assert_eq!(
            coded(vault.vault.set_all(&op, Vec::<coffer_engine::vault::WriteWhole>::new()).await).err(),
            Some("request.nothing")
        );
        assert_eq!(coded(vault.vault.get_all(&op, &[]).await).err(), Some("request.nothing"));
        assert!(vault.set("dev/A", "one").await.is_ok());
    });
}

#[test]
fn the_oldest_change_is_the_first_that_undo_forgets() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let changes = UNDO_MAX as u64 + 5;
        for version in 1..=changes {
            vault.set("dev/A", &version.to_string()).await.unwrap();
        }
        for version in (5..changes).rev() {
            assert_eq!(vault.vault.undo(&op, &path("dev/A")).await.unwrap(), Some(number(version)));
        }
        assert_eq!(coded(vault.vault.undo(&op, &path("dev/A")).await), Err("undo.nothing"));
        assert_eq!(text(&vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap()), "5");
    });
}

/// Whoever goes through all tenants opens them one after the other, and not all of them stay open.
#[test]
fn only_so_many_tenants_are_open_at_once() {
    let storage = memory();
    let over = || block_on(TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>)).unwrap();
    let (maker, other) = (over(), over());
    let op = TestVault::op().unwrap();
    for number in 0..=TENANTS_OPEN_MAX {
        let tenant = TenantName::parse(&format!("t{number}")).unwrap();
        block_on(maker.vault.tenant_create(&op, &tenant)).unwrap();
        // An entry that waits to go into its log.
        block_on(maker.vault.set(&Op { tenant, ..op.clone() }, write("dev/A", "x"))).unwrap();
    }
    let done = block_on(other.vault.upkeep(&op, UpkeepSettings { retention_days: 365 })).unwrap();
    assert!(done.integrated > TENANTS_OPEN_MAX, "{done:?}");
    for vault in [&maker, &other] {
        let open = vault.vault.usage().tenants_open;
        assert!((1..=TENANTS_OPEN_MAX).contains(&open), "{open}");
    }
}
