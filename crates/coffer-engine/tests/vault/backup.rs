//! Backups are made while others write, come back whole, and are known until they have expired.

use std::io::{self, Write};
use std::sync::Arc;

use coffer_encryption::{PassphraseIterations, SecretBytes};
use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::lock_code::LockCode;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Batch, Durability, Group, Storage};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::token::TokenHash;
use coffer_engine::unlock::{KeyFile, Passphrase, Unlocker};
use coffer_engine::vault::{BackupError, BackupFile, LoadedBackup, NewToken, VerifiedBackup};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};
use coffer_log::{Erasure, ErasureState};

use crate::backup_files::load;
use crate::support::{coded, memory, number, op_in, path, text};

const KEPT_DAYS: u32 = 35;

fn op() -> Op {
    TestVault::op().unwrap()
}

fn later(days: u64) -> Op {
    Op { now: op().now.plus_seconds(days * 24 * 60 * 60), ..op() }
}

fn tenant(name: &str) -> coffer_engine::tenant::TenantName {
    coffer_engine::tenant::TenantName::parse(name).unwrap()
}

async fn backup(vault: &TestVault) -> Vec<u8> {
    let mut bytes = Vec::new();
    vault.vault.backup_create(&op(), KEPT_DAYS, &mut bytes, &|_| {}).await.unwrap();
    bytes
}

/// What a file becomes in a place of its own, opened.
async fn restored(bytes: &[u8]) -> (TestVault, LoadedBackup, Arc<MemoryStorage>) {
    let storage = memory();
    let loaded = load(bytes, Arc::<MemoryStorage>::clone(&storage)).unwrap();
    (TestVault::over(Arc::<MemoryStorage>::clone(&storage)).await.unwrap(), loaded, storage)
}

async fn verified(vault: &TestVault, loaded: &LoadedBackup) -> VerifiedBackup {
    vault.vault.backup_verify(&op(), loaded, &|_| {}).await.unwrap()
}

/// The actions in a log, the newest first.
async fn actions(vault: &TestVault, tenant: &str, instance: bool) -> Vec<String> {
    let filter = EntryFilter::default();
    let found = vault.vault.audit_query(&op_in(tenant), &filter, None, 50, instance).await.unwrap();
    found.entries.into_iter().map(|entry| entry.action).collect()
}

#[test]
fn a_backup_of_many_tenants_comes_back_whole() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        vault.set("dev/A", "two").await.unwrap();
        for name in ["acme", "empty", "resting"] {
            vault.vault.tenant_create(&op(), &tenant(name)).await.unwrap();
        }
        let acme = op_in("acme");
        let all =
            (0..300).map(|n| (path(&format!("dev/N{n}")), coffer_engine::secret::Value::text("a value")));
        vault.vault.set_all(&acme, all.collect()).await.unwrap();
        vault.vault.set(&op_in("resting"), crate::support::write("dev/R", "rests")).await.unwrap();
        vault.vault.tenant_suspend(&op(), &tenant("resting")).await.unwrap();
        // What is in the log, what is pending, and what is known of reads.
        vault.vault.audit_query(&acme, &EntryFilter::default(), None, 10, false).await.unwrap();
        vault.vault.get(&acme, &path("dev/N7"), Which::CURRENT).await.unwrap();

        let mut bytes = Vec::new();
        let made = vault.vault.backup_create(&op(), KEPT_DAYS, &mut bytes, &|_| {}).await.unwrap();
        assert_eq!(made.tenants, 4);
        assert!(made.pending > 0 && made.records > 600, "{made:?}");
        assert!(u64::try_from(bytes.len()).unwrap() > made.bytes);
        vault.set("dev/A", "three").await.unwrap();

        let (copy, loaded, _) = restored(&bytes).await;
        assert_eq!((loaded.info, loaded.signed.records), (made.info, made.records));
        let found = verified(&copy, &loaded).await;
        assert_eq!(found.problems, Vec::<String>::new());
        let told: Vec<_> =
            found.tenants.iter().map(|found| (found.name.as_str(), found.secrets, found.canary)).collect();
        let expected = [("acme", 300, true), ("default", 1, true), ("empty", 0, false), ("resting", 1, true)];
        assert_eq!(told, expected);
        let read = copy.vault.get(&op(), &path("dev/A"), Which::CURRENT).await.unwrap();
        assert_eq!(text(&read), "two", "what was written since is not in it");
        // One that is suspended stays so, and is fit to be used as all are.
        let (other, loaded, _) = restored(&bytes).await;
        let done = other.vault.backup_restored(&op(), &loaded, false).await.unwrap();
        assert_eq!((done.tenants, done.ended), (4, 0));
        let rests = coded(other.vault.get(&op_in("resting"), &path("dev/R"), Which::CURRENT).await.map(drop));
        assert_eq!(rests, Err("tenant.suspended"));
        assert!(actions(&other, "resting", false).await.contains(&"backup_restore".to_owned()));
        // The canary was read in the copy, through the one door, and its entry is there alone.
        assert!(actions(&copy, "acme", false).await.contains(&"secret_get".to_owned()));
        assert!(!actions(&vault, "resting", true).await.contains(&"tenant_resume".to_owned()));
    });
}

#[test]
fn a_file_is_a_canary_too() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        crate::files::set(&vault, "dev/CERT", &crate::files::content(40_000, 7)).await;
        let (copy, loaded, _) = restored(&backup(&vault).await).await;
        let found = verified(&copy, &loaded).await;
        assert_eq!((found.problems.len(), found.tenants[0].canary), (0, true));
    });
}

/// Writes secrets while the backup is written.
struct Busy<'v> {
    vault: &'v TestVault,
    bytes: Vec<u8>,
    writes: u64,
}

impl Write for Busy<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        let name = format!("busy/N{}", self.writes);
        block_on(self.vault.set(&name, "written meanwhile")).unwrap();
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_is_written_meanwhile_is_in_the_next_one() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", &"long ".repeat(20_000)).await.unwrap();
        let mut busy = Busy { vault: &vault, bytes: Vec::new(), writes: 0 };
        vault.vault.backup_create(&op(), KEPT_DAYS, &mut busy, &|_| {}).await.unwrap();
        assert!(busy.writes > 10, "the control: there was something to miss");
        let (copy, loaded, _) = restored(&busy.bytes).await;
        let found = verified(&copy, &loaded).await;
        assert_eq!((found.problems, found.tenants[0].secrets), (Vec::new(), 1));
    });
}

/// Takes so many bytes, and no more; and nothing that is signed.
struct Full(usize);

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let signed = b"coffer-backup/v1";
        if bytes.windows(signed.len()).any(|text| text == signed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0 = self.0.checked_sub(bytes.len()).ok_or(io::ErrorKind::StorageFull)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Before the first byte there is an entry, and before the last there are two.
#[test]
fn there_is_no_backup_without_an_entry() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let whole = backup(&vault).await.len();
        for (room, entries, unfinished) in [(0, 1, 1), (whole / 2, 1, 2), (usize::MAX, 2, 2)] {
            let before = actions(&vault, "default", true).await;
            let failed = vault.vault.backup_create(&op(), KEPT_DAYS, &mut Full(room), &|_| {}).await;
            assert!(matches!(failed, Err(BackupError::Unwritten(_))), "{room}");
            let after = actions(&vault, "default", true).await;
            let made = |all: &[String]| all.iter().filter(|action| *action == "backup_create").count();
            assert_eq!(made(&after) - made(&before), entries, "{room}");
            let known = vault.vault.backup_list(&op()).await.unwrap();
            assert_eq!(known.iter().filter(|known| known.bytes.is_none()).count(), unfinished, "{room}");
        }
        assert_eq!(vault.vault.backup_list(&op()).await.unwrap().len(), 4);
        // Who may not has none, and that is written down.
        let member = vault.member(9, &[(Role::Writer, "**")]).await.unwrap();
        let mut bytes = Vec::new();
        let refused = vault.vault.backup_create(&member, KEPT_DAYS, &mut bytes, &|_| {}).await;
        assert_eq!(refused.err().map(|error| error.code()), Some("access.denied"));
        assert!(bytes.is_empty());
        let days = vault.vault.backup_create(&op(), 0, &mut bytes, &|_| {}).await;
        assert_eq!(days.err().map(|error| error.code()), Some("backup.lifetime"));
    });
}

#[test]
fn nothing_else_opens_it() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let bytes = backup(&vault).await;
        let words = SecretBytes::copy_from(b"another passphrase");
        let words = Passphrase::new(words, PassphraseIterations::cheap_for_tests());
        let keys = tempfile::tempdir().unwrap();
        let key = KeyFile::create(&keys.path().join("keys/master.key")).unwrap();
        let others: [(&dyn Unlocker, &str); 2] =
            [(&words, "passphrase.wrong"), (&key, "backup.other_instance")];
        for (other, code) in others {
            let mut from = bytes.as_slice();
            let file = BackupFile::begin(&mut from).unwrap();
            let storage = memory();
            let into: Arc<dyn coffer_engine::storage::Storage> = storage.clone();
            let loaded = file.load(&[other], into, &|_| {}).await;
            assert_eq!(loaded.err().map(|error| error.code()), Some(code));
            assert!(crate::support::records(&*storage).await.is_empty(), "nothing was loaded");
        }
        // The head of another backup in front: it opens, and the body does not.
        let another = backup(&vault).await;
        let head = 14 + usize::try_from(u32::from_be_bytes(bytes[10..14].try_into().unwrap())).unwrap();
        let joined = [&another[..head], &bytes[head..]].concat();
        assert_eq!(load(&joined, memory()).err().map(|error| error.code()), Some("backup.damaged"));
        // A place that is not empty takes nothing.
        let (copy, _, storage) = restored(&bytes).await;
        drop(copy);
        assert_eq!(load(&another, storage).err().map(|error| error.code()), Some("store.not_empty"));
    });
}

fn new_token() -> NewToken {
    NewToken {
        member: None,
        ttl_seconds: 3600,
        max_seconds: 3600,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    }
}

#[test]
fn what_was_shown_before_a_backup_counts_no_more_when_it_is_restored() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let mut tokens = Vec::new();
        // More than one commit ends.
        for _ in 0..130 {
            tokens.push(vault.vault.token_create(&op(), &new_token(), false).await.unwrap().0);
        }
        let with = |index: usize| {
            let hash = TokenHash::of_text(tokens[index].expose()).unwrap();
            Op { actor: Actor::Token(hash), ..op() }
        };
        let bytes = backup(&vault).await;
        for keep in [false, true] {
            let (copy, loaded, _) = restored(&bytes).await;
            let a = path("dev/A");
            assert!(copy.vault.get(&with(0), &a, Which::CURRENT).await.is_ok(), "the control");
            let done = copy.vault.backup_restored(&op(), &loaded, keep).await.unwrap();
            assert_eq!((done.tenants, done.ended), (1, if keep { 0 } else { 130 }));
            for index in [0, 129] {
                let read = coded(copy.vault.get(&with(index), &a, Which::CURRENT).await.map(drop));
                assert_eq!(read, if keep { Ok(()) } else { Err("token.invalid") });
            }
            assert!(actions(&copy, "default", false).await.contains(&"backup_restore".to_owned()));
            assert!(actions(&copy, "default", true).await.contains(&"backup_restore".to_owned()));
            assert_eq!(verified(&copy, &loaded).await.problems, Vec::<String>::new(), "and it is sound");
        }
    });
}

/// A backup is as good as what it was made of, and verifying it tells.
#[test]
fn what_is_wrong_in_a_store_is_found_in_its_backup() {
    block_on(async {
        let storage = memory();
        let vault = TestVault::over(Arc::<MemoryStorage>::clone(&storage)).await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let (copy, loaded, _) = restored(&backup(&vault).await).await;
        assert_eq!(verified(&copy, &loaded).await.problems, Vec::<String>::new(), "the control");
        // The thief takes the only row of a version away.
        let all = crate::support::records(&*storage).await;
        let version = all.iter().map(|(key, _)| *key).find(|key| key.as_bytes()[16] == 0x21).unwrap();
        let group = Group {
            batches: vec![Batch { delete: vec![version], ..Batch::default() }],
            entries: Box::new(crate::support::NoEntries),
            durability: Durability::Synced,
        };
        Arc::<MemoryStorage>::clone(&storage).commit(group).await.unwrap();
        let (copy, loaded, _) = restored(&backup(&vault).await).await;
        let found = verified(&copy, &loaded).await;
        assert!(found.problems.iter().any(|problem| problem.starts_with("default: ")), "{found:?}");
        assert!(found.problems.len() >= 2, "the check and the log: {found:?}");
    });
}

/// What is destroyed later is in it, and opens, until it has expired: see docs/threats.md.
#[test]
fn t_c9_a_backup_keeps_what_was_destroyed_after_it() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        vault.set("dev/A", "two").await.unwrap();
        let bytes = backup(&vault).await;
        let (a, first) = (path("dev/A"), Which::Number(number(1)));
        vault.vault.destroy(&op(), &a, Some(number(1))).await.unwrap();
        assert!(vault.vault.get(&op(), &a, first.clone()).await.is_err());
        let (copy, ..) = restored(&bytes).await;
        assert_eq!(text(&copy.vault.get(&op(), &a, first).await.unwrap()), "one");
    });
}

#[test]
fn a_certificate_waits_for_backups_that_may_hold_the_keys() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (acme, after) = (tenant("acme"), tenant("after"));
        vault.vault.tenant_create(&op(), &acme).await.unwrap();
        backup(&vault).await;
        let erased = vault.vault.tenant_erase(&later(1), &acme, 0).await.unwrap();
        assert_eq!(erased.backups_until, later(35).now);
        let state = async |days: u64, name| {
            let certificate = vault.vault.tenant_certificate(&later(days), name, None).await.unwrap();
            Erasure::parse(certificate.note.text()).unwrap()
        };
        let erasure = state(2, &acme).await;
        assert_eq!((erasure.state(), erasure.backups_until), (ErasureState::Pending, later(35).now.millis()));
        assert_eq!(state(35, &acme).await.state(), ErasureState::Complete);
        // One that is begun afterwards does not hold them.
        let mut bytes = Vec::new();
        vault.vault.backup_create(&later(2), 100, &mut bytes, &|_| {}).await.unwrap();
        assert_eq!(state(36, &acme).await.state(), ErasureState::Complete);

        vault.vault.tenant_create(&op(), &after).await.unwrap();
        vault.vault.tenant_erase(&later(3), &after, 0).await.unwrap();
        assert_eq!(state(4, &after).await.state(), ErasureState::Pending);
        let known = vault.vault.backup_list(&later(4)).await.unwrap();
        assert_eq!(known.len(), 2);
        for known in &known {
            vault.vault.backup_forget(&later(4), known.id).await.unwrap();
        }
        assert_eq!(
            state(5, &after).await.state(),
            ErasureState::Complete,
            "somebody said that it was destroyed"
        );
        let gone = vault.vault.backup_forget(&later(5), known[0].id).await;
        assert_eq!(coded(gone), Err("backup.not_found"));
        assert!(actions(&vault, "default", true).await.contains(&"backup_forget".to_owned()));
    });
}

/// Nothing of it opens, here as anywhere; whoever restores is told, and gets all the others.
#[test]
fn a_tenant_that_is_locked_comes_back_locked() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let acme = op_in("acme");
        vault.vault.tenant_create(&op(), &acme.tenant).await.unwrap();
        vault
            .vault
            .set_all(&acme, vec![(path("dev/B"), coffer_engine::secret::Value::text("two"))])
            .await
            .unwrap();
        let code = LockCode::generate().unwrap();
        vault.vault.tenant_lock(&acme, &code).await.unwrap();
        let bytes = backup(&vault).await;
        let (copy, loaded, _) = restored(&bytes).await;
        let found = verified(&copy, &loaded).await;
        let names: Vec<_> = found.tenants.iter().map(|found| found.name.as_str()).collect();
        assert_eq!((names, found.locked, found.problems), (vec!["default"], vec![tenant("acme")], vec![]));
        let (copy, loaded, _) = restored(&bytes).await;
        let restored = copy.vault.backup_restored(&op(), &loaded, false).await.unwrap();
        assert_eq!((restored.tenants, restored.locked), (2, 1));
        copy.vault.tenant_unlock(&acme, &code).await.unwrap();
        let read = copy.vault.get(&acme, &path("dev/B"), Which::CURRENT).await;
        assert!(read.is_ok(), "{:?}", read.err());
    });
}
