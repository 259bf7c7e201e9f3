//! Tenants that their own members have locked: nobody opens anything of them, whatever he runs and has.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::lock_code::LockCode;
use coffer_engine::quota::QuotaChange;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Key, Record, Storage};
use coffer_engine::tenant::{TenantId, TenantName};
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::vault::UpkeepSettings;
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::support::{coded, memory, op_in, path, records, write};

const SETTINGS: UpkeepSettings = UpkeepSettings { retention_days: 365 };

fn named(raw: &str) -> TenantName {
    TenantName::parse(raw).unwrap()
}

fn code() -> LockCode {
    LockCode::generate().unwrap()
}

/// Two processes over one store, in which `acme` has a secret that both have read.
async fn two(storage: &Arc<MemoryStorage>) -> (TestVault, TestVault, TenantId) {
    let over = || TestVault::over(Arc::clone(storage) as Arc<dyn Storage>);
    let (one, other) = (over().await.unwrap(), over().await.unwrap());
    let id = one.vault.tenant_create(&TestVault::op().unwrap(), &named("acme")).await.unwrap();
    one.vault.set(&op_in("acme"), write("dev/A", "one")).await.unwrap();
    assert_eq!(read(&other, &op_in("acme")).await, Ok(()));
    (one, other, id)
}

async fn read(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::CURRENT).await.map(drop))
}

/// The records of a table: of the tenant's own, or of the instance's about it.
fn of_table(all: &[(Key, Record)], id: TenantId, table: u8) -> usize {
    let own = [id.bytes().as_slice(), &[table]].concat();
    let about = [[0; 16].as_slice(), &[table], id.bytes()].concat();
    all.iter()
        .filter(|(key, _)| key.as_bytes().starts_with(&own) || key.as_bytes().starts_with(&about))
        .count()
}

#[test]
fn nothing_in_a_locked_tenant_is_answered_on_any_server_until_its_code_comes() {
    block_on(async {
        let storage = memory();
        let (one, other, id) = two(&storage).await;
        let (op, acme, code) = (TestVault::op().unwrap(), op_in("acme"), code());
        assert!(one.vault.tenant_lock(&acme, &code).await.unwrap(), "the storage has written over the wraps");
        let member =
            Op { actor: Actor::Identity(coffer_engine::identity::IdentityId::LOCAL), ..acme.clone() };
        // One that is opened with the root key now, and those that had the tenant open.
        let fresh = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
        for vault in [&one, &other, &fresh] {
            for op in [&acme, &member] {
                assert_eq!(read(vault, op).await, Err("tenant.locked"));
                let set = vault.vault.set(op, write("dev/B", "two")).await;
                assert_eq!(coded(set.map(drop)), Err("tenant.locked"));
                let log = vault.vault.audit_query(op, &EntryFilter::default(), None, 9, false).await;
                assert_eq!(coded(log.map(drop)), Err("tenant.locked"));
                assert_eq!(coded(vault.vault.tenant_lock(op, &code).await.map(drop)), Err("tenant.locked"));
            }
            assert_eq!(read(vault, &op).await, Err("secret.not_found"), "its neighbour goes on");
        }
        let stored = records(storage.as_ref()).await;
        assert_eq!((of_table(&stored, id, 0x03), of_table(&stored, id, 0x08)), (0, 1));
        other.vault.tenant_unlock(&acme, &LockCode::read(code.expose()).unwrap()).await.unwrap();
        for vault in [&one, &other, &fresh] {
            assert_eq!(read(vault, &acme).await, Ok(()));
        }
        let stored = records(storage.as_ref()).await;
        assert_eq!((of_table(&stored, id, 0x03), of_table(&stored, id, 0x08)), (1, 0));
    });
}

/// Its own log has an entry before and one after; the instance's has both; all agree with the store.
#[test]
fn t_l3_both_logs_say_so() {
    block_on(async {
        let (one, other, _) = two(&memory()).await;
        let (op, acme, code) = (TestVault::op().unwrap(), op_in("acme"), code());
        let report = async |op: &Op, instance| {
            let report = other.vault.audit_verify(op, &[], instance, &|_| ()).await.unwrap();
            assert_eq!(report.problems, [""; 0], "instance: {instance}");
        };
        one.vault.tenant_lock(&acme, &code).await.unwrap();
        report(&op, true).await;
        assert_eq!(one.vault.log_pending().await.unwrap(), 0, "the last entry is in the tree");
        one.vault.tenant_unlock(&acme, &code).await.unwrap();
        report(&op, true).await;
        report(&acme, false).await;
        let log = async |op: &Op, instance| {
            let log = other.vault.audit_query(op, &EntryFilter::default(), None, 99, instance).await.unwrap();
            let of_lock = log.entries.into_iter().filter(|entry| entry.action.ends_with("lock"));
            of_lock.map(|entry| (entry.action, entry.path, entry.actor.via)).collect::<Vec<_>>()
        };
        let line = |action: &str, path: &str, via: &str| (action.to_owned(), path.to_owned(), via.to_owned());
        assert_eq!(
            log(&acme, false).await,
            [line("tenant_lock", "", "unlocker"), line("tenant_unlock", "", "system")]
        );
        assert_eq!(
            log(&op, true).await,
            [line("tenant_lock", "acme", "unlocker"), line("tenant_unlock", "acme", "system")]
        );
    });
}

#[test]
fn another_code_unlocks_nothing_and_is_told_as_any_other() {
    block_on(async {
        let storage = memory();
        let (one, other, _) = two(&storage).await;
        let (acme, first, second) = (op_in("acme"), code(), code());
        let unlock = async |tenant: &str, code: &LockCode| {
            let unlocked = other.vault.tenant_unlock(&op_in(tenant), code).await;
            unlocked.map_err(|error| (error.code(), error.entry(), error.to_string()))
        };
        let wrong = unlock("acme", &first).await;
        assert_eq!(
            wrong.as_ref().map_err(|(code, entry, _)| (*code, *entry)),
            Err(("lock.code_wrong", None))
        );
        one.vault.tenant_lock(&acme, &first).await.unwrap();
        let before = records(storage.as_ref()).await;
        for (tenant, code) in [("acme", &second), ("nobody", &first), ("default", &first)] {
            assert_eq!(unlock(tenant, code).await, wrong, "{tenant}");
        }
        assert_eq!(records(storage.as_ref()).await, before);
        assert_eq!(unlock("acme", &first).await, Ok(()));
        // Each lock has a code of its own.
        one.vault.tenant_lock(&acme, &second).await.unwrap();
        assert_eq!(unlock("acme", &first).await, wrong);
        assert_eq!(unlock("acme", &second).await, Ok(()));
        assert_eq!(read(&one, &acme).await, Ok(()));
    });
}

#[test]
fn a_code_is_read_as_it_was_made_and_tells_nothing() {
    let code = code();
    let text = code.expose().to_owned();
    assert!(text.starts_with("LOCK-") && text.len() == 40, "its form");
    assert_eq!(LockCode::read(&text.to_lowercase()).unwrap().expose(), text);
    assert_eq!(format!("{code:?}"), "LockCode(..)");
    let mistyped = text.replace(|letter: char| letter == text.chars().nth(6).unwrap(), "Z");
    for other in ["", "LOCK", "ONCE-00000-00000-00000-00000-00000-00000", mistyped.as_str()] {
        assert!(other == text || LockCode::read(other).is_none(), "{other}");
    }
}

/// Whoever runs the instance sees that it is locked, and ends that in no way but to erase it.
#[test]
fn the_instance_can_undo_nothing_and_erase_all() {
    block_on(async {
        let storage = memory();
        let (one, other, id) = two(&storage).await;
        let (op, acme, code) = (TestVault::op().unwrap(), op_in("acme"), code());
        one.vault.tenant_lock(&acme, &code).await.unwrap();
        let (vault, name) = (&other.vault, &named("acme"));
        for (verb, answer) in [
            ("show", coded(vault.tenant_show(&op, name).await.map(drop))),
            ("suspend", coded(vault.tenant_suspend(&op, name).await)),
            ("resume", coded(vault.tenant_resume(&op, name).await)),
            ("rename", coded(vault.tenant_rename(&op, name, &named("moved")).await)),
            ("quota", coded(vault.tenant_quota(&op, name, QuotaChange::default()).await.map(drop))),
            ("undo", coded(vault.tenant_undo(&op, name).await.map(drop))),
        ] {
            assert_eq!(answer, Err("tenant.locked"), "{verb}");
        }
        let wanted = EntryFilter { outcome: Some("refused".to_owned()), ..EntryFilter::default() };
        let refused = vault.audit_query(&op, &wanted, None, 99, true).await.unwrap().entries;
        assert_eq!(refused.len(), 6, "each has its entry");
        let listed = vault.tenant_list(&op).await.unwrap();
        let locked: Vec<_> = listed.iter().map(|one| (one.name.as_str(), one.locked.is_some())).collect();
        assert_eq!(locked, [("acme", true), ("default", false)]);
        assert_eq!(vault.tenants_locked().await.unwrap(), 1);
        let erased = vault.tenant_erase(&op, name, 0).await.unwrap();
        // Its key under the code, the one that hides names, and the one that signs.
        assert_eq!((erased.tenant, erased.keys), (id, 3));
        assert_eq!(vault.tenants_locked().await.unwrap(), 0);
        assert_eq!(one.vault.rows_of(id).await.unwrap(), 0);
        assert_eq!(coded(one.vault.tenant_unlock(&acme, &code).await), Err("lock.code_wrong"));
        let report = vault.audit_verify(&op, &[], true, &|_| ()).await.unwrap();
        assert_eq!(report.problems, [""; 0]);
    });
}

#[test]
fn upkeep_goes_on_around_it_and_lets_go_of_its_keys() {
    block_on(async {
        let (one, other, _) = two(&memory()).await;
        let (op, acme, code) = (TestVault::op().unwrap(), op_in("acme"), code());
        let open = other.vault.usage().tenants_open;
        one.vault.tenant_lock(&acme, &code).await.unwrap();
        // A day later all is due.
        let later = Op { now: op.now.plus_seconds(100_000), ..op.clone() };
        for vault in [&one, &other] {
            vault.vault.upkeep(&later, SETTINGS).await.unwrap();
            vault.vault.expiring(op.now).await.unwrap();
        }
        assert!(other.vault.usage().tenants_open < open);
        one.vault.tenant_unlock(&acme, &code).await.unwrap();
        let later = Op { now: later.now.plus_seconds(100_000), ..op };
        other.vault.upkeep(&later, SETTINGS).await.unwrap();
        assert_eq!(read(&other, &acme).await, Ok(()));
    });
}

#[test]
fn only_who_manages_everything_in_the_tenant_locks_it() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let partly = vault.member(1, &[(Role::Owner, "dev/**")]).await.unwrap();
        let writer = vault.member(2, &[(Role::Writer, "**")]).await.unwrap();
        for op in [&partly, &writer] {
            assert_eq!(coded(vault.vault.tenant_lock(op, &code()).await.map(drop)), Err("access.denied"));
        }
        let admin = vault.member(3, &[(Role::Admin, "**")]).await.unwrap();
        let code = code();
        vault.vault.tenant_lock(&admin, &code).await.unwrap();
        assert_eq!(read(&vault, &admin).await, Err("tenant.locked"));
        vault.vault.tenant_unlock(&admin, &code).await.unwrap();
        assert_eq!(read(&vault, &TestVault::op().unwrap()).await, Ok(()));
    });
}

/// What was decided before the lock, and comes to its commit after it, is not answered.
#[test]
fn a_read_that_was_decided_before_the_lock_fails() {
    block_on(async {
        let memory = memory();
        let rival = TestVault::over(Arc::clone(&memory) as Arc<dyn Storage>).await.unwrap();
        rival.set("dev/A", "one").await.unwrap();
        let (is_armed, locks) = (Arc::new(AtomicBool::new(false)), rival.vault.clone());
        let armed = Arc::clone(&is_armed);
        let storage = Hooked::new(memory, move |_, _| {
            if armed.swap(false, Ordering::AcqRel) {
                let vault = locks.clone();
                let lock = move || block_on(vault.tenant_lock(&TestVault::op().unwrap(), &code())).map(drop);
                std::thread::spawn(lock).join().unwrap().unwrap();
            }
            None
        });
        let vault = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        assert_eq!(read(&vault, &op).await, Ok(()));
        is_armed.store(true, Ordering::Release);
        assert_eq!(read(&vault, &op).await, Err("tenant.locked"));
    });
}
