//! Labels, pins, and values of one's own. How they go with all other verbs is in `model.rs`; here is whose they are, and what they keep.

use std::sync::atomic::Ordering;

use coffer_engine::access::Role;
use coffer_engine::limits::{LABELS_MAX, OVERRIDES_MAX, PINS_MAX, VERSIONS_MAX};
use coffer_engine::metadata::{MetadataPatch, OnExpiry};
use coffer_engine::secret::Value;
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, UpkeepSettings, Write};
use coffer_engine::version::{VersionNumber, Which};
use coffer_engine::version_name::{Consumer, Label, VersionName};
use coffer_engine::{Error, Op};

use crate::support::{coded, memory, newest, number, path, records, text, write};
use crate::tokens::clocked;

fn label(raw: &str) -> VersionName {
    VersionName::Label(Label::parse(raw).unwrap())
}

fn consumer(raw: &str) -> VersionName {
    VersionName::Consumer(Consumer::parse(raw).unwrap())
}

async fn own(vault: &TestVault, op: &Op, value: &str) -> Result<Option<VersionNumber>, Error> {
    vault.vault.override_own(op, &path("dev/A"), Some(&Value::text(value))).await
}

async fn read(vault: &TestVault, op: &Op, which: Which) -> Result<String, &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), which).await.map(|secret| text(&secret)))
}

#[test]
fn a_value_of_ones_own_is_nobody_elses() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "of all").await.unwrap();
        let reader = vault.member(1, &[(Role::Reader, "dev/**")]).await.unwrap();
        let owner = TestVault::op().unwrap();
        // Whoever may read may have one: it changes nothing for others.
        assert_eq!(own(&vault, &reader, "the reader's").await.unwrap(), Some(number(2)));
        assert_eq!(read(&vault, &reader, Which::Own).await, Ok("the reader's".to_owned()));
        assert_eq!(read(&vault, &reader, Which::CURRENT).await, Ok("of all".to_owned()));
        for which in [Which::Own, Which::CURRENT] {
            assert_eq!(read(&vault, &owner, which).await, Ok("of all".to_owned()));
        }
        // Not by its number either, and not by the one whose it is.
        for op in [&owner, &reader] {
            assert_eq!(read(&vault, op, Which::Number(number(2))).await, Err("version.not_found"));
        }
        assert_eq!(vault.vault.history(&owner, &path("dev/A")).await.unwrap().overridden, None);
        let entries = newest(&vault, 20).await;
        let versions = |action: &str| -> Vec<_> {
            let of = entries.iter().filter(|entry| entry.action == action);
            of.map(|entry| entry.version).collect()
        };
        assert_eq!(versions("secret_override"), [Some(2)], "what was read is told by its number");
        assert!(versions("secret_get").contains(&Some(2)), "what was read is told by its number");
    });
}

#[test]
fn who_loses_the_right_to_read_loses_his_own_value() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "of all").await.unwrap();
        let lister = vault.member(1, &[(Role::Auditor, "**"), (Role::Rotator, "dev/**")]).await.unwrap();
        assert_eq!(coded(own(&vault, &lister, "x").await), Err("access.denied"));
        let reader = vault.member(2, &[(Role::Reader, "dev/**")]).await.unwrap();
        own(&vault, &reader, "the reader's").await.unwrap();
        vault.member(2, &[(Role::Reader, "prod/**")]).await.unwrap();
        assert_eq!(read(&vault, &reader, Which::Own).await, Err("access.denied"));
        assert_eq!(coded(own(&vault, &reader, "y").await), Err("access.denied"));
        let none = vault.vault.override_own(&reader, &path("dev/A"), None).await;
        assert_eq!(coded(none), Err("access.denied"));
    });
}

#[test]
fn what_has_expired_and_is_denied_is_not_read_under_another_value_or_name() {
    block_on(async {
        let (storage, clock) = clocked();
        let vault = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        own(&vault, &op, "own").await.unwrap();
        for name in [label("stable"), consumer("billing")] {
            vault.vault.name_version(&op, &path("dev/A"), &name, Some(&Which::CURRENT)).await.unwrap();
        }
        let at = clock.load(Ordering::SeqCst) + 1000;
        let metadata = MetadataPatch {
            expires: Some(Some(Timestamp::from_millis(at))),
            on_expiry: Some(OnExpiry::Deny),
            ..MetadataPatch::default()
        };
        let change =
            Write { path: path("dev/A"), value: None, references: false, expect: Expect::Anything, metadata };
        vault.vault.set(&op, change).await.unwrap();
        let doors = || {
            let label = Which::Label(Label::parse("stable").unwrap());
            [Which::Own, label, Which::Consumer(Consumer::parse("billing").unwrap())]
        };
        for which in doors() {
            assert!(read(&vault, &op, which).await.is_ok());
        }
        clock.store(at + 1, Ordering::SeqCst);
        for which in doors() {
            assert_eq!(read(&vault, &op, which).await, Err("secret.expired"));
        }
    });
}

#[test]
fn what_is_replaced_or_destroyed_leaves_no_row() {
    block_on(async {
        let storage = memory();
        let vault = TestVault::over(storage.clone()).await.unwrap();
        let op = TestVault::op().unwrap();
        let versions = async || {
            let rows = records(&*storage as &dyn Storage).await;
            rows.iter().filter(|(key, _)| key.as_bytes().get(16) == Some(&0x21)).count()
        };
        vault.set("dev/A", "of all").await.unwrap();
        for (value, rows) in [("first", 2), ("second", 2)] {
            own(&vault, &op, value).await.unwrap();
            assert_eq!(versions().await, rows);
        }
        // The check opens the key of each of them.
        let report = vault.vault.check(&op, &|_| ()).await.unwrap();
        assert_eq!((report.versions, report.problems), (2, Vec::new()));
        vault.vault.override_own(&op, &path("dev/A"), None).await.unwrap();
        assert_eq!(versions().await, 1);
        own(&vault, &op, "third").await.unwrap();
        // 1 is of all, 2 to 4 were one's own: no number comes again.
        assert_eq!(vault.set("dev/A", "of all, again").await.unwrap().version, number(5));
        vault.vault.upkeep(&op, UpkeepSettings { retention_days: 365 }).await.unwrap();
        vault.vault.destroy(&op, &path("dev/A"), None).await.unwrap();
        assert_eq!(versions().await, 0);
        let verified = vault.vault.audit_verify(&op, &[], false, &|_| ()).await.unwrap();
        assert!(verified.problems.is_empty(), "{:?}", verified.problems);
    });
}

#[test]
fn what_has_a_name_outlives_all_others() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        for _ in 0..3 {
            vault.set("dev/A", "x").await.unwrap();
        }
        let names = [(label("stable"), 1), (consumer("billing"), 2)];
        for (name, at) in &names {
            let which = Which::Number(number(*at));
            vault.vault.name_version(&op, &path("dev/A"), name, Some(&which)).await.unwrap();
        }
        for _ in 0..VERSIONS_MAX * 2 {
            vault.set("dev/A", "x").await.unwrap();
        }
        let history = vault.vault.history(&op, &path("dev/A")).await.unwrap();
        let kept: Vec<u64> = history.versions.iter().map(|version| version.number.get()).take(3).collect();
        assert_eq!(kept[..2], [1, 2]);
        assert!(kept[2] > 3, "{kept:?}");
    });
}

#[test]
fn names_have_their_limits_and_are_taken_back() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.vault.set(&op, write("dev/A", "x")).await.unwrap();
        let name = async |name: VersionName| {
            coded(vault.vault.name_version(&op, &path("dev/A"), &name, Some(&Which::CURRENT)).await)
        };
        for most in [LABELS_MAX, PINS_MAX] {
            let of = |at: usize| {
                if most == LABELS_MAX { label(&format!("l{at}")) } else { consumer(&format!("c{at}")) }
            };
            for at in 0..most {
                name(of(at)).await.unwrap();
            }
            assert_eq!(name(of(most)).await, Err("version.too_many_names"));
            // One that is there is moved.
            assert!(name(of(0)).await.is_ok());
        }
        vault.vault.undo(&op, &path("dev/A")).await.unwrap();
        vault.vault.undo(&op, &path("dev/A")).await.unwrap();
        let history = vault.vault.history(&op, &path("dev/A")).await.unwrap();
        assert_eq!(
            history.versions[0].consumers.len(),
            PINS_MAX - 1,
            "moving it, and the last one, are taken back"
        );
        for member in 0..OVERRIDES_MAX {
            let op = vault.member(u8::try_from(member + 1).unwrap(), &[(Role::Reader, "**")]).await.unwrap();
            own(&vault, &op, "x").await.unwrap();
        }
        assert_eq!(coded(own(&vault, &op, "x").await), Err("override.too_many"));
    });
}
