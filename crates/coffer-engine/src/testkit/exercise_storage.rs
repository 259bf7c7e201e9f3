//! What every storage must do, as tests that any storage can be put through.
//!
//! [`exercise_storage`] is called with a function that makes a fresh, empty storage whose clock stands at [`NOW`]. It panics where the
//! storage does not keep the words of [`Storage`].
//!
//! # Invariants
//! - It only uses the trait: what it asks of one storage it asks of all.
//! - No sleeps and no measured times: what must wait is shown to wait by what has happened and what has not.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a conformance suite is a test: it stops where something is wrong"
)]

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::thread;

use super::block_on;
use crate::storage::keyspace::{self, Table};
use crate::storage::load::Loader;
use crate::storage::moving::{self, MovingRecord, State};
use crate::storage::{
    Batch, Durability, EntryWriter, Expectation, Group, Key, PendingPosition, PendingRow, Put, Record,
    Revision, Snapshot, Storage, StorageError, Verdict,
};
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// Where the clock of the storage must stand.
pub const NOW: Timestamp = Timestamp::from_millis(1_000_000);

/// Puts a storage through everything; `make` gives a fresh, empty one each time.
pub fn exercise_storage(make: impl Fn() -> Arc<dyn Storage>) {
    records_come_and_go(&make());
    every_expectation_decides(&make());
    a_remade_record_revalidates_nothing(&make());
    neighbours_are_independent(&make());
    a_later_batch_sees_an_earlier_one(&make());
    time_decides_at_its_edge(&make());
    rows_belong_to_the_admitted(&make());
    unsealed_entries_write_nothing(&make());
    integrated_rows_go_with_their_batch(&make());
    positions_are_never_given_twice(&make());
    scans_page_in_order(&make());
    prefixes_end_where_they_end(&make());
    large_values_come_back(&make());
    exclusive_keeps_others_out(&make());
    a_snapshot_is_of_one_moment(&make());
    a_snapshot_pages_in_order(&make());
    what_is_loaded_is_as_it_was(&make(), &make());
    only_what_is_empty_is_loaded(&make(), &make());
    erasing_keeps_what_lives(&make());
    many_threads_make_one_history(&make());
    assert_eq!(block_on(make().inspect()), Ok(Vec::new()), "a healthy storage has no findings");
}

/// A key of the first tenant.
#[must_use]
pub fn key(suffix: &[u8]) -> Key {
    Key::new(TenantId::from_bytes([1; 16]), 7, suffix).unwrap()
}

/// A revision that looks like `number`.
#[must_use]
pub fn revision(number: u64) -> Revision {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    Revision(bytes)
}

/// A batch that puts one record.
#[must_use]
pub fn put(key: Key, number: u64, value: &[u8]) -> Batch {
    Batch { put: vec![Put { key, revision: revision(number), value: value.into() }], ..Batch::default() }
}

/// A batch that expects one key to be as said.
#[must_use]
pub fn expecting(key: Key, revision: Option<Revision>) -> Batch {
    Batch { expect: vec![Expectation { key, revision }], ..Batch::default() }
}

/// Commits, synced, with one pending row that names the admitted batches: see [`Rows`].
///
/// # Errors
/// As [`Storage::commit`].
pub fn commit(storage: &Arc<dyn Storage>, batches: Vec<Batch>) -> Result<Vec<Verdict>, StorageError> {
    block_on(Arc::clone(storage).commit(group(batches, Rows::one())))
}

/// A synced group.
#[must_use]
pub fn group(batches: Vec<Batch>, entries: impl EntryWriter + 'static) -> Group {
    Group { batches, entries: Box::new(entries), durability: Durability::Synced }
}

/// Writes one row a commit: its bytes are the indexes of the admitted batches.
pub struct Rows {
    id: [u8; 16],
}

impl Rows {
    /// With the id `[1; 16]`.
    #[must_use]
    pub fn one() -> Self {
        Self::named([1; 16])
    }

    /// With an id of the caller's.
    #[must_use]
    pub fn named(id: [u8; 16]) -> Self {
        Self { id }
    }
}

impl EntryWriter for Rows {
    fn rows(&mut self, admitted: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        let sealed = admitted.iter().map(|index| u8::try_from(*index).unwrap()).collect();
        Ok(vec![PendingRow { id: self.id, tenant: TenantId::from_bytes([1; 16]), sealed }])
    }
}

struct Unsealed;

impl EntryWriter for Unsealed {
    fn rows(&mut self, _: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        Err(StorageError::Entries)
    }
}

const COMMITTED: Verdict = Verdict::Committed;

fn found(storage: &Arc<dyn Storage>, key: Key) -> Option<(Revision, Vec<u8>)> {
    let mut records = block_on(storage.get(&[key])).unwrap();
    assert_eq!(records.len(), 1);
    records.pop().unwrap().map(|record| (record.revision, record.value.to_vec()))
}

fn rows(storage: &Arc<dyn Storage>) -> Vec<Vec<u8>> {
    block_on(storage.pending(None, None, 100))
        .unwrap()
        .into_iter()
        .map(|(_, row)| row.sealed.to_vec())
        .collect()
}

fn records_come_and_go(storage: &Arc<dyn Storage>) {
    let (a, b) = (key(b"a"), key(b"b"));
    assert_eq!(commit(storage, vec![put(a, 1, b"one"), put(b, 2, b"two")]), Ok(vec![COMMITTED; 2]));
    assert_eq!(found(storage, a), Some((revision(1), b"one".to_vec())));
    // In order, with the same key twice and one that is not there.
    let many = block_on(storage.get(&[b, key(b"none"), a, b])).unwrap();
    let revisions: Vec<_> = many.iter().map(|record| record.as_ref().map(|record| record.revision)).collect();
    assert_eq!(revisions, [Some(revision(2)), None, Some(revision(1)), Some(revision(2))]);
    assert_eq!(block_on(storage.get(&[])), Ok(vec![]));

    commit(storage, vec![put(a, 3, b"three")]).unwrap();
    assert_eq!(found(storage, a), Some((revision(3), b"three".to_vec())), "a put replaces");
    let touch = Batch { touch: vec![(a, revision(4)), (key(b"marker"), revision(5))], ..Batch::default() };
    commit(storage, vec![touch]).unwrap();
    assert_eq!(found(storage, a).unwrap().0, revision(4), "a touch renews");
    assert_eq!(found(storage, key(b"marker")), Some((revision(5), vec![])), "a touch makes an empty marker");

    let delete = Batch { delete: vec![a, key(b"none")], ..Batch::default() };
    assert_eq!(commit(storage, vec![delete]), Ok(vec![COMMITTED]), "deleting nothing is no error");
    assert_eq!(found(storage, a), None);
    assert_eq!(commit(storage, vec![]), Ok(vec![]), "an empty group has no verdicts");
}

fn every_expectation_decides(storage: &Arc<dyn Storage>) {
    let (here, gone, never) = (key(b"here"), key(b"gone"), key(b"never"));
    commit(storage, vec![put(here, 1, b"x"), put(gone, 2, b"x")]).unwrap();
    commit(storage, vec![Batch { delete: vec![gone], ..Batch::default() }]).unwrap();
    let cases = [
        (here, Some(revision(1)), true),
        (here, Some(revision(9)), false),
        (here, None, false),
        (gone, None, true),
        (gone, Some(revision(2)), false),
        (never, None, true),
        (never, Some(revision(3)), false),
    ];
    // Twice: a storage that remembers must say the same from memory.
    for (key, expected, holds) in cases.into_iter().chain(cases) {
        let verdict = if holds { COMMITTED } else { Verdict::Conflict(key) };
        assert_eq!(
            commit(storage, vec![expecting(key, expected)]),
            Ok(vec![verdict]),
            "{key:?} {expected:?}"
        );
    }
    // The conflict names the key that is not as expected, also behind others that are, and beside itself.
    let expect = [(here, Some(revision(1))), (never, None), (gone, Some(revision(2)))];
    let expect = expect.map(|(key, revision)| Expectation { key, revision }).to_vec();
    let batch = Batch { expect, ..put(here, 7, b"never") };
    assert_eq!(commit(storage, vec![batch]), Ok(vec![Verdict::Conflict(gone)]));
    let twice =
        [Some(revision(1)), Some(revision(1))].map(|revision| Expectation { key: here, revision }).to_vec();
    assert_eq!(commit(storage, vec![Batch { expect: twice, ..Batch::default() }]), Ok(vec![COMMITTED]));
    assert_eq!(found(storage, here).unwrap().0, revision(1), "nothing of a conflict happens");
}

fn a_remade_record_revalidates_nothing(storage: &Arc<dyn Storage>) {
    let a = key(b"a");
    commit(storage, vec![put(a, 1, b"same")]).unwrap();
    commit(storage, vec![Batch { delete: vec![a], ..Batch::default() }]).unwrap();
    commit(storage, vec![put(a, 2, b"same")]).unwrap();
    assert_eq!(commit(storage, vec![expecting(a, Some(revision(1)))]), Ok(vec![Verdict::Conflict(a)]));
    assert_eq!(commit(storage, vec![expecting(a, None)]), Ok(vec![Verdict::Conflict(a)]));
    assert_eq!(commit(storage, vec![expecting(a, Some(revision(2)))]), Ok(vec![COMMITTED]));
}

fn neighbours_are_independent(storage: &Arc<dyn Storage>) {
    let keys: Vec<_> = (0..6_u8).map(|n| key(&[n])).collect();
    let batches = keys.iter().enumerate().map(|(n, key)| {
        let expected = if n % 2 == 0 { None } else { Some(revision(99)) };
        Batch { expect: expecting(*key, expected).expect, ..put(*key, 1, b"x") }
    });
    let verdicts = commit(storage, batches.collect()).unwrap();
    for (n, key) in keys.iter().enumerate() {
        let stands = n % 2 == 0;
        assert_eq!(verdicts[n], if stands { COMMITTED } else { Verdict::Conflict(*key) });
        assert_eq!(found(storage, *key).is_some(), stands);
    }
}

fn a_later_batch_sees_an_earlier_one(storage: &Arc<dyn Storage>) {
    let (a, b) = (key(b"a"), key(b"b"));
    let create = |number| Batch { expect: expecting(a, None).expect, ..put(a, number, b"x") };
    let verdicts = commit(
        storage,
        vec![
            create(1),
            create(2),                                                                   // a is there
            Batch { expect: expecting(a, Some(revision(2))).expect, ..put(b, 9, b"x") }, // and not from the second
            Batch { expect: expecting(a, Some(revision(1))).expect, delete: vec![a], ..Batch::default() },
            create(3), // a was deleted
            Batch { touch: vec![(b, revision(4))], ..Batch::default() },
            expecting(b, Some(revision(4))),
            expecting(b, None),
        ],
    );
    let expected = [
        COMMITTED,
        Verdict::Conflict(a),
        Verdict::Conflict(a),
        COMMITTED,
        COMMITTED,
        COMMITTED,
        COMMITTED,
        Verdict::Conflict(b),
    ];
    assert_eq!(verdicts.unwrap(), expected);
    assert_eq!(found(storage, a).unwrap().0, revision(3));
    assert_eq!(found(storage, b), Some((revision(4), vec![])));
    // What was learnt inside a group holds after it.
    assert_eq!(commit(storage, vec![expecting(a, Some(revision(3)))]), Ok(vec![COMMITTED]));
}

fn time_decides_at_its_edge(storage: &Arc<dyn Storage>) {
    let until = |millis, number| Batch {
        not_after: Some(Timestamp::from_millis(millis)),
        ..put(key(&[u8::try_from(number).unwrap()]), number, b"x")
    };
    let now = NOW.millis();
    let verdicts = commit(storage, vec![until(now - 1, 1), until(now, 2), until(now + 1, 3)]);
    assert_eq!(verdicts.unwrap(), [Verdict::Expired, COMMITTED, COMMITTED]);
    assert_eq!(found(storage, key(&[1])), None);
    assert_eq!(rows(storage), [vec![1, 2]]);
}

fn rows_belong_to_the_admitted(storage: &Arc<dyn Storage>) {
    let conflict = || expecting(key(b"none"), Some(revision(1)));
    commit(storage, vec![conflict(), Batch::default(), conflict(), put(key(b"a"), 1, b"x")]).unwrap();
    assert_eq!(commit(storage, vec![conflict()]).unwrap().len(), 1);
    commit(storage, vec![Batch::default()]).unwrap();
    assert_eq!(
        rows(storage),
        [vec![1, 3], vec![0]],
        "no row where nobody was admitted; rows in the order of commits"
    );

    let all = block_on(storage.pending(None, None, 100)).unwrap();
    assert!(all[0].0 < all[1].0);
    assert_eq!(all[0].1.tenant, TenantId::from_bytes([1; 16]));
    assert_eq!(block_on(storage.pending(None, None, 1)).unwrap(), all[..1]);
    assert_eq!(block_on(storage.pending(None, Some(all[0].0), 9)).unwrap(), all[1..]);
    assert_eq!(block_on(storage.pending(None, Some(all[1].0), 9)).unwrap(), []);
    assert_eq!(block_on(storage.pending(None, None, 0)).unwrap(), []);
}

/// One row of another tenant.
struct Elsewhere;

impl EntryWriter for Elsewhere {
    fn rows(&mut self, _: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        Ok(vec![PendingRow { id: [2; 16], tenant: TenantId::from_bytes([2; 16]), sealed: [9].into() }])
    }
}

/// Writes no row at all.
struct Nothing;

impl EntryWriter for Nothing {
    fn rows(&mut self, _: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        Ok(Vec::new())
    }
}

fn integrating(positions: &[PendingPosition], batch: Batch) -> Group {
    group(vec![Batch { integrated: positions.to_vec(), ..batch }], Nothing)
}

fn integrated_rows_go_with_their_batch(storage: &Arc<dyn Storage>) {
    let (mine, other) = (TenantId::from_bytes([1; 16]), TenantId::from_bytes([2; 16]));
    commit(storage, vec![Batch::default()]).unwrap();
    block_on(Arc::clone(storage).commit(group(vec![Batch::default()], Elsewhere))).unwrap();
    commit(storage, vec![Batch::default()]).unwrap();
    let all = block_on(storage.pending(None, None, 9)).unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(block_on(storage.pending(Some(mine), None, 9)).unwrap(), [all[0].clone(), all[2].clone()]);
    assert_eq!(block_on(storage.pending(Some(mine), None, 1)).unwrap(), all[..1]);
    assert_eq!(block_on(storage.pending(Some(mine), Some(all[0].0), 9)).unwrap(), all[2..]);
    assert_eq!(block_on(storage.pending(Some(other), None, 9)).unwrap(), all[1..2]);

    let a = key(b"a");
    let refused = integrating(&[all[0].0], expecting(a, Some(revision(9))));
    assert_eq!(block_on(Arc::clone(storage).commit(refused)).unwrap(), [Verdict::Conflict(a)]);
    assert_eq!(block_on(storage.pending(None, None, 9)).unwrap(), all, "a conflict takes no row");
    let taken = integrating(&[all[0].0, all[2].0], put(a, 1, b"head"));
    assert_eq!(block_on(Arc::clone(storage).commit(taken)).unwrap(), [COMMITTED]);
    assert_eq!(block_on(storage.pending(None, None, 9)).unwrap(), all[1..2]);
    assert_eq!(found(storage, a), Some((revision(1), b"head".to_vec())));
    let again = integrating(&[all[0].0], Batch::default());
    assert_eq!(block_on(Arc::clone(storage).commit(again)).unwrap(), [COMMITTED], "gone already");
}

fn positions_are_never_given_twice(storage: &Arc<dyn Storage>) {
    let mut last = None;
    for _ in 0..3 {
        commit(storage, vec![Batch::default()]).unwrap();
        let rows = block_on(storage.pending(None, None, 9)).unwrap();
        assert_eq!(rows.len(), 1);
        assert!(last.is_none_or(|last| last < rows[0].0), "behind all that ever were");
        last = Some(rows[0].0);
        block_on(Arc::clone(storage).commit(integrating(&[rows[0].0], Batch::default()))).unwrap();
    }
}

fn unsealed_entries_write_nothing(storage: &Arc<dyn Storage>) {
    let a = key(b"a");
    commit(storage, vec![put(a, 1, b"before")]).unwrap();
    let failed = block_on(Arc::clone(storage).commit(group(vec![put(a, 2, b"after")], Unsealed)));
    assert_eq!(failed, Err(StorageError::Entries));
    assert_eq!(found(storage, a), Some((revision(1), b"before".to_vec())));
    assert_eq!(rows(storage).len(), 1);
    assert_eq!(
        commit(storage, vec![expecting(a, Some(revision(1)))]),
        Ok(vec![COMMITTED]),
        "and the next one works"
    );
}

fn scans_page_in_order(storage: &Arc<dyn Storage>) {
    let suffixes: Vec<Vec<u8>> = (0..25_u8).map(|n| vec![b'p', n]).collect();
    let others = [b"o".as_slice(), b"q", b"p"];
    let batch = |suffix: &[u8]| put(key(suffix), 1, suffix);
    commit(storage, suffixes.iter().rev().map(|s| batch(s)).chain(others.map(batch)).collect()).unwrap();
    let mut prefix = key(b"p").as_bytes().to_vec();
    let mut expected: Vec<_> = suffixes.iter().map(|suffix| key(suffix)).collect();
    expected.insert(0, key(b"p"));
    for limit in [1, 7, 13, 26, 1000] {
        let (mut seen, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = block_on(storage.scan(&prefix, after, limit)).unwrap();
            assert!(page.records.len() <= limit);
            assert!(page.records.iter().all(|(key, record)| key.as_bytes().ends_with(&record.value)));
            seen.extend(page.records.iter().map(|(key, _)| *key));
            pages += 1;
            after = page.next;
            if after.is_none() {
                break;
            }
            assert_eq!(after, seen.last().copied(), "a page goes on behind its last record");
        }
        assert_eq!(seen, expected, "limit {limit}");
        assert_eq!(pages, expected.len().div_ceil(limit), "no empty last page");
    }
    // `after` need not be a record, may lie before the prefix, or behind it.
    let from = |after: &[u8]| block_on(storage.scan(&prefix, Some(key(after)), 100)).unwrap().records.len();
    assert_eq!((from(b"a"), from(b"p\x0b\x01"), from(b"z")), (26, 13, 0));
    prefix.push(24);
    assert_eq!(block_on(storage.scan(&prefix, None, 9)).unwrap().records.len(), 1);
}

fn prefixes_end_where_they_end(storage: &Arc<dyn Storage>) {
    let last_tenant = TenantId::from_bytes([0xff; 16]);
    let at = |suffix: &[u8]| Key::new(last_tenant, 0xff, suffix).unwrap();
    let keys =
        [key(b"\xfe\xff"), key(b"\xff"), key(b"\xff\xff"), key(b"\xff\xff\x01"), at(b""), at(&[0xff; 32])];
    commit(storage, keys.iter().map(|key| put(*key, 1, b"x")).collect()).unwrap();
    let under = |prefix: &[u8]| {
        let page = block_on(storage.scan(prefix, None, 100)).unwrap();
        assert_eq!(page.next, None);
        page.records.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
    };
    assert_eq!(under(key(b"\xff").as_bytes()), keys[1..4]);
    assert_eq!(under(key(b"\xff\xff").as_bytes()), keys[2..4]);
    assert_eq!(under(key(b"").as_bytes()), keys[..4]);
    assert_eq!(under(&[0xff; 17]), keys[4..]);
    assert_eq!(under(&[0xff; 49]), keys[5..]);
    assert_eq!(under(&[0xff; 50]), []);
    assert_eq!(under(&[1; 3]), keys[..4]);
    assert_eq!(under(b""), keys);
}

fn large_values_come_back(storage: &Arc<dyn Storage>) {
    let large =
        |seed: u8| (0..1024 * 1024 + 1024).map(|n: u32| n.to_le_bytes()[0] ^ seed).collect::<Vec<u8>>();
    let (a, b) = (key(b"a"), key(b"b"));
    commit(storage, vec![put(a, 1, &large(3)), put(b, 2, &large(5))]).unwrap();
    assert_eq!(found(storage, a), Some((revision(1), large(3))));
    commit(storage, vec![put(a, 3, b"small"), put(b, 4, &large(7))]).unwrap();
    assert_eq!(found(storage, a), Some((revision(3), b"small".to_vec())));
    assert_eq!(found(storage, b), Some((revision(4), large(7))));
}

fn exclusive_keeps_others_out(storage: &Arc<dyn Storage>) {
    let (mine, theirs) = (key(b"mine"), key(b"theirs"));
    let mut exclusive = block_on(Arc::clone(storage).exclusive()).unwrap();
    let mut other = Arc::clone(storage).commit(group(vec![put(theirs, 1, b"x")], Rows::one()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(other.as_mut().poll(&mut context).is_pending(), "a commit waits");
    let (waits, waited) = std::sync::mpsc::channel();
    let committer = thread::spawn(move || {
        waits.send(()).unwrap();
        block_on(other)
    });
    waited.recv().unwrap();

    assert_eq!(found(storage, theirs), None, "reads go on, and nobody else has committed");
    let verdicts = block_on(exclusive.commit(group(vec![put(mine, 2, b"x")], Rows::one())));
    assert_eq!(verdicts, Ok(vec![COMMITTED]));
    let again = block_on(exclusive.commit(group(vec![expecting(theirs, None)], Rows::one())));
    assert_eq!(again, Ok(vec![COMMITTED]), "still out");
    assert!(block_on(exclusive.commit(group(vec![Batch::default()], Unsealed))).is_err());
    drop(exclusive);
    assert_eq!(committer.join().unwrap(), Ok(vec![COMMITTED]), "and goes on when the lock is dropped");
    assert!(found(storage, theirs).is_some());
    assert!(found(storage, mine).is_some());

    // Waiting for it and giving up must not keep the lock.
    let held = block_on(Arc::clone(storage).exclusive()).unwrap();
    let mut abandoned = Arc::clone(storage).exclusive();
    assert!(abandoned.as_mut().poll(&mut context).is_pending());
    drop(held);
    drop(abandoned);
    assert_eq!(commit(storage, vec![Batch::default()]), Ok(vec![COMMITTED]));
}

type Records = Vec<(Key, Record)>;

/// All that a snapshot shows, in pages of this length.
fn all_of(snapshot: &mut dyn Snapshot, limit: usize) -> (Records, Vec<(PendingPosition, PendingRow)>) {
    let (mut records, mut rows) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page = block_on(snapshot.records(after, limit)).unwrap();
        assert!(page.records.len() <= limit);
        records.extend(page.records);
        after = page.next;
        if after.is_none() {
            break;
        }
        assert_eq!(after, records.last().map(|(key, _)| *key), "a page goes on behind its last record");
    }
    loop {
        let page = block_on(snapshot.pending(rows.last().map(|(position, _)| *position), limit)).unwrap();
        if page.is_empty() {
            return (records, rows);
        }
        assert!(page.len() <= limit);
        rows.extend(page);
    }
}

fn snapshot(storage: &Arc<dyn Storage>) -> Box<dyn Snapshot> {
    block_on(Arc::clone(storage).snapshot()).unwrap()
}

fn a_snapshot_is_of_one_moment(storage: &Arc<dyn Storage>) {
    assert_eq!(all_of(&mut *snapshot(storage), 3), (vec![], vec![]));
    let names = [b"a", b"b", b"c", b"d"];
    let keys = names.map(|name| key(name));
    commit(storage, keys.iter().map(|key| put(*key, 1, b"before")).collect()).unwrap();
    let before = block_on(storage.scan(b"", None, 9)).unwrap().records;
    let pending = block_on(storage.pending(None, None, 9)).unwrap();
    let mut unread = snapshot(storage);
    let mut half_read = snapshot(storage);
    let first = block_on(half_read.records(None, 2)).unwrap();
    assert_eq!((&*first.records, first.next), (&before[..2], Some(keys[1])));

    commit(storage, vec![put(keys[3], 2, b"after"), put(key(b"e"), 1, b"after")]).unwrap();
    let gone = Batch { delete: vec![keys[2]], touch: vec![(key(b"f"), revision(7))], ..Batch::default() };
    commit(storage, vec![gone]).unwrap();
    let taken = integrating(&[pending[0].0], Batch::default());
    block_on(Arc::clone(storage).commit(taken)).unwrap();

    assert_eq!(block_on(half_read.records(first.next, 9)).unwrap().records, before[2..]);
    assert_eq!(block_on(half_read.pending(None, 9)).unwrap(), pending);
    assert_eq!(all_of(&mut *unread, 3), (before, pending), "and so one that was not looked at before");
    let now = block_on(storage.scan(b"", None, 9)).unwrap().records;
    assert_eq!(now.len(), 5);
    let (records, rows) = all_of(&mut *snapshot(storage), 3);
    assert_eq!((records, rows.len()), (now, 2), "the next one is of the next moment");
    // It keeps nobody out, and nobody waits for it.
    drop(block_on(Arc::clone(storage).exclusive()).unwrap());
}

fn a_snapshot_pages_in_order(storage: &Arc<dyn Storage>) {
    let last = Key::new(TenantId::from_bytes([0xff; 16]), 0xff, &[0xff; 32]).unwrap();
    let mut keys: Vec<_> = (0..20_u8).map(|n| key(&[n])).chain([last]).collect();
    for key in keys.iter().rev() {
        commit(storage, vec![put(*key, 1, b"x")]).unwrap();
    }
    keys.sort();
    for limit in [1, 7, 21, 100] {
        let (records, rows) = all_of(&mut *snapshot(storage), limit);
        assert_eq!(records.iter().map(|(key, _)| *key).collect::<Vec<_>>(), keys, "limit {limit}");
        assert_eq!(rows, block_on(storage.pending(None, None, 100)).unwrap(), "limit {limit}");
    }
}

fn instance() -> Key {
    keyspace::single(TenantId::INSTANCE, Table::Instance)
}

fn what_is_loaded_is_as_it_was(from: &Arc<dyn Storage>, to: &Arc<dyn Storage>) {
    let marker = Batch { touch: vec![(key(b"marker"), revision(3))], ..Batch::default() };
    commit(from, vec![put(instance(), 1, b"instance"), put(key(b"a"), 2, b"one"), marker]).unwrap();
    block_on(Arc::clone(from).commit(group(vec![Batch::default()], Elsewhere))).unwrap();
    block_on(Arc::clone(from).commit(group(vec![Batch::default()], Rows::named([3; 16])))).unwrap();
    let (records, rows) = all_of(&mut *snapshot(from), 9);

    let mut loader = block_on(Loader::begin(Arc::clone(to), restoring())).unwrap();
    for record in &records {
        block_on(loader.records(vec![record.clone()])).unwrap();
    }
    block_on(loader.pending(rows[..1].iter().map(|(_, row)| row.clone()).collect())).unwrap();
    block_on(loader.pending(rows[1..].iter().map(|(_, row)| row.clone()).collect())).unwrap();
    assert_eq!(found(to, instance()), None, "what is not whole is no store");
    assert!(found(to, moving::key()).is_some(), "and says so");
    let store = loader.loaded().unwrap();
    as_the_store_that_it_will_be(to, &store.storage(), &records);
    assert_eq!(block_on(store.finish()), Ok(()));

    let (loaded, loaded_rows) = all_of(&mut *snapshot(to), 9);
    assert_eq!(loaded, records);
    let only = |rows: Vec<(PendingPosition, PendingRow)>| rows.into_iter().map(|(_, row)| row).collect();
    let (loaded_rows, rows): (Vec<PendingRow>, Vec<PendingRow>) = (only(loaded_rows), only(rows));
    assert_eq!(loaded_rows, rows, "with their ids, in their order");
    assert_eq!(commit(to, vec![expecting(key(b"marker"), Some(revision(3)))]), Ok(vec![COMMITTED]));
}

fn restoring() -> MovingRecord {
    MovingRecord::new(State::Restoring, [1; 16], [2; 16], Timestamp::from_millis(1), "")
}

/// Who finishes it sees a store; nobody else does, nor writes into it.
fn as_the_store_that_it_will_be(
    storage: &Arc<dyn Storage>,
    store: &Arc<dyn Storage>,
    records: &[(Key, Record)],
) {
    for limit in [1, 2, 100] {
        let (mut scanned, mut after) = (Vec::new(), None);
        loop {
            let page = block_on(store.scan(&[], after, limit)).unwrap();
            scanned.extend(page.records);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(scanned, records, "limit {limit}");
    }
    let at = [instance(), moving::key()];
    let here: Vec<bool> = block_on(store.get(&at)).unwrap().iter().map(Option::is_some).collect();
    let there: Vec<bool> = block_on(storage.get(&at)).unwrap().iter().map(Option::is_some).collect();
    assert_eq!((here, there), (vec![true, false], vec![false, true]));
    let in_service = || vec![expecting(moving::key(), None)];
    assert_eq!(commit(storage, in_service()), Ok(vec![Verdict::Conflict(moving::key())]));
    assert_eq!(block_on(Arc::clone(store).commit(group(in_service(), Nothing))), Ok(vec![COMMITTED]));
    let mut lock = block_on(Arc::clone(store).exclusive()).unwrap();
    assert_eq!(block_on(lock.commit(group(in_service(), Nothing))), Ok(vec![COMMITTED]));
}

fn only_what_is_empty_is_loaded(one: &Arc<dyn Storage>, other: &Arc<dyn Storage>) {
    let record =
        |key, number| vec![(key, Record { revision: revision(number), value: b"x".as_slice().into() })];
    let begin = |storage: &Arc<dyn Storage>| block_on(Loader::begin(Arc::clone(storage), restoring()));
    commit(one, vec![Batch::default()]).unwrap();
    assert_eq!(begin(one).err(), Some(StorageError::NotEmpty), "an entry is something");

    // What was begun is begun anew, and whoever had begun it writes no more.
    let mut first = begin(other).unwrap();
    block_on(first.records(record(key(b"a"), 1))).unwrap();
    block_on(first.pending(vec![PendingRow {
        id: [9; 16],
        tenant: TenantId::from_bytes([5; 16]),
        sealed: [].into(),
    }]))
    .unwrap();
    let mut second = begin(other).unwrap();
    assert_eq!(found(other, key(b"a")), None);
    assert_eq!(block_on(other.pending(None, None, 9)), Ok(Vec::new()));
    assert_eq!(block_on(first.records(record(key(b"a"), 1))), Err(StorageError::Displaced));
    block_on(second.records(record(key(b"a"), 2))).unwrap();
    assert_eq!(block_on(second.records(record(key(b"a"), 3))), Err(StorageError::NotEmpty), "twice");
    assert!(matches!(second.loaded().err(), Some(StorageError::Damaged(_))), "without an instance");
    let (mut third, mut fourth) = (begin(other).unwrap(), begin(other).unwrap());
    assert_eq!(block_on(third.records(record(instance(), 1))), Err(StorageError::Displaced));
    block_on(fourth.records(record(instance(), 1))).unwrap();
    assert_eq!(block_on(fourth.loaded().unwrap().finish()), Ok(()));
    assert_eq!(begin(other).err(), Some(StorageError::NotEmpty), "a store is one");
}

fn erasing_keeps_what_lives(storage: &Arc<dyn Storage>) {
    commit(storage, vec![put(key(b"lives"), 1, b"x"), put(key(b"dies"), 1, b"x")]).unwrap();
    commit(storage, vec![Batch { delete: vec![key(b"dies")], ..Batch::default() }]).unwrap();
    assert_eq!(block_on(Arc::clone(storage).erase_deleted()), Ok(()));
    assert_eq!(found(storage, key(b"dies")), None);
    assert!(found(storage, key(b"lives")).is_some());
    assert_eq!(commit(storage, vec![expecting(key(b"lives"), Some(revision(1)))]), Ok(vec![COMMITTED]));
}

const THREADS: u64 = 8;
const GROUPS_A_THREAD: u64 = 40;
const KEYS: u64 = 12;

/// What one thread did: the group, and what the storage said.
type Done = (u64, Vec<Batch>, Vec<Verdict>);

/// Threads commit at random, read what they expect from the storage, and remember every verdict. Their pending rows tell the order in which
/// the storage says it happened; a plain map that is led through the same order must say the same at every step, and end the same.
fn many_threads_make_one_history(storage: &Arc<dyn Storage>) {
    let done = Mutex::new(Vec::new());
    let revisions = AtomicU32::new(1);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (done, revisions) = (&done, &revisions);
            scope.spawn(move || {
                let mut random = Random(thread * 7919 + 1);
                for number in 0..GROUPS_A_THREAD {
                    let id = thread * GROUPS_A_THREAD + number;
                    let batches: Vec<_> = (0..=random.below(3))
                        .map(|_| random_batch(storage, &mut random, revisions))
                        .collect();
                    let mut name = [0; 16];
                    name[..8].copy_from_slice(&id.to_be_bytes());
                    let group = group(batches.clone(), Rows::named(name));
                    let verdicts = block_on(Arc::clone(storage).commit(group)).unwrap();
                    done.lock().unwrap().push((id, batches, verdicts));
                }
            });
        }
    });
    replay(storage, done.into_inner().unwrap());
}

fn random_batch(storage: &Arc<dyn Storage>, random: &mut Random, revisions: &AtomicU32) -> Batch {
    let mut batch = Batch::default();
    let keys: Vec<_> = (0..=random.below(2)).map(|_| key(&random.below(KEYS).to_be_bytes())).collect();
    // Read some time before the commit: others may come in between, and then it must be a conflict.
    for (key, record) in keys.iter().zip(block_on(storage.get(&keys)).unwrap()) {
        batch.expect.push(Expectation { key: *key, revision: record.map(|record| record.revision) });
    }
    let target = key(&random.below(KEYS).to_be_bytes());
    let fresh = revision(u64::from(revisions.fetch_add(1, Ordering::Relaxed)));
    match random.below(5) {
        0 | 1 => batch.put.push(Put { key: target, revision: fresh, value: fresh.0.as_slice().into() }),
        2 => batch.delete.push(target),
        3 => batch.touch.push((key(b"marker"), fresh)),
        _ => {}
    }
    batch
}

fn replay(storage: &Arc<dyn Storage>, done: Vec<Done>) {
    let rows = block_on(storage.pending(None, None, 10_000)).unwrap();
    let mut by_id: BTreeMap<u64, Done> = done.into_iter().map(|done| (done.0, done)).collect();
    let mut model: BTreeMap<Key, (Revision, Vec<u8>)> = BTreeMap::new();
    for (_, row) in rows {
        let id = u64::from_be_bytes(row.id[..8].try_into().unwrap());
        let (_, batches, verdicts) =
            by_id.remove(&id).unwrap_or_else(|| panic!("row {id} twice, or never acknowledged"));
        let mut admitted = Vec::new();
        for (index, (batch, verdict)) in batches.iter().zip(&verdicts).enumerate() {
            assert_eq!(*verdict, model_verdict(&model, batch), "group {id}, batch {index}");
            if *verdict == COMMITTED {
                admitted.push(u8::try_from(index).unwrap());
                model_apply(&mut model, batch);
            }
        }
        assert_eq!(*row.sealed, *admitted, "the row of group {id} names its admitted batches");
    }
    // Groups without a row had nobody to admit.
    assert!(by_id.values().all(|(_, _, verdicts)| !verdicts.contains(&COMMITTED)));
    let page = block_on(storage.scan(b"", None, 10_000)).unwrap();
    let stored: BTreeMap<_, _> = page
        .records
        .into_iter()
        .map(|(key, record)| (key, (record.revision, record.value.to_vec())))
        .collect();
    assert_eq!(stored, model);
}

fn model_verdict(model: &BTreeMap<Key, (Revision, Vec<u8>)>, batch: &Batch) -> Verdict {
    let holds =
        |expectation: &&Expectation| model.get(&expectation.key).map(|found| found.0) == expectation.revision;
    batch
        .expect
        .iter()
        .find(|expectation| !holds(expectation))
        .map_or(COMMITTED, |wrong| Verdict::Conflict(wrong.key))
}

fn model_apply(model: &mut BTreeMap<Key, (Revision, Vec<u8>)>, batch: &Batch) {
    for put in &batch.put {
        model.insert(put.key, (put.revision, put.value.to_vec()));
    }
    for key in &batch.delete {
        model.remove(key);
    }
    for (key, revision) in &batch.touch {
        model.entry(*key).or_insert((*revision, Vec::new())).0 = *revision;
    }
}

/// A small generator with a seed: a failure comes again.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
