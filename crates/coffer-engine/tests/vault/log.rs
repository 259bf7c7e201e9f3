//! The log: integrated, signed, proved, queried, pruned; and what somebody who owns the store can do to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use coffer_engine::audit::{Decision, EntryFilter, LoggedEntry};
use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{Hooked, TestVault, op_at};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{EntryRef, UpkeepSettings};
use coffer_engine::version::Which;
use coffer_engine::{Op, block_on};

use crate::support::{coded, memory, path, write};

pub(crate) const START: u64 = 1_767_225_600_000;
pub(crate) const HOUR: u64 = 60 * 60 * 1000;
pub(crate) const DAY: u64 = 24 * HOUR;

pub(crate) fn op(after_ms: u64) -> Op {
    op_at(Timestamp::from_millis(START + after_ms)).unwrap()
}

pub(crate) struct Store {
    pub(crate) storage: Arc<MemoryStorage>,
    pub(crate) test: TestVault,
}

impl Store {
    pub(crate) fn new() -> Self {
        let storage = memory();
        let test = block_on(TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>)).unwrap();
        Self { storage, test }
    }

    /// Another process on the same store.
    pub(crate) fn again(&self) -> TestVault {
        block_on(TestVault::over(Arc::clone(&self.storage) as Arc<dyn Storage>)).unwrap()
    }

    pub(crate) fn read(&self, raw: &str, times: usize, after_ms: u64) {
        for _ in 0..times {
            block_on(self.test.vault.get(&op(after_ms), &path(raw), Which::CURRENT)).unwrap();
        }
    }

    pub(crate) fn query(&self, filter: &EntryFilter, limit: usize) -> Vec<LoggedEntry> {
        block_on(self.test.vault.audit_query(&op(0), filter, None, limit, false)).unwrap().entries
    }

    pub(crate) fn problems(&self, after_ms: u64) -> Vec<String> {
        block_on(self.test.vault.audit_verify(&op(after_ms), &[], false, &|_| {})).unwrap().problems
    }
}

#[test]
fn entries_have_places_without_gaps_and_each_is_proved() {
    let store = Store::new();
    block_on(store.test.set("dev/A", "a")).unwrap();
    store.read("dev/A", 600, 0);
    let all = store.query(&EntryFilter::default(), usize::MAX);
    let places: Vec<u64> = all.iter().map(|entry| entry.index).collect();
    assert_eq!(places, (0..603).collect::<Vec<u64>>(), "the key, the set, 600 reads, this query");
    assert_eq!(all[0].action, "audit_key");
    let newest = store.query(&EntryFilter::default(), 3);
    assert_eq!(newest.iter().map(|entry| entry.index).collect::<Vec<_>>(), [601, 602, 603]);

    let history = block_on(store.test.vault.audit_keys(&op(0), false)).unwrap();
    for index in [0, 1, 255, 256, 511, 512, 603] {
        let proved = block_on(store.test.vault.audit_proof(&op(0), EntryRef::Index(index), false)).unwrap();
        let checked = proved.proof.verify_in(&proved.entry.leaf, &history).unwrap();
        assert!(checked.checkpoint().size > 603);
        let mut other = proved.entry.leaf.clone();
        other[10] ^= 1;
        assert!(proved.proof.verify_in(&other, &history).is_err());
        let id = coffer_engine::entry_id::EntryId::parse(&proved.entry.id).unwrap();
        let same = block_on(store.test.vault.audit_proof(&op(0), EntryRef::Id(id), false)).unwrap();
        assert_eq!(same.entry, proved.entry);
    }
    let beyond = block_on(store.test.vault.audit_proof(&op(0), EntryRef::Index(1 << 40), false));
    assert_eq!(coded(beyond.map(|_| ())), Err("entry.not_found"));
    assert_eq!(store.problems(0), [""; 0]);
}

#[test]
fn a_query_finds_by_every_field_what_a_scan_finds() {
    let store = Store::new();
    let paths = ["dev/A", "dev/B", "prod/db/URL", "prod/db/PASSWORD"];
    for (at, raw) in paths.iter().cycle().take(40).enumerate() {
        let at = u64::try_from(at).unwrap();
        block_on(store.test.vault.set(&op(at * HOUR), write(raw, "x"))).unwrap();
        store.read(raw, 20, at * HOUR);
        let member =
            block_on(store.test.member(7, &[(coffer_engine::access::Role::Reader, "dev/**")])).unwrap();
        let _ = block_on(store.test.vault.get(&member, &path(raw), Which::CURRENT));
    }
    let all = store.query(&EntryFilter::default(), usize::MAX);
    assert!(all.len() > 900);
    let some = |text: &str| Some(text.to_owned());
    let moment = |hours: u64| Some(Timestamp::from_millis(START + hours * HOUR));
    let none = EntryFilter::default();
    let filters = [
        EntryFilter { path: some("prod"), ..none.clone() },
        EntryFilter { path: some("prod/db/URL"), action: some("secret_set"), ..none.clone() },
        EntryFilter { outcome: some("refused"), ..none.clone() },
        EntryFilter { decision: Some(Decision::Refused), ..none.clone() },
        EntryFilter { decision: Some(Decision::Allowed), path: some("dev/B"), ..none.clone() },
        EntryFilter { actor: some(&"07".repeat(16)), ..none.clone() },
        EntryFilter { since: moment(10), until: moment(12), ..none.clone() },
        EntryFilter { path: some("nowhere"), ..none },
    ];
    for filter in filters {
        let expected: Vec<&LoggedEntry> = all.iter().filter(|entry| filter.wants(entry)).collect();
        let found = store.query(&filter, usize::MAX);
        // The query itself may be among what it wants.
        let found: Vec<&LoggedEntry> = found.iter().filter(|entry| entry.index < 900).collect();
        let expected: Vec<&LoggedEntry> = expected.into_iter().filter(|entry| entry.index < 900).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

#[test]
fn who_follows_sees_each_entry_once_and_leaves_none() {
    let store = Store::new();
    block_on(store.test.set("dev/A", "a")).unwrap();
    let vault = &store.test.vault;
    let mut next = block_on(vault.audit_query(&op(0), &EntryFilter::default(), None, 5, false)).unwrap().next;
    let mut seen = Vec::new();
    for round in 0..5 {
        store.read("dev/A", round, 0);
        let found = block_on(vault.audit_follow(&op(0), &EntryFilter::default(), next, 1000, false)).unwrap();
        assert_eq!(found.entries.len(), round);
        next = found.next;
        seen.extend(found.entries.into_iter().map(|entry| entry.index));
    }
    assert!(seen.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seen:?}");
    // Who is not allowed any more is told, and that is an entry.
    let member = block_on(store.test.member(7, &[(coffer_engine::access::Role::Reader, "**")])).unwrap();
    let refused = block_on(vault.audit_follow(&member, &EntryFilter::default(), next, 1000, false));
    assert_eq!(coded(refused), Err("access.denied"));
    let found = block_on(vault.audit_follow(&op(0), &EntryFilter::default(), next, 1000, false)).unwrap();
    assert!(found.entries.iter().any(|entry| entry.outcome == "refused" && entry.action == "audit_query"));
}

#[test]
fn several_writers_make_one_log() {
    let store = Store::new();
    block_on(store.test.set("dev/A", "a")).unwrap();
    let others: Vec<TestVault> = (0..4).map(|_| store.again()).collect();
    std::thread::scope(|scope| {
        for other in &others {
            scope.spawn(move || {
                for _ in 0..50 {
                    block_on(other.vault.get(&op(0), &path("dev/A"), Which::CURRENT)).unwrap();
                    block_on(other.vault.audit_query(&op(0), &EntryFilter::default(), None, 1, false))
                        .unwrap();
                }
            });
        }
    });
    let all = store.query(&EntryFilter::default(), usize::MAX);
    assert_eq!(all.len(), 1 + 1 + 4 * 50 * 2 + 1);
    let mut ids: Vec<&str> = all.iter().map(|entry| entry.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all.len(), "no entry is there twice");
    assert_eq!(store.problems(0), [""; 0]);
}

#[test]
fn t_l8_keys_change_weekly_and_old_proofs_still_verify() {
    let store = Store::new();
    block_on(store.test.set("dev/A", "a")).unwrap();
    let vault = &store.test.vault;
    let before = block_on(vault.audit_proof(&op(0), EntryRef::Index(1), false)).unwrap();
    let genesis = block_on(vault.audit_keys(&op(0), false)).unwrap();
    for week in 1..4 {
        store.read("dev/A", 3, week * 8 * DAY);
        block_on(vault.audit_query(&op(week * 8 * DAY), &EntryFilter::default(), None, 1, false)).unwrap();
    }
    let history = block_on(vault.audit_keys(&op(25 * DAY), false)).unwrap();
    assert_eq!(history.epochs().count(), 4);
    assert_eq!(history.genesis(), genesis.genesis());
    before.proof.verify_in(&before.entry.leaf, &history).unwrap();
    let after = block_on(vault.audit_proof(&op(25 * DAY), EntryRef::Index(1), false)).unwrap();
    assert_eq!(after.proof.verify_in(&after.entry.leaf, &history).unwrap().epoch(), 3);
    assert_eq!(store.problems(25 * DAY), [""; 0]);
}

#[test]
fn silence_is_attested() {
    let store = Store::new();
    let vault = &store.test.vault;
    block_on(store.test.set("dev/A", "a")).unwrap();
    let signed_at = |after_ms| {
        block_on(vault.audit_follow(&op(after_ms), &EntryFilter::default(), 0, usize::MAX, false)).unwrap();
        let head = block_on(store.storage.scan(&[], None, usize::MAX)).unwrap().records;
        head.into_iter()
            .filter(|(key, _)| key.as_bytes()[16] == 0x30)
            .map(|(_, head)| head.revision)
            .collect::<Vec<_>>()
    };
    let first = signed_at(0);
    assert_eq!(signed_at(9 * 60_000), first, "nothing new to sign");
    assert_ne!(signed_at(10 * 60_000), first, "the same tree, at a later time");
    let history = block_on(vault.audit_keys(&op(11 * 60_000), false)).unwrap();
    let note = block_on(vault.audit_publish(&op(11 * 60_000), "a test", false)).unwrap().note().clone();
    assert_eq!(history.check(&note).unwrap().time(), (START + 11 * 60_000) / 1000);
}

/// T-L5, two leaders: one that was stopped in the midst, long enough for another to take over, can't go on where it was.
#[test]
fn t_l5_two_leaders_make_no_fork() {
    for stopped_ms in [0, HOUR] {
        let store = Store::new();
        block_on(store.test.set("dev/A", "a")).unwrap();
        store.read("dev/A", 2000, 0);
        // The first leader: polled so far that it holds the lease and has written slices, then stopped.
        let (filter, first_op) = (EntryFilter::default(), op(0));
        let mut first = Box::pin(store.test.vault.audit_query(&first_op, &filter, None, 1, false));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let pending = |store: &Store| block_on(store.storage.pending(None, None, usize::MAX)).unwrap().len();
        let before = pending(&store);
        while pending(&store) + 256 > before {
            assert!(first.as_mut().poll(&mut context).is_pending(), "more than one slice");
        }
        // The second one: whether the lease has run out or not, it comes through.
        let other = store.again();
        let all =
            block_on(other.vault.audit_query(&op(stopped_ms), &filter, None, usize::MAX, false)).unwrap();
        block_on(other.vault.get(&op(stopped_ms), &path("dev/A"), Which::CURRENT)).unwrap();
        let second =
            block_on(other.vault.audit_query(&op(stopped_ms), &filter, None, usize::MAX, false)).unwrap();
        // The first goes on: it finds another head, and no entry is lost or twice.
        let late = block_on(first).unwrap();
        assert_eq!(late.entries.len(), 1);
        let end = store.query(&filter, usize::MAX);
        for earlier in [&all.entries, &second.entries] {
            assert_eq!(&end[..earlier.len()], &earlier[..], "no entry has changed its place");
        }
        let mut ids: Vec<&str> = end.iter().map(|entry| entry.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), end.len());
        assert_eq!(store.problems(stopped_ms), [""; 0]);
    }
}

/// What dies with the lease is taken over when that has run out, by whoever looks next; and at once where it was taken by a clock ten minutes
/// ahead, which the others would wait for in vain.
#[test]
fn the_log_of_a_leader_that_died_is_gone_on_with_within_its_lease() {
    let settings = UpkeepSettings { retention_days: 365 };
    for (ahead_ms, taken_over_ms) in [(0, 5_000), (10 * 60_000, 0)] {
        let store = Store::new();
        block_on(store.test.set("dev/A", "a")).unwrap();
        // What is due once a day is done: it waits for its turn.
        block_on(store.test.vault.upkeep(&op(0), settings)).unwrap();
        store.read("dev/A", 2000, 0);
        let pending = || block_on(store.storage.pending(None, None, usize::MAX)).unwrap().len();
        let (filter, first_op, before) = (EntryFilter::default(), op(ahead_ms), pending());
        let mut first = Box::pin(store.test.vault.audit_query(&first_op, &filter, None, 1, false));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        while pending() + 256 > before {
            assert!(first.as_mut().poll(&mut context).is_pending(), "more than one slice");
        }
        // It is gone, and nobody has told the others.
        drop(first);
        let other = store.again();
        let left = pending();
        if taken_over_ms > 0 {
            block_on(other.vault.upkeep(&op(taken_over_ms - 1), settings)).unwrap();
            assert!(pending() >= left, "it is left to who has the lease");
        }
        block_on(other.vault.upkeep(&op(taken_over_ms), settings)).unwrap();
        assert_eq!(pending(), 0, "{ahead_ms}");
        assert_eq!(store.problems(ahead_ms), [""; 0]);
    }
}

/// What a witness signed stays with its checkpoint, when the log signs that size anew or another witness signs it too.
#[test]
fn cosignatures_are_kept_and_shown_and_only_right_ones() {
    use coffer_encryption::SigningKey;
    use coffer_log::{Checkpoint, KeyName, SignatureType, VerifierKey, cosign};
    let store = Store::new();
    let vault = &store.test.vault;
    block_on(store.test.set("dev/A", "a")).unwrap();
    let witness = |name: &str| {
        let (key, name) = (SigningKey::generate().unwrap(), KeyName::parse(name).unwrap());
        let vkey =
            VerifierKey::new(name.clone(), SignatureType::CosignatureV1, key.public().unwrap()).unwrap();
        (key, name, vkey)
    };
    let (one, two) = (witness("one.example/w"), witness("two.example/w"));
    let signed_by = |(key, name, _): &(SigningKey, KeyName, VerifierKey), note: &coffer_log::SignedNote| {
        cosign(&Checkpoint::parse(note.text()).unwrap(), name, key, 1_800_000_000).unwrap()
    };
    let publication = block_on(vault.audit_publish(&op(0), "one", false)).unwrap();
    let (note, size) = (publication.note().clone(), publication.size());
    let line = signed_by(&one, &note);
    let wrong = block_on(vault.audit_publish(&op(0), "two", false)).unwrap();
    let refused = block_on(vault.audit_published(&op(0), wrong, std::slice::from_ref(&line), Some(&two.2)));
    assert_eq!(coded(refused), Err("cosignature.invalid"));
    block_on(vault.audit_published(&op(0), publication, std::slice::from_ref(&line), Some(&one.2))).unwrap();

    let folder = tempfile::tempdir().unwrap();
    let open = |origin: &coffer_log::Origin| coffer_log::bundle::BundleWriter::open(folder.path(), origin);
    block_on(vault.audit_export(&op(2 * HOUR), open, false)).unwrap();
    let kept = std::fs::read_to_string(folder.path().join(format!("checkpoints/{size}"))).unwrap();
    assert!(kept.contains("one.example/w"), "{kept}");
    coffer_log::bundle::verify(folder.path(), &Default::default()).unwrap();
    let entries =
        store.query(&EntryFilter { action: Some("audit_publish".to_owned()), ..EntryFilter::default() }, 9);
    let outcomes: Vec<_> = entries.iter().map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes, ["done", "done", "invalid", "done"], "two on their way, one not theirs, one kept");
    assert_eq!(entries[3].detail.as_ref().unwrap()["cosigned"][0], "one.example/w");
    assert_eq!(store.problems(2 * HOUR), [""; 0]);
}

/// Two begin to read a log that nobody has written yet. What the one begins between two looks of the other is no damage.
#[test]
fn a_log_that_another_begins_meanwhile_is_sound() {
    let storage = memory() as Arc<dyn Storage>;
    let other = block_on(TestVault::over(Arc::clone(&storage))).unwrap();
    block_on(other.set("dev/A", "x")).unwrap();
    let begun = AtomicU32::new(0);
    // The keys of the log, and only after its head was not found.
    let meanwhile = Hooked::before_scans(storage, move |prefix| {
        if prefix.get(16) == Some(&0x35) && begun.fetch_add(1, Ordering::SeqCst) == 0 {
            block_on(other.vault.audit_query(&op(0), &EntryFilter::default(), None, 1, false)).unwrap();
        }
    });
    let vault = block_on(TestVault::over(meanwhile as Arc<dyn Storage>)).unwrap();
    let found = block_on(vault.vault.audit_query(&op(0), &EntryFilter::default(), None, 99, false)).unwrap();
    let queries = found.entries.iter().filter(|entry| entry.action == "audit_query").count();
    assert_eq!(queries, 2, "the other has begun it, between two looks");
}
