//! Tenants that are suspended: nothing in them is answered, to nobody; and what goes on.

use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::error::ErrorKind;
use coffer_engine::storage::Storage;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{NewToken, UpkeepSettings};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::support::{coded, folder, memory, op_in, path, write};

fn default() -> TenantName {
    TenantName::default_tenant()
}

#[test]
fn nothing_in_a_suspended_tenant_is_answered_to_nobody() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let (owner, nobody) = (vault.member(1, &[(Role::Owner, "**")]).await.unwrap(), op_of_nobody());
        let without_rights = vault.member(2, &[]).await.unwrap();
        let vault = &vault.vault;
        vault.tenant_suspend(&op, &default()).await.unwrap();
        for op in [&op, &owner, &without_rights] {
            let new = NewToken {
                member: None,
                ttl_seconds: 60,
                max_seconds: 60,
                uses: None,
                label: String::new(),
                networks: Vec::new(),
            };
            for answer in [
                coded(vault.get(op, &path("dev/A"), Which::CURRENT).await.map(drop)),
                coded(vault.get(op, &path("dev/ABSENT"), Which::CURRENT).await.map(drop)),
                coded(vault.set(op, write("dev/A", "two")).await.map(drop)),
                coded(vault.list(op, &folder(""), true).await.map(drop)),
                coded(vault.history(op, &path("dev/A")).await.map(drop)),
                coded(vault.destroy(op, &path("dev/A"), None).await.map(drop)),
                coded(vault.member_list(op, false).await.map(drop)),
                coded(vault.token_list(op, false).await.map(drop)),
            ] {
                assert_eq!(answer, Err("tenant.suspended"), "{:?}", op.actor);
            }
            if matches!(op.actor, Actor::Local) {
                assert_eq!(
                    coded(vault.token_create(op, &new, false).await.map(drop)),
                    Err("tenant.suspended")
                );
            } else {
                let log = vault.audit_query(op, &EntryFilter::default(), None, 10, false).await;
                assert_eq!(coded(log.map(drop)), Err("tenant.suspended"));
            }
        }
        // Who is nobody here learns nothing.
        let error = vault.get(&nobody, &path("dev/A"), Which::CURRENT).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::Refused(refusal) if refusal.is_of_stranger()), "{error}");
        vault.tenant_resume(&op, &default()).await.unwrap();
        assert_eq!(coded(vault.get(&owner, &path("dev/A"), Which::CURRENT).await.map(drop)), Ok(()));
        assert_eq!(coded(vault.set(&op, write("dev/A", "two")).await.map(drop)), Ok(()));
    });
}

fn op_of_nobody() -> Op {
    let nobody = coffer_engine::identity::IdentityId::from_bytes([0x77; 16]);
    Op { actor: Actor::Identity(nobody), ..TestVault::op().unwrap() }
}

/// Another process, which has the tenant open and everything in its cache.
#[test]
fn another_vault_over_the_same_store_answers_nothing_either() {
    block_on(async {
        let storage = memory();
        let one = TestVault::over(storage.clone()).await.unwrap();
        one.set("dev/A", "one").await.unwrap();
        let other = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        let get = async || coded(other.vault.get(&op, &path("dev/A"), Which::CURRENT).await.map(drop));
        assert_eq!(get().await, Ok(()));
        one.vault.tenant_suspend(&op, &default()).await.unwrap();
        assert_eq!(get().await, Err("tenant.suspended"));
        other.vault.tenant_resume(&op, &default()).await.unwrap();
        assert_eq!(get().await, Ok(()));
        assert_eq!(coded(one.vault.get(&op, &path("dev/A"), Which::CURRENT).await.map(drop)), Ok(()));
    });
}

#[test]
fn neighbours_go_on_and_lists_say_who_is_suspended() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let acme = op_in("acme");
        vault.vault.tenant_create(&op, &acme.tenant).await.unwrap();
        vault.vault.tenant_suspend(&op, &default()).await.unwrap();
        assert_eq!(coded(vault.vault.set(&acme, write("dev/A", "one")).await.map(drop)), Ok(()));
        let listed = async || {
            let tenants = vault.vault.tenant_list(&op).await.unwrap();
            tenants
                .iter()
                .map(|tenant| (tenant.name.as_str().to_owned(), tenant.suspended))
                .collect::<Vec<_>>()
        };
        let since = Some(op.now);
        assert_eq!(listed().await, [("acme".to_owned(), None), ("default".to_owned(), since)]);
        let later = Op { now: op.now.plus_seconds(60), ..TestVault::op().unwrap() };
        vault.vault.tenant_suspend(&later, &default()).await.unwrap();
        assert_eq!(listed().await[1].1, since, "it stays so, since when it was");
        vault.vault.tenant_resume(&op, &default()).await.unwrap();
        vault.vault.tenant_resume(&op, &default()).await.unwrap();
        assert_eq!(listed().await[1].1, None);
        let below = TenantName::parse("acme/eu").unwrap();
        vault.vault.tenant_create(&op, &below).await.unwrap();
        vault.vault.tenant_create(&op, &TenantName::parse("acme-eu").unwrap()).await.unwrap();
        let children = vault.vault.tenant_list_below(&op, Some(&acme.tenant)).await.unwrap();
        assert_eq!(children.iter().map(|tenant| &tenant.name).collect::<Vec<_>>(), [&below]);
        let unknown = TenantName::parse("nobody").unwrap();
        for answer in
            [vault.vault.tenant_suspend(&op, &unknown).await, vault.vault.tenant_resume(&op, &unknown).await]
        {
            assert_eq!(coded(answer), Err("tenant.not_found"));
        }
    });
}

/// Both logs say so, and agree with the store; the log goes on, and the operator reads and proves what is in it.
#[test]
fn t_l3_both_logs_say_so_and_the_log_goes_on() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let owner = vault.member(1, &[(Role::Owner, "**")]).await.unwrap();
        let vault = &vault.vault;
        vault.tenant_suspend(&op, &default()).await.unwrap();
        let refused = vault.get(&owner, &path("dev/A"), Which::CURRENT).await.unwrap_err();
        assert!(refused.entry().is_some() && refused.fix().contains("coffer tenant resume default"));
        vault.upkeep(&op, UpkeepSettings { retention_days: 365 }).await.unwrap();
        let log = async |instance| {
            let log = vault.audit_query(&op, &EntryFilter::default(), None, 100, instance).await.unwrap();
            let lines = log.entries.into_iter().filter(|entry| !entry.action.starts_with("audit_"));
            lines.map(|entry| (entry.action, entry.path, entry.outcome)).collect::<Vec<_>>()
        };
        let line = |action: &str, path: &str, outcome: &str| {
            (action.to_owned(), path.to_owned(), outcome.to_owned())
        };
        let theirs = log(false).await;
        assert_eq!(
            theirs[theirs.len() - 2..],
            [line("tenant_suspend", "", "done"), line("secret_get", "dev/A", "refused")]
        );
        assert_eq!(log(true).await.last().unwrap(), &line("tenant_suspend", "default", "done"));
        for instance in [false, true] {
            let report = vault.audit_verify(&op, &[], instance, &|_| ()).await.unwrap();
            assert_eq!(report.problems, Vec::<String>::new(), "instance: {instance}");
        }
        assert_eq!(vault.check(&op, &|_| ()).await.unwrap().problems, Vec::<String>::new());
        vault.tenant_resume(&op, &default()).await.unwrap();
        assert_eq!(log(false).await.last().unwrap(), &line("tenant_resume", "", "done"));
        for instance in [false, true] {
            let report = vault.audit_verify(&op, &[], instance, &|_| ()).await.unwrap();
            assert_eq!(report.problems, Vec::<String>::new(), "instance: {instance}");
        }
    });
}

#[test]
fn only_who_manages_the_instance_suspends() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let owner = vault.member(1, &[(Role::Owner, "**")]).await.unwrap();
        // A member of the tenant is nobody in the instance.
        let error = vault.vault.tenant_suspend(&owner, &default()).await.unwrap_err();
        assert_eq!(error.code(), "access.denied");
        assert_eq!(coded(vault.vault.tenant_resume(&owner, &default()).await), Err("access.denied"));
        assert_eq!(coded(vault.set("dev/A", "one").await.map(drop)), Ok(()));
    });
}

/// A store whose tenant's record was put back: the tenant answers again, and the log says that it should not.
#[test]
fn t_c1_a_suspension_that_was_rolled_back_is_found() {
    block_on(async {
        let storage = memory();
        let vault = TestVault::over(storage.clone()).await.unwrap();
        let op = TestVault::op().unwrap();
        let before = crate::support::records(storage.as_ref()).await;
        vault.vault.tenant_suspend(&op, &default()).await.unwrap();
        // The tenant's own record is table 0x11: see docs/formats.md.
        let (key, record) = before.iter().find(|(key, _)| key.as_bytes()[16] == 0x11).unwrap();
        let put =
            coffer_engine::storage::Put { key: *key, revision: record.revision, value: record.value.clone() };
        let batches = vec![coffer_engine::storage::Batch { put: vec![put], ..Default::default() }];
        let entries = Box::new(crate::support::NoEntries);
        let durability = coffer_engine::storage::Durability::Written;
        storage.clone().commit(coffer_engine::storage::Group { batches, entries, durability }).await.unwrap();
        let report = vault.vault.audit_verify(&op, &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems.len(), 1, "{:?}", report.problems);
        assert!(report.problems[0].contains("not the one that was last written"), "{:?}", report.problems);
    });
}
