//! A quota of members: kept exactly, wherever one is made; and quotas that a parent's member sets.

use std::sync::Arc;

use coffer_engine::access::{IdentityKind, Role};
use coffer_engine::code::Code;
use coffer_engine::op::{Manager, Trail};
use coffer_engine::quota::{Quota, QuotaChange, Resource, Used};
use coffer_engine::storage::Storage;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{FirstOwner, MemberChange, NewMember};
use coffer_engine::{Op, RequestId};

use crate::members::{grant, name};
use crate::support::{coded, memory, newest, op_in};

fn members(most: u64) -> QuotaChange {
    QuotaChange { members: Some(Some(most)), ..QuotaChange::default() }
}

async fn limit(vault: &TestVault, change: QuotaChange) {
    let op = TestVault::op().unwrap();
    vault.vault.tenant_quota(&op, &op.tenant, change).await.unwrap();
}

async fn make(vault: &TestVault, op: &Op, raw: &str) -> Result<(), &'static str> {
    let new = NewMember::with(IdentityKind::Human, vec![grant(Role::Reader, "dev/**")]);
    let op = Op { request: RequestId::generate().unwrap(), ..op.clone() };
    coded(vault.vault.member_create(&op, &name(raw), &new, false).await.map(drop))
}

#[test]
fn one_more_than_there_may_be_is_refused_and_one_that_goes_makes_room() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        make(&vault, &op, "maya").await.unwrap();
        limit(&vault, members(2)).await;
        make(&vault, &op, "jo").await.unwrap();
        let new = NewMember::with(IdentityKind::Human, Vec::new());
        let error = vault.vault.member_create(&op, &name("ann"), &new, false).await.unwrap_err();
        let said = "the tenant default holds 2 of 2 members, and this would add 1";
        assert_eq!((error.code(), error.to_string().as_str()), ("quota.exceeded", said));
        assert!(error.fix().contains("coffer tenant quota default --members"), "{}", error.fix());
        let last = newest(&vault, 2).await.remove(0);
        assert_eq!((last.action.as_str(), last.outcome.as_str()), ("member_create", "refused"));
        let detail = serde_json::json!({ "added": 1, "limit": 2, "quota": "members", "used": 2 });
        assert_eq!(last.detail, Some(detail));
        // Who is disabled is there, and whoever is there is changed as before.
        let change = MemberChange { disabled: Some(true), ..MemberChange::default() };
        vault.vault.member_change(&op, &name("jo"), &change, false).await.unwrap();
        assert_eq!(make(&vault, &op, "ann").await, Err("quota.exceeded"));
        let shown = vault.vault.tenant_show(&op, &op.tenant).await.unwrap();
        assert_eq!((shown.members, shown.quota.members), (2, Some(2)));
        vault.vault.member_remove(&op, &name("jo"), false).await.unwrap();
        assert_eq!(make(&vault, &op, "ann").await, Ok(()));
        // Secrets are another thing.
        limit(&vault, members(0)).await;
        assert!(vault.set("dev/A", "one").await.is_ok());
    });
}

#[test]
fn whoever_makes_one_is_told_from_eight_tenths_on_and_so_is_who_looks_at_metrics() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        limit(&vault, members(5)).await;
        let told = async |raw: &str| {
            let trail = Arc::new(Trail::default());
            let op = Op { trail: Some(Arc::clone(&trail)), ..TestVault::op().unwrap() };
            make(&vault, &op, raw).await.unwrap();
            trail.near()
        };
        let used = |used| vec![Used { resource: Resource::Members, used, limit: 5 }];
        for raw in ["a", "b", "c"] {
            assert_eq!(told(raw).await, []);
        }
        assert_eq!(told("d").await, used(4));
        // An operation later, the tenant is loaded as it is now.
        vault.set("dev/A", "one").await.unwrap();
        let in_use = vault.vault.quotas_in_use();
        assert_eq!(in_use.iter().map(|one| one.used.clone()).collect::<Vec<_>>(), [used(4)]);
    });
}

/// Two processes, eight threads: exactly as many as there may be, and not one more.
#[test]
fn of_many_at_once_exactly_as_many_are_made_as_there_is_room_for() {
    let storage = memory();
    let over = || block_on(TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>)).unwrap();
    let (one, other) = (over(), over());
    block_on(limit(&one, members(3)));
    let results: Vec<_> = std::thread::scope(|scope| {
        let make = |number: usize| {
            let vault = if number.is_multiple_of(2) { &one } else { &other };
            block_on(make(vault, &TestVault::op().unwrap(), &format!("m{number}")))
        };
        let makers: Vec<_> = (0..8).map(|number| scope.spawn(move || make(number))).collect();
        makers.into_iter().map(|maker| maker.join().unwrap()).collect()
    });
    let made = results.iter().filter(|result| result.is_ok()).count();
    let is_no = |result: &&Result<(), &str>| matches!(result, Err("quota.exceeded" | "store.contended"));
    assert_eq!(results.iter().filter(is_no).count(), 8 - made, "{results:?}");
    let op = TestVault::op().unwrap();
    let there = block_on(one.vault.tenant_show(&op, &op.tenant)).unwrap().members;
    assert!(there <= 3 && u64::try_from(made).unwrap() == there, "{results:?}");
}

fn named(raw: &str) -> TenantName {
    TenantName::parse(raw).unwrap()
}

/// `default` limited to ten secrets and two members, an administrator of it, and a tenant below it that the instance has made.
async fn limited_parent() -> (TestVault, Op, TenantName) {
    let vault = TestVault::in_memory().await.unwrap();
    let (op, child) = (TestVault::op().unwrap(), named("default/eu"));
    vault.vault.tenant_create(&op, &child).await.unwrap();
    let admin = vault.member(1, &[(Role::Admin, "**")]).await.unwrap();
    limit(&vault, QuotaChange { secrets: Some(Some(10)), ..members(2) }).await;
    (vault, Op { manager: Manager::Parent, ..admin }, child)
}

#[test]
fn a_parents_member_sets_quotas_below_it_and_none_beyond_its_own() {
    block_on(async {
        let (vault, admin, child) = limited_parent().await;
        let set = async |name: &TenantName, change: QuotaChange| {
            coded(vault.vault.tenant_quota(&admin, name, change).await)
        };
        let secrets = |most| QuotaChange { secrets: Some(most), ..QuotaChange::default() };
        let held = Quota { secrets: Some(10), ..Quota::default() };
        assert_eq!(set(&child, secrets(Some(11))).await, Err("quota.beyond_own"));
        assert_eq!(set(&child, secrets(Some(10))).await, Ok(held));
        assert_eq!(set(&child, secrets(None)).await, Err("quota.beyond_own"), "no limit is more than ten");
        let versions = QuotaChange { versions: Some(Some(99)), ..QuotaChange::default() };
        assert_eq!(set(&child, versions).await, Ok(Quota { versions: Some(99), ..held }));
        let last = newest(&vault, 2).await.remove(0);
        assert_eq!((last.action.as_str(), last.path.as_str()), ("tenant_quota", "default/eu"));
        for outside in ["default", "acme", "default-eu"] {
            assert_eq!(set(&named(outside), secrets(Some(1))).await, Err("tenant.not_found"), "{outside}");
        }
        // Once the parent may have less, what it allowed stays, and the next change keeps to it; and so does taking one back.
        limit(&vault, secrets(Some(5))).await;
        let bytes = QuotaChange { bytes: Some(Some(7)), ..QuotaChange::default() };
        assert!(set(&child, bytes).await.is_ok());
        assert!(set(&child, secrets(Some(5))).await.is_ok());
        let undo = async || coded(vault.vault.tenant_undo(&admin, &child).await.map(|undone| undone.quota));
        assert_eq!(undo().await, Err("quota.beyond_own"));
        // Who has no such right sets nothing.
        let reader = vault.member(2, &[(Role::Reader, "**")]).await.unwrap();
        let reader = Op { manager: Manager::Parent, ..reader };
        let denied = vault.vault.tenant_quota(&reader, &child, secrets(Some(1))).await;
        assert_eq!(coded(denied), Err("access.denied"));
        // The instance is held to nothing.
        let op = TestVault::op().unwrap();
        assert!(vault.vault.tenant_quota(&op, &child, secrets(None)).await.is_ok());
    });
}

#[test]
fn a_tenant_that_a_limited_parent_makes_begins_with_its_limits() {
    block_on(async {
        let (vault, admin, _) = limited_parent().await;
        let quota = async |name: &str| {
            vault.vault.tenant_show(&TestVault::op().unwrap(), &named(name)).await.unwrap().quota
        };
        let own = Quota { secrets: Some(10), members: Some(2), ..Quota::default() };
        vault.vault.tenant_create(&admin, &named("default/us")).await.unwrap();
        assert_eq!(quota("default/us").await, own);
        let undone = vault.vault.tenant_undo(&admin, &named("default/us")).await;
        assert_eq!(coded(undone.map(drop)), Err("undo.nothing"), "there is nothing behind that");
        let owner = FirstOwner { member: name("maya"), ttl_seconds: 60 };
        let create = async |name: &str| {
            let code = Code::generate().unwrap();
            coded(vault.vault.tenant_create_with(&admin, &named(name), &owner, &code).await.map(drop))
        };
        assert_eq!(create("default/ca").await, Ok(()));
        assert_eq!(make(&vault, &op_in("default/ca"), "jo").await, Ok(()));
        assert_eq!(make(&vault, &op_in("default/ca"), "ann").await, Err("quota.exceeded"));
        limit(&vault, members(0)).await;
        assert_eq!(create("default/mx").await, Err("quota.exceeded"));
        // What the instance makes is not limited.
        vault.vault.tenant_create(&TestVault::op().unwrap(), &named("default/mx")).await.unwrap();
        assert_eq!(quota("default/mx").await, Quota::default());
    });
}
