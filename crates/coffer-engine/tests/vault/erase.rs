//! Tenants are erased: their keys, and then all that is left of them, whenever that is interrupted; and what is certified of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coffer_engine::access::{IdentityKind, Role};
use coffer_engine::audit::EntryFilter;
use coffer_engine::secret::Value;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Batch, Durability, Group, Storage, StorageError, Verdict};
use coffer_engine::tenant::{TenantId, TenantName};
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::token::{Token, TokenHash};
use coffer_engine::vault::{Certificate, NewToken, UpkeepSettings};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};
use coffer_log::{ErasureState, KeyHistory};

use crate::members::{grant, name};
use crate::support::{NoEntries, coded, folder, memory, op_in, path, records, text, write};

const KEPT: UpkeepSettings = UpkeepSettings { retention_days: 365 };
/// More rows than one commit removes.
const SECRETS: usize = 300;

fn acme() -> TenantName {
    TenantName::parse("acme").unwrap()
}

fn op() -> Op {
    TestVault::op().unwrap()
}

fn later(days: u64) -> Op {
    Op { now: op().now.plus_seconds(days * 24 * 60 * 60), ..op() }
}

/// A tenant with secrets, a member, a token, entries in its log and pending ones.
async fn filled(vault: &TestVault, secrets: usize) -> (TenantId, Token) {
    let id = vault.vault.tenant_create(&op(), &acme()).await.unwrap();
    let op = op_in("acme");
    let all = (0..secrets).map(|number| (path(&format!("dev/N{number}")), Value::text("a value"))).collect();
    vault.vault.set_all(&op, all).await.unwrap();
    vault.vault.audit_query(&op, &EntryFilter::default(), None, 10, false).await.unwrap();
    let grants = [grant(Role::Owner, "**")];
    vault
        .vault
        .member_create(
            &op,
            &name("maya"),
            &coffer_engine::vault::NewMember::with(IdentityKind::Human, grants.to_vec()),
            false,
        )
        .await
        .unwrap();
    let new = NewToken {
        member: Some(name("maya")),
        ttl_seconds: 3600,
        max_seconds: 3600,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    };
    let token = vault.vault.token_create(&op, &new, false).await.unwrap().0;
    vault.vault.get(&with(&token), &path("dev/N0"), Which::CURRENT).await.unwrap();
    (id, token)
}

fn with(token: &Token) -> Op {
    Op { actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()), ..op_in("acme") }
}

async fn names(vault: &TestVault) -> Vec<String> {
    let all = vault.vault.tenant_list(&op()).await.unwrap();
    all.into_iter().map(|tenant| tenant.name.as_str().to_owned()).collect()
}

/// What a stranger finds in it, who knows the first key of the instance's log.
async fn checked(vault: &TestVault, certificate: &Certificate) -> coffer_log::Erasure {
    let known = vault.vault.audit_keys(&op(), true).await.unwrap();
    let history = KeyHistory::from_notes(&certificate.keys).unwrap();
    assert_eq!(history.genesis(), known.genesis());
    history.check_erasure(&certificate.note).unwrap().erasure().clone()
}

async fn is_sound(vault: &TestVault) {
    for instance in [true, false] {
        let report = vault.vault.audit_verify(&op(), &[], instance, &|_| {}).await.unwrap();
        assert_eq!(report.problems, [""; 0]);
    }
}

/// The commits fail from one of them on, as when the process dies there: each in turn, until none does. Then another process goes on: by
/// upkeep, or because it is asked for once more.
#[test]
fn t_n4_erasure_is_complete_wherever_it_was_interrupted() {
    let mut interrupted = 0;
    for (at, by_upkeep) in (0..).flat_map(|at| [(at, true), (at, false)]) {
        let is_through = block_on(async {
            let memory = memory();
            let left = Arc::new(AtomicUsize::new(usize::MAX));
            let counted = Arc::clone(&left);
            let storage = Hooked::new(Arc::clone(&memory), move |_, _| {
                let alive =
                    counted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
                alive.is_err().then_some(Err(StorageError::Interrupted))
            });
            let vault = TestVault::over(storage).await.unwrap();
            vault.set("dev/A", "of another tenant").await.unwrap();
            let (id, token) = filled(&vault, SECRETS).await;
            let before = vault.vault.rows_of(id).await.unwrap();
            assert!(before > 600, "{before} rows, which is more than one commit removes");
            left.store(at, Ordering::Relaxed);
            let erased = vault.vault.tenant_erase(&op(), &acme(), 0).await;
            drop(vault);

            let vault = TestVault::over(Arc::clone(&memory) as Arc<dyn Storage>).await.unwrap();
            let is_there = names(&vault).await.contains(&"acme".to_owned());
            assert!(!is_there || erased.is_err());
            if is_there {
                // Nothing was destroyed, or else all keys were.
                assert!(vault.vault.get(&with(&token), &path("dev/N0"), Which::CURRENT).await.is_ok());
            } else {
                assert_eq!(
                    coded(vault.vault.get(&with(&token), &path("dev/N0"), Which::CURRENT).await.map(drop)),
                    Err("token.invalid")
                );
            }
            let asked = if is_there || !by_upkeep {
                coded(vault.vault.tenant_erase(&op(), &acme(), 0).await.map(|erased| erased.tenant))
            } else {
                let upkeep = vault.vault.upkeep(&op(), KEPT).await.unwrap();
                assert_eq!(upkeep.erased, usize::from(erased.is_err()));
                Ok(id)
            };
            match &erased {
                Err(_) => assert_eq!(asked, Ok(id)),
                Ok(_) if by_upkeep => {}
                Ok(_) => assert_eq!(asked, Err("tenant.not_found"), "nothing is left to do"),
            }

            assert_eq!(vault.vault.rows_of(id).await.unwrap(), 0);
            let in_instance = |key: &[u8]| key[16] != 0x07 && key.windows(16).any(|part| part == id.bytes());
            let known = records(memory.as_ref()).await;
            let known: Vec<_> = known.iter().filter(|(key, _)| in_instance(key.as_bytes())).collect();
            assert!(known.is_empty(), "{known:?}");
            assert_eq!(names(&vault).await, ["default"]);
            let certificate = vault.vault.tenant_certificate(&op(), &acme(), Some(id)).await.unwrap();
            let certificate = checked(&vault, &certificate).await;
            assert_eq!(certificate.state(), ErasureState::Complete);
            assert!(certificate.rows > 600 && certificate.keys >= 3, "{certificate:?}");
            is_sound(&vault).await;
            let other = vault.vault.get(&op(), &path("dev/A"), Which::CURRENT).await.unwrap();
            assert_eq!(text(&other), "of another tenant");
            vault.vault.upkeep(&later(1), KEPT).await.unwrap();
            erased.is_ok()
        });
        if is_through && !by_upkeep {
            break;
        }
        interrupted += 1;
    }
    assert!(interrupted >= 10, "{interrupted}");
}

/// Whoever is nobody any more is told what a stranger is told; and who has it open in another process, too.
#[test]
fn an_erased_tenant_is_absent_for_its_tokens_and_for_other_processes() {
    block_on(async {
        let storage: Arc<MemoryStorage> = memory();
        let vault = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
        let (id, token) = filled(&vault, 3).await;
        let other = TestVault::over(storage).await.unwrap();
        let get = async |vault: &TestVault, op: &Op| {
            coded(vault.vault.get(op, &path("dev/N0"), Which::CURRENT).await.map(drop))
        };
        for vault in [&vault, &other] {
            assert_eq!(get(vault, &with(&token)).await, Ok(()));
            vault.vault.list(&op_in("acme"), &folder(""), true).await.unwrap();
        }
        let full = other.vault.usage();
        vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap();
        for vault in [&vault, &other] {
            assert_eq!(get(vault, &with(&token)).await, Err("token.invalid"));
            assert_eq!(get(vault, &op_in("acme")).await, Err("tenant.not_found"));
            let set = vault.vault.set(&with(&token), write("dev/NEW", "x")).await;
            assert_eq!(coded(set.map(drop)), Err("token.invalid"));
            let log = vault.vault.audit_query(&op_in("acme"), &EntryFilter::default(), None, 9, false).await;
            assert_eq!(coded(log.map(drop)), Err("tenant.not_found"));
            assert_eq!(vault.vault.rows_of(id).await.unwrap(), 0, "nobody has written to it again");
        }
        other.vault.upkeep(&op(), KEPT).await.unwrap();
        // The instance, and where upkeep was the tenant that it has kept up.
        for (vault, open) in [(&vault, 1), (&other, 2)] {
            let usage = vault.vault.usage();
            assert_eq!(usage.tenants_open, open);
            assert!(usage.cache_records < full.cache_records, "{usage:?} {full:?}");
        }
    });
}

#[test]
fn the_name_is_free_and_each_that_had_it_has_its_certificate() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (first, token) = filled(&vault, 3).await;
        let erased = vault.vault.tenant_erase(&op(), &acme(), 35).await.unwrap();
        assert_eq!((erased.tenant, erased.backups_until), (first, later(35).now));
        assert!(erased.removed.is_some() && erased.keys >= 3 && erased.rows > 10, "{erased:?}");
        let second = vault.vault.tenant_create(&op(), &acme()).await.unwrap();
        assert_ne!(first, second);
        let nothing = vault.vault.list(&op_in("acme"), &folder(""), true).await.unwrap();
        assert!(nothing.secrets.is_empty());
        let old = vault.vault.get(&with(&token), &path("dev/N0"), Which::CURRENT).await;
        assert_eq!(coded(old.map(drop)), Err("token.invalid"));
        let state = async |op: &Op, id| {
            let certificate = vault.vault.tenant_certificate(op, &acme(), id).await;
            match coded(certificate) {
                Ok(certificate) => {
                    let said = checked(&vault, &certificate).await;
                    Ok((said.tenant.clone(), said.state()))
                }
                Err(code) => Err(code),
            }
        };
        let hex = |id: TenantId| base16(id.bytes());
        assert_eq!(state(&op(), None).await, Ok((hex(first), ErasureState::Pending)));
        assert_eq!(state(&later(34), None).await, Ok((hex(first), ErasureState::Pending)));
        assert_eq!(state(&later(35), None).await, Ok((hex(first), ErasureState::Complete)));
        assert_eq!(state(&op(), Some(second)).await, Err("erasure.not_found"));
        vault.vault.tenant_erase(&later(1), &acme(), 0).await.unwrap();
        assert_eq!(state(&later(1), None).await, Ok((hex(second), ErasureState::Complete)), "the last one");
        assert_eq!(state(&later(1), Some(first)).await, Ok((hex(first), ErasureState::Pending)));
        let nobody = vault.vault.tenant_certificate(&op(), &TenantName::parse("nobody").unwrap(), None).await;
        assert_eq!(coded(nobody.map(drop)), Err("erasure.not_found"));
    });
}

/// The key that signs changes each week: a certificate comes with all of them, and the last one signs.
#[test]
fn a_certificate_is_proved_from_the_first_key_on() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        filled(&vault, 1).await;
        vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap();
        let first = vault.vault.tenant_certificate(&op(), &acme(), None).await.unwrap();
        assert_eq!(first.keys.len(), 1);
        for weeks in [1, 2, 3] {
            let certificate = vault.vault.tenant_certificate(&later(weeks * 8), &acme(), None).await.unwrap();
            assert_eq!(certificate.keys.len(), usize::try_from(weeks).unwrap() + 1);
            let known = KeyHistory::from_notes(&certificate.keys).unwrap();
            assert_eq!(
                known.check_erasure(&certificate.note).unwrap().epoch(),
                u32::try_from(weeks).unwrap()
            );
            let said = checked(&vault, &certificate).await;
            let edited = certificate.note.to_string().replace("rows ", "rows 1");
            let edited = coffer_log::SignedNote::parse(&edited).unwrap();
            assert!(known.check_erasure(&edited).is_err());
            assert_eq!((said.name.as_str(), said.log_size > 0), ("acme", true));
        }
    });
}

/// The last head that the instance knows of is the tenant's last word: what the certificate names is what it had committed to.
#[test]
fn where_its_log_ended_is_in_the_entry_and_in_the_certificate() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (id, _) = filled(&vault, 3).await;
        let before = vault.vault.audit_publish(&op_in("acme"), "somebody", false).await.unwrap();
        let erased = vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap();
        let certificate = vault.vault.tenant_certificate(&op(), &acme(), None).await.unwrap();
        let said = checked(&vault, &certificate).await;
        assert_eq!(said.log_size, before.size());
        assert!(before.note().text().contains(&said.log_root.to_base64()));
        let log = vault.vault.audit_query(&op(), &EntryFilter::default(), None, 99, true).await.unwrap();
        let of = |action: &str| log.entries.iter().filter(|entry| entry.action == action).collect::<Vec<_>>();
        let (erase, sweeps) = (of("tenant_erase"), of("tenant_sweep"));
        let detail = erase[0].detail.as_ref().unwrap();
        assert_eq!((erase.len(), erase[0].path.as_str(), erase[0].outcome.as_str()), (1, "acme", "done"));
        assert_eq!(detail["log_root"], said.log_root.to_base64());
        assert_eq!((&detail["log_size"], &detail["keys"]), (&said.log_size.into(), &erased.keys.into()));
        assert_eq!(detail["tenant"], base16(id.bytes()));
        let last = sweeps.last().unwrap().detail.as_ref().unwrap();
        assert_eq!((&last["last"], &last["rows"]), (&true.into(), &erased.rows.into()));
        let certified = of("tenant_certificate")[0].detail.as_ref().unwrap();
        assert_eq!((&certified["state"], &certified["tenant"]), (&"complete".into(), &detail["tenant"]));
    });
}

#[test]
fn a_held_log_and_tenants_below_keep_one_from_being_erased() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (id, token) = filled(&vault, 1).await;
        vault.vault.audit_hold(&op_in("acme"), true, "a case", false).await.unwrap();
        let held = vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap_err();
        assert!(held.code() == "audit.held" && held.entry().is_some());
        vault.vault.audit_hold(&op_in("acme"), false, "it is closed", false).await.unwrap();
        let below = TenantName::parse("acme/eu").unwrap();
        vault.vault.tenant_create(&op(), &below).await.unwrap();
        vault.vault.tenant_create(&op(), &TenantName::parse("acme-other").unwrap()).await.unwrap();
        let parent = vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap_err();
        assert!(parent.code() == "tenant.has_children" && parent.entry().is_some());
        assert!(vault.vault.get(&with(&token), &path("dev/N0"), Which::CURRENT).await.is_ok());
        vault.vault.tenant_erase(&op(), &below, 0).await.unwrap();
        vault.vault.tenant_suspend(&op(), &acme()).await.unwrap();
        vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap();
        assert_eq!(vault.vault.rows_of(id).await.unwrap(), 0);
        assert_eq!(names(&vault).await, ["acme-other", "default"]);
        let nobody = vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap_err();
        assert!(nobody.code() == "tenant.not_found" && nobody.entry().is_some());
        let long = vault.vault.tenant_erase(&op(), &acme(), 36_501).await;
        assert_eq!(coded(long.map(drop)), Err("tenant.backups_too_long"));
    });
}

/// One whose keys don't open is erased as it is: nobody can read it, and it need not stay.
#[test]
fn a_tenant_whose_keys_are_damaged_is_erased_too() {
    block_on(async {
        let storage = memory();
        let vault = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
        let (id, _) = filled(&vault, 3).await;
        drop(vault);
        let index = records(storage.as_ref()).await.into_iter().map(|(key, _)| key);
        let index = index.filter(|key| key.as_bytes()[..16] == *id.bytes() && key.as_bytes()[16] == 0x04);
        let batch = Batch { delete: index.collect(), ..Batch::default() };
        assert_eq!(batch.delete.len(), 1);
        let group =
            Group { batches: vec![batch], entries: Box::new(NoEntries), durability: Durability::Synced };
        assert_eq!(Arc::clone(&storage).commit(group).await, Ok(vec![Verdict::Committed]));
        let vault = TestVault::over(storage).await.unwrap();
        let get = vault.vault.get(&op_in("acme"), &path("dev/N0"), Which::CURRENT).await;
        assert_eq!(coded(get.map(drop)), Err("store.corrupt"));
        vault.vault.tenant_erase(&op(), &acme(), 0).await.unwrap();
        assert_eq!(vault.vault.rows_of(id).await.unwrap(), 0);
        vault.vault.upkeep(&op(), KEPT).await.unwrap();
        is_sound(&vault).await;
    });
}

#[test]
fn only_who_may_destroy_in_the_instance_erases() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        filled(&vault, 1).await;
        let mut erased = Vec::new();
        for role in [Role::Writer, Role::Reader, Role::Rotator, Role::Auditor] {
            let member = of_instance(&vault, role).await;
            erased.push(coded(vault.vault.tenant_erase(&member, &acme(), 0).await.map(drop)));
        }
        assert_eq!(erased, [Err("access.denied"); 4]);
        let of_the_tenant = vault
            .vault
            .tenant_erase(&vault.member(8, &[(Role::Owner, "**")]).await.unwrap(), &acme(), 0)
            .await;
        assert_eq!(
            coded(of_the_tenant.map(drop)),
            Err("access.denied"),
            "an owner of a tenant is nobody in the instance"
        );
        let admin = of_instance(&vault, Role::Admin).await;
        vault.vault.tenant_erase(&admin, &acme(), 0).await.unwrap();
    });
}

/// A member of the instance.
async fn of_instance(vault: &TestVault, role: Role) -> Op {
    let (called, grants) = (name(role.name()), [grant(role, "**")]);
    let id = vault
        .vault
        .member_create(
            &op(),
            &called,
            &coffer_engine::vault::NewMember::with(IdentityKind::Human, grants.to_vec()),
            true,
        )
        .await
        .unwrap();
    Op { actor: Actor::Identity(id), ..op() }
}

fn base16(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
