//! T-C1, T-N2: whoever owns the storage moves records about, between tenants, tables and secrets, and flips their bits. No
//! vault ever answers with what lay elsewhere.
//!
//! An older record put back in its own place is self-consistent; the log finds it, not the read (see `docs/threats.md`). Nothing
//! is said of that here.

use std::sync::Arc;

use coffer_encryption::SecretBytes;
use coffer_engine::access::{IdentityKind, Rights};
use coffer_engine::action::Right;
use coffer_engine::identity::{IdentityId, MemberName};
use coffer_engine::jwt::Algorithm;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::secret::Value;
use coffer_engine::slug::{GroupName, PolicyName, RoleName};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Batch, Durability, Group, Key, Put, Record, Storage, Verdict};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestCertificate, TestVault, block_on};
use coffer_engine::vault::{
    Expect, IssuerName, KeysFrom, NewClientSecret, NewIssuer, NewMember, NewToken, NewValue, Write,
};
use coffer_engine::version::{Stage, Which};
use coffer_engine::{Actor, Op};

use crate::certificates;
use crate::support::{NoEntries, coded, folder, memory, number, op_in, path, records, text};

const TENANTS: [&str; 2] = ["default", "acme"];
/// The same paths in both tenants: what differs is the tenant alone.
const PATHS: [&str; 2] = ["dev/db/FIRST_NAME", "dev/SECOND_NAME"];

/// Somebody in the first tenant to whom nothing is granted.
const MEMBER: u8 = 9;

/// What a value says of itself.
fn value(tenant: &str, path: &str, version: u64) -> String {
    format!("value {version} of {path} in {tenant}")
}

/// Two tenants, two secrets in each, two versions of each.
async fn filled() -> Arc<MemoryStorage> {
    let storage = memory();
    let vault = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
    vault.vault.tenant_create(&TestVault::op().unwrap(), &TenantName::parse("acme").unwrap()).await.unwrap();
    vault.member(MEMBER, &[]).await.unwrap();
    for tenant in TENANTS {
        for raw in PATHS {
            for version in [1, 2] {
                let metadata = MetadataPatch {
                    owner: Some(Some("somebody-by-name".to_owned())),
                    description: Some(Some("description in words".to_owned())),
                    add_tags: ["tag-for-finding".to_owned()].into(),
                    ..MetadataPatch::default()
                };
                let new = NewValue::Replace(Value::text(&value(tenant, raw, version)));
                let write = Write {
                    path: path(raw),
                    value: Some(new),
                    references: false,
                    expect: Expect::Anything,
                    metadata,
                };
                vault.vault.set(&op_in(tenant), write).await.unwrap();
            }
        }
    }
    storage
}

/// One of each that rights and sign-ins are made of, which say whose they are.
async fn fill_rights(vault: &TestVault, tenant: &str) {
    let (op, vault) = (op_in(tenant), &vault.vault);
    let rule = format!("path \"{tenant}/*\" {{ capabilities = [\"read\"] }}");
    vault.policy_set(&op, &PolicyName::parse("p").unwrap(), &rule, false).await.unwrap();
    vault.role_set(&op, &RoleName::parse(tenant).unwrap(), Rights::of([Right::Read]), false).await.unwrap();
    vault.group_set(&op, &GroupName::parse(tenant).unwrap(), &[], false).await.unwrap();
    let maya = MemberName::parse("maya").unwrap();
    let new = NewMember::with(IdentityKind::Human, Vec::new());
    vault.member_create(&op, &maya, &new, false).await.unwrap();
    let (ttl_seconds, label, networks) = (60, tenant.to_owned(), Vec::new());
    let (member, uses) = (maya.clone(), None);
    let secret =
        NewClientSecret { member, ttl_seconds, uses, networks: networks.clone(), label: label.clone() };
    vault.client_secret_create(&op, &secret, false).await.unwrap();
    let token = NewToken { member: Some(maya), ttl_seconds, max_seconds: ttl_seconds, uses, networks, label };
    vault.token_create(&op, &token, false).await.unwrap();
    let issuer = NewIssuer {
        name: IssuerName::parse(tenant).unwrap(),
        issuer: format!("https://{tenant}.example"),
        audiences: vec!["coffer".to_owned()],
        algorithms: vec![Algorithm::Es256],
        keys: KeysFrom::Discovery,
        leeway_seconds: 0,
        once: false,
        token_seconds: 60,
    };
    vault.issuer_create(&op, &issuer, false).await.unwrap();
    let own = TestCertificate::of_itself(&["cn:a"], |_| {}).unwrap();
    let change = certificates::trusting(&[own.der()], &[], "maya");
    vault.authority_set(&op, &certificates::authority_name(tenant), &change, false).await.unwrap();
}

/// What is there of that in a tenant, each by what says whose it is.
async fn rights_of(vault: &TestVault, tenant: &str) -> Vec<Result<Vec<String>, &'static str>> {
    let (op, vault) = (op_in(tenant), &vault.vault);
    let policies = vault.policy_list(&op, false).await;
    let roles = vault.role_list(&op, false).await;
    let groups = vault.group_list(&op, false).await;
    let secrets = vault.client_secret_list(&op, false).await;
    let tokens = vault.token_list(&op, false).await;
    let issuers = vault.issuer_list(&op, false).await;
    let authorities = vault.authority_list(&op, false).await;
    let members = vault.member_list(&op, false).await;
    vec![
        coded(policies.map(|all| all.into_iter().map(|one| one.body.text).collect())),
        coded(roles.map(|all| all.into_iter().map(|one| one.name).collect())),
        coded(groups.map(|all| all.into_iter().map(|one| one.name).collect())),
        coded(secrets.map(|all| all.into_iter().map(|one| one.label).collect())),
        coded(tokens.map(|all| all.into_iter().map(|one| one.label).collect())),
        coded(issuers.map(|all| all.into_iter().map(|one| one.made.issuer).collect())),
        coded(authorities.map(|all| all.into_iter().map(|one| one.name).collect())),
        coded(members.map(|_| Vec::new())),
    ]
}

/// Writes a record as it stands, or takes it away, behind the engine's back.
async fn plant(storage: &Arc<MemoryStorage>, key: Key, record: Option<&Record>) {
    let batch = match record {
        Some(Record { revision, value }) => {
            let put = Put { key, revision: *revision, value: Arc::clone(value) };
            Batch { put: vec![put], ..Batch::default() }
        }
        None => Batch { delete: vec![key], ..Batch::default() },
    };
    let group = Group { batches: vec![batch], entries: Box::new(NoEntries), durability: Durability::Written };
    assert_eq!(Arc::clone(storage).commit(group).await, Ok(vec![Verdict::Committed]));
}

/// What may be said of a store that was meddled with.
const SAID: [&str; 8] = [
    "store.corrupt",
    "secret.not_found",
    "tenant.not_found",
    "version.not_found",
    // An identity's record is gone: its owner is a stranger.
    "access.denied",
    // Something else lies where the format is written, or the wraps of the root key.
    "store.too_new",
    "unlock.none_fits",
    "passphrase.weak_derivation",
];
/// The wraps of the root key did not open.
const WRONG_KEY: &str = "passphrase.wrong";

/// Reads all there is. Each answer is the right one or an error; how many were errors.
async fn read_all(vault: &TestVault, what: &str) -> usize {
    let mut errors = 0;
    let mut said = |code: &str| {
        assert!(SAID.contains(&code) || code == WRONG_KEY, "{what}: {code}");
        errors += 1;
    };
    for tenant in TENANTS {
        let op = op_in(tenant);
        for raw in PATHS {
            let wanted =
                [(Which::CURRENT, 2), (Which::Stage(Stage::Previous), 1), (Which::Number(number(1)), 1)];
            for (which, version) in wanted {
                match coded(vault.vault.get(&op, &path(raw), which).await) {
                    Ok(secret) => assert_eq!(text(&secret), value(tenant, raw, version), "{what}"),
                    Err(code) => said(code),
                }
            }
            match coded(vault.vault.history(&op, &path(raw)).await) {
                Ok(history) => assert_eq!(history.versions.len(), 2, "{what}"),
                Err(code) => said(code),
            }
        }
        match coded(vault.vault.list(&op, &folder(""), true).await) {
            Ok(listing) => {
                let known =
                    |raw: &str| PATHS.iter().any(|path| *path == raw || path.starts_with(&format!("{raw}/")));
                assert!(listing.secrets.iter().all(|secret| known(secret.path.as_str())), "{what}");
                assert!(listing.folders.iter().all(|folder| known(folder.as_str())), "{what}");
            }
            Err(code) => said(code),
        }
    }
    for tenant in TENANTS {
        for said_of in rights_of(vault, tenant).await {
            match said_of {
                Ok(all) => assert!(all.iter().all(|one| one.contains(tenant)), "{what}: {all:?}"),
                Err(code) => said(code),
            }
        }
    }
    let member = Actor::Identity(IdentityId::from_bytes([MEMBER; 16]));
    let op = Op { actor: member, ..op_in(TENANTS[0]) };
    match coded(vault.vault.get(&op, &path(PATHS[0]), Which::CURRENT).await) {
        Ok(_) => panic!("{what}: somebody was given another's grants"),
        Err("access.denied") => {}
        Err(code) => said(code),
    }
    match coded(vault.vault.tenant_list(&TestVault::op().unwrap()).await) {
        Ok(tenants) => {
            assert!(tenants.iter().all(|tenant| TENANTS.contains(&tenant.name.as_str())), "{what}")
        }
        Err(code) => said(code),
    }
    errors
}

/// A vault that has seen nothing yet reads all there is. How many errors; a store that does not open is one.
async fn read_afresh(storage: &Arc<MemoryStorage>, what: &str) -> usize {
    match coded(reopened(storage).await) {
        Ok(vault) => read_all(&vault, what).await,
        Err(code) => {
            assert!(SAID.contains(&code) || code == WRONG_KEY || code == "store.missing", "{what}: {code}");
            1
        }
    }
}

/// Opens what is there; never makes a new store where the old one has lost its record.
async fn reopened(storage: &Arc<MemoryStorage>) -> Result<TestVault, coffer_engine::Error> {
    use coffer_engine::vault::{OpenOptions, Settings, Vault};
    let unlocker = TestVault::unlocker();
    let options = OpenOptions { unlockers: &[&unlocker], settings: Settings::default() };
    let vault = Vault::open(Arc::clone(storage) as Arc<dyn Storage>, options).await?;
    Ok(TestVault { vault })
}

/// The same of what rights and sign-ins are made of: each record of one tenant in every place of its table in the other.
#[test]
fn t_n2_rights_moved_to_another_tenant_give_nothing_there() {
    block_on(async {
        let storage = filled().await;
        let vault = reopened(&storage).await.unwrap();
        for tenant in TENANTS {
            fill_rights(&vault, tenant).await;
        }
        assert_eq!(read_afresh(&storage, "as it was").await, 0);
        let all = records(storage.as_ref()).await;
        // Where they lie: identities, names, tokens, from policies on to issuers, and authorities.
        let is_of_rights = |key: &Key| matches!(key.as_bytes()[16], 0x12 | 0x15 | 0x16 | 0x19..=0x1f | 0x41);
        let mut noticed = 0;
        for (from, moved) in all.iter().filter(|(key, _)| is_of_rights(key)) {
            let is_elsewhere = |onto: &Key| {
                onto.as_bytes()[..16] != from.as_bytes()[..16] && onto.as_bytes()[16] == from.as_bytes()[16]
            };
            for (onto, before) in all.iter().filter(|(onto, _)| is_elsewhere(onto)) {
                let what = format!("{from:?} on {onto:?}");
                plant(&storage, *onto, Some(moved)).await;
                assert!(read_afresh(&storage, &what).await > 0, "{what} went unnoticed");
                plant(&storage, *onto, Some(before)).await;
                noticed += 1;
            }
        }
        assert!(noticed > 16, "{noticed}");
        assert_eq!(read_afresh(&storage, "put back").await, 0);
    });
}

#[test]
fn t_n2_a_record_moved_onto_another_is_never_answered_with() {
    block_on(async {
        let storage = filled().await;
        assert_eq!(read_afresh(&storage, "as it was").await, 0);
        let warm = reopened(&storage).await.unwrap();
        assert_eq!(read_all(&warm, "as it was").await, 0);
        let all = records(storage.as_ref()).await;
        assert!(all.len() > 30, "every table is there: {}", all.len());
        let mut noticed = 0;
        for (from, moved) in &all {
            for (onto, before) in all.iter().filter(|(onto, _)| onto != from) {
                let what = format!("{from:?} on {onto:?}");
                plant(&storage, *onto, Some(moved)).await;
                let errors = read_afresh(&storage, &what).await;
                read_all(&warm, &what).await;
                plant(&storage, *onto, Some(before)).await;
                // Markers hold nothing: there a foreign revision is as good as any.
                if before.value.is_empty() {
                    assert_eq!(errors, 0, "{what}");
                } else {
                    assert!(errors > 0, "{what} went unnoticed");
                    noticed += 1;
                }
            }
        }
        assert!(noticed > 600, "{noticed}");
        assert_eq!(read_afresh(&storage, "put back").await, 0);
        assert_eq!(read_all(&warm, "put back").await, 0);
    });
}

#[test]
fn a_record_taken_away_is_missed_and_nothing_else_comes_in_its_place() {
    block_on(async {
        let storage = filled().await;
        for (key, record) in records(storage.as_ref()).await {
            plant(&storage, key, None).await;
            read_afresh(&storage, &format!("without {key:?}")).await;
            plant(&storage, key, Some(&record)).await;
        }
        assert_eq!(read_afresh(&storage, "put back").await, 0);
    });
}

#[test]
fn a_flipped_bit_is_an_error_or_changes_nothing() {
    block_on(async {
        let storage = filled().await;
        let mut noticed = 0;
        for (key, record) in records(storage.as_ref()).await {
            // Every part of every record: first and last bytes, and steps that meet each field in between.
            let len = record.value.len();
            let places = (0..len).filter(|place| *place < 12 || len - place < 12 || place % 7 == 0);
            for place in places {
                let mut value = record.value.to_vec();
                value[place] ^= 1 << (place % 8);
                plant(&storage, key, Some(&Record { value: value.into(), ..record })).await;
                noticed += usize::from(read_afresh(&storage, &format!("bit {place} of {key:?}")).await > 0);
            }
            if len > 0 {
                let mut revision = record.revision;
                revision.0[0] ^= 1;
                plant(&storage, key, Some(&Record { revision, value: Arc::clone(&record.value) })).await;
                read_afresh(&storage, &format!("revision of {key:?}")).await;
                for cut in [0, 1, len / 2, len - 1] {
                    let value = record.value[..cut].into();
                    plant(&storage, key, Some(&Record { value, ..record })).await;
                    assert!(read_afresh(&storage, &format!("{key:?} cut at {cut}")).await > 0);
                }
            }
            plant(&storage, key, Some(&record)).await;
        }
        assert!(noticed > 400, "{noticed}");
        assert_eq!(read_afresh(&storage, "put back").await, 0);
    });
}

/// `doctor` names what a read would meet.
#[test]
fn a_check_finds_every_swapped_head_and_version() {
    block_on(async {
        let storage = filled().await;
        let vault = reopened(&storage).await.unwrap();
        let healthy = vault.vault.check(&op_in("acme"), &|_| ()).await.unwrap();
        assert_eq!((healthy.secrets, healthy.versions, healthy.problems.len()), (2, 4, 0));
        let all = records(storage.as_ref()).await;
        let table = |table: u8| all.iter().filter(move |(key, _)| key.as_bytes()[16] == table);
        // Heads are 0x20 and versions 0x21: see docs/formats.md.
        for place in [0x20, 0x21] {
            let (first, _) = table(place).next().unwrap();
            let (_, other) = table(place).next_back().unwrap();
            let before = all.iter().find(|(key, _)| key == first).map(|(_, record)| record);
            plant(&storage, *first, Some(other)).await;
            let mut problems = 0;
            for tenant in TENANTS {
                problems += vault.vault.check(&op_in(tenant), &|_| ()).await.unwrap().problems.len();
            }
            assert_eq!(problems, 1, "table {place:02x}");
            plant(&storage, *first, before).await;
        }
    });
}

#[test]
fn no_stored_byte_shows_a_name_or_a_value() {
    block_on(async {
        let storage = filled().await;
        let vault = reopened(&storage).await.unwrap();
        // What is refused, absent or given by a caller is in the log, and the log lies in the storage too.
        let _ = vault.vault.get(&op_in("default"), &path("dev/ABSENT_NAME"), Which::CURRENT).await;
        let _ = vault.vault.get(&op_in("unknown-tenant"), &path("dev/ABSENT_NAME"), Which::CURRENT).await;
        let reader = vault.member(9, &[]).await.unwrap();
        let _ = vault.vault.get(&reader, &path("dev/REFUSED_NAME"), Which::CURRENT).await;
        let sealed = vault
            .vault
            .file_seal(
                &op_in("default"),
                &path("dev/FILE_NAME"),
                SecretBytes::copy_from(b"content of a file"),
            )
            .await
            .unwrap();

        let mut stored: Vec<u8> = Vec::new();
        for (key, record) in records(storage.as_ref()).await {
            stored.extend_from_slice(key.as_bytes());
            stored.extend_from_slice(&record.value);
        }
        for (_, row) in storage.pending(None, None, usize::MAX).await.unwrap() {
            stored.extend_from_slice(&row.sealed);
        }
        let holds = |needle: &str| stored.windows(needle.len()).any(|window| window == needle.as_bytes());
        for word in [
            "FIRST_NAME",
            "SECOND_NAME",
            "ABSENT_NAME",
            "REFUSED_NAME",
            "FILE_NAME",
            "unknown-tenant",
            "dev/db",
            "somebody-by-name",
            "description in words",
            "tag-for-finding",
            "member-9",
            "secret_get",
            "content of a file",
            "correct horse",
        ] {
            assert!(!holds(word), "`{word}` is in the storage");
        }
        for tenant in TENANTS {
            for raw in PATHS {
                assert!(!holds(&value(tenant, raw, 1)) && !holds(&value(tenant, raw, 2)));
            }
            assert!(!holds(&format!("in {tenant}")) && !holds("value 1 ") && !holds("value 2 "));
        }
        assert!(!sealed.bytes().windows(17).any(|window| window == b"content of a file"));
        assert!(stored.len() > 5000 && holds("\0\0\0\0"), "something was searched");
    });
}

/// A sealed file belongs to one tenant of one store.
#[test]
fn a_sealed_file_opens_in_its_tenant_alone() {
    block_on(async {
        let storage = filled().await;
        let vault = reopened(&storage).await.unwrap();
        let (ours, theirs) = (op_in("default"), op_in("acme"));
        let content = SecretBytes::copy_from(b"content of a file");
        let file = vault.vault.file_seal(&ours, &path("dev/FILE_NAME"), content).await.unwrap();
        let opened = vault.vault.file_open(&ours, file.bytes()).await.unwrap();
        assert_eq!(text(&opened), "content of a file");
        assert_eq!(coded(vault.vault.file_open(&theirs, file.bytes()).await).unwrap_err(), "store.corrupt");
        let other = TestVault::in_memory().await.unwrap();
        assert_eq!(coded(other.vault.file_open(&ours, file.bytes()).await).unwrap_err(), "store.corrupt");
        for place in 0..file.bytes().len() {
            let mut flipped = file.bytes().to_vec();
            flipped[place] ^= 1 << (place % 8);
            let code = coded(vault.vault.file_open(&ours, &flipped).await).unwrap_err();
            assert!(["store.corrupt", "file.not_sealed"].contains(&code), "byte {place}: {code}");
            assert!(vault.vault.file_open(&ours, &file.bytes()[..place]).await.is_err(), "cut at {place}");
        }
    });
}
