//! Files that secrets hold: written and read piece by piece, in every verb that meets one, and whatever becomes of their parts.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use coffer_engine::access::Role;
use coffer_engine::content::MediaType;
use coffer_engine::limits::{FILE_MAX_BYTES, FILES_IN_MAX, FILES_OUT_MAX, TRASH_KEPT_DAYS, VERSIONS_MAX};
use coffer_engine::metadata::{MetadataPatch, OnExpiry};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Batch, Durability, Group, Key, Put, Record, Storage, Verdict};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, ListPart, NewValue, OpenFile, Search, Upload, Write, WriteFile, Written};
use coffer_engine::version::Which;
use coffer_engine::{Error, Op};

use crate::log::{DAY, START, op};
use crate::log_upkeep::KEPT_A_YEAR;
use crate::once::keyed;
use crate::support::{NoEntries, coded, folder, memory, newest, number, op_in, path, records, write};
use crate::tokens::clocked;

const MIB: usize = 1024 * 1024;
const CHUNK: usize = 16 * 1024;
const FILE: &str = "dev/KEYSTORE";
const VERSIONS: u8 = 0x21;

fn owner() -> Op {
    TestVault::op().unwrap()
}

/// Bytes of which no two chunks are alike.
pub(crate) fn content(bytes: usize, seed: u8) -> Vec<u8> {
    (0..bytes).map(|at| (at / CHUNK) as u8 ^ (at % 251) as u8 ^ seed).collect()
}

fn write_file(raw: &str) -> WriteFile {
    WriteFile {
        path: path(raw),
        media_type: MediaType::parse("application/x-pkcs12").unwrap(),
        expect: Expect::Anything,
        metadata: MetadataPatch::default(),
        replace: false,
    }
}

async fn begun(vault: &TestVault, op: &Op, file: WriteFile, bytes: &[u8]) -> Result<Upload, Error> {
    let mut upload = vault.vault.set_file(op, file).await?;
    bytes.chunks(10_000).try_for_each(|piece| upload.push(piece))?;
    Ok(upload)
}

async fn set_as(vault: &TestVault, op: &Op, file: WriteFile, bytes: &[u8]) -> Result<Written, Error> {
    begun(vault, op, file, bytes).await?.commit(op.now, op.once).await
}

pub(crate) async fn set(vault: &TestVault, raw: &str, bytes: &[u8]) -> Written {
    set_as(vault, &owner(), write_file(raw), bytes).await.unwrap()
}

/// What comes out, and how it ended.
async fn drained(mut file: OpenFile) -> (Vec<u8>, Result<(), &'static str>) {
    let mut all = Vec::new();
    loop {
        match file.next().await {
            Ok(Some(piece)) => {
                assert!(!piece.is_empty() && piece.len() <= CHUNK);
                all.extend_from_slice(piece.expose());
            }
            Ok(None) => return (all, Ok(())),
            Err(error) => return (all, Err(error.code())),
        }
    }
}

async fn get_as(vault: &TestVault, op: &Op, raw: &str, which: Which) -> Result<Vec<u8>, &'static str> {
    let (all, ended) = drained(coded(vault.vault.get_file(op, &path(raw), which).await)?).await;
    ended.map(|()| all)
}

async fn get(vault: &TestVault, raw: &str) -> Result<Vec<u8>, &'static str> {
    get_as(vault, &owner(), raw, Which::CURRENT).await
}

async fn rows(storage: &dyn Storage) -> Vec<(Key, Record)> {
    records(storage).await.into_iter().filter(|(key, _)| key.as_bytes()[16] == VERSIONS).collect()
}

/// The parts of files among them, in order.
async fn parts(storage: &dyn Storage) -> Vec<(Key, Record)> {
    rows(storage).await.into_iter().filter(|(key, _)| key.as_bytes().len() == 17 + 28).collect()
}

async fn plant(storage: &Arc<MemoryStorage>, put: &[(Key, &Record)], delete: &[Key]) {
    let put = put.iter().map(|(key, record)| Put {
        key: *key,
        revision: record.revision,
        value: Arc::clone(&record.value),
    });
    let batch = Batch { put: put.collect(), delete: delete.to_vec(), ..Batch::default() };
    let group = Group { batches: vec![batch], entries: Box::new(NoEntries), durability: Durability::Written };
    assert_eq!(Arc::clone(storage).commit(group).await, Ok(vec![Verdict::Committed]));
}

async fn over(storage: &Arc<MemoryStorage>) -> TestVault {
    TestVault::over(Arc::clone(storage) as Arc<dyn Storage>).await.unwrap()
}

#[test]
fn a_file_comes_back_as_it_was_whatever_its_size() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        let largest = usize::try_from(FILE_MAX_BYTES).unwrap();
        for bytes in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, MIB - 1, MIB, MIB + 1, largest] {
            let content = content(bytes, 1);
            let written = set(&vault, FILE, &content).await;
            assert!(get(&vault, FILE).await.unwrap() == content, "{bytes}");
            let file = vault.vault.get_file(&owner(), &path(FILE), Which::CURRENT).await.unwrap();
            assert_eq!((file.version(), file.info().bytes), (written.version, bytes as u64));
            assert_eq!(file.info().media_type.as_str(), "application/x-pkcs12");
        }
        let wiped = vault.vault.destroy(&owner(), &path(FILE), None).await.unwrap();
        assert_eq!((wiped.versions, rows(&*storage).await.len()), (9, 0));
    });
}

#[test]
fn what_is_too_large_is_refused_before_it_is_all_there_and_nothing_is_stored() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        let mut upload = vault.vault.set_file(&owner(), write_file(FILE)).await.unwrap();
        let piece = content(MIB, 1);
        for _ in 0..FILE_MAX_BYTES as usize / MIB {
            upload.push(&piece).unwrap();
        }
        assert_eq!(upload.push(b"x").unwrap_err().code(), "file.too_large");
        drop(upload);
        assert_eq!((get(&vault, FILE).await, rows(&*storage).await.len()), (Err("secret.not_found"), 0));
    });
}

#[test]
fn whoever_stops_sending_has_changed_nothing() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        set(&vault, FILE, b"before").await;
        let before = records(&*storage).await;
        drop(begun(&vault, &owner(), write_file(FILE), &content(3 * MIB, 2)).await.unwrap());
        assert!(records(&*storage).await == before);
        assert_eq!(get(&vault, FILE).await.unwrap(), b"before");
    });
}

#[test]
fn reads_and_writes_of_files_leave_their_entries() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let written = set(&vault, FILE, &content(2 * MIB, 1)).await;
        get(&vault, FILE).await.unwrap();
        let log = newest(&vault, 3).await;
        let said = |action: &str| {
            let entry = log.iter().find(|entry| entry.action == action).unwrap();
            (entry.outcome.clone(), entry.path.clone(), entry.version, entry.changes.len())
        };
        // The folder, the head, the row and three parts: the last one holds the empty last chunk.
        assert_eq!(said("secret_set"), ("done".to_owned(), FILE.to_owned(), Some(1), 6));
        assert_eq!(said("secret_get"), ("done".to_owned(), FILE.to_owned(), Some(1), 0));
        assert_eq!(written.version, number(1));
    });
}

#[test]
fn who_may_not_is_refused_before_anything_is_taken_in() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        set(&vault, FILE, b"secret").await;
        let reader = vault.member(1, &[(Role::Reader, "dev/**")]).await.unwrap();
        let neighbour = vault.member(2, &[(Role::Owner, "prod/**")]).await.unwrap();
        let stranger = Op {
            actor: coffer_engine::Actor::Identity(coffer_engine::identity::IdentityId::from_bytes([9; 16])),
            ..owner()
        };
        assert_eq!(get_as(&vault, &reader, FILE, Which::CURRENT).await.unwrap(), b"secret");
        for op in [&reader, &neighbour, &stranger] {
            assert_eq!(coded(vault.vault.set_file(op, write_file(FILE)).await).err(), Some("access.denied"));
            let entry =
                newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_set").unwrap();
            assert_eq!((entry.outcome.as_str(), entry.path.as_str()), ("refused", FILE));
        }
        for op in [&neighbour, &stranger] {
            assert_eq!(get_as(&vault, op, FILE, Which::CURRENT).await, Err("access.denied"));
        }
    });
}

#[test]
fn a_right_that_is_taken_while_a_file_comes_is_missed_by_the_commit() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        let writer = vault.member(1, &[(Role::Writer, "dev/**")]).await.unwrap();
        let upload = begun(&vault, &writer, write_file(FILE), b"late").await.unwrap();
        vault.member(1, &[]).await.unwrap();
        assert_eq!(coded(upload.commit(writer.now, None).await).err(), Some("access.denied"));
        assert_eq!(rows(&*storage).await.len(), 0);
    });
}

#[test]
fn a_write_is_what_was_expected_or_nothing() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let expecting = |expect| WriteFile { expect, ..write_file(FILE) };
        let tried = async |expect| {
            let written = set_as(&vault, &owner(), expecting(expect), b"x").await;
            coded(written).map(|written| written.version.get())
        };
        assert_eq!(tried(Expect::Something).await, Err("secret.not_found"));
        assert_eq!(tried(Expect::Nothing).await, Ok(1));
        assert_eq!(tried(Expect::Nothing).await, Err("secret.changed"));
        assert_eq!(tried(Expect::Version(number(1))).await, Ok(2));
        assert_eq!(tried(Expect::Version(number(1))).await, Err("secret.changed"));
        // Another writer comes between begin and commit.
        let upload = begun(&vault, &owner(), expecting(Expect::Version(number(2))), b"y").await.unwrap();
        vault.set(FILE, "a value").await.unwrap();
        assert_eq!(coded(upload.commit(owner().now, None).await).err(), Some("secret.changed"));
    });
}

#[test]
fn a_file_that_is_sent_again_is_written_once() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = keyed(&owner(), "key", "the file");
        let nothing = || WriteFile { expect: Expect::Nothing, ..write_file(FILE) };
        let first = set_as(&vault, &op, nothing(), b"once").await.unwrap();
        assert_eq!(set_as(&vault, &op, nothing(), b"once").await.unwrap(), first);
        let other = keyed(&owner(), "key", "another file");
        assert_eq!(
            coded(set_as(&vault, &other, nothing(), b"twice").await).err(),
            Some("idempotency.mismatch")
        );
        assert_eq!(vault.vault.history(&owner(), &path(FILE)).await.unwrap().versions.len(), 1);
    });
}

#[test]
fn verbs_about_values_say_that_it_is_a_file_and_the_reverse() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (op, file) = (owner(), path(FILE));
        set(&vault, FILE, b"content").await;
        vault.set("dev/VALUE", "value").await.unwrap();
        assert_eq!(coded(vault.vault.get(&op, &file, Which::CURRENT).await).err(), Some("secret.holds_file"));
        let entry = newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
        assert_eq!((entry.outcome.as_str(), entry.version), ("mismatch", Some(1)));
        let both = [(path("dev/VALUE"), Which::CURRENT), (file.clone(), Which::CURRENT)];
        assert_eq!(coded(vault.vault.get_all(&op, &both).await).err(), Some("secret.holds_file"));
        assert_eq!(coded(vault.vault.rotate(&op, &file, None).await).err(), Some("secret.holds_file"));
        let merge = NewValue::Merge([("a".to_owned(), None)].into());
        let merge = Write { value: Some(merge), ..write(FILE, "") };
        assert_eq!(coded(vault.vault.set(&op, merge).await).err(), Some("secret.holds_file"));
        assert_eq!(get(&vault, "dev/VALUE").await, Err("secret.holds_value"));
        assert_eq!(get(&vault, "dev/NOTHING").await, Err("secret.not_found"));

        // A file does not wipe fields, unless that is asked for; a value may take a file's place, and undo brings it back.
        let fields = NewValue::Set(coffer_engine::secret::Value::Fields(
            [("user".to_owned(), coffer_encryption::SecretBytes::copy_from(b"u"))].into(),
        ));
        vault.vault.set(&op, Write { value: Some(fields), ..write("dev/FIELDS", "") }).await.unwrap();
        let over_fields = || write_file("dev/FIELDS");
        assert_eq!(coded(set_as(&vault, &op, over_fields(), b"x").await).err(), Some("secret.holds_fields"));
        set_as(&vault, &op, WriteFile { replace: true, ..over_fields() }, b"x").await.unwrap();
        vault.set(FILE, "a value now").await.unwrap();
        assert_eq!(get(&vault, FILE).await, Err("secret.holds_value"));
        vault.vault.undo(&op, &file).await.unwrap();
        assert_eq!(get(&vault, FILE).await.unwrap(), b"content");
    });
}

#[test]
fn lists_and_histories_show_size_and_type() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = owner();
        vault.set(FILE, "a value").await.unwrap();
        set(&vault, FILE, &content(CHUNK, 1)).await;
        vault.set("dev/OTHER", "a value").await.unwrap();
        let history = vault.vault.history(&op, &path(FILE)).await.unwrap();
        let sizes: Vec<_> =
            history.versions.iter().map(|version| version.file.as_ref().map(|file| file.bytes)).collect();
        assert_eq!(sizes, [None, Some(CHUNK as u64)]);
        let listed = vault.vault.list(&op, &folder("dev"), false).await.unwrap().secrets;
        let found = vault.vault.find(&op, &Search::default(), ListPart::WHOLE).await.unwrap().secrets;
        for secrets in [listed, found] {
            let said: Vec<_> =
                secrets.iter().map(|secret| secret.file.as_ref().map(|file| file.bytes)).collect();
            assert_eq!(said, [Some(CHUNK as u64), None]);
        }
    });
}

/// Equal files are told as equal values are, by their marks: also a value of the same bytes.
#[test]
fn where_else_a_file_is_can_be_asked() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = owner();
        let same = content(70_000, 1);
        set(&vault, "dev/A", &same).await;
        set(&vault, "prod/A", &same).await;
        set(&vault, "dev/B", &same).await;
        set(&vault, "prod/B", &content(70_000, 2)).await;
        let value = coffer_engine::secret::Value::Bytes(coffer_encryption::SecretBytes::copy_from(&same));
        vault
            .vault
            .set(&op, Write { value: Some(NewValue::Set(value)), ..write("dev/C", "") })
            .await
            .unwrap();
        let search = Search { same_as: Some(path("dev/A")), ..Search::default() };
        let found = vault.vault.find(&op, &search, ListPart::WHOLE).await.unwrap();
        let found: Vec<_> = found.secrets.iter().map(|secret| secret.path.as_str().to_owned()).collect();
        assert_eq!(found, ["dev/B", "dev/C", "prod/A"]);
        let compared = vault.vault.compare(&op, &[folder("dev"), folder("prod")]).await.unwrap();
        let told: Vec<_> = compared
            .iter()
            .map(|row| {
                row.found
                    .iter()
                    .map(|found| found.map(|found| (found.group, found.is_file)))
                    .collect::<Vec<_>>()
            })
            .collect();
        let expected: [Vec<_>; 3] = [
            vec![Some((Some(0), true)), Some((Some(0), true))],
            vec![Some((Some(0), true)), Some((Some(1), true))],
            vec![Some((Some(0), false)), None],
        ];
        assert_eq!(told, expected);
    });
}

#[test]
fn nothing_is_left_of_a_file_that_is_destroyed_purged_or_outlived() {
    let (storage, clock) = clocked();
    let test = block_on(TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>)).unwrap();
    let count = || block_on(parts(&*storage)).len();
    block_on(async {
        set(&test, FILE, &content(2 * MIB, 1)).await;
        set(&test, FILE, &content(MIB, 2)).await;
        assert_eq!(count(), 3 + 2);
        test.vault.destroy(&owner(), &path(FILE), Some(number(1))).await.unwrap();
        assert_eq!(count(), 2);
        assert_eq!(get_as(&test, &owner(), FILE, Which::Number(number(1))).await, Err("version.not_found"));
        assert_eq!(test.vault.audit_verify(&owner(), &[], false, &|_| {}).await.unwrap().problems, [""; 0]);
        test.vault.remove(&owner(), &path(FILE)).await.unwrap();
    });
    let later = (TRASH_KEPT_DAYS + 1) * DAY;
    clock.store(START + later, Ordering::SeqCst);
    assert_eq!(block_on(test.vault.upkeep(&op(later), KEPT_A_YEAR)).unwrap().purged, 1);
    assert_eq!(count(), 0);
    block_on(async {
        for version in 0..VERSIONS_MAX + 2 {
            set(&test, "dev/MANY", &[version as u8]).await;
        }
        assert_eq!(count(), VERSIONS_MAX);
        assert_eq!(rows(&*storage).await.len(), 2 * VERSIONS_MAX);
        assert_eq!(test.vault.audit_verify(&op(later), &[], false, &|_| {}).await.unwrap().problems, [""; 0]);
    });
}

#[test]
fn what_expires_and_is_denied_then_is_denied_as_a_file_too() {
    block_on(async {
        let (storage, clock) = clocked();
        let vault = TestVault::over(storage as Arc<dyn Storage>).await.unwrap();
        let metadata = MetadataPatch {
            expires: Some(Some(Timestamp::from_millis(START + 1000))),
            on_expiry: Some(OnExpiry::Deny),
            ..MetadataPatch::default()
        };
        set_as(&vault, &owner(), WriteFile { metadata, ..write_file(FILE) }, b"content").await.unwrap();
        assert_eq!(get(&vault, FILE).await.unwrap(), b"content");
        clock.store(START + 1001, Ordering::SeqCst);
        assert_eq!(get(&vault, FILE).await, Err("secret.expired"));
    });
}

#[test]
fn only_so_many_files_are_under_way_at_once() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        set(&vault, FILE, b"content").await;
        let mut coming = Vec::new();
        for _ in 0..FILES_IN_MAX {
            coming.push(vault.vault.set_file(&owner(), write_file(FILE)).await.unwrap());
        }
        assert_eq!(coded(vault.vault.set_file(&owner(), write_file(FILE)).await).err(), Some("file.busy"));
        let mut going = Vec::new();
        for _ in 0..FILES_OUT_MAX {
            going.push(vault.vault.get_file(&owner(), &path(FILE), Which::CURRENT).await.unwrap());
        }
        assert_eq!(get(&vault, FILE).await, Err("file.busy"));
        coming.pop();
        going.pop();
        assert!(vault.vault.set_file(&owner(), write_file(FILE)).await.is_ok());
        assert!(get(&vault, FILE).await.is_ok());
    });
}

#[test]
fn a_file_that_is_destroyed_while_it_is_read_ends_with_an_error_and_an_entry() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let bytes = content(3 * MIB, 1);
        set(&vault, FILE, &bytes).await;
        let mut file = vault.vault.get_file(&owner(), &path(FILE), Which::CURRENT).await.unwrap();
        file.next().await.unwrap();
        vault.vault.destroy(&owner(), &path(FILE), None).await.unwrap();
        let (read, ended) = drained(file).await;
        assert_eq!(ended, Err("version.not_found"));
        assert!(read.len() < bytes.len());
        let entry = newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
        assert_eq!((entry.outcome.as_str(), entry.version), ("absent", Some(1)));
    });
}

/// T-C1: whoever owns the storage exchanges, drops, cuts, copies and changes parts. Nobody is ever told that he has a whole file, nor
/// given a byte that does not stand where it stood.
#[test]
fn t_c1_parts_open_in_their_place_alone() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        vault.vault.tenant_create(&owner(), &TenantName::parse("acme").unwrap()).await.unwrap();
        let bytes = content(3 * MIB + 5, 1);
        // The same bytes in another version, another secret and another tenant.
        set_as(&vault, &op_in("acme"), write_file(FILE), &bytes).await.unwrap();
        set(&vault, "dev/OTHER", &bytes).await;
        set(&vault, FILE, &bytes).await;
        set(&vault, FILE, &bytes).await;
        let current = vault.vault.history(&owner(), &path(FILE)).await.unwrap().versions.len();
        assert_eq!(current, 2);
        let all = parts(&*storage).await;
        assert_eq!(all.len(), 4 * 4);
        let mine: Vec<_> = {
            let before = rows(&*storage).await;
            let mut probe = Vec::new();
            for (key, record) in &all {
                plant(&storage, &[], &[*key]).await;
                if get(&over(&storage).await, FILE).await.is_err() {
                    probe.push((*key, record.clone()));
                }
                plant(&storage, &[(*key, record)], &[]).await;
            }
            assert!(rows(&*storage).await == before);
            probe
        };
        assert_eq!(mine.len(), 4, "a part that is missing is missed");

        let meddled = async |put: &[(Key, &Record)], what: &str| {
            plant(&storage, put, &[]).await;
            let vault = over(&storage).await;
            let opened = vault.vault.get_file(&owner(), &path(FILE), Which::CURRENT).await.unwrap();
            let (read, ended) = drained(opened).await;
            assert_eq!(ended, Err("store.corrupt"), "{what}");
            assert!(bytes.starts_with(&read) && read.len() < bytes.len(), "{what}");
            let entry =
                newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
            assert_eq!((entry.outcome.as_str(), entry.version), ("corrupt", Some(2)), "{what}");
            let report = vault.vault.audit_verify(&owner(), &[], false, &|_| {}).await.unwrap();
            assert!(!report.problems.is_empty(), "{what}: the log knows");
            let restored: Vec<_> = mine.iter().map(|(key, record)| (*key, record)).collect();
            plant(&storage, &restored, &[]).await;
        };
        meddled(&[(mine[0].0, &mine[1].1), (mine[1].0, &mine[0].1)], "exchanged").await;
        meddled(&[(mine[1].0, &mine[0].1)], "doubled").await;
        meddled(&[(mine[0].0, &mine[3].1)], "the end at the beginning").await;
        for (key, record) in all.iter().filter(|(key, _)| !mine.iter().any(|(mine, _)| mine == key)) {
            let place = &mine[usize::from(key.as_bytes()[17 + 27])];
            meddled(&[(place.0, record)], "another version's").await;
        }
        for (key, record) in &mine {
            let changed = |edit: &dyn Fn(&mut Vec<u8>)| {
                let mut value = record.value.to_vec();
                edit(&mut value);
                Record { revision: record.revision, value: value.into() }
            };
            meddled(&[(*key, &changed(&|value| value.truncate(value.len() - 1)))], "cut by a byte").await;
            meddled(&[(*key, &changed(&|value| value.push(0)))], "a byte more").await;
            meddled(&[(*key, &changed(&Vec::clear))], "empty").await;
            meddled(&[(*key, &changed(&|value| *value.last_mut().unwrap() ^= 1))], "flipped").await;
            let cut = changed(&|value| value.truncate(value.len().saturating_sub(CHUNK + 16)));
            meddled(&[(*key, &cut)], "cut by a chunk").await;
        }
        assert!(get(&vault, FILE).await.unwrap() == bytes, "the control");
        assert_eq!(vault.vault.audit_verify(&owner(), &[], false, &|_| {}).await.unwrap().problems, [""; 0]);
    });
}

#[test]
fn a_row_of_another_version_or_of_a_value_does_not_open_a_file() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        set(&vault, FILE, b"one").await;
        vault.set("dev/VALUE", "value").await.unwrap();
        set(&vault, FILE, b"two").await;
        let heads: Vec<_> =
            rows(&*storage).await.into_iter().filter(|(key, _)| key.as_bytes().len() == 17 + 24).collect();
        assert_eq!(heads.len(), 3);
        for (to, at_home) in &heads {
            for (_, from) in heads.iter().filter(|(from, _)| from != to) {
                plant(&storage, &[(*to, from)], &[]).await;
                let vault = over(&storage).await;
                let first = get_as(&vault, &owner(), FILE, Which::Number(number(1))).await;
                let second = get(&vault, FILE).await;
                let value =
                    coded(vault.vault.get(&owner(), &path("dev/VALUE"), Which::CURRENT).await.map(drop));
                let corrupt =
                    [first.err(), second.err(), value.err()].into_iter().flatten().collect::<Vec<_>>();
                assert_eq!(corrupt, ["store.corrupt"]);
                assert_eq!(vault.vault.check(&owner(), &|_| {}).await.unwrap().problems.len(), 1);
                plant(&storage, &[(*to, at_home)], &[]).await;
            }
        }
    });
}

#[test]
fn a_check_opens_every_row_and_misses_every_part() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        set(&vault, FILE, &content(2 * MIB, 1)).await;
        let checked = async || vault.vault.check(&owner(), &|_| {}).await.unwrap();
        let report = checked().await;
        assert_eq!((report.secrets, report.versions, report.problems.len()), (1, 1, 0));
        for (key, record) in parts(&*storage).await {
            plant(&storage, &[], &[key]).await;
            let report = checked().await;
            assert_eq!(report.problems, ["version 1 of dev/KEYSTORE does not open, or is not there"]);
            plant(&storage, &[(key, &record)], &[]).await;
        }
    });
}

#[test]
fn nothing_of_a_file_is_in_the_storage_or_the_log_in_clear() {
    block_on(async {
        let storage = memory();
        let vault = over(&storage).await;
        const MARKED: &[u8] = b"marked-content-0123456789";
        set(&vault, FILE, &MARKED.repeat(CHUNK)).await;
        let has = |bytes: &[u8]| bytes.windows(8).any(|window| &MARKED[..8] == window);
        for (key, record) in records(&*storage).await {
            assert!(!has(key.as_bytes()) && !has(&record.value));
        }
        for entry in newest(&vault, 100).await {
            assert!(!has(&entry.leaf));
        }
        let file = vault.vault.get_file(&owner(), &path(FILE), Which::CURRENT).await.unwrap();
        let upload = begun(&vault, &owner(), write_file(FILE), MARKED).await.unwrap();
        assert!(!has(format!("{file:?} {upload:?}").as_bytes()));
    });
}
