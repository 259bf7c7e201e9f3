//! Unlockers of a store: each opens it by itself; they come and go at run time; whoever edits their rows opens nothing.

use std::path::Path;
use std::sync::Arc;

use coffer_encryption::{Iterations, PassphraseIterations, SecretBytes};
use coffer_engine::Error;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Batch, Durability, Group, Key, Put, Record, Revision, Storage};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::unlock::{KeyFile, Passphrase, Unlocker, UnlockerKind};
use coffer_engine::vault::{OpenOptions, Settings, Vault};
use coffer_engine::version::Which;

use crate::support::{NoEntries, coded, memory, path, records, text};

/// The table of unlockers: see docs/formats.md.
const UNLOCKERS: u8 = 0x02;

fn passphrase(words: &str) -> Passphrase {
    Passphrase::new(SecretBytes::copy_from(words.as_bytes()), PassphraseIterations::cheap_for_tests())
}

fn key_file(folder: &Path) -> KeyFile {
    KeyFile::create(&folder.join("keys/master.key")).unwrap()
}

fn settings() -> Settings {
    Settings { iterations: Iterations::cheap_for_tests(), ..Settings::default() }
}

async fn make(storage: &Arc<MemoryStorage>, unlockers: &[&dyn Unlocker]) -> Vault {
    let options = OpenOptions { unlockers, settings: settings() };
    let storage = Arc::clone(storage) as Arc<dyn Storage>;
    Vault::open_or_create(storage, options, &TestVault::op().unwrap()).await.unwrap()
}

async fn open(storage: &Arc<MemoryStorage>, unlocker: &dyn Unlocker) -> Result<Vault, Error> {
    let options = OpenOptions { unlockers: &[unlocker], settings: settings() };
    Vault::open(Arc::clone(storage) as Arc<dyn Storage>, options).await
}

/// Opens the store and reads what was set at first.
async fn reads(storage: &Arc<MemoryStorage>, unlocker: &dyn Unlocker) -> Result<String, &'static str> {
    let vault = coded(open(storage, unlocker).await)?;
    let secret = coded(vault.get(&TestVault::op().unwrap(), &path("dev/A"), Which::CURRENT).await)?;
    Ok(text(&secret))
}

async fn filled(unlockers: &[&dyn Unlocker]) -> (Arc<MemoryStorage>, Vault) {
    let storage = memory();
    let vault = make(&storage, unlockers).await;
    let test = TestVault { vault: vault.clone() };
    test.set("dev/A", "one").await.unwrap();
    (storage, vault)
}

const OPENED: Result<&str, &str> = Ok("one");

#[test]
fn a_key_file_and_a_passphrase_each_open_the_store() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let (file, words) = (key_file(folder.path()), passphrase("six words that nobody guesses"));
        let (storage, vault) = filled(&[&file, &words]).await;
        assert_eq!(reads(&storage, &file).await.as_deref(), OPENED.as_ref().copied());
        assert_eq!(reads(&storage, &words).await.as_deref(), OPENED.as_ref().copied());
        let again = KeyFile::read(file.path()).unwrap();
        assert_eq!(
            reads(&storage, &again).await.as_deref(),
            OPENED.as_ref().copied(),
            "as the file holds it"
        );
        let listed = vault.unlockers(&TestVault::op().unwrap()).await.unwrap();
        let mut kinds: Vec<_> = listed.iter().map(|info| info.kind.name()).collect();
        kinds.sort_unstable();
        assert_eq!(kinds, ["key-file", "passphrase"]);
        assert!(listed.iter().any(|info| info.kind == UnlockerKind::KeyFile && info.id == file.id()));
    });
}

#[test]
fn unlockers_come_and_go_and_the_last_one_stays() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let words = passphrase("six words that nobody guesses");
        let (storage, vault) = filled(&[&words]).await;
        let op = TestVault::op().unwrap();
        let first = vault.unlockers(&op).await.unwrap()[0].id;
        assert_eq!(coded(vault.unlocker_remove(&op, first).await), Err("unlocker.last"));
        assert_eq!(coded(vault.unlocker_remove(&op, [7; 16]).await), Err("unlocker.not_found"));

        let file = key_file(folder.path());
        assert_eq!(reads(&storage, &file).await, Err("unlock.none_fits"), "not set up yet");
        assert_eq!(vault.unlocker_add(&op, &file).await.unwrap(), file.id());
        assert_eq!(reads(&storage, &file).await.as_deref(), OPENED.as_ref().copied());
        assert_eq!(reads(&storage, &words).await.as_deref(), OPENED.as_ref().copied());

        vault.unlocker_remove(&op, first).await.unwrap();
        assert_eq!(reads(&storage, &words).await, Err("unlock.none_fits"), "removed");
        assert_eq!(reads(&storage, &file).await.as_deref(), OPENED.as_ref().copied());
        assert_eq!(coded(vault.unlocker_remove(&op, file.id()).await), Err("unlocker.last"));
        assert_eq!(coded(vault.unlocker_remove(&op, first).await), Err("unlocker.not_found"), "gone already");

        let other = passphrase("other words that nobody guesses");
        vault.unlocker_add(&op, &other).await.unwrap();
        vault.unlocker_remove(&op, file.id()).await.unwrap();
        assert_eq!(reads(&storage, &file).await, Err("unlock.none_fits"));
        assert_eq!(reads(&storage, &other).await.as_deref(), OPENED.as_ref().copied());
        // Who has it open goes on: the root key has not changed.
        assert_eq!(text(&vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap()), "one");
    });
}

/// Two processes take away the last two unlockers at once, each believing that the other stays.
#[test]
fn two_who_remove_the_last_two_at_once_leave_one() {
    block_on(async {
        let (one, other) =
            (passphrase("six words that nobody guesses"), passphrase("other words, just as good"));
        let (storage, here) = filled(&[&one, &other]).await;
        let there = open(&storage, &other).await.unwrap();
        let op = TestVault::op().unwrap();
        let ids: Vec<_> = here.unlockers(&op).await.unwrap().iter().map(|info| info.id).collect();
        there.unlockers(&op).await.unwrap();
        let (first, second) =
            tokio::join!(here.unlocker_remove(&op, ids[0]), there.unlocker_remove(&op, ids[1]));
        let answers = [coded(first).map(drop), coded(second).map(drop)];
        assert!(answers.contains(&Ok(())) && answers.contains(&Err("unlocker.last")), "{answers:?}");
        assert_eq!(here.unlockers(&op).await.unwrap().len(), 1);
    });
}

#[test]
fn a_wrong_passphrase_says_that_it_is_wrong() {
    block_on(async {
        let (storage, _) = filled(&[&passphrase("six words that nobody guesses")]).await;
        for words in [
            "six words that nobody guesse",
            "Six words that nobody guesses",
            "six words that nobody guesses ",
        ] {
            assert_eq!(reads(&storage, &passphrase(words)).await, Err("passphrase.wrong"), "{words}");
        }
        assert_eq!(reads(&storage, &passphrase("short")).await, Err("passphrase.too_short"));
    });
}

#[test]
fn a_key_file_of_another_store_does_not_open_this_one() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let file = key_file(&folder.path().join("ours"));
        let (storage, _) = filled(&[&file]).await;
        let other = key_file(&folder.path().join("theirs"));
        assert_eq!(reads(&storage, &other).await, Err("unlock.none_fits"));
        assert_eq!(
            reads(&storage, &passphrase("six words that nobody guesses")).await,
            Err("unlock.none_fits")
        );
        // One file for two stores is fine: the instance is bound in the wrap, not the file.
        let (second, _) = filled(&[&file]).await;
        assert_eq!(reads(&second, &file).await.as_deref(), OPENED.as_ref().copied());
    });
}

#[test]
fn nothing_opens_a_store_without_an_unlocker() {
    block_on(async {
        let storage = memory();
        let none = OpenOptions { unlockers: &[], settings: settings() };
        let made = Vault::open_or_create(storage.clone(), none, &TestVault::op().unwrap()).await;
        assert_eq!(coded(made).err(), Some("unlock.none_fits"));
        assert_eq!(records(storage.as_ref()).await, [], "nothing was made");
        let (storage, _) = filled(&[&passphrase("six words that nobody guesses")]).await;
        let none = OpenOptions { unlockers: &[], settings: settings() };
        assert_eq!(coded(Vault::open(storage, none).await).err(), Some("unlock.none_fits"));
    });
}

async fn rows(storage: &Arc<MemoryStorage>) -> Vec<(Key, Record)> {
    let mut rows = records(storage.as_ref()).await;
    rows.retain(|(key, _)| key.as_bytes()[..17] == [&[0; 16][..], &[UNLOCKERS]].concat());
    rows
}

async fn plant(storage: &Arc<MemoryStorage>, key: Key, value: Vec<u8>) {
    let put = Put { key, revision: Revision([1; 16]), value: value.into() };
    let batches = vec![Batch { put: vec![put], ..Batch::default() }];
    let group = Group { batches, entries: Box::new(NoEntries), durability: Durability::Written };
    Arc::clone(storage).commit(group).await.unwrap();
}

/// T-C4: who owns the storage writes a cheaper derivation into the row, and waits for the passphrase to be tried with it.
#[test]
fn a_row_that_asks_for_a_weaker_derivation_is_refused() {
    block_on(async {
        let words = passphrase("six words that nobody guesses");
        let (storage, _) = filled(&[&words]).await;
        let (key, record) = rows(&storage).await.remove(0);
        // The last field of the row: its iterations, the cheap count of tests in one byte.
        let (last, before) = record.value.split_last().unwrap();
        assert_eq!(*last, 2);
        for weaker in [0, 1, 1_000, 50_000, 599_999, 10_000_001, u32::MAX] {
            let mut value = before.to_vec();
            value.push(0x1a);
            value.extend_from_slice(&u32::to_be_bytes(weaker));
            plant(&storage, key, value).await;
            assert_eq!(reads(&storage, &words).await, Err("passphrase.weak_derivation"), "{weaker}");
        }
        plant(&storage, key, [before, &[0xf6]].concat()).await;
        assert_eq!(reads(&storage, &words).await, Err("passphrase.weak_derivation"), "none at all");
        plant(&storage, key, record.value.to_vec()).await;
        assert_eq!(reads(&storage, &words).await.as_deref(), OPENED.as_ref().copied());
    });
}

/// T-C4: no bit of a row may be changed into one that opens something else.
#[test]
fn an_edited_row_opens_nothing_but_what_it_opened() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let (file, words) = (key_file(folder.path()), passphrase("six words that nobody guesses"));
        let (storage, _) = filled(&[&file, &words]).await;
        for (key, record) in rows(&storage).await {
            let unlocker: &dyn Unlocker = if key.as_bytes()[17..] == file.id() { &file } else { &words };
            let (mut refused, mut opened) = (0, Vec::new());
            for bit in 0..record.value.len() * 8 {
                let mut value = record.value.to_vec();
                value[bit / 8] ^= 1 << (bit % 8);
                plant(&storage, key, value).await;
                match reads(&storage, unlocker).await {
                    Ok(read) => {
                        assert_eq!(read, "one");
                        opened.push(bit / 8);
                    }
                    Err(code) => {
                        let said = [
                            "store.corrupt",
                            "unlock.none_fits",
                            "key_file.wrong",
                            "passphrase.wrong",
                            "passphrase.weak_derivation",
                        ];
                        assert!(said.contains(&code), "bit {bit}: {code}");
                        refused += 1;
                    }
                }
            }
            // When it was set up is told to people and decides nothing: nine bytes of CBOR, and no other.
            opened.dedup();
            assert!(opened.len() <= 9, "{opened:?}");
            assert!(refused > 8 * 80, "{refused}");
            for len in 0..record.value.len() {
                plant(&storage, key, record.value[..len].to_vec()).await;
                assert!(reads(&storage, unlocker).await.is_err(), "cut at {len}");
            }
            plant(&storage, key, record.value.to_vec()).await;
        }
    });
}

#[test]
fn the_rows_of_two_unlockers_are_not_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let (one, other) = (key_file(&folder.path().join("one")), key_file(&folder.path().join("other")));
        let (storage, _) = filled(&[&one, &other]).await;
        let rows = rows(&storage).await;
        plant(&storage, rows[0].0, rows[1].1.value.to_vec()).await;
        plant(&storage, rows[1].0, rows[0].1.value.to_vec()).await;
        for file in [&one, &other] {
            assert_eq!(reads(&storage, file).await, Err("key_file.wrong"));
        }
    });
}

/// The keys of a tenant are not an unlocker's, but the same attack: T-C4.
#[test]
fn a_tenant_key_that_asks_for_a_weaker_derivation_is_refused() {
    block_on(async {
        let words = passphrase("six words that nobody guesses");
        let (storage, _) = filled(&[&words]).await;
        // The generations are table 0x03, and a tenant's row ends with its iterations.
        let all = records(storage.as_ref()).await;
        let (key, record) =
            all.iter().find(|(key, _)| key.as_bytes()[0] != 0 && key.as_bytes()[16] == 3).unwrap();
        let (last, before) = record.value.split_last().unwrap();
        assert_eq!(*last, 2);
        for weaker in [1, 50_000, 99_999] {
            let mut value = before.to_vec();
            value.push(0x1a);
            value.extend_from_slice(&u32::to_be_bytes(weaker));
            plant(&storage, *key, value).await;
            assert_eq!(reads(&storage, &words).await, Err("store.corrupt"), "{weaker}");
        }
        // Above the floor, but not what the key was wrapped with.
        plant(&storage, *key, [before, &[0x1a], &100_000_u32.to_be_bytes()].concat()).await;
        assert_eq!(reads(&storage, &words).await, Err("store.corrupt"));
    });
}
