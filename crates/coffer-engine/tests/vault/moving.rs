//! A store that moves from one storage into another is in service in one of them at most, and nothing acknowledged stays behind.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use coffer_engine::audit::EntryFilter;
use coffer_engine::secret::Value;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Group, Key, Storage, StorageError};
use coffer_engine::tenant::{TenantId, TenantName};
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::unlock::Unlocker;
use coffer_engine::vault::{BackupFile, OpenOptions, Settings, StoreCopy, abandon_copy, closed_for};
use coffer_engine::version::Which;
use coffer_engine::{Error, Op, Vault};

use crate::support::{NoEntries, coded, memory, op_in, path, records, text, write};

fn op() -> Op {
    TestVault::op().unwrap()
}

fn tenant(name: &str) -> TenantName {
    TenantName::parse(name).unwrap()
}

/// Opens what is there; nothing is made.
async fn opened(storage: &Arc<dyn Storage>) -> Result<Vault, Error> {
    let unlocker = TestVault::unlocker();
    let unlockers: [&dyn Unlocker; 1] = [&unlocker];
    let options = OpenOptions { unlockers: &unlockers, settings: Settings::default() };
    Vault::open(Arc::clone(storage), options).await
}

async fn reopened(storage: &Arc<dyn Storage>) -> Result<(), Error> {
    let unlocker = TestVault::unlocker();
    let unlockers: [&dyn Unlocker; 1] = [&unlocker];
    let options = OpenOptions { unlockers: &unlockers, settings: Settings::default() };
    Vault::open_closed(Arc::clone(storage), options).await?.storage_reopen(&op()).await
}

async fn begun(from: &Arc<dyn Storage>, to: &Arc<dyn Storage>) -> Result<StoreCopy, Error> {
    StoreCopy::begin(Arc::clone(from), Arc::clone(to), op().now).await
}

/// A move from its beginning, or from wherever it was broken off, to its end.
async fn moved(from: &Arc<dyn Storage>, to: &Arc<dyn Storage>) -> Result<(), Error> {
    let copy = begun(from, to).await?;
    if !copy.is_closed().await? {
        copy.pass(&|_| {}).await?;
        opened(from).await?.storage_close(&op(), &copy, "the other place").await?;
    }
    copy.pass(&|_| {}).await?;
    let (source, copied) = copy.sums(&|_| {}).await?;
    assert_eq!(source, copied);
    let unfinished = copy.into_store().await?;
    let vault = opened(&unfinished.storage()).await?;
    assert_eq!(vault.store_verify(&op(), &|_| {}).await?.problems, Vec::<String>::new());
    drop(vault);
    Ok(unfinished.finish().await?)
}

/// Where the store is in service: it has to be one place at most.
async fn in_service(from: &Arc<dyn Storage>, to: &Arc<dyn Storage>) -> [bool; 2] {
    let here = match coded(opened(from).await.map(drop)) {
        Ok(()) => true,
        Err(code) => {
            assert_eq!(code, "store.moved");
            false
        }
    };
    let there = match coded(opened(to).await.map(drop)) {
        Ok(()) => true,
        Err(code) => {
            assert!(["store.unfinished", "store.missing"].contains(&code), "{code}");
            false
        }
    };
    assert!(!(here && there), "it is in service in two places");
    [here, there]
}

fn both() -> [Arc<dyn Storage>; 2] {
    [memory(), memory()]
}

/// A store with several tenants, one of them suspended, with what is in logs and what is pending.
async fn filled(storage: &Arc<dyn Storage>) -> TestVault {
    let vault = TestVault::over(Arc::clone(storage)).await.unwrap();
    for name in ["acme", "resting"] {
        vault.vault.tenant_create(&op(), &tenant(name)).await.unwrap();
    }
    let all = (0..70).map(|n| (path(&format!("dev/N{n}")), Value::text(&format!("value {n}"))));
    vault.vault.set_all(&op(), all.collect()).await.unwrap();
    vault.vault.set(&op_in("resting"), write("dev/R", "rests")).await.unwrap();
    vault.vault.tenant_suspend(&op(), &tenant("resting")).await.unwrap();
    vault.vault.audit_query(&op(), &EntryFilter::default(), None, 10, false).await.unwrap();
    vault.vault.get(&op(), &path("dev/N7"), Which::CURRENT).await.unwrap();
    vault
}

#[test]
fn what_is_moved_is_the_store_and_where_it_was_answers_no_more() {
    block_on(async {
        let [from, to] = both();
        let vault = filled(&from).await;
        let copy = begun(&from, &to).await.unwrap();
        let first = copy.pass(&|_| {}).await.unwrap();
        assert!(first.carried > 150 && first.removed == 0, "{first:?}");
        assert!(copy.pass(&|_| {}).await.unwrap().is_nothing());
        assert_eq!(in_service(&from, &to).await, [true, false]);

        // What changes meanwhile is carried over: what is new, another, gone, and what went from pending into the log.
        vault.set("dev/NEW", "new").await.unwrap();
        vault.set("dev/N1", "another").await.unwrap();
        vault.vault.destroy(&op(), &path("dev/N2"), None).await.unwrap();
        vault.vault.tenant_erase(&op(), &tenant("acme"), 0).await.unwrap();
        vault.vault.audit_query(&op(), &EntryFilter::default(), None, 10, false).await.unwrap();
        let again = copy.pass(&|_| {}).await.unwrap();
        assert!(again.carried > 0 && again.removed > 0 && again.carried < first.carried, "{again:?}");
        assert!(copy.pass(&|_| {}).await.unwrap().is_nothing());
        drop(copy);

        let other = TestVault::over(Arc::clone(&from)).await.unwrap();
        other.vault.get(&op(), &path("dev/N1"), Which::CURRENT).await.unwrap();
        moved(&from, &to).await.unwrap();
        assert_eq!(in_service(&from, &to).await, [false, true]);
        for node in [&vault, &other] {
            let read = node.vault.get(&op(), &path("dev/N1"), Which::CURRENT).await;
            assert_eq!(
                coded(read.map(drop)),
                Err("audit.unavailable"),
                "nothing is answered without its entry"
            );
            assert_eq!(coded(node.set("dev/LATE", "x").await.map(drop)), Err("audit.unavailable"));
            assert_eq!(coded(node.vault.probe(op().now).await), Err("audit.unavailable"));
        }

        let there = TestVault::over(Arc::clone(&to)).await.unwrap();
        for (name, wanted) in [("dev/NEW", "new"), ("dev/N1", "another"), ("dev/N3", "value 3")] {
            let read = there.vault.get(&op(), &path(name), Which::CURRENT).await.unwrap();
            assert_eq!(text(&read), wanted);
        }
        let gone = there.vault.get(&op(), &path("dev/N2"), Which::CURRENT).await;
        assert!(gone.is_err());
        for (op, instance) in [(op(), false), (op_in("resting"), false), (op(), true)] {
            let report = there.vault.audit_verify(&op, &[], instance, &|_| {}).await.unwrap();
            assert_eq!(report.problems, Vec::<String>::new());
        }
        let found = there.vault.audit_query(&op(), &EntryFilter::default(), None, 50, true).await.unwrap();
        assert_eq!(found.entries.iter().filter(|entry| entry.action == "storage_close").count(), 1);
        there.set("dev/ON", "it goes on").await.unwrap();
        assert_eq!(coded(moved(&from, &to).await), Err("store.moved"), "that is done");
    });
}

/// The next number of a stream, and what is left of it below a limit.
fn chance(seed: &mut u64, limit: usize) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap() % limit
}

/// A storage whose process dies at one of its commits: before it, or after it and before anybody knows.
fn dying(storage: &Arc<MemoryStorage>, left: &Arc<AtomicUsize>, commits: bool) -> Arc<dyn Storage> {
    let (inner, left) = (Arc::clone(storage), Arc::clone(left));
    Hooked::new(Arc::clone(storage), move |_, group| {
        let before =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(1)));
        match before.unwrap() {
            0 => Some(Err(StorageError::Interrupted)),
            1 => {
                if commits {
                    let nothing = Group {
                        batches: Vec::new(),
                        entries: Box::new(NoEntries),
                        durability: group.durability,
                    };
                    let group = std::mem::replace(group, nothing);
                    block_on(Arc::clone(&inner).commit(group)).unwrap();
                }
                Some(Err(StorageError::Interrupted))
            }
            _ => None,
        }
    })
}

#[test]
fn killed_at_any_commit_it_goes_on_and_nothing_is_lost() {
    block_on(async {
        let mut seed = 7;
        for commits in [false, true] {
            let mut survived = false;
            for dies_at in 1.. {
                let (source, copy) = (memory(), memory());
                let [from, to]: [Arc<dyn Storage>; 2] = [Arc::clone(&source) as _, Arc::clone(&copy) as _];
                let vault = filled(&from).await;
                let left = Arc::new(AtomicUsize::new(dies_at));
                let done = moved(&dying(&source, &left, commits), &dying(&copy, &left, commits)).await;
                let [here, there] = in_service(&from, &to).await;
                let late = here.then_some("dev/LATE");
                if let Some(name) = late {
                    vault.set(name, "written between two runs").await.unwrap();
                }
                // It dies once or twice more, anywhere, before it comes to its end.
                for _ in 0..2 {
                    left.store(1 + chance(&mut seed, 12), Ordering::SeqCst);
                    let _ = moved(&dying(&source, &left, commits), &dying(&copy, &left, commits)).await;
                    in_service(&from, &to).await;
                }
                match coded(moved(&from, &to).await) {
                    Ok(()) | Err("store.moved") => {}
                    Err(code) => panic!("dies at {dies_at}: {code}"),
                }
                assert_eq!(in_service(&from, &to).await, [false, true], "dies at {dies_at}");
                let vault = TestVault { vault: opened(&to).await.unwrap() };
                for name in ["dev/N0", "dev/N69"].into_iter().chain(late) {
                    vault.vault.get(&op(), &path(name), Which::CURRENT).await.unwrap();
                }
                assert_eq!(
                    vault.vault.store_verify(&op(), &|_| {}).await.unwrap().problems,
                    Vec::<String>::new()
                );
                if done.is_ok() {
                    assert!(there, "what was said to be done is done");
                    survived = true;
                    assert!(dies_at > 8, "it has more commits than that");
                    break;
                }
            }
            assert!(survived);
        }
    });
}

/// Writers go on while the store is moved, until they are told no. What was acknowledged to them, and what of it is in the copy.
fn written_meanwhile(is_fenced: bool) -> (BTreeSet<String>, BTreeSet<String>) {
    const WRITERS: usize = 3;
    const BEFORE: usize = 30;
    let (source, copy) = (memory(), memory());
    let [from, to]: [Arc<dyn Storage>; 2] = [Arc::clone(&source) as _, Arc::clone(&copy) as _];
    let first = block_on(filled(&from));
    drop(first);
    let fence: Key = moving_key();
    let acknowledged = Mutex::new(BTreeSet::new());
    let is_over = AtomicBool::new(false);
    let so_many = || acknowledged.lock().unwrap().len();
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (source, acknowledged, is_over) = (Arc::clone(&source), &acknowledged, &is_over);
            scope.spawn(move || {
                let node = Hooked::new(source, move |_, group| {
                    if !is_fenced {
                        group
                            .batches
                            .iter_mut()
                            .for_each(|batch| batch.expect.retain(|one| one.key != fence));
                    }
                    None
                });
                let vault = block_on(TestVault::over(node)).unwrap();
                for n in 0.. {
                    let name = format!("dev/w{writer}/N{n}");
                    match coded(block_on(vault.set(&name, "x")).map(drop)) {
                        Ok(()) => drop(acknowledged.lock().unwrap().insert(name)),
                        Err(code) => {
                            assert_eq!(code, "audit.unavailable");
                            return;
                        }
                    }
                    if is_over.load(Ordering::Acquire) {
                        return;
                    }
                }
            });
        }
        until(|| so_many() >= BEFORE);
        block_on(async {
            let copy = begun(&from, &to).await.unwrap();
            copy.pass(&|_| {}).await.unwrap();
            opened(&from).await.unwrap().storage_close(&op(), &copy, "elsewhere").await.unwrap();
            copy.pass(&|_| {}).await.unwrap();
            copy.into_store().await.unwrap().finish().await.unwrap();
        });
        if !is_fenced {
            let now = so_many();
            until(|| so_many() > now);
        }
        is_over.store(true, Ordering::Release);
    });
    let there = block_on(opened(&to)).unwrap();
    let acknowledged = acknowledged.into_inner().unwrap();
    let is_there = |name: &&String| block_on(there.get(&op(), &path(name), Which::CURRENT)).is_ok();
    let found = acknowledged.iter().filter(is_there).cloned().collect();
    (acknowledged, found)
}

/// Waits for something that other threads do.
fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

/// Where it says that a store is out of service: table 0x0a of the instance, see docs/formats.md.
fn moving_key() -> Key {
    Key::new(TenantId::from_bytes([0; 16]), 0x0a, &[]).unwrap()
}

#[test]
fn nothing_acknowledged_stays_behind() {
    let (acknowledged, found) = written_meanwhile(true);
    assert_eq!(acknowledged, found);
}

/// The control: where commits do not expect the store to be in service, something does.
#[test]
fn without_the_expectation_something_does() {
    let (acknowledged, found) = written_meanwhile(false);
    assert!(found.len() < acknowledged.len());
}

#[test]
fn whoever_copies_is_displaced_by_the_next_and_by_who_takes_the_source_back() {
    block_on(async {
        let [from, to] = both();
        let vault = filled(&from).await;
        let first = begun(&from, &to).await.unwrap();
        let second = begun(&from, &to).await.unwrap();
        assert_eq!(first.pass(&|_| {}).await, Err(StorageError::Displaced));
        second.pass(&|_| {}).await.unwrap();
        assert_eq!(
            second.into_store().await.err(),
            Some(StorageError::Interrupted),
            "the source is in service"
        );

        let third = begun(&from, &to).await.unwrap();
        vault.vault.storage_close(&op(), &third, "there").await.unwrap();
        assert_eq!(block_on(closed_for(from.as_ref())).unwrap(), Some((third.id(), "there".to_owned())));
        let elsewhere: Arc<dyn Storage> = memory();
        assert_eq!(coded(begun(&from, &elsewhere).await.map(drop)), Err("store.moved"));
        assert_eq!(records(elsewhere.as_ref()).await.len(), 0);
        third.pass(&|_| {}).await.unwrap();
        let id = third.id();
        let unfinished = third.into_store().await.unwrap();
        // Taken back while somebody is about to finish: he can't.
        abandon_copy(Arc::clone(&to), id).await.unwrap();
        reopened(&from).await.unwrap();
        reopened(&from).await.unwrap();
        assert_eq!(unfinished.finish().await, Err(StorageError::Displaced));
        assert_eq!(in_service(&from, &to).await, [true, false]);
        vault.set("dev/BACK", "in service again").await.unwrap();

        moved(&from, &to).await.unwrap();
        assert_eq!(
            abandon_copy(Arc::clone(&to), id).await,
            Err(StorageError::NotEmpty),
            "it is the store now"
        );
        let there = opened(&to).await.unwrap();
        there.get(&op(), &path("dev/BACK"), Which::CURRENT).await.unwrap();
        // And back again, into a place where nothing is.
        let [third_place, _] = both();
        moved(&to, &third_place).await.unwrap();
        assert_eq!(in_service(&to, &third_place).await, [false, true]);
        assert_eq!(coded(begun(&third_place, &from).await.map(drop)), Err("store.not_empty"));
    });
}

#[test]
fn a_restore_that_was_broken_off_is_no_store_and_begins_anew() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let mut bytes = Vec::new();
        vault.vault.backup_create(&op(), 35, &mut bytes, &|_| {}).await.unwrap();
        let unlocker = TestVault::unlocker();
        let place = memory();
        let to: Arc<dyn Storage> = Arc::clone(&place) as _;
        for dies_at in 1.. {
            let left = Arc::new(AtomicUsize::new(dies_at));
            let into = dying(&place, &left, dies_at % 2 == 0);
            let restored: Result<(), Error> = async {
                let mut from = bytes.as_slice();
                let unlockers: [&dyn Unlocker; 1] = [&unlocker];
                let file = BackupFile::begin(&mut from).unwrap();
                let loaded = file.load_unfinished(&unlockers, into, &|_| {}).await;
                let (loaded, unfinished) = loaded.map_err(|error| match error {
                    coffer_engine::vault::BackupError::Vault(error) => error,
                    other => panic!("{other}"),
                })?;
                let copy = opened(&unfinished.storage()).await?;
                copy.backup_restored(&op(), &loaded, false).await?;
                drop(copy);
                Ok(unfinished.finish().await?)
            }
            .await;
            if restored.is_ok() {
                assert!(dies_at > 5);
                break;
            }
            match coded(opened(&to).await.map(drop)) {
                // The last commit happened, and nobody was told.
                Ok(()) => break,
                Err(code) => assert!(["store.unfinished", "store.missing"].contains(&code), "{code}"),
            }
        }
        let there = opened(&to).await.unwrap();
        there.get(&op(), &path("dev/A"), Which::CURRENT).await.unwrap();
        let report = there.audit_verify(&op(), &[], false, &|_| {}).await.unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
    });
}
