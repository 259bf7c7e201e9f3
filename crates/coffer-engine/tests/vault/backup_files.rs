//! Backups as files: the known one comes back, and each way in which a file is not one says so, and restores nothing.
//!
//! `vectors/backup/good.backup` was made once, by `COFFER_TEST_WRITE_VECTORS=1`, and opens with the passphrase of every test store. The
//! cases beside it say what is changed of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::unlock::Unlocker;
use coffer_engine::vault::{BackupError, BackupFile, LoadedBackup};

use crate::support::{coded, memory, path};

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/backup"))
}

/// Loads a file into an empty storage.
pub(crate) fn load(bytes: &[u8], into: Arc<dyn Storage>) -> Result<LoadedBackup, BackupError> {
    let unlocker = TestVault::unlocker();
    let unlockers: [&dyn Unlocker; 1] = [&unlocker];
    let mut from = bytes;
    block_on(async { BackupFile::begin(&mut from)?.load(&unlockers, into, &|_| {}).await })
}

fn signature(bytes: &[u8]) -> Result<(), BackupError> {
    let mut from = bytes;
    BackupFile::begin(&mut from)?.check_signature().map(drop)
}

/// A small store: a value that no compression makes shorter than some pieces.
#[test]
#[expect(clippy::disallowed_methods, reason = "a test that is told to write: there is no settings file")]
fn write_vectors() {
    if std::env::var_os("COFFER_TEST_WRITE_VECTORS").is_none() {
        return;
    }
    let bytes = block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "a value").await.unwrap();
        let mut seed = 1_u32;
        let letters = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + u8::try_from(seed >> 24).unwrap() % 26)
        });
        let long: String = letters.take(50_000).collect();
        vault.set("dev/LONG", &long).await.unwrap();
        let mut bytes = Vec::new();
        vault.vault.backup_create(&TestVault::op().unwrap(), 36_500, &mut bytes, &|_| {}).await.unwrap();
        bytes
    });
    fs::create_dir_all(folder()).unwrap();
    fs::write(folder().join("good.backup"), bytes).unwrap();
}

#[test]
fn the_known_file_comes_back() {
    let good = fs::read(folder().join("good.backup")).unwrap();
    let storage = memory();
    let loaded = load(&good, Arc::<coffer_engine::storage::memory::MemoryStorage>::clone(&storage)).unwrap();
    assert_eq!(loaded.info.made.millis(), 1_767_225_600_000);
    block_on(async {
        let vault = TestVault::over(storage).await.unwrap();
        let op = TestVault::op().unwrap();
        let verified = vault.vault.backup_verify(&op, &loaded, &|_| {}).await.unwrap();
        assert_eq!(verified.problems, Vec::<String>::new());
        assert_eq!((verified.tenants.len(), verified.tenants[0].secrets), (1, 2));
        assert!(verified.tenants[0].canary);
        let read = vault.vault.get(&op, &path("dev/A"), coffer_engine::version::Which::CURRENT).await;
        assert_eq!(crate::support::text(&read.unwrap()), "a value");
    });
    signature(&good).unwrap();
}

/// A change of the good file, as a case says it: offsets from its beginning, or with `-` from its end.
fn edit(bytes: &mut Vec<u8>, line: &str, good: &[u8]) {
    let words: Vec<&str> = line.split(' ').collect();
    let at = |word: &str| match word.strip_prefix('-') {
        Some(back) => good.len() - back.parse::<usize>().unwrap(),
        None => word.parse().unwrap(),
    };
    match words[..] {
        ["truncate", to] => bytes.truncate(at(to)),
        ["flip", place] => bytes[at(place)] ^= 1,
        ["set", place, byte] => bytes[at(place)] = byte.parse().unwrap(),
        ["append", byte] => bytes.push(byte.parse().unwrap()),
        // The last of these texts.
        ["replace", from, to] => {
            let (from, to) = (from.replace('_', " "), to.replace('_', " "));
            let at = good.windows(from.len()).rposition(|text| text == from.as_bytes()).unwrap();
            bytes.splice(at..at + from.len(), to.bytes());
        }
        ["append-itself"] => bytes.extend_from_slice(good),
        // Pieces are found by their numbers and lengths.
        ["drop-piece", number] => drop(bytes.drain(piece(good, number.parse().unwrap()))),
        ["swap-pieces", one, other] => {
            let (one, other) = (piece(good, one.parse().unwrap()), piece(good, other.parse().unwrap()));
            let middle = one.end..other.start;
            let parts =
                [&good[..one.start], &good[other.clone()], &good[middle], &good[one], &good[other.end..]];
            *bytes = parts.concat();
        }
        // As if they followed each other: the numbers are right, the pieces are not.
        ["renumber-swapped", one, other] => {
            let (one, other) = (piece(good, one.parse().unwrap()), piece(good, other.parse().unwrap()));
            bytes[one.start + 6..one.end].copy_from_slice(&good[other.start + 6..other.end]);
            bytes[other.start + 6..other.end].copy_from_slice(&good[one.start + 6..one.end]);
        }
        _ => panic!("{line}"),
    }
}

/// Where a piece lies.
fn piece(good: &[u8], number: u32) -> std::ops::Range<usize> {
    let head = u32::from_be_bytes(good[10..14].try_into().unwrap());
    let mut at = 14 + usize::try_from(head).unwrap() + 66;
    loop {
        let found = u32::from_be_bytes(good[at..at + 4].try_into().unwrap());
        let end = at + 6 + usize::from(u16::from_be_bytes(good[at + 4..at + 6].try_into().unwrap()));
        if found == number {
            return at..end;
        }
        at = end;
    }
}

#[test]
fn each_bad_file_says_what_it_is_and_restores_nothing() {
    let good = fs::read(folder().join("good.backup")).unwrap();
    let mut codes = BTreeSet::new();
    let mut cases: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    for case in &cases {
        let text = fs::read_to_string(case).unwrap();
        let field = |name| text.lines().filter_map(move |line: &str| line.strip_prefix(name));
        let mut bytes = good.clone();
        field("edit: ").for_each(|line| edit(&mut bytes, line, &good));
        let expected = field("expect: ").next().unwrap();
        let storage = memory();
        let loaded = load(&bytes, Arc::<coffer_engine::storage::memory::MemoryStorage>::clone(&storage));
        let case = case.file_name().unwrap().display();
        assert_eq!(loaded.err().map(|error| error.code()), Some(expected), "{case}");
        let unlocker = TestVault::unlocker();
        let opened = block_on(coffer_engine::Vault::open(
            storage,
            coffer_engine::vault::OpenOptions {
                unlockers: &[&unlocker],
                settings: coffer_engine::vault::Settings::default(),
            },
        ));
        // Either nothing of it came so far, or what came says that it is not finished.
        let no = coded(opened.map(drop)).unwrap_err();
        assert!(["store.missing", "store.unfinished"].contains(&no), "{case}: {no}");
        if let Some(unopened) = field("unopened: ").next() {
            let checked = signature(&bytes).map_err(|error| error.code());
            assert_eq!(checked.err().unwrap_or("ok"), unopened, "{case}");
        }
        codes.insert(expected.to_owned());
    }
    assert!(cases.len() >= 16, "{}", cases.len());
    let all = ["damaged", "foreign", "spliced", "too_new", "truncated", "unsigned"];
    assert_eq!(codes, all.map(|code| format!("backup.{code}")).into(), "every way has a case");
}

/// Wherever it is cut, it is cut; wherever a bit is turned, something is said.
#[test]
fn no_cut_and_no_bit_goes_unnoticed() {
    let good = fs::read(folder().join("good.backup")).unwrap();
    for length in (0..good.len()).step_by(1_499).chain(good.len() - 40..good.len()) {
        let code = load(&good[..length], memory()).err().map(|error| error.code());
        let expected = if length < 8 { "backup.foreign" } else { "backup.truncated" };
        assert_eq!(code, Some(expected), "{length}");
    }
    for at in (0..400).chain((400..good.len()).step_by(1_499)).chain(good.len() - 300..good.len()) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        let loaded = load(&bytes, memory());
        assert!(loaded.is_err(), "{at}");
    }
}
