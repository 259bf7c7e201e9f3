//! Lists of tenants in pages: each reads its own part, and none is of a directory that has changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coffer_engine::storage::Storage;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::vault::{ListPart, SettingsChange};

use crate::support::{memory, op_in};

fn named(raw: &str) -> TenantName {
    TenantName::parse(raw).unwrap()
}

/// The names of a page, and whether there are more.
async fn page(
    vault: &TestVault,
    below: Option<&str>,
    after: Option<&str>,
    limit: usize,
) -> (Vec<String>, bool) {
    let below = below.map(named);
    let part = ListPart { after, limit };
    let page = vault.vault.tenant_page(&TestVault::op().unwrap(), below.as_ref(), part).await.unwrap();
    (page.tenants.iter().map(|one| one.name.as_str().to_owned()).collect(), page.more)
}

#[test]
fn the_directory_is_opened_once_however_many_pages_there_are() {
    block_on(async {
        let storage = memory();
        let opened = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&opened);
        let hooked = Hooked::before_scans(Arc::clone(&storage) as Arc<dyn Storage>, move |prefix| {
            // All lines of the directory, which is the instance's.
            if prefix.len() == 17 && prefix[..16] == [0; 16] && prefix[16] == 0x10 {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
        let vault = TestVault::over(hooked).await.unwrap();
        let op = TestVault::op().unwrap();
        for name in ["b", "a/y", "a", "a/x", "a-x"] {
            vault.vault.tenant_create(&op, &named(name)).await.unwrap();
        }
        let before = opened.load(Ordering::Relaxed);
        let opened = || opened.load(Ordering::Relaxed) - before;
        assert_eq!(page(&vault, None, None, 2).await, (vec!["a".to_owned(), "a-x".to_owned()], true));
        assert_eq!(page(&vault, None, Some("a-x"), 3).await.0, ["a/x", "a/y", "b"]);
        assert_eq!(page(&vault, None, Some("b"), 9).await, (vec!["default".to_owned()], false));
        assert_eq!(page(&vault, Some("a"), None, 9).await.0, ["a/x", "a/y"]);
        assert_eq!(opened(), 1);
        // What another process has made is there at once, and costs one more.
        let other = TestVault::over(storage).await.unwrap();
        other.vault.tenant_create(&op, &named("a/w")).await.unwrap();
        assert_eq!(page(&vault, Some("a"), None, 9).await.0, ["a/w", "a/x", "a/y"]);
        assert_eq!(page(&vault, Some("a"), Some("a/w"), 1).await, (vec!["a/x".to_owned()], true));
        assert_eq!(opened(), 2);
        // What is no line of it changes nothing.
        other.set("dev/A", "one").await.unwrap();
        assert_eq!(page(&vault, None, None, 1).await, (vec!["a".to_owned()], true));
        assert_eq!(opened(), 2);
    });
}

/// Whatever writes a line: another process that has the old names in memory says the new.
#[test]
fn every_verb_that_changes_a_line_is_seen_by_who_has_the_names_in_memory() {
    block_on(async {
        let storage = memory();
        let one = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
        let other = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        let seen = async || {
            let listed = other.vault.tenant_list(&op).await.unwrap();
            let fresh = one.vault.tenant_list(&op).await.unwrap();
            assert_eq!(listed, fresh);
            listed.into_iter().find(|tenant| tenant.name.as_str() != "default")
        };
        assert_eq!(seen().await, None);
        one.vault.tenant_create(&op, &named("acme")).await.unwrap();
        assert!(seen().await.unwrap().suspended.is_none());
        one.vault.tenant_suspend(&op, &named("acme")).await.unwrap();
        assert!(seen().await.unwrap().suspended.is_some());
        one.vault.tenant_resume(&op, &named("acme")).await.unwrap();
        assert!(seen().await.unwrap().suspended.is_none());
        let residency =
            SettingsChange { residency: Some(Some("EU".to_owned())), ..SettingsChange::default() };
        one.vault.tenant_set(&op, &named("acme"), &residency).await.unwrap();
        assert_eq!(seen().await.unwrap().residency.as_deref(), Some("EU"));
        one.vault.tenant_undo(&op, &named("acme")).await.unwrap();
        assert_eq!(seen().await.unwrap().residency, None);
        one.vault.tenant_rename(&op, &named("acme"), &named("shop")).await.unwrap();
        assert_eq!(seen().await.unwrap().name, named("shop"));
        let code = coffer_engine::lock_code::LockCode::generate().unwrap();
        one.vault.tenant_lock(&op_in("shop"), &code).await.unwrap();
        assert!(seen().await.unwrap().locked.is_some());
        one.vault.tenant_unlock(&op_in("shop"), &code).await.unwrap();
        assert!(seen().await.unwrap().locked.is_none());
        one.vault.tenant_erase(&op, &named("shop"), 0).await.unwrap();
        assert_eq!(seen().await, None);
    });
}
