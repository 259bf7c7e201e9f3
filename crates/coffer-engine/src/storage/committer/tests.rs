use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::block_on::block_on;
use crate::limits::GROUP_MAX_BATCHES;
use crate::storage::memory::MemoryStorage;
use crate::storage::{
    BoxFuture, Expectation, Group, Key, Page, PendingPosition, PendingRow, Put, Record, Revision, Snapshot,
    Verdict,
};
use crate::tenant::TenantId;
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_000);
const TENANT: TenantId = TenantId::from_bytes([1; 16]);
/// What `driver.rs` calls its thread.
const THREAD: &str = "coffer-commit";

/// A memory that says what it was asked, and does with each commit as it is told.
struct Staged {
    memory: Arc<MemoryStorage>,
    seen: Mutex<Vec<Seen>>,
    acts: Mutex<VecDeque<Act>>,
    patience: Duration,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    batches: usize,
    durability: Durability,
    /// The name of the thread that ended it.
    thread: String,
}

/// What to do with a commit; without one it simply happens.
enum Act {
    /// This first.
    First(Box<dyn FnOnce() + Send>),
    /// Not before this is sent, or its sender is gone.
    WaitFor(oneshot::Receiver<()>),
    Fail(StorageError),
    Panic,
    /// Say this, and do nothing.
    Say(Vec<Verdict>),
}

impl Staged {
    fn new(acts: impl IntoIterator<Item = Act>) -> (Arc<Self>, Committer) {
        Self::patient(acts, Duration::ZERO)
    }

    fn patient(acts: impl IntoIterator<Item = Act>, patience: Duration) -> (Arc<Self>, Committer) {
        let acts = Mutex::new(acts.into_iter().collect());
        let memory = MemoryStorage::new(Arc::new(|| NOW));
        let storage = Arc::new(Self { memory, seen: Mutex::default(), acts, patience });
        (Arc::clone(&storage), Committer::new(storage, Arc::default()))
    }

    fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How many batches each commit had.
    fn sizes(&self) -> Vec<usize> {
        self.seen().iter().map(|seen| seen.batches).collect()
    }

    fn has(&self, number: u64) -> bool {
        block_on(self.memory.get(&[key(number)])).unwrap()[0].is_some()
    }

    /// Whether the log has this submission's leaf where its proof says.
    fn has_leaf(&self, number: u64, committed: &Committed) -> bool {
        let rows = block_on(self.memory.pending(None, None, usize::MAX)).unwrap();
        let row = rows.iter().find(|(_, row)| row.id == committed.row()).map(|(_, row)| &row.sealed);
        row.and_then(|row| row.chunks(8).nth(committed.first())) == Some(&number.to_be_bytes()[..])
    }
}

impl Storage for Staged {
    fn get<'a>(&'a self, keys: &'a [Key]) -> BoxFuture<'a, Result<Vec<Option<Record>>, StorageError>> {
        self.memory.get(keys)
    }

    fn scan<'a>(
        &'a self,
        prefix: &'a [u8],
        after: Option<Key>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Page, StorageError>> {
        self.memory.scan(prefix, after, limit)
    }

    fn pending(
        &self,
        of: Option<TenantId>,
        after: Option<PendingPosition>,
        limit: usize,
    ) -> BoxFuture<'_, Result<Vec<(PendingPosition, PendingRow)>, StorageError>> {
        self.memory.pending(of, after, limit)
    }

    fn commit(self: Arc<Self>, group: Group) -> BoxFuture<'static, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            let (batches, durability) = (group.batches.len(), group.durability);
            let act = self.acts.lock().unwrap().pop_front();
            let answer = match act {
                Some(Act::Fail(error)) => Err(error),
                Some(Act::Say(verdicts)) => Ok(verdicts),
                Some(Act::Panic) => panic!("the storage of this test panics, as it was told"),
                Some(Act::First(work)) => {
                    work();
                    Arc::clone(&self.memory).commit(group).await
                }
                Some(Act::WaitFor(sent)) => {
                    let _ = sent.await;
                    Arc::clone(&self.memory).commit(group).await
                }
                None => Arc::clone(&self.memory).commit(group).await,
            };
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            self.seen.lock().unwrap().push(Seen { batches, durability, thread });
            answer
        })
    }

    fn exclusive(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Exclusive>, StorageError>> {
        Arc::clone(&self.memory).exclusive()
    }

    fn erase_deleted(self: Arc<Self>) -> BoxFuture<'static, Result<(), StorageError>> {
        Arc::clone(&self.memory).erase_deleted()
    }

    fn inspect(&self) -> BoxFuture<'_, Result<Vec<String>, StorageError>> {
        self.memory.inspect()
    }

    fn snapshot(self: Arc<Self>) -> BoxFuture<'static, Result<Box<dyn Snapshot>, StorageError>> {
        Arc::clone(&self.memory).snapshot()
    }

    fn patience(&self) -> Duration {
        self.patience
    }
}

/// Seals nothing: a row is its leaves, eight bytes each, so that a test can read it.
struct Plain;

impl SealRow for Plain {
    fn tenant(&self) -> TenantId {
        TENANT
    }

    fn seal_row(&self, _: [u8; 16], leaves: &[&[u8]]) -> Result<Vec<u8>, StorageError> {
        Ok(leaves.concat())
    }
}

fn key(number: u64) -> Key {
    Key::new(TENANT, 7, &number.to_be_bytes()).unwrap()
}

fn revision(number: u64) -> Revision {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Revision(bytes)
}

/// Puts the record of this number, and writes a leaf that names it.
fn submission(number: u64, durability: Durability) -> Submission {
    let put = Put { key: key(number), revision: revision(number), value: [1].into() };
    Submission {
        batch: Batch { put: vec![put], ..Batch::default() },
        entries: Entries::Leaves { leaves: vec![number.to_be_bytes().to_vec()], seal: Arc::new(Plain) },
        durability,
    }
}

fn written(number: u64) -> Submission {
    submission(number, Durability::Written)
}

fn synced(number: u64) -> Submission {
    submission(number, Durability::Synced)
}

fn committed(decided: Result<Decided, StorageError>) -> Committed {
    match decided.unwrap() {
        Decided::Committed(committed) => committed,
        Decided::Kept => panic!("no entry"),
        Decided::Conflict => panic!("a conflict"),
        Decided::Expired => panic!("too late"),
    }
}

fn failed(decided: Result<Decided, StorageError>) -> StorageError {
    decided.map(|_| ()).unwrap_err()
}

fn poll<T>(future: std::pin::Pin<&mut (impl Future<Output = T> + ?Sized)>) -> Poll<T> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn many_tasks_share_commits() {
    const TASKS: u64 = 64;
    const EACH: u64 = 20;
    let (storage, committer) = Staged::new([]);
    let committer = Arc::new(committer);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let task = |task: u64| {
            let (storage, committer) = (Arc::clone(&storage), Arc::clone(&committer));
            async move {
                for number in task * EACH..(task + 1) * EACH {
                    let proof = committed(committer.submit(written(number)).await);
                    assert!(storage.has(number) && storage.has_leaf(number, &proof));
                }
            }
        };
        let tasks: Vec<_> = (0..TASKS).map(|number| tokio::spawn(task(number))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    let sizes = storage.sizes();
    assert_eq!(sizes.iter().sum::<usize>() as u64, TASKS * EACH, "each is committed once");
    assert!(sizes.len() as u64 <= 2 * EACH, "{} commits for {} submissions", sizes.len(), TASKS * EACH);
}

#[test]
fn tasks_on_many_threads_share_commits_too() {
    const EACH: u64 = 100;
    let (storage, committer) = Staged::new([]);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (storage, committer) = (&storage, &committer);
            scope.spawn(move || {
                for number in thread * EACH..(thread + 1) * EACH {
                    let durability = if number % 3 == 0 { Durability::Synced } else { Durability::Written };
                    let proof = committed(block_on(committer.submit(submission(number, durability))));
                    assert!(storage.has_leaf(number, &proof));
                }
            });
        }
    });
    assert_eq!(storage.sizes().iter().sum::<usize>() as u64, 8 * EACH, "each is committed once");
}

#[test]
fn a_lone_writer_commits_in_his_own_thread() {
    let (storage, committer) = Staged::new([]);
    committed(block_on(committer.submit(written(1))));
    assert_ne!(storage.seen()[0].thread, THREAD);
}

#[test]
fn what_a_cancelled_follower_wanted_is_not_committed() {
    let (storage, committer) = Staged::new([]);
    let mut leader = pin!(committer.submit(written(1)));
    assert!(poll(leader.as_mut()).is_pending(), "lets others join");
    {
        let mut follower = pin!(committer.submit(written(2)));
        assert!(poll(follower.as_mut()).is_pending());
    }
    let mut stays = pin!(committer.submit(written(3)));
    assert!(poll(stays.as_mut()).is_pending());
    committed(block_on(leader));
    committed(block_on(stays));
    assert!(storage.has(1) && storage.has(3) && !storage.has(2));
    assert_eq!(storage.sizes(), [2]);
}

#[test]
fn what_was_cancelled_while_the_thread_was_busy_is_not_committed() {
    let (release, wait) = oneshot::channel();
    let (storage, committer) = Staged::new([Act::WaitFor(wait)]);
    let mut first = pin!(committer.submit(synced(1)));
    assert!(poll(first.as_mut()).is_pending());
    // The thread has the first one for itself before the others come.
    while !storage.acts.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    {
        let mut cancelled = pin!(committer.submit(synced(2)));
        assert!(poll(cancelled.as_mut()).is_pending());
    }
    let mut last = pin!(committer.submit(synced(3)));
    assert!(poll(last.as_mut()).is_pending());
    release.send(()).unwrap();
    committed(block_on(first));
    committed(block_on(last));
    assert!(storage.has(1) && !storage.has(2) && storage.has(3));
    assert_eq!(storage.sizes(), [1, 1]);
}

#[test]
fn a_cancelled_leader_passes_the_lead_on() {
    let (storage, committer) = Staged::new([]);
    let mut follower = {
        let mut leader = Box::pin(committer.submit(written(1)));
        assert!(poll(leader.as_mut()).is_pending());
        let mut follower = Box::pin(committer.submit(written(2)));
        assert!(poll(follower.as_mut()).is_pending());
        follower
    };
    committed(block_on(follower.as_mut()));
    assert!(!storage.has(1), "it went before it was committed");
    committed(block_on(committer.submit(written(3))));
    assert!(storage.has(2) && storage.has(3));
}

/// A follower that is given the lead and goes away before it learns of it.
#[test]
fn a_lead_given_to_one_who_left_is_not_lost() {
    let (storage, committer) = Staged::new([]);
    let committer = Arc::new(committer);
    let (joined, handed) = mpsc::channel();
    let join = {
        let committer = Arc::clone(&committer);
        move || {
            for number in [2, 3] {
                let committer = Arc::clone(&committer);
                let mut follower: BoxFuture<'static, _> =
                    Box::pin(async move { committer.submit(written(number)).await });
                assert!(poll(follower.as_mut()).is_pending());
                joined.send(follower).unwrap();
            }
        }
    };
    storage.acts.lock().unwrap().push_back(Act::First(Box::new(join)));
    committed(block_on(committer.submit(written(1))));
    // Both came while the first commit ran. The first of them has the lead by now.
    let (given, waits) = (handed.recv().unwrap(), handed.recv().unwrap());
    drop(given);
    committed(block_on(waits));
    assert!(storage.has(1) && !storage.has(2) && storage.has(3));
}

#[test]
fn a_commit_that_is_not_ready_goes_on_in_the_thread() {
    let (release, wait) = oneshot::channel();
    let (storage, committer) = Staged::new([Act::WaitFor(wait)]);
    let mut leader = pin!(committer.submit(written(1)));
    assert!(poll(leader.as_mut()).is_pending() && poll(leader.as_mut()).is_pending(), "blocks nobody");
    let mut behind = pin!(committer.submit(written(2)));
    assert!(poll(behind.as_mut()).is_pending());
    release.send(()).unwrap();
    committed(block_on(leader));
    committed(block_on(behind));
    assert!(storage.seen().iter().all(|seen| seen.thread == THREAD));
}

/// What has begun is finished, and nobody is told: the entry says it.
#[test]
fn a_leader_that_leaves_while_its_commit_runs_leaves_it_running() {
    let (release, wait) = oneshot::channel();
    let (storage, committer) = Staged::new([Act::WaitFor(wait)]);
    {
        let mut leader = pin!(committer.submit(written(1)));
        assert!(poll(leader.as_mut()).is_pending() && poll(leader.as_mut()).is_pending());
    }
    release.send(()).unwrap();
    committed(block_on(committer.submit(written(2))));
    assert!(storage.has(1) && storage.has(2));
}

#[test]
fn what_must_be_synced_goes_to_the_thread_and_what_is_behind_it_is_answered() {
    let (release, wait) = oneshot::channel();
    let (storage, committer) = Staged::new([Act::WaitFor(wait)]);
    let mut first = pin!(committer.submit(synced(1)));
    assert!(poll(first.as_mut()).is_pending());
    while !storage.acts.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    let mut behind = pin!(committer.submit(written(2)));
    assert!(poll(behind.as_mut()).is_pending());
    release.send(()).unwrap();
    committed(block_on(first));
    committed(block_on(behind));
    let seen = |durability| Seen { batches: 1, durability, thread: THREAD.to_owned() };
    assert_eq!(storage.seen(), [seen(Durability::Synced), seen(Durability::Written)]);
}

#[test]
fn a_group_is_as_durable_as_its_strictest_member() {
    let (storage, committer) = Staged::new([]);
    let mut leader = pin!(committer.submit(written(1)));
    assert!(poll(leader.as_mut()).is_pending());
    let mut strict = pin!(committer.submit(synced(2)));
    assert!(poll(strict.as_mut()).is_pending());
    committed(block_on(leader));
    committed(block_on(strict));
    assert_eq!(storage.seen().len(), 1);
    assert_eq!(storage.seen()[0].durability, Durability::Synced);
}

#[test]
fn a_panic_in_the_thread_is_an_error_for_those_who_wait() {
    let (storage, committer) = Staged::new([Act::Panic, Act::Panic]);
    for number in [1, 2] {
        assert_eq!(failed(block_on(committer.submit(synced(number)))), StorageError::Interrupted);
    }
    committed(block_on(committer.submit(synced(3))));
    committed(block_on(committer.submit(written(4))));
    assert!(!storage.has(1) && !storage.has(2) && storage.has(3) && storage.has(4));
}

#[test]
fn a_panic_in_a_leaders_task_is_an_error_for_its_followers() {
    let (storage, committer) = Staged::new([Act::Panic]);
    let mut leader = Box::pin(committer.submit(written(1)));
    assert!(poll(leader.as_mut()).is_pending());
    let mut follower = pin!(committer.submit(written(2)));
    assert!(poll(follower.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(leader.as_mut()))).is_err());
    assert_eq!(failed(block_on(follower)), StorageError::Interrupted);
    committed(block_on(committer.submit(written(3))));
    assert!(!storage.has(1) && !storage.has(2) && storage.has(3));
}

#[test]
fn a_failed_commit_fails_its_own_group_and_no_other() {
    let (storage, committer) = Staged::new([Act::Fail(StorageError::Full)]);
    let mut leader = pin!(committer.submit(written(1)));
    assert!(poll(leader.as_mut()).is_pending());
    let mut follower = pin!(committer.submit(written(2)));
    assert!(poll(follower.as_mut()).is_pending());
    assert_eq!(failed(block_on(leader)), StorageError::Full);
    assert_eq!(failed(block_on(follower)), StorageError::Full);
    committed(block_on(committer.submit(written(3))));
    assert!(!storage.has(1) && !storage.has(2) && storage.has(3));
}

/// Law 2: no entry, no receipt. A storage that says otherwise is not believed.
#[test]
fn a_storage_that_asks_for_no_entries_gives_no_proof() {
    let (_, committer) = Staged::new([
        Act::Say(vec![Verdict::Committed]),
        Act::Say(vec![Verdict::Unknown]),
        Act::Say(Vec::new()),
    ]);
    assert_eq!(failed(block_on(committer.submit(written(1)))), StorageError::Entries);
    assert_eq!(failed(block_on(committer.submit(written(2)))), StorageError::Interrupted, "nobody knows");
    assert_eq!(failed(block_on(committer.submit(written(3)))), StorageError::Interrupted, "no verdict");
    committed(block_on(committer.submit(written(4))));
}

#[test]
fn a_submission_without_an_entry_is_not_committed() {
    let (storage, committer) = Staged::new([]);
    let entries = Entries::Leaves { leaves: Vec::new(), seal: Arc::new(Plain) };
    let silent = Submission { entries, ..written(1) };
    assert_eq!(failed(block_on(committer.submit(silent))), StorageError::Entries);
    assert!(!storage.has(1));
}

#[test]
fn only_the_log_itself_goes_without_an_entry() {
    let (storage, committer) = Staged::new([]);
    let log = |table| {
        let key = Key::new(TENANT, table, &[]).unwrap();
        Batch { put: vec![Put { key, revision: revision(1), value: [1].into() }], ..Batch::default() }
    };
    assert!(LogOnly::of(&log(0x20)).is_err(), "a head of a secret");
    assert!(LogOnly::of(&Batch { touch: vec![(key(1), revision(1))], ..log(0x30) }).is_err());
    assert!(LogOnly::of(&Batch { delete: vec![key(1)], ..log(0x30) }).is_err());
    let batch = log(0x30);
    let entries = Entries::Nothing(LogOnly::of(&batch).unwrap());
    let kept = Submission { batch, entries, durability: Durability::Written };
    assert!(matches!(block_on(committer.submit(kept)), Ok(Decided::Kept)));
    assert_eq!(block_on(storage.memory.pending(None, None, 9)).unwrap(), []);
}

#[test]
fn a_full_queue_refuses_at_once_and_empties_in_groups() {
    let (release, wait) = oneshot::channel();
    let (storage, committer) = Staged::new([Act::WaitFor(wait)]);
    let mut first = Box::pin(committer.submit(synced(0)));
    assert!(poll(first.as_mut()).is_pending());
    while !storage.acts.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    let mut waiting = Vec::with_capacity(QUEUE_MAX_BATCHES);
    for number in 1..=QUEUE_MAX_BATCHES as u64 {
        let mut one = Box::pin(committer.submit(written(number)));
        assert!(poll(one.as_mut()).is_pending());
        waiting.push(one);
    }
    for durability in [Durability::Written, Durability::Synced] {
        let refused = block_on(committer.submit(submission(u64::MAX, durability)));
        assert_eq!(failed(refused), StorageError::Overloaded);
    }
    release.send(()).unwrap();
    committed(block_on(first));
    for one in waiting {
        committed(block_on(one));
    }
    let sizes = storage.sizes();
    assert!(sizes.iter().all(|size| *size <= GROUP_MAX_BATCHES));
    assert_eq!(sizes.iter().sum::<usize>(), QUEUE_MAX_BATCHES + 1);
    assert!(!storage.has(u64::MAX));
    committed(block_on(committer.submit(written(u64::MAX))));
}

#[test]
fn under_the_stores_lock_one_commits_alone() {
    let (storage, committer) = Staged::new([]);
    let mut locked = block_on(committer.exclusive()).unwrap();
    let mut other = pin!(committer.submit(written(1)));
    assert!(poll(other.as_mut()).is_pending() && poll(other.as_mut()).is_pending(), "waits for the lock");
    let proof = committed(block_on(locked.submit(written(2))));
    assert!(storage.has(2) && storage.has_leaf(2, &proof) && !storage.has(1));
    drop(locked);
    committed(block_on(other));
}

/// What is to become of a submission.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Committed,
    Conflict,
    Expired,
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn each_gets_the_verdict_of_its_own_batch(
        fates in prop::collection::vec(
            (prop_oneof![Just(Fate::Committed), Just(Fate::Conflict), Just(Fate::Expired)], any::<bool>()),
            1..100,
        ),
    ) {
        let (storage, committer) = Staged::new([]);
        let committer = Arc::new(committer);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let decided: Vec<_> = runtime.block_on(async {
            let submit = |(number, (fate, must_sync)): (u64, (Fate, bool))| {
                let mut one = if must_sync { synced(number) } else { written(number) };
                match fate {
                    Fate::Committed => one.batch.expect.push(Expectation { key: key(number), revision: None }),
                    Fate::Conflict => {
                        let revision = Some(revision(number));
                        one.batch.expect.push(Expectation { key: key(number), revision });
                    }
                    Fate::Expired => one.batch.not_after = Some(Timestamp::from_millis(0)),
                }
                let committer = Arc::clone(&committer);
                tokio::spawn(async move { committer.submit(one).await })
            };
            let tasks: Vec<_> = (0..).zip(fates.iter().copied()).map(submit).collect();
            let mut decided = Vec::new();
            for task in tasks {
                decided.push(task.await.unwrap().unwrap());
            }
            decided
        });
        for (number, ((fate, _), decided)) in (0..).zip(fates.iter().zip(&decided)) {
            match (fate, decided) {
                (Fate::Committed, Decided::Committed(proof)) => prop_assert!(storage.has_leaf(number, proof)),
                (Fate::Conflict, Decided::Conflict) | (Fate::Expired, Decided::Expired) => {}
                _ => prop_assert!(false, "number {} should be {:?}", number, fate),
            }
            prop_assert_eq!(storage.has(number), matches!(fate, Fate::Committed));
        }
    }
}

/// Submits the first and, when its commit has begun, the second; then lets the commit end.
fn one_behind_another(
    committer: &Committer,
    storage: &Staged,
    release: oneshot::Sender<()>,
) -> impl Future<Output = Result<Decided, StorageError>> {
    let mut first = Box::pin(committer.submit(synced(1)));
    assert!(poll(first.as_mut()).is_pending());
    while !storage.acts.lock().unwrap().is_empty() {
        std::thread::yield_now();
    }
    let mut behind = Box::pin(committer.submit(synced(2)));
    assert!(poll(behind.as_mut()).is_pending());
    release.send(()).unwrap();
    committed(block_on(first));
    behind
}

#[test]
fn where_commits_are_dear_those_who_were_answered_are_waited_for() {
    let (release, wait) = oneshot::channel();
    let (storage, committer) = Staged::patient([Act::WaitFor(wait)], Duration::from_secs(3_600));
    let behind = one_behind_another(&committer, &storage, release);
    committed(block_on(committer.submit(synced(3))));
    committed(block_on(behind));
    assert_eq!(storage.sizes(), [1, 2], "who was answered came again, and shared the next commit");
}

#[test]
fn who_does_not_come_again_is_not_waited_for_long() {
    let (release, wait) = oneshot::channel();
    let (storage, committer) = Staged::patient([Act::WaitFor(wait)], Duration::from_millis(1));
    committed(block_on(one_behind_another(&committer, &storage, release)));
    // Nor does anybody wait who is alone.
    committed(block_on(committer.submit(synced(3))));
    assert_eq!(storage.sizes(), [1, 1, 1]);
}
