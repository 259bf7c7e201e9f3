//! Quotas: what adds is refused where there would be too much, what takes away never is, and who writes is told in time.

use std::sync::Arc;

use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::limits::{INDEX_KEPT_SECONDS, TENANT_KEPT_SECONDS, TENANT_UNDO_MAX, VERSIONS_MAX};
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::op::Trail;
use coffer_engine::quota::{Quota, QuotaChange, Resource, Tally, Used};
use coffer_engine::secret::Value;
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{UpkeepSettings, Write};

use crate::support::{coded, memory, newest, number, path, records, write};

const NONE: QuotaChange =
    QuotaChange { secrets: None, versions: None, bytes: None, requests: None, members: None };

fn secrets(most: u64) -> QuotaChange {
    QuotaChange { secrets: Some(Some(most)), ..NONE }
}

async fn limited(change: QuotaChange) -> TestVault {
    let vault = TestVault::in_memory().await.unwrap();
    limit(&vault, change).await;
    vault
}

async fn limit(vault: &TestVault, change: QuotaChange) {
    let op = TestVault::op().unwrap();
    vault.vault.tenant_quota(&op, &op.tenant, change).await.unwrap();
}

async fn set(vault: &TestVault, raw: &str, text: &str) -> Result<(), &'static str> {
    coded(vault.set(raw, text).await.map(drop))
}

async fn holds(vault: &TestVault) -> Tally {
    let op = TestVault::op().unwrap();
    vault.vault.tenant_show(&op, &op.tenant).await.unwrap().holds
}

#[test]
fn what_would_be_too_much_is_refused_before_anything_is_written_and_that_is_recorded() {
    block_on(async {
        let storage = memory();
        let vault = TestVault::over(storage.clone()).await.unwrap();
        set(&vault, "dev/A", "one").await.unwrap();
        limit(
            &vault,
            QuotaChange { secrets: Some(Some(2)), versions: Some(Some(3)), bytes: Some(Some(10)), ..NONE },
        )
        .await;
        let refused = async |raw: &str, text: &str, said: &str| {
            let before = records(storage.as_ref()).await;
            let error = vault.set(raw, text).await.unwrap_err();
            assert_eq!((error.code(), error.to_string().as_str()), ("quota.exceeded", said));
            assert!(error.entry().is_some() && error.fix().contains("coffer tenant quota default --"));
            assert!(records(storage.as_ref()).await == before, "nothing but the entry was written");
        };
        refused("dev/B", "eight of", "the tenant default holds 3 of 10 bytes, and this would add 8").await;
        set(&vault, "dev/B", "two").await.unwrap();
        refused("dev/C", "x", "the tenant default holds 2 of 2 secrets, and this would add 1").await;
        set(&vault, "dev/A", "four").await.unwrap();
        refused("dev/A", "", "the tenant default holds 3 of 3 versions, and this would add 1").await;
        let last = newest(&vault, 2).await.remove(0);
        assert_eq!(
            (last.action.as_str(), last.outcome.as_str(), last.path.as_str()),
            ("secret_set", "refused", "dev/A")
        );
        let detail = last.detail.unwrap();
        assert_eq!(detail, serde_json::json!({ "added": 1, "limit": 3, "quota": "versions", "used": 3 }));
        let report = vault.vault.audit_verify(&TestVault::op().unwrap(), &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, [""; 0]);
    });
}

#[test]
fn t_d5_every_verb_that_adds_is_held_to_it_and_none_that_takes_away() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        for raw in ["dev/A", "dev/B", "dev/C"] {
            set(&vault, raw, "one").await.unwrap();
            set(&vault, raw, "two").await.unwrap();
        }
        // There is more than there may be: it stays.
        limit(
            &vault,
            QuotaChange { secrets: Some(Some(1)), versions: Some(Some(1)), bytes: Some(Some(1)), ..NONE },
        )
        .await;
        let (vault, exceeded) = (&vault.vault, Err("quota.exceeded"));
        let together = vec![(path("dev/A"), Value::text("x")), (path("dev/NEW"), Value::text("y"))];
        assert_eq!(coded(vault.set(&op, write("dev/A", "x")).await.map(drop)), exceeded);
        assert_eq!(coded(vault.set_all(&op, together).await.map(drop)), exceeded);
        assert_eq!(coded(vault.rotate(&op, &path("dev/A"), None).await.map(drop)), exceeded);
        let metadata = MetadataPatch { owner: Some(Some("maya".to_owned())), ..MetadataPatch::default() };
        let about = Write { value: None, metadata, ..write("dev/A", "") };
        assert_eq!(coded(vault.set(&op, about).await.map(drop)), Ok(()));
        assert_eq!(coded(vault.undo(&op, &path("dev/A")).await.map(drop)), Ok(()));
        assert!(vault.remove(&op, &path("dev/B")).await.is_ok());
        assert_eq!(
            coded(vault.undo(&op, &path("dev/B")).await.map(drop)),
            Ok(()),
            "what it brings back was there"
        );
        assert_eq!(coded(vault.destroy(&op, &path("dev/B"), Some(number(1))).await.map(drop)), Ok(()));
        assert_eq!(coded(vault.destroy(&op, &path("dev/C"), None).await.map(drop)), Ok(()));
    });
}

#[test]
fn what_is_destroyed_or_purged_makes_room_and_what_is_removed_does_not_yet() {
    block_on(async {
        let (storage, clock) = crate::tokens::clocked();
        let vault = TestVault::over(storage as Arc<dyn Storage>).await.unwrap();
        limit(&vault, QuotaChange { versions: Some(Some(3)), ..secrets(2) }).await;
        let op = TestVault::op().unwrap();
        set(&vault, "dev/A", "one").await.unwrap();
        set(&vault, "dev/A", "two").await.unwrap();
        set(&vault, "dev/B", "three").await.unwrap();
        assert_eq!(set(&vault, "dev/A", "four").await, Err("quota.exceeded"));
        vault.vault.destroy(&op, &path("dev/A"), Some(number(1))).await.unwrap();
        set(&vault, "dev/A", "four").await.unwrap();
        assert_eq!(holds(&vault).await, Tally { secrets: 2, versions: 3, bytes: 12 });
        vault.vault.remove(&op, &path("dev/A")).await.unwrap();
        assert_eq!(set(&vault, "dev/C", "x").await, Err("quota.exceeded"), "it can come back");
        let later = op.now.plus_seconds(31 * 24 * 60 * 60);
        clock.store(later.millis(), std::sync::atomic::Ordering::SeqCst);
        let op = Op { now: later, ..op };
        let purged = vault.vault.upkeep(&op, UpkeepSettings { retention_days: 365 }).await.unwrap().purged;
        assert_eq!((purged, holds(&vault).await), (1, Tally { secrets: 1, versions: 1, bytes: 5 }));
        assert_eq!(set(&vault, "dev/C", "x").await, Ok(()));
    });
}

#[test]
fn the_old_version_that_goes_with_a_new_one_makes_room_for_it() {
    block_on(async {
        let most = VERSIONS_MAX as u64;
        let vault = limited(QuotaChange { versions: Some(Some(most)), ..NONE }).await;
        for number in 0..VERSIONS_MAX + 2 {
            set(&vault, "dev/A", &format!("{number:03}")).await.unwrap();
        }
        assert_eq!(holds(&vault).await, Tally { secrets: 1, versions: most, bytes: 3 * most });
        assert_eq!(set(&vault, "dev/B", "x").await, Err("quota.exceeded"));
    });
}

#[test]
fn who_writes_is_told_when_there_is_little_room_left() {
    block_on(async {
        let vault = limited(QuotaChange { bytes: Some(Some(10)), ..secrets(100) }).await;
        let told = async |raw: &str, text: &str| {
            let trail = Arc::new(Trail::default());
            let op = Op { trail: Some(Arc::clone(&trail)), ..TestVault::op().unwrap() };
            let _ = vault.vault.set(&op, write(raw, text)).await;
            trail.near()
        };
        let near = |used| vec![Used { resource: Resource::Bytes, used, limit: 10 }];
        assert_eq!(told("dev/A", "seven b").await, []);
        assert_eq!(told("dev/B", "x").await, near(8));
        assert_eq!(told("dev/C", "xyz").await, [], "a refusal says it itself");
        assert_eq!(told("dev/C", "xy").await, near(10));
    });
}

/// Two processes: one has counted, the other sets the limit and adds.
#[test]
fn a_quota_holds_at_once_for_whoever_has_the_store_open() {
    block_on(async {
        let storage = memory();
        let over = || TestVault::over(storage.clone() as Arc<dyn Storage>);
        let (one, other) = (over().await.unwrap(), over().await.unwrap());
        set(&one, "dev/A", "one").await.unwrap();
        limit(&other, secrets(3)).await;
        set(&one, "dev/B", "two").await.unwrap();
        set(&other, "dev/C", "three").await.unwrap();
        assert_eq!(set(&one, "dev/D", "four").await, Err("quota.exceeded"));
        limit(&other, secrets(4)).await;
        assert_eq!(set(&one, "dev/D", "four").await, Ok(()));
        limit(&one, QuotaChange { secrets: Some(None), ..NONE }).await;
        assert_eq!(set(&other, "dev/E", "five").await, Ok(()));
        let op = TestVault::op().unwrap();
        let shown = other.vault.tenant_show(&op, &op.tenant).await.unwrap();
        assert_eq!((shown.quota, shown.holds), (Quota::default(), holds(&one).await));
    });
}

/// The count is no expectation of the commit, so writes that are under way together may pass the limit: by what they add, and no further.
#[test]
fn what_is_under_way_at_once_may_pass_the_limit_and_what_comes_after_may_not() {
    let vault = block_on(limited(secrets(4)));
    let done: usize = std::thread::scope(|scope| {
        let write = |number: usize| block_on(set(&vault, &format!("dev/S{number}"), "x"));
        let writers: Vec<_> = (0..8).map(|number| scope.spawn(move || write(number))).collect();
        writers.into_iter().map(|writer| usize::from(writer.join().unwrap().is_ok())).sum()
    });
    assert!((4..=8).contains(&done), "{done}");
    assert_eq!(block_on(holds(&vault)).secrets, done as u64);
    assert_eq!(block_on(set(&vault, "dev/LAST", "x")), Err("quota.exceeded"));
}

#[test]
fn only_who_manages_the_instance_sets_it_and_both_logs_say_so() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (op, owner) = (TestVault::op().unwrap(), vault.member(1, &[(Role::Owner, "**")]).await.unwrap());
        // The tenant's own owner is nobody in the instance.
        let denied = Err("access.denied");
        assert_eq!(coded(vault.vault.tenant_quota(&owner, &op.tenant, secrets(9)).await.map(drop)), denied);
        assert_eq!(coded(vault.vault.tenant_show(&owner, &op.tenant).await.map(drop)), denied);
        let nobody = coffer_engine::tenant::TenantName::parse("nobody").unwrap();
        let absent = Err("tenant.not_found");
        assert_eq!(coded(vault.vault.tenant_quota(&op, &nobody, secrets(9)).await.map(drop)), absent);
        assert_eq!(coded(vault.vault.tenant_show(&op, &nobody).await.map(drop)), absent);
        let quota = vault.vault.tenant_quota(&op, &op.tenant, secrets(9)).await.unwrap();
        assert_eq!(quota, Quota { secrets: Some(9), ..Quota::default() });
        for (instance, place) in [(true, "default"), (false, "")] {
            let log = vault.vault.audit_query(&op, &Default::default(), None, 100, instance).await.unwrap();
            let entry = log.entries.iter().rfind(|entry| entry.action == "tenant_quota").unwrap();
            assert_eq!((entry.path.as_str(), entry.outcome.as_str()), (place, "done"));
            assert_eq!(entry.detail, Some(serde_json::json!({ "secrets": 9 })));
            let report = vault.vault.audit_verify(&op, &[], instance, &|_| ()).await.unwrap();
            assert_eq!(report.problems, [""; 0]);
        }
    });
}

#[test]
fn what_is_known_of_quotas_without_counting_is_what_was_counted_last() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        set(&vault, "dev/A", "one").await.unwrap();
        assert_eq!(vault.vault.quotas_in_use(), [], "there is none");
        limit(&vault, secrets(5)).await;
        let op = TestVault::op().unwrap();
        let known = || {
            let quotas = vault.vault.quotas_in_use();
            quotas.iter().flat_map(|quota| quota.used.iter().map(|used| used.used)).collect::<Vec<_>>()
        };
        set(&vault, "dev/B", "two").await.unwrap();
        assert_eq!(known(), [2]);
        vault.vault.destroy(&op, &path("dev/A"), None).await.unwrap();
        assert_eq!(holds(&vault).await.secrets, 1);
        assert_eq!(known(), [1]);
        vault.vault.drop_idle(op.now.plus_seconds(INDEX_KEPT_SECONDS + 1));
        assert_eq!(known(), [1], "whether or not there is an index");
        vault.vault.drop_idle(op.now.plus_seconds(TENANT_KEPT_SECONDS + 1));
        assert_eq!(known(), [0; 0], "it is not in use any more");
    });
}

#[test]
fn changes_of_a_quota_are_taken_back_in_turn_and_a_suspension_is_not() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        limit(&vault, secrets(1)).await;
        limit(&vault, QuotaChange { bytes: Some(Some(5)), ..NONE }).await;
        limit(&vault, secrets(1)).await;
        vault.vault.tenant_suspend(&op, &op.tenant).await.unwrap();
        let undo = async || {
            let undone = vault.vault.tenant_undo(&op, &op.tenant).await;
            coded(undone.map(|undone| (undone.quota.secrets, undone.quota.bytes, undone.undo_steps)))
        };
        assert_eq!(undo().await, Ok((Some(1), None, 1)), "what changed nothing is no step");
        let shown = vault.vault.tenant_show(&op, &op.tenant).await.unwrap();
        assert_eq!((shown.suspended, shown.undo_steps), (Some(op.now), 1));
        assert_eq!(undo().await, Ok((None, None, 0)));
        assert_eq!(undo().await, Err("undo.nothing"));
        vault.vault.tenant_resume(&op, &op.tenant).await.unwrap();
        for raw in ["dev/A", "dev/B"] {
            set(&vault, raw, "longer than five").await.unwrap();
        }
        for most in 0..TENANT_UNDO_MAX as u64 + 2 {
            limit(&vault, secrets(100 + most)).await;
        }
        let shown = vault.vault.tenant_show(&op, &op.tenant).await.unwrap();
        assert_eq!(shown.undo_steps, TENANT_UNDO_MAX as u64, "the oldest are forgotten");
        for instance in [true, false] {
            let report = vault.vault.audit_verify(&op, &[], instance, &|_| ()).await.unwrap();
            assert_eq!(report.problems, [""; 0]);
        }
    });
}
