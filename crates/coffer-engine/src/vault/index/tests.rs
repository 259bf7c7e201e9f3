//! How long indexes are kept, and how many.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::task::{Context, Waker};

use super::follow::{Followed, Most};
use super::{Exactly, Index, Secrets};
use crate::block_on::block_on;
use crate::limits::{
    INDEX_KEPT_SECONDS, INDEX_MAX_BYTES, INDEX_WAITERS_MAX, LIST_DIRECT_MAX, PENDING_PAGE_MAX, SCAN_PAGE_MAX,
    TALLY_KEPT_SECONDS, TOGETHER_MAX,
};
use crate::op::{Op, Trail};
use crate::path::{FolderPath, SecretPath};
use crate::quota::QuotaChange;
use crate::secret::Value;
use crate::storage::keyspace::Table;
use crate::storage::memory::MemoryStorage;
use crate::tenant::{TenantId, TenantName};
use crate::testkit::{Hooked, TestVault, clock_at, op_at};
use crate::time::Timestamp;
use crate::vault::{ListPart, Search};

const START: u64 = 1_767_225_600_000;

fn at(tenant: &str, seconds: u64) -> Op {
    let op = op_at(Timestamp::from_millis(START.saturating_add(seconds.saturating_mul(1000)))).unwrap();
    Op { tenant: TenantName::parse(tenant).unwrap(), ..op }
}

fn found(test: &TestVault, op: &Op) -> usize {
    block_on(test.vault.find(op, &Search::default(), ListPart::WHOLE)).unwrap().secrets.len()
}

fn owner(test: &TestVault, tenant: &str) -> TenantId {
    block_on(test.vault.load_tenant(&at(tenant, 0))).unwrap().id()
}

fn is_kept(test: &TestVault, tenant: &str) -> bool {
    test.vault.inner.indexes.at_hand(owner(test, tenant)).is_some()
}

/// A vault with two tenants of a few secrets.
fn two() -> TestVault {
    let test = block_on(TestVault::in_memory()).unwrap();
    for tenant in ["a", "b"] {
        block_on(test.vault.tenant_create(&at("default", 0), &TenantName::parse(tenant).unwrap())).unwrap();
        let writes = ["dev/A", "dev/B"].map(|raw| (SecretPath::parse(raw).unwrap(), Value::text("x")));
        block_on(test.vault.set_all(&at(tenant, 0), writes.into())).unwrap();
    }
    test
}

#[test]
fn an_index_goes_when_nobody_has_asked_for_it_lately() {
    let test = two();
    assert_eq!((found(&test, &at("a", 0)), found(&test, &at("b", 30))), (2, 2));
    let drop_at = |seconds| test.vault.drop_idle(at("a", seconds).now);
    drop_at(INDEX_KEPT_SECONDS);
    assert!(is_kept(&test, "a") && is_kept(&test, "b"), "the last moment");
    drop_at(INDEX_KEPT_SECONDS + 1);
    assert!(!is_kept(&test, "a") && is_kept(&test, "b"));
    assert_eq!(found(&test, &at("a", 100)), 2, "it is made anew");
    // A clock that goes back: nothing has been idle for long.
    drop_at(0);
    assert!(is_kept(&test, "a"));
}

#[test]
fn what_is_kept_has_a_limit() {
    let test = two();
    assert_eq!((found(&test, &at("a", 0)), found(&test, &at("b", 1))), (2, 2));
    let swell = |tenant: &str, bytes| {
        let index = test.vault.inner.indexes.at_hand(owner(&test, tenant)).unwrap();
        *index.secrets.write().unwrap_or_else(PoisonError::into_inner) = Secrets::swollen(bytes);
    };
    let sum = INDEX_MAX_BYTES / 2 + 1;
    swell("a", sum);
    swell("b", sum);
    test.vault.inner.indexes.make_room();
    assert!(!is_kept(&test, "a") && is_kept(&test, "b"), "the one that was asked for before the other");
    // One that is too large by itself is made for a search, and a list does without.
    swell("b", INDEX_MAX_BYTES + 1);
    let of_b = owner(&test, "b");
    assert_eq!(test.vault.listed_directly(of_b), LIST_DIRECT_MAX);
    test.vault.inner.indexes.make_room();
    assert!(!is_kept(&test, "b"));
    assert_eq!(test.vault.listed_directly(of_b), usize::MAX);
    let listed = block_on(test.vault.list(&at("b", 2), &FolderPath::root(), true)).unwrap();
    assert_eq!((listed.secrets.len(), is_kept(&test, "b")), (2, false));
    // It has become smaller since.
    assert_eq!(found(&test, &at("b", 3)), 2);
    assert_eq!((is_kept(&test, "b"), test.vault.listed_directly(of_b)), (true, LIST_DIRECT_MAX));
    let index: Arc<Index> = test.vault.inner.indexes.at_hand(of_b).unwrap();
    assert!(index.secrets().bytes() < 2000);
}

/// A tenant whose index is too large is counted once a minute; what this process adds meanwhile counts, and before it refuses it looks again.
#[test]
fn what_is_too_large_to_be_indexed_is_counted_now_and_then() {
    let test = two();
    let at_a = |seconds| at("a", seconds);
    let limit = |most| {
        let change = QuotaChange { secrets: Some(Some(most)), ..QuotaChange::default() };
        block_on(test.vault.tenant_quota(&at("default", 0), &at_a(0).tenant, change)).unwrap();
    };
    let set = |raw: &str, seconds| {
        let write = (SecretPath::parse(raw).unwrap(), Value::text("x"));
        block_on(test.vault.set_all(&at_a(seconds), vec![write])).map(drop).map_err(|error| error.code())
    };
    let destroy = |raw: &str, seconds| {
        let path = SecretPath::parse(raw).unwrap();
        block_on(test.vault.destroy(&at_a(seconds), &path, None)).unwrap();
    };
    assert_eq!(found(&test, &at_a(0)), 2);
    let index = test.vault.inner.indexes.at_hand(owner(&test, "a")).unwrap();
    *index.secrets.write().unwrap_or_else(PoisonError::into_inner) = Secrets::swollen(INDEX_MAX_BYTES + 1);
    test.vault.inner.indexes.make_room();
    limit(4);
    assert_eq!((set("dev/C", 0), is_kept(&test, "a")), (Ok(()), false));
    assert_eq!(test.vault.last_tally(owner(&test, "a")).unwrap().secrets, 3, "what was added counts");
    assert_eq!((set("dev/D", 1), set("dev/E", 2)), (Ok(()), Err("quota.exceeded")));
    destroy("dev/A", 3);
    assert_eq!(test.vault.last_tally(owner(&test, "a")).unwrap().secrets, 4, "nobody has looked since");
    assert_eq!(set("dev/E", 4), Ok(()), "nothing is refused on what was counted before");
    limit(9);
    assert_eq!(set("dev/F", 4), Ok(()));
    destroy("dev/B", 5);
    let counted = |seconds| {
        let ring = Arc::clone(block_on(test.vault.load_tenant(&at_a(0))).unwrap().ring());
        block_on(test.vault.tally(&ring, &at_a(seconds), Exactly::Lately)).unwrap().secrets
    };
    assert_eq!(counted(4 + TALLY_KEPT_SECONDS), 5, "it is still good");
    assert_eq!(counted(5 + TALLY_KEPT_SECONDS), 4);
}

/// What is told beside a change must not make it late: where much is to be gone through first, it is gone through by and by, and not waited for.
#[test]
fn who_can_do_without_waits_for_little() {
    let test = two();
    let op = at("a", 0);
    let near = || {
        let tenant = block_on(test.vault.load_tenant(&op)).unwrap();
        block_on(test.vault.index_if_near(tenant.ring(), op.now)).unwrap().is_some()
    };
    assert!(near(), "a few secrets");
    // A row for each: nobody shares a commit here.
    let path = SecretPath::parse("dev/A").unwrap();
    let read = || drop(block_on(test.vault.get(&op, &path, crate::version::Which::CURRENT)).unwrap());
    (0..2 * PENDING_PAGE_MAX).for_each(|_| read());
    assert!(!near(), "as many rows as are gone through");
    assert!(near(), "the next one has little left");
    (0..5 * PENDING_PAGE_MAX).for_each(|_| read());
    assert!(!near() && !near() && near(), "a part each time");
    (0..3 * PENDING_PAGE_MAX).for_each(|_| read());
    assert_eq!(found(&test, &op), 2, "who needs it goes through all");
    assert!(near());
}

#[test]
fn upkeep_makes_no_index_that_nobody_waited_for() {
    let test = two();
    let op = at("a", 0);
    let tenant = block_on(test.vault.load_tenant(&op)).unwrap();
    let (ring, index) = (tenant.ring(), test.vault.inner.indexes.of(tenant.id(), op.now));
    let is_made = || index.reached.try_lock().unwrap().is_some();
    let few = Most { heads: 1, ..Most::LITTLE };
    assert!(matches!(block_on(test.vault.build(ring, &index, few)).unwrap(), Followed::Lost), "two are more");
    block_on(test.vault.keep_index_up(ring)).unwrap();
    assert!(!is_made());
    assert_eq!(found(&test, &op), 2);
    assert!(is_made());
    block_on(test.vault.keep_index_up(ring)).unwrap();
}

#[test]
fn who_is_stopped_while_it_is_made_leaves_what_he_has_found() {
    const SECRETS: usize = SCAN_PAGE_MAX * 3;
    let (test, scans) = large(SECRETS);
    let (op, trail) = followed();
    {
        let search = Search::default();
        let mut stopped = pin!(test.vault.find(&op, &search, ListPart::WHOLE));
        while scans.load(Ordering::Relaxed) < 2 {
            assert!(stopped.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert_ne!(trail.steps(), 0, "who answers sees that it goes on");
    }
    // What changes meanwhile, among those that were read already and those that were not, is known at the end.
    let changed = [0, SECRETS - 1, SECRETS].map(|number| (numbered(number), Value::text("y")));
    block_on(test.vault.set_all(&op, changed.into())).unwrap();
    let all = block_on(test.vault.find(&op, &Search::default(), ListPart::WHOLE)).unwrap().secrets;
    let version = |number| all.iter().find(|one| one.path == numbered(number)).unwrap().version.get();
    assert_eq!(all.len(), SECRETS + 1);
    assert_eq!([0, 1, SECRETS - 1, SECRETS].map(version), [2, 1, 2, 1]);
    let pages = scans.load(Ordering::Relaxed);
    assert!((3..=4).contains(&pages), "{pages}: none is read twice, but for one that is empty");
}

#[test]
fn who_waits_for_it_has_time_while_somebody_makes_it() {
    let (test, scans) = large(SCAN_PAGE_MAX * 3);
    let search = Search::default();
    let ops: Vec<_> = (0..INDEX_WAITERS_MAX + 2).map(|_| followed()).collect();
    let mut finds: Vec<_> =
        ops.iter().map(|(op, _)| Box::pin(test.vault.find(op, &search, ListPart::WHOLE))).collect();
    let (maker, waiters) = finds.split_first_mut().unwrap();
    let mut context = Context::from_waker(Waker::noop());
    let mut poll_until = |page| {
        while scans.load(Ordering::Relaxed) < page {
            assert!(maker.as_mut().poll(&mut context).is_pending());
        }
        for waiter in &mut *waiters {
            (0..3).for_each(|_| assert!(waiter.as_mut().poll(&mut context).is_pending()));
        }
        ops[1..].iter().map(|(_, trail)| trail.steps()).collect::<Vec<_>>()
    };
    assert_eq!(poll_until(1), vec![0; INDEX_WAITERS_MAX + 1], "they have begun to wait");
    let steps = poll_until(2);
    assert!(steps[..INDEX_WAITERS_MAX].iter().all(|steps| *steps > 0), "{steps:?}");
    assert_eq!(steps[INDEX_WAITERS_MAX], 0, "one more than may wait so has the usual time");
    assert_eq!(poll_until(2), steps, "nothing has gone on");
    for find in finds {
        assert_eq!(block_on(find).unwrap().secrets.len(), SCAN_PAGE_MAX * 3);
    }
    assert!((3..=4).contains(&scans.load(Ordering::Relaxed)), "it was made once");
}

/// An operation, and how whoever answers it sees that it goes on.
fn followed() -> (Op, Arc<Trail>) {
    let trail = Arc::new(Trail::default());
    (Op { trail: Some(Arc::clone(&trail)), ..at("default", 0) }, trail)
}

fn numbered(number: usize) -> SecretPath {
    SecretPath::parse(&format!("dev/{number:05}")).unwrap()
}

/// A vault with so many secrets, and how often heads were scanned since.
fn large(secrets: usize) -> (TestVault, Arc<AtomicUsize>) {
    let scans = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&scans);
    let storage =
        Hooked::before_scans(MemoryStorage::new(clock_at(Timestamp::from_millis(START))), move |prefix| {
            if prefix.get(16) == Some(&(Table::Head as u8)) {
                counted.fetch_add(1, Ordering::Relaxed);
            }
        });
    let test = block_on(TestVault::over(storage)).unwrap();
    let numbers: Vec<usize> = (0..secrets).collect();
    for numbers in numbers.chunks(TOGETHER_MAX) {
        let writes = numbers.iter().map(|number| (numbered(*number), Value::text("x"))).collect::<Vec<_>>();
        block_on(test.vault.set_all(&at("default", 0), writes)).unwrap();
    }
    scans.store(0, Ordering::Relaxed);
    (test, scans)
}
