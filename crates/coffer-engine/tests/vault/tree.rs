//! Who manages a tenant has those below it, and nothing else of the tree; and what is suspended is so with all below it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use coffer_engine::access::Role;
use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::op::Manager;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Key, Storage};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::support::{coded, folder, memory, op_in, path, write};

fn named(raw: &str) -> TenantName {
    TenantName::parse(raw).unwrap()
}

/// The same member, who manages what is below his tenant.
fn as_parent(op: &Op) -> Op {
    Op { manager: Manager::Parent, ..op.clone() }
}

/// `default`, with tenants below it, beside it, and one that is called nearly so.
async fn tree(storage: &Arc<MemoryStorage>) -> TestVault {
    let vault = TestVault::over(Arc::clone(storage) as Arc<dyn Storage>).await.unwrap();
    let op = TestVault::op().unwrap();
    for name in ["default/eu", "default/eu/fr", "default-eu", "acme", "acme/default"] {
        vault.vault.tenant_create(&op, &named(name)).await.unwrap();
    }
    vault
}

async fn read(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::CURRENT).await.map(drop))
}

/// The last entry of this action in a log; and that the log and the store agree.
async fn last(vault: &TestVault, op: &Op, action: &str, instance: bool) -> Option<LoggedEntry> {
    let wanted = EntryFilter { action: Some(action.to_owned()), ..EntryFilter::default() };
    let found = vault.vault.audit_query(op, &wanted, None, 9, instance).await.unwrap().entries.pop();
    let report = vault.vault.audit_verify(op, &[], instance, &|_| ()).await.unwrap();
    assert_eq!(report.problems, [""; 0], "{} {instance}", op.tenant.as_str());
    found
}

/// What each verb about this tenant answers.
async fn every_verb(vault: &TestVault, op: &Op, name: &str) -> Vec<Result<(), &'static str>> {
    let (vault, name) = (&vault.vault, &named(name));
    let moved = named("default/moved");
    vec![
        coded(vault.tenant_show(op, name).await.map(drop)),
        coded(vault.tenant_suspend(op, name).await),
        coded(vault.tenant_resume(op, name).await),
        coded(vault.tenant_rename(op, name, &moved).await),
        coded(vault.tenant_erase(op, &moved, 0).await.map(drop)),
    ]
}

#[test]
fn a_parents_administrator_manages_what_is_below_and_nothing_else() {
    block_on(async {
        let vault = tree(&memory()).await;
        let admin = as_parent(&vault.member(1, &[(Role::Admin, "**")]).await.unwrap());
        for name in ["default", "default-eu", "acme", "acme/default", "nobody"] {
            assert_eq!(every_verb(&vault, &admin, name).await, [Err("tenant.not_found"); 5], "{name}");
            let created = vault.vault.tenant_create(&admin, &named(name)).await;
            assert_eq!(coded(created.map(drop)), Err("tenant.not_below"), "{name}");
        }
        let to = [named("default"), named("moved"), named("default-eu/moved")];
        for to in &to {
            let renamed = vault.vault.tenant_rename(&admin, &named("default/eu/fr"), to).await;
            assert_eq!(coded(renamed), Err("tenant.not_below"), "{to:?}");
        }
        vault.vault.tenant_create(&admin, &named("default/us")).await.unwrap();
        let listed = async |below: Option<&str>| {
            let below = below.map(named);
            let listed = vault.vault.tenant_list_below(&admin, below.as_ref()).await.unwrap();
            listed.iter().map(|one| one.name.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(listed(None).await, ["default/eu", "default/eu/fr", "default/us"]);
        assert_eq!(listed(Some("default/eu")).await, ["default/eu/fr"]);
        assert_eq!(listed(Some("acme")).await, [""; 0]);
        assert_eq!(every_verb(&vault, &admin, "default/us").await, [Ok(()); 5]);
        assert_eq!(every_verb(&vault, &admin, "default/eu/fr").await, [Ok(()); 5]);
        assert_eq!(listed(None).await, ["default/eu"]);
    });
}

#[test]
fn he_reads_nothing_of_it_and_is_nobody_there() {
    block_on(async {
        let vault = tree(&memory()).await;
        let owner = vault.member(1, &[(Role::Owner, "**")]).await.unwrap();
        vault.vault.set(&op_in("default/eu"), write("dev/A", "one")).await.unwrap();
        let there = Op { tenant: named("default/eu"), ..as_parent(&owner) };
        for manager in [Manager::Instance, Manager::Parent] {
            let there = Op { manager, ..there.clone() };
            let error = vault.vault.get(&there, &path("dev/A"), Which::CURRENT).await.unwrap_err();
            assert_eq!(error.code(), "access.denied");
            assert!(error.to_string().contains("no such thing"), "{error}");
            let listed = vault.vault.list(&there, &folder(""), true).await.map(drop);
            assert_eq!(coded(listed), Err("access.denied"));
            let log = vault.vault.audit_query(&there, &EntryFilter::default(), None, 9, false).await;
            assert_eq!(coded(log.map(drop)), Err("access.denied"));
        }
        // Nor does what he may do there follow from what he may do here.
        assert_eq!(
            coded(vault.vault.tenant_suspend(&there, &named("default/eu/fr")).await),
            Err("access.denied")
        );
        // And a parent's member is nobody in the instance.
        let of_instance = vault.vault.tenant_suspend(&owner, &named("default/eu")).await;
        assert_eq!(coded(of_instance), Err("access.denied"));
    });
}

#[test]
fn without_the_right_on_everything_nobody_manages_anything() {
    block_on(async {
        let vault = tree(&memory()).await;
        let partly = vault.member(1, &[(Role::Admin, "dev/**"), (Role::Owner, "prod")]).await.unwrap();
        let reader = vault.member(2, &[(Role::Reader, "**")]).await.unwrap();
        let nobody = Op {
            actor: Actor::Identity(coffer_engine::identity::IdentityId::from_bytes([7; 16])),
            ..reader.clone()
        };
        for member in [&partly, &reader, &nobody] {
            let op = as_parent(member);
            for name in ["default/eu/fr", "default/none", "default", "acme"] {
                let answers = every_verb(&vault, &op, name).await;
                assert_eq!(answers, [Err("access.denied"); 5], "{name}: whether it is there is not told");
            }
            assert_eq!(coded(vault.vault.tenant_list(&op).await.map(drop)), Err("access.denied"));
            let created = vault.vault.tenant_create(&op, &named("default/new")).await;
            assert_eq!(coded(created.map(drop)), Err("access.denied"));
        }
    });
}

/// Who did it is in the parent's log; what the instance's records say in the instance's; and the child is told.
#[test]
fn t_l3_every_log_that_it_concerns_says_so() {
    block_on(async {
        let vault = tree(&memory()).await;
        let op = TestVault::op().unwrap();
        let admin = as_parent(&vault.member(1, &[(Role::Owner, "**")]).await.unwrap());
        let hex = |id: [u8; 16]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        vault.vault.tenant_create(&admin, &named("default/us")).await.unwrap();
        vault.vault.tenant_suspend(&admin, &named("default/us")).await.unwrap();
        let (theirs, child) = (op.clone(), op_in("default/us"));
        for (action, in_child) in [("tenant_create", false), ("tenant_suspend", true)] {
            let mine = last(&vault, &theirs, action, false).await.unwrap();
            assert_eq!((mine.path.as_str(), mine.outcome.as_str()), ("default/us", "done"));
            assert_eq!((mine.actor.id.as_str(), &mine.actor.tenant), (hex([1; 16]).as_str(), &None));
            assert!(mine.changes.is_empty(), "{:?}", mine.changes);
            let in_instance = last(&vault, &op, action, true).await.unwrap();
            assert_eq!(
                (in_instance.path.as_str(), in_instance.actor.id.as_str()),
                ("default/us", hex([1; 16]).as_str())
            );
            assert_eq!(in_instance.actor.tenant.as_deref(), Some(mine.tenant.as_str()));
            assert!(!in_instance.changes.is_empty());
            assert_eq!(in_instance.request, mine.request);
            let told = last(&vault, &child, action, false).await;
            assert_eq!(told.is_some(), in_child, "{action}");
            if let Some(told) = told {
                assert_eq!(
                    (told.path.as_str(), told.actor.tenant.as_deref()),
                    ("", Some(mine.tenant.as_str()))
                );
            }
        }
        vault.vault.tenant_rename(&admin, &named("default/us"), &named("default/ca")).await.unwrap();
        vault.vault.tenant_erase(&admin, &named("default/ca"), 0).await.unwrap();
        let erased = last(&vault, &theirs, "tenant_erase", false).await.unwrap();
        assert_eq!(erased.detail, last(&vault, &op, "tenant_erase", true).await.unwrap().detail);
        // Of whom the instance's own member manages, the log says so too.
        vault.vault.tenant_suspend(&op, &named("default/eu")).await.unwrap();
        let told = last(&vault, &op_in("default/eu"), "tenant_suspend", false).await.unwrap();
        assert_eq!(told.actor.tenant, Some(hex([0; 16])));
    });
}

/// Another process, which has the tenants open and everything in its cache, answers nothing below one that is suspended.
#[test]
fn what_is_below_a_suspended_tenant_is_not_answered_on_any_server() {
    block_on(async {
        let storage = memory();
        let one = tree(&storage).await;
        let other = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        let all = ["default", "default/eu", "default/eu/fr", "default-eu", "acme"];
        for name in all {
            one.vault.set(&op_in(name), write("dev/A", "one")).await.unwrap();
            assert_eq!(read(&other, &op_in(name)).await, Ok(()));
        }
        let answers = async || {
            let mut answers = Vec::new();
            for name in all {
                answers.push(read(&other, &op_in(name)).await);
            }
            answers
        };
        let no = Err("tenant.suspended");
        one.vault.tenant_suspend(&op, &named("default/eu")).await.unwrap();
        assert_eq!(answers().await, [Ok(()), no, no, Ok(()), Ok(())]);
        let error =
            other.vault.get(&op_in("default/eu/fr"), &path("dev/A"), Which::CURRENT).await.unwrap_err();
        assert!(error.fix().contains("coffer tenant resume default/eu`"), "{}", error.fix());
        one.vault.tenant_suspend(&op, &named("default")).await.unwrap();
        assert_eq!(answers().await, [no, no, no, Ok(()), Ok(())]);
        // Its members manage nothing meanwhile, and what was made below it is no more answered than it.
        let admin = as_parent(&op);
        assert_eq!(coded(other.vault.tenant_resume(&admin, &named("default/eu")).await), no);
        one.vault.tenant_create(&op, &named("default/new")).await.unwrap();
        assert_eq!(read(&other, &op_in("default/new")).await, no);
        one.vault.tenant_resume(&op, &named("default")).await.unwrap();
        assert_eq!(answers().await, [Ok(()), no, no, Ok(()), Ok(())]);
        other.vault.tenant_resume(&admin, &named("default/eu")).await.unwrap();
        assert_eq!(answers().await, [Ok(()); 5]);
    });
}

/// A tenant that is made above one that is there is above it from then on.
#[test]
fn a_tenant_that_is_made_above_another_counts_at_once() {
    block_on(async {
        let storage = memory();
        let one = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
        let other = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        one.vault.tenant_create(&op, &named("a/b/c")).await.unwrap();
        one.vault.set(&op_in("a/b/c"), write("dev/A", "one")).await.unwrap();
        assert_eq!(read(&other, &op_in("a/b/c")).await, Ok(()));
        one.vault.tenant_create(&op, &named("a")).await.unwrap();
        assert_eq!(read(&other, &op_in("a/b/c")).await, Ok(()));
        one.vault.tenant_suspend(&op, &named("a")).await.unwrap();
        assert_eq!(read(&other, &op_in("a/b/c")).await, Err("tenant.suspended"));
    });
}

/// What happens in the moment before the commit of a verb: somebody else makes a tenant below.
async fn with_a_child_in_between(name: &'static str, child: &'static str) -> TestVault {
    let memory = memory();
    let rival = tree(&memory).await;
    let id = rival.vault.tenant_create(&TestVault::op().unwrap(), &named(name)).await.unwrap();
    let is_done = AtomicBool::new(false);
    let storage = Hooked::new(memory, move |_, group| {
        // It renews the epoch of this tenant, or takes it away.
        let is_epoch = |key: &Key| key.as_bytes().starts_with(id.bytes()) && key.as_bytes()[16] == 0x05;
        let about = group.batches.iter().any(|batch| {
            batch.delete.iter().any(is_epoch) || batch.touch.iter().any(|(key, _)| is_epoch(key))
        });
        if about && !is_done.swap(true, Ordering::Relaxed) {
            let rival = rival.vault.clone();
            let made = std::thread::spawn(move || {
                block_on(rival.tenant_create(&TestVault::op().unwrap(), &named(child))).map(drop)
            });
            made.join().unwrap().unwrap();
        }
        None
    });
    TestVault::over(storage).await.unwrap()
}

#[test]
fn no_tenant_is_renamed_or_erased_from_above_one_that_is_made_meanwhile() {
    block_on(async {
        let op = TestVault::op().unwrap();
        for child in ["x/y", "x/y/z"] {
            let vault = with_a_child_in_between("x", child).await;
            assert_eq!(
                coded(vault.vault.tenant_rename(&op, &named("x"), &named("z")).await),
                Err("tenant.has_children")
            );
            let vault = with_a_child_in_between("x", child).await;
            let erased = vault.vault.tenant_erase(&op, &named("x"), 0).await;
            assert_eq!(coded(erased.map(drop)), Err("tenant.has_children"));
        }
    });
}

/// What was decided on the rights that somebody had in the parent, or on its name, ends with them.
#[test]
fn what_is_withdrawn_in_the_parent_holds_for_what_it_manages() {
    block_on(async {
        let storage = memory();
        let (one, other) = (tree(&storage).await, TestVault::over(storage).await.unwrap());
        let op = TestVault::op().unwrap();
        let member = one.member(1, &[(Role::Admin, "**")]).await.unwrap();
        let admin = as_parent(&member);
        let show = async || coded(other.vault.tenant_show(&admin, &named("default/eu")).await.map(drop));
        assert_eq!(show().await, Ok(()));
        one.member(1, &[]).await.unwrap();
        assert_eq!(show().await, Err("access.denied"));
        one.member(1, &[(Role::Admin, "**")]).await.unwrap();
        assert_eq!(show().await, Ok(()));
        // The child leaves the tree of this parent: from then on it is not there for him.
        one.vault.tenant_rename(&op, &named("default/eu/fr"), &named("acme/fr")).await.unwrap();
        one.vault.tenant_rename(&op, &named("default/eu"), &named("acme/eu")).await.unwrap();
        assert_eq!(show().await, Err("tenant.not_found"));
        let there = coded(other.vault.tenant_show(&admin, &named("acme/eu")).await.map(drop));
        assert_eq!(there, Err("tenant.not_found"));
    });
}
