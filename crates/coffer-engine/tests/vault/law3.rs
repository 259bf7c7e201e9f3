//! Law 3: one commit decides. What was withdrawn and acknowledged is answered by nobody whose request came after.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use coffer_engine::access::Role;
use coffer_engine::limits::{ATTEMPTS_MAX, CONFLICTS_BEFORE_LOCK};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::storage::{Batch, Key, Storage, Verdict};
use coffer_engine::tenant::TenantId;
use coffer_engine::testkit::{Hooked, TestVault, Via, block_on};
use coffer_engine::version::{Stage, Which};

use crate::support::{coded, folder, memory, number, path, text, write};

/// Two vaults over one storage: what one does the other has not seen.
async fn two(storage: &Arc<MemoryStorage>) -> (TestVault, TestVault) {
    let over = || TestVault::over(Arc::clone(storage) as Arc<dyn Storage>);
    (over().await.unwrap(), over().await.unwrap())
}

#[test]
fn what_another_vault_has_changed_is_never_answered_from_the_cache() {
    block_on(async {
        let storage = memory();
        let (here, there) = two(&storage).await;
        let op = TestVault::op().unwrap();
        let get = async |which| {
            coded(there.vault.get(&op, &path("dev/A"), which).await).map(|secret| text(&secret))
        };

        here.set("dev/A", "one").await.unwrap();
        assert_eq!(get(Which::CURRENT).await.unwrap(), "one");
        here.set("dev/A", "two").await.unwrap();
        assert_eq!(get(Which::CURRENT).await.unwrap(), "two");
        assert_eq!(get(Which::Stage(Stage::Previous)).await.unwrap(), "one");
        here.vault
            .rotate(&op, &path("dev/A"), Some(coffer_engine::secret::Value::text("three")))
            .await
            .unwrap();
        assert_eq!(get(Which::CURRENT).await.unwrap(), "three");
        here.vault.destroy(&op, &path("dev/A"), Some(number(1))).await.unwrap();
        assert_eq!(get(Which::Number(number(1))).await, Err("version.not_found"));
        here.vault.undo(&op, &path("dev/A")).await.unwrap();
        assert_eq!(get(Which::CURRENT).await.unwrap(), "two");
        here.vault.remove(&op, &path("dev/A")).await.unwrap();
        assert_eq!(get(Which::CURRENT).await, Err("secret.not_found"));
        assert_eq!(there.vault.list(&op, &folder("dev"), false).await.unwrap().secrets, []);
        here.vault.undo(&op, &path("dev/A")).await.unwrap();
        assert_eq!(get(Which::CURRENT).await.unwrap(), "two");
        assert_eq!(here.vault.destroy(&op, &path("dev/A"), None).await.unwrap().versions, 2);
        assert_eq!(get(Which::CURRENT).await, Err("secret.not_found"));
        assert_eq!(there.vault.list(&op, &folder(""), true).await.unwrap().folders, []);
        here.set("dev/A", "made again").await.unwrap();
        assert_eq!(get(Which::CURRENT).await.unwrap(), "made again");
        assert_eq!(
            get(Which::Number(number(2))).await,
            Err("version.not_found"),
            "another secret's second version"
        );
    });
}

#[test]
fn a_withdrawn_grant_is_refused_by_a_vault_that_has_it_cached() {
    block_on(async {
        let storage = memory();
        let (here, there) = two(&storage).await;
        here.set("dev/A", "one").await.unwrap();
        here.set("prod/B", "two").await.unwrap();
        let member = here.member(9, &[(Role::Writer, "dev/**"), (Role::Reader, "prod/**")]).await.unwrap();
        let get = async |raw| coded(there.vault.get(&member, &path(raw), Which::CURRENT).await).map(|_| ());
        assert_eq!((get("dev/A").await, get("prod/B").await), (Ok(()), Ok(())));
        here.member(9, &[(Role::Writer, "dev/**")]).await.unwrap();
        assert_eq!((get("dev/A").await, get("prod/B").await), (Ok(()), Err("access.denied")));
        here.member(9, &[(Role::Reader, "dev/**")]).await.unwrap();
        assert_eq!(coded(there.vault.set(&member, write("dev/A", "x")).await).err(), Some("access.denied"));
        assert_eq!(coded(there.vault.remove(&member, &path("dev/A")).await), Err("access.denied"));
        here.member(9, &[]).await.unwrap();
        assert_eq!(get("dev/A").await, Err("access.denied"));
        assert_eq!(coded(there.vault.list(&member, &folder("dev"), true).await).err(), Some("access.denied"));
    });
}

/// Reads altogether, by all readers.
const READS: u64 = 20_000;
const READERS: usize = 2;
/// Reads between two changes of the grant.
const READS_A_TURN: u64 = 25;

/// Readers with warm caches against one who grants and withdraws. How many answers began after a withdrawal was acknowledged and
/// ended before the next grant began; and how many answers there were at all.
fn answers_after_withdrawal(readers_storage: Arc<dyn Storage>, storage: &Arc<MemoryStorage>) -> (u64, u64) {
    // Even: withdrawn, and acknowledged. Odd: anything may be.
    let turn = AtomicU64::new(1);
    let (reads, answers, violations) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let (giver, reader) = block_on(async {
        let giver = TestVault::over(Arc::clone(storage) as Arc<dyn Storage>).await.unwrap();
        giver.set("dev/A", "held back").await.unwrap();
        (giver, TestVault::over(readers_storage).await.unwrap())
    });
    let member = block_on(giver.member(9, &[(Role::Reader, "dev/**")])).unwrap();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..READERS {
            scope.spawn(|| {
                while !ended.load(Ordering::SeqCst) {
                    let before = turn.load(Ordering::SeqCst);
                    let answer = block_on(reader.vault.get(&member, &path("dev/A"), Which::CURRENT));
                    let after = turn.load(Ordering::SeqCst);
                    match coded(answer) {
                        Ok(_) => {
                            answers.fetch_add(1, Ordering::SeqCst);
                            let withdrawn = before == after && before.is_multiple_of(2);
                            violations.fetch_add(u64::from(withdrawn), Ordering::SeqCst);
                        }
                        Err(code) => assert_eq!(code, "access.denied"),
                    }
                    reads.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let read_on = || {
            let goal = reads.load(Ordering::SeqCst) + READS_A_TURN;
            while reads.load(Ordering::SeqCst) < goal {
                std::thread::yield_now();
            }
        };
        while reads.load(Ordering::SeqCst) < READS {
            read_on();
            block_on(giver.member(9, &[])).unwrap();
            turn.fetch_add(1, Ordering::SeqCst);
            read_on();
            turn.fetch_add(1, Ordering::SeqCst);
            block_on(giver.member(9, &[(Role::Reader, "dev/**")])).unwrap();
        }
        ended.store(true, Ordering::SeqCst);
    });
    (violations.into_inner(), answers.into_inner())
}

#[test]
fn no_read_that_begins_after_a_withdrawal_is_answered() {
    let storage = memory();
    let (violations, answers) = answers_after_withdrawal(Arc::clone(&storage) as Arc<dyn Storage>, &storage);
    assert_eq!(violations, 0);
    assert!(answers > READS / 20, "{answers} reads were answered: there was something to withdraw");
}

/// The same without expectations: were the checker blind, this would pass too.
#[test]
fn the_control_without_expectations_finds_answers_after_the_withdrawal() {
    let storage = memory();
    let careless = Hooked::new(Arc::clone(&storage), |_, group| {
        group.batches.iter_mut().for_each(|batch| batch.expect.clear());
        None
    });
    let (violations, _) = answers_after_withdrawal(careless, &storage);
    assert!(violations > 0);
}

#[test]
fn sixteen_writers_of_one_key_all_succeed() {
    const EACH: usize = 10;
    let storage = memory();
    let (here, there) = block_on(two(&storage));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..16)
            .map(|task| {
                // Half of them in another vault: the queue of writers of one process does not help against those.
                let vault = if task % 2 == 0 { &here } else { &there }.vault.clone();
                tokio::spawn(async move {
                    for turn in 0..EACH {
                        let op = TestVault::op().unwrap();
                        vault.set(&op, write("dev/A", &format!("{task}.{turn}"))).await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        let history = here.vault.history(&TestVault::op().unwrap(), &path("dev/A")).await.unwrap();
        // Versions are numbered one by one; of so many not all are kept.
        let newest = history.versions.last().unwrap().number.get();
        assert_eq!(newest, 16 * EACH as u64, "every write is a version of its own");
    });
}

#[test]
fn of_sixteen_who_expect_nothing_one_creates() {
    let vault = block_on(TestVault::in_memory()).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let created: u32 = runtime.block_on(async {
        let task = |task: u32| {
            let vault = vault.vault.clone();
            tokio::spawn(async move {
                let write = coffer_engine::vault::Write {
                    references: false,
                    expect: coffer_engine::vault::Expect::Nothing,
                    ..write("dev/A", &task.to_string())
                };
                match coded(vault.set(&TestVault::op().unwrap(), write).await) {
                    Ok(written) => u32::from(written.created),
                    Err(code) => {
                        assert_eq!(code, "secret.changed");
                        0
                    }
                }
            })
        };
        let mut created = 0;
        for task in (0..16).map(task).collect::<Vec<_>>() {
            created += task.await.unwrap();
        }
        created
    });
    assert_eq!(created, 1);
}

/// A storage that says Conflict this often, and counts how it was asked.
struct Storm {
    left: AtomicU32,
    queued: AtomicU32,
    locked: AtomicU32,
}

async fn in_a_storm() -> (TestVault, Arc<Storm>) {
    let storm =
        Arc::new(Storm { left: AtomicU32::new(0), queued: AtomicU32::new(0), locked: AtomicU32::new(0) });
    let seen = Arc::clone(&storm);
    let hooked = Hooked::new(memory(), move |via, group| {
        let count = if via == Via::Lock { &seen.locked } else { &seen.queued };
        count.fetch_add(1, Ordering::SeqCst);
        let left = seen.left.load(Ordering::SeqCst);
        if left == 0 {
            return None;
        }
        seen.left.store(left - 1, Ordering::SeqCst);
        let key = Key::new(TenantId::INSTANCE, 5, &[]).unwrap();
        Some(Ok(group.batches.iter().map(|_: &Batch| Verdict::Conflict(key)).collect()))
    });
    let vault = TestVault::over(hooked).await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    (vault, storm)
}

#[test]
fn a_storm_of_conflicts_ends_with_the_write_lock() {
    block_on(async {
        let (vault, storm) = in_a_storm().await;
        for conflicts in 0..ATTEMPTS_MAX {
            storm.left.store(conflicts, Ordering::SeqCst);
            storm.queued.store(0, Ordering::SeqCst);
            storm.locked.store(0, Ordering::SeqCst);
            assert_eq!(
                text(
                    &vault
                        .vault
                        .get(&TestVault::op().unwrap(), &path("dev/A"), Which::CURRENT)
                        .await
                        .unwrap()
                ),
                "one"
            );
            let asked = (storm.queued.load(Ordering::SeqCst), storm.locked.load(Ordering::SeqCst));
            let queued = (conflicts + 1).min(CONFLICTS_BEFORE_LOCK);
            assert_eq!(asked, (queued, conflicts + 1 - queued), "after {conflicts} conflicts");
        }
    });
}

#[test]
fn a_storm_without_end_is_given_up_and_says_so() {
    block_on(async {
        let (vault, storm) = in_a_storm().await;
        let op = TestVault::op().unwrap();
        storm.left.store(ATTEMPTS_MAX, Ordering::SeqCst);
        assert_eq!(
            coded(vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await).err(),
            Some("store.contended")
        );
        storm.left.store(ATTEMPTS_MAX, Ordering::SeqCst);
        assert_eq!(coded(vault.set("dev/A", "two").await).err(), Some("store.contended"));
        // The lock is free again, and nothing was changed.
        assert_eq!(text(&vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap()), "one");
        assert_eq!(vault.set("dev/A", "three").await.unwrap().version.get(), 2);
    });
}
