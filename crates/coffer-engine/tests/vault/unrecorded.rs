//! T-L4: the entry can't be written. Then nothing is read and nothing is changed, whatever the reason; and when the storage is
//! well again, the same vault goes on.

use std::sync::{Arc, Mutex};

use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::audit::EntryFilter;
use coffer_engine::error::ErrorKind;
use coffer_engine::quota::QuotaChange;
use coffer_engine::secret::Value;
use coffer_engine::storage::{Batch, Durability, Group, Put, Record, Storage, StorageError};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::unlock::Passphrase;
use coffer_engine::vault::Write;
use coffer_engine::version::Which;
use coffer_engine::{Error, Op};

use crate::support::{NoEntries, folder, memory, number, path, records, text, write};

/// A value that the other one is filled into.
fn template() -> Write {
    Write { references: true, ..write("dev/TEMPLATE", "${A}") }
}

/// What every verb answered, by its name.
async fn every_verb(vault: &TestVault, op: &Op, file: &[u8]) -> Vec<(&'static str, Result<(), Error>)> {
    let vault = &vault.vault;
    let there = path("dev/A");
    let passphrase = Passphrase::new(
        SecretBytes::copy_from(b"another long passphrase"),
        PassphraseIterations::cheap_for_tests(),
    );
    let unlocker = vault.unlockers(op).await.map(|list| list[0].id);
    vec![
        ("get", vault.get(op, &there, Which::CURRENT).await.map(drop)),
        ("get absent", vault.get(op, &path("dev/ABSENT"), Which::CURRENT).await.map(drop)),
        ("get_all", vault.get_all(op, &[(there.clone(), Which::CURRENT)]).await.map(drop)),
        ("get filled in", vault.get(op, &path("dev/TEMPLATE"), Which::CURRENT).await.map(drop)),
        (
            "get_as_written",
            vault.get_as_written(op, &[(path("dev/TEMPLATE"), Which::CURRENT)]).await.map(drop),
        ),
        ("references", vault.references(op, &there).await.map(drop)),
        ("set", vault.set(op, write("dev/A", "changed")).await.map(drop)),
        ("set template", vault.set(op, template()).await.map(drop)),
        ("set new", vault.set(op, write("new/folder/NEW", "changed")).await.map(drop)),
        ("set_all", vault.set_all(op, vec![(there.clone(), Value::text("changed"))]).await.map(drop)),
        ("rotate", vault.rotate(op, &there, None).await.map(drop)),
        ("list", vault.list(op, &folder(""), true).await.map(drop)),
        ("history", vault.history(op, &there).await.map(drop)),
        ("undo", vault.undo(op, &there).await.map(drop)),
        ("remove", vault.remove(op, &there).await.map(drop)),
        ("destroy version", vault.destroy(op, &there, Some(number(1))).await.map(drop)),
        ("destroy", vault.destroy(op, &there, None).await.map(drop)),
        ("audit_query", vault.audit_query(op, &EntryFilter::default(), None, 10, false).await.map(drop)),
        ("check", vault.check(op, &|_| ()).await.map(drop)),
        ("tenant_create", vault.tenant_create(op, &TenantName::parse("acme").unwrap()).await.map(drop)),
        ("tenant_list", vault.tenant_list(op).await.map(drop)),
        ("tenant_suspend", vault.tenant_suspend(op, &TenantName::default_tenant()).await),
        ("tenant_show", vault.tenant_show(op, &TenantName::default_tenant()).await.map(drop)),
        (
            "tenant_quota",
            vault.tenant_quota(op, &TenantName::default_tenant(), QuotaChange::default()).await.map(drop),
        ),
        ("tenant_undo", vault.tenant_undo(op, &TenantName::default_tenant()).await.map(drop)),
        (
            "tenant_rename",
            vault
                .tenant_rename(op, &TenantName::default_tenant(), &TenantName::parse("moved").unwrap())
                .await,
        ),
        ("tenant_erase", vault.tenant_erase(op, &TenantName::default_tenant(), 0).await.map(drop)),
        (
            "tenant_certificate",
            vault.tenant_certificate(op, &TenantName::default_tenant(), None).await.map(drop),
        ),
        ("member_undo", vault.member_undo(op, &crate::members::name("nobody"), false).await.map(drop)),
        ("tenant_resume", vault.tenant_resume(op, &TenantName::default_tenant()).await),
        ("store_seal", vault.store_seal(op).await),
        ("store_unseal", vault.store_unseal(op, 0).await),
        ("unlocker_add", vault.unlocker_add(op, &passphrase).await.map(drop)),
        ("unlockers", unlocker.map(drop)),
        ("unlocker_remove", vault.unlocker_remove(op, [7; 16]).await.map(drop)),
        ("file_seal", vault.file_seal(op, &there, SecretBytes::copy_from(b"x")).await.map(drop)),
        ("file_open", vault.file_open(op, file).await.map(drop)),
    ]
}

#[test]
fn without_an_entry_nothing_is_read_and_nothing_is_changed() {
    block_on(async {
        let (memory, broken) = (memory(), Arc::new(Mutex::new(None)));
        let cause = Arc::clone(&broken);
        let storage = Hooked::new(Arc::clone(&memory), move |_, _| cause.lock().unwrap().clone().map(Err));
        let vault = TestVault::over(storage).await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        vault.set("dev/A", "two").await.unwrap();
        vault.vault.set(&TestVault::op().unwrap(), template()).await.unwrap();
        let op = TestVault::op().unwrap();
        let stranger = Op { tenant: TenantName::parse("nobody").unwrap(), ..op.clone() };
        let member = vault.member(9, &[]).await.unwrap();
        let file = vault.vault.file_seal(&op, &path("dev/A"), SecretBytes::copy_from(b"x")).await.unwrap();

        let kept = async || -> (Vec<(_, Record)>, usize) {
            (records(memory.as_ref()).await, memory.pending(None, None, usize::MAX).await.unwrap().len())
        };
        let causes = [
            StorageError::Full,
            StorageError::ReadOnly("read-only file system".to_owned()),
            StorageError::Busy(60),
            StorageError::Io("input/output error".to_owned()),
            StorageError::Entries,
            StorageError::Overloaded,
        ];
        for (cause, next_version) in causes.into_iter().zip(3..) {
            let before = kept().await;
            *broken.lock().unwrap() = Some(cause.clone());
            let refused = vault.vault.get(&member, &path("dev/A"), Which::CURRENT).await.map(drop);
            let unknown = vault.vault.get(&stranger, &path("dev/A"), Which::CURRENT).await.map(drop);
            let mut answers = every_verb(&vault, &op, file.bytes()).await;
            answers.extend([("get, refused", refused), ("get, no such tenant", unknown)]);
            for (verb, answer) in answers {
                let error = answer.expect_err(verb);
                assert_eq!(error.code(), "audit.unavailable", "{verb}: {error}");
                assert!(
                    matches!(error.kind(), ErrorKind::Unrecorded(why) if *why == cause),
                    "{verb}: {error}"
                );
                assert!(error.entry().is_none(), "{verb}: there is no entry to name");
                assert!(error.to_string().contains(&cause.to_string()), "{verb}: it says why");
            }
            assert!(kept().await == before, "{cause}: nothing was changed, no entry was left");

            // The storage is well again, and the same vault goes on.
            *broken.lock().unwrap() = None;
            let secret = vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap();
            assert_eq!(text(&secret), "two");
            assert_eq!(kept().await.1, before.1 + 1, "that read has its entry");
            assert_eq!(vault.set("dev/A", "more").await.unwrap().version, number(next_version));
            assert_eq!(vault.vault.undo(&op, &path("dev/A")).await.unwrap(), Some(number(2)));
        }
    });
}

/// The value is opened after its entry is durable, and the entry of a value that does not open says so too.
#[test]
fn a_read_that_fails_after_its_entry_is_followed_by_an_entry_that_says_so() {
    block_on(async {
        let memory = memory();
        let vault = TestVault::over(Arc::clone(&memory) as Arc<dyn Storage>).await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let op = TestVault::op().unwrap();
        // Versions are table 0x21: see docs/formats.md.
        let all = records(memory.as_ref()).await;
        let (key, record) = all.iter().find(|(key, _)| key.as_bytes()[16] == 0x21).unwrap();
        let mut value = record.value.to_vec();
        *value.last_mut().unwrap() ^= 1;
        let put = Put { key: *key, revision: record.revision, value: value.into() };
        let batches = vec![Batch { put: vec![put], ..Batch::default() }];
        let group = Group { batches, entries: Box::new(NoEntries), durability: Durability::Written };
        Arc::clone(&memory).commit(group).await.unwrap();

        let error = vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap_err();
        assert_eq!(error.code(), "store.corrupt");
        let log =
            vault.vault.audit_query(&op, &EntryFilter::default(), None, 100, false).await.unwrap().entries;
        let outcomes: Vec<&str> = log.iter().map(|entry| entry.outcome.as_str()).collect();
        assert_eq!(
            outcomes,
            ["done", "done", "done", "corrupt", "done"],
            "the log's key, set, get, what became of it, and this query"
        );
        assert_eq!(error.entry().map(|id| id.to_string()), Some(log[3].id.clone()));
    });
}
