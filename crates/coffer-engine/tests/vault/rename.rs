//! Tenants get another name, and nothing else changes.

use std::sync::Arc;

use coffer_engine::Op;
use coffer_engine::audit::EntryFilter;
use coffer_engine::storage::Storage;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::version::Which;

use crate::support::{coded, memory, op_in, path, write};

fn named(raw: &str) -> TenantName {
    TenantName::parse(raw).unwrap()
}

async fn read(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::CURRENT).await.map(drop))
}

#[test]
fn what_was_under_the_old_name_is_under_the_new_one_in_every_process() {
    block_on(async {
        let storage: Arc<dyn Storage> = memory();
        let one = TestVault::over(Arc::clone(&storage)).await.unwrap();
        let op = TestVault::op().unwrap();
        let id = one.vault.tenant_create(&op, &named("acme")).await.unwrap();
        one.vault.set(&op_in("acme"), write("dev/A", "one")).await.unwrap();
        let other = TestVault::over(storage).await.unwrap();
        assert_eq!(read(&other, &op_in("acme")).await, Ok(()));
        one.vault.tenant_rename(&op, &named("acme"), &named("roadrunner")).await.unwrap();
        for vault in [&one, &other] {
            assert_eq!(read(vault, &op_in("acme")).await, Err("tenant.not_found"));
            assert_eq!(read(vault, &op_in("roadrunner")).await, Ok(()));
        }
        assert!(one.vault.rows_of(id).await.unwrap() > 0);
        // The old name is free, and means another tenant.
        let another = one.vault.tenant_create(&op, &named("acme")).await.unwrap();
        assert_ne!(another, id);
        assert_eq!(read(&other, &op_in("acme")).await, Err("secret.not_found"));
        for tenant in ["roadrunner", "acme", "default"] {
            let report = one.vault.audit_verify(&op_in(tenant), &[], false, &|_| {}).await.unwrap();
            assert_eq!(report.problems, [""; 0], "{tenant}");
        }
        let report = one.vault.audit_verify(&op, &[], true, &|_| {}).await.unwrap();
        assert_eq!(report.problems, [""; 0]);
    });
}

#[test]
fn both_logs_say_so() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.vault.tenant_create(&op, &named("acme")).await.unwrap();
        vault.vault.tenant_rename(&op, &named("acme"), &named("roadrunner")).await.unwrap();
        let wanted = EntryFilter { action: Some("tenant_rename".to_owned()), ..EntryFilter::default() };
        for (of, instance, place) in [(op, true, "acme"), (op_in("roadrunner"), false, "")] {
            let log = vault.vault.audit_query(&of, &wanted, None, 9, instance).await.unwrap().entries;
            assert_eq!((log.len(), log[0].path.as_str(), log[0].outcome.as_str()), (1, place, "done"));
            assert_eq!(log[0].detail.as_ref().unwrap()["to"], "roadrunner");
        }
    });
}

#[test]
fn a_name_that_is_taken_and_tenants_below_keep_one_from_it() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        for name in ["acme", "acme/eu", "beta"] {
            vault.vault.tenant_create(&op, &named(name)).await.unwrap();
        }
        for (from, to, code) in [
            ("beta", "acme", "name.exists"),
            ("beta", "beta", "name.exists"),
            ("acme", "other", "tenant.has_children"),
            ("nobody", "other", "tenant.not_found"),
        ] {
            let error = vault.vault.tenant_rename(&op, &named(from), &named(to)).await.unwrap_err();
            assert_eq!((error.code(), error.entry().is_some()), (code, true), "{from} {to}");
        }
        vault.vault.tenant_rename(&op, &named("acme/eu"), &named("acme/us")).await.unwrap();
        // Suspended it stays, under the other name.
        vault.vault.tenant_suspend(&op, &named("beta")).await.unwrap();
        vault.vault.tenant_rename(&op, &named("beta"), &named("gamma")).await.unwrap();
        assert_eq!(read(&vault, &op_in("gamma")).await, Err("tenant.suspended"));
        let all = vault.vault.tenant_list(&op).await.unwrap();
        let all: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.suspended.is_some())).collect();
        assert_eq!(all, [("acme", false), ("acme/us", false), ("default", false), ("gamma", true)]);
    });
}
