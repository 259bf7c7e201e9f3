//! What is set of a tenant: it makes things stricter, at once, on every server; it is told in the log, and can be taken back.

use std::sync::Arc;
use std::sync::Mutex;

use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::op::Manager;
use coffer_engine::quota::QuotaChange;
use coffer_engine::storage::{Durability, Storage};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::vault::{NewToken, SettingsChange, TenantSettings, Write};
use coffer_engine::version::Which;

use crate::support::{coded, memory, path, write};

fn default() -> TenantName {
    TenantName::default_tenant()
}

fn stays_in(mark: &str) -> SettingsChange {
    SettingsChange { residency: Some(Some(mark.to_owned())), ..SettingsChange::default() }
}

/// A write of a secret that has to stay there.
fn staying(raw: &str, mark: &str) -> Write {
    let metadata = MetadataPatch { residency: Some(Some(mark.to_owned())), ..MetadataPatch::default() };
    Write { metadata, ..write(raw, "value") }
}

fn token(ttl_seconds: u64, max_seconds: u64) -> NewToken {
    NewToken {
        member: None,
        ttl_seconds,
        max_seconds,
        uses: None,
        label: String::new(),
        networks: Vec::new(),
    }
}

#[test]
fn a_secret_that_stays_elsewhere_is_refused_by_whoever_has_the_store_open() {
    block_on(async {
        let storage = memory();
        let one = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
        let other = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        let set = async |write| coded(other.vault.set(&op, write).await.map(drop));
        assert_eq!(set(staying("dev/US", "US")).await, Ok(()));
        one.vault.tenant_set(&op, &default(), &stays_in("EU")).await.unwrap();
        assert_eq!(set(staying("dev/A", "US")).await, Err("tenant.residency"));
        assert_eq!(set(staying("dev/A", "EU")).await, Ok(()));
        assert_eq!(set(write("dev/B", "without a mark")).await, Ok(()));
        // What was there stays, and is written again once it has the right mark.
        assert_eq!(coded(other.vault.get(&op, &path("dev/US"), Which::CURRENT).await.map(drop)), Ok(()));
        assert_eq!(set(write("dev/US", "two")).await, Err("tenant.residency"));
        assert_eq!(set(staying("dev/US", "EU")).await, Ok(()));
        let error = other.vault.set(&op, staying("dev/A", "US")).await.unwrap_err();
        assert!(
            error.entry().is_some() && error.to_string().contains("US") && error.to_string().contains("EU")
        );
        for wrong in ["", "E U", "\u{e9}", &"E".repeat(65)] {
            let set = one.vault.tenant_set(&op, &default(), &stays_in(wrong)).await;
            assert_eq!(coded(set.map(drop)), Err("tenant.residency_invalid"), "{wrong:?}");
        }
    });
}

#[test]
fn tokens_last_as_long_as_the_tenant_says_from_then_on() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (op, vault) = (TestVault::op().unwrap(), &vault.vault);
        let (_, before) = vault.token_create(&op, &token(86_400, 86_400), false).await.unwrap();
        let eight = SettingsChange { token_max_seconds: Some(Some(28_800)), ..SettingsChange::default() };
        vault.tenant_set(&op, &default(), &eight).await.unwrap();
        for (ttl, max, made) in [
            (28_800, 28_800, Ok(())),
            (28_801, 28_801, Err("token.lifetime")),
            (60, 86_400, Err("token.lifetime")),
        ] {
            assert_eq!(
                coded(vault.token_create(&op, &token(ttl, max), false).await.map(drop)),
                made,
                "{ttl} {max}"
            );
        }
        // Of the instance, and of those that were made before, it says nothing.
        assert_eq!(coded(vault.token_create(&op, &token(86_400, 86_400), true).await.map(drop)), Ok(()));
        let listed = vault.token_list(&op, false).await.unwrap();
        assert!(listed.iter().any(|token| token.expires == before.expires));
        for wrong in [0, 59, 366 * 86_400 + 1] {
            let change = SettingsChange { token_max_seconds: Some(Some(wrong)), ..SettingsChange::default() };
            let set = vault.tenant_set(&op, &default(), &change).await;
            assert_eq!(coded(set.map(drop)), Err("tenant.token_lifetime"), "{wrong}");
        }
    });
}

#[test]
fn reads_are_synced_where_the_tenant_says_so_and_elsewhere_are_not() {
    block_on(async {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&seen);
        let storage = Hooked::new(memory(), move |_, group| {
            noted.lock().unwrap().push(group.durability);
            None
        });
        let vault = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let read = async || {
            seen.lock().unwrap().clear();
            vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap();
            seen.lock().unwrap().clone()
        };
        assert_eq!(read().await, [Durability::Written]);
        let synced = |synced| SettingsChange { synced_reads: Some(synced), ..SettingsChange::default() };
        vault.vault.tenant_set(&op, &default(), &synced(true)).await.unwrap();
        // The first may meet the old epoch once.
        assert_eq!(read().await.last(), Some(&Durability::Synced));
        assert_eq!(read().await, [Durability::Synced]);
        vault.vault.tenant_set(&op, &default(), &synced(false)).await.unwrap();
        assert_eq!(read().await.last(), Some(&Durability::Written));
    });
}

#[test]
fn changes_of_both_are_taken_back_in_turn_and_told_as_lines() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (op, vault) = (TestVault::op().unwrap(), &vault.vault);
        let limit = |secrets| QuotaChange { secrets: Some(Some(secrets)), ..QuotaChange::default() };
        vault.tenant_quota(&op, &default(), limit(5)).await.unwrap();
        vault.tenant_set(&op, &default(), &stays_in("EU")).await.unwrap();
        // What changes nothing is no step.
        vault.tenant_set(&op, &default(), &stays_in("EU")).await.unwrap();
        vault.tenant_quota(&op, &default(), limit(9)).await.unwrap();
        let shown = vault.tenant_show(&op, &default()).await.unwrap();
        let eu = TenantSettings { residency: Some("EU".to_owned()), ..TenantSettings::default() };
        assert_eq!((&shown.settings, shown.quota.secrets, shown.undo_steps), (&eu, Some(9), 3));
        assert_eq!(vault.tenant_list(&op).await.unwrap()[0].residency.as_deref(), Some("EU"));
        for (settings, secrets, left) in
            [(eu, Some(5), 2), (TenantSettings::default(), Some(5), 1), (TenantSettings::default(), None, 0)]
        {
            let undone = vault.tenant_undo(&op, &default()).await.unwrap();
            assert_eq!((undone.settings, undone.quota.secrets, undone.undo_steps), (settings, secrets, left));
        }
        assert_eq!(coded(vault.tenant_undo(&op, &default()).await.map(drop)), Err("undo.nothing"));
        assert_eq!(vault.tenant_list(&op).await.unwrap()[0].residency, None);
        let told = async |action: &str, instance| {
            let wanted = EntryFilter { action: Some(action.to_owned()), ..EntryFilter::default() };
            let log = vault.audit_query(&op, &wanted, None, 99, instance).await.unwrap().entries;
            log.into_iter().map(|entry| entry.detail.unwrap()["added"].to_string()).collect::<Vec<_>>()
        };
        for instance in [false, true] {
            assert_eq!(told("tenant_set", instance).await, ["[\"residency EU\"]", "[]"]);
            let report = vault.audit_verify(&op, &[], instance, &|_| ()).await.unwrap();
            assert_eq!(report.problems, [""; 0]);
        }
    });
}

#[test]
fn a_parents_member_sets_what_is_below_and_not_his_own() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let below = TenantName::parse("default/eu").unwrap();
        vault.vault.tenant_create(&op, &below).await.unwrap();
        let admin = vault.member(1, &[(Role::Admin, "**")]).await.unwrap();
        let admin = Op { manager: Manager::Parent, ..admin };
        let writer =
            Op { manager: Manager::Parent, ..vault.member(2, &[(Role::Writer, "**")]).await.unwrap() };
        let set = async |op: &Op, name: &TenantName| {
            coded(vault.vault.tenant_set(op, name, &stays_in("EU")).await.map(drop))
        };
        assert_eq!(set(&writer, &below).await, Err("access.denied"));
        assert_eq!(set(&admin, &default()).await, Err("tenant.not_found"));
        assert_eq!(set(&admin, &below).await, Ok(()));
        // It stays so through a lock of its own.
        let code = coffer_engine::lock_code::LockCode::generate().unwrap();
        let inside = Op { tenant: below.clone(), ..op.clone() };
        vault.vault.tenant_lock(&inside, &code).await.unwrap();
        vault.vault.tenant_unlock(&inside, &code).await.unwrap();
        let listed = vault.vault.tenant_list_below(&op, Some(&default())).await.unwrap();
        assert_eq!((listed[0].residency.as_deref(), listed[0].locked), (Some("EU"), None));
    });
}
