//! What has expired and is to be rotated then: the vault gives it a new value, once for each end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coffer_encryption::SecretBytes;
use coffer_engine::limits::RENEWAL_RETRY_SECONDS;
use coffer_engine::metadata::{MetadataPatch, OnExpiry};
use coffer_engine::quota::QuotaChange;
use coffer_engine::secret::Value;
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{NewValue, Write};
use coffer_engine::version::Which;

use crate::log::{DAY, HOUR, START, op};
use crate::log_upkeep::KEPT_A_YEAR;
use crate::support::{path, text, write};
use crate::tokens::clocked;

const MINUTE: u64 = HOUR / 60;

struct World {
    test: TestVault,
    storage: Arc<dyn Storage>,
    clock: Arc<AtomicU64>,
}

impl World {
    /// A store in which all is done that a day asks for.
    fn new() -> Self {
        let (storage, clock) = clocked();
        let storage = storage as Arc<dyn Storage>;
        let world = Self { test: over(&storage), storage, clock };
        world.rotated(&world.test, 0);
        world
    }

    /// A secret that expires so long after the start.
    fn set(&self, raw: &str, value: NewValue, on_expiry: OnExpiry, end_ms: u64, every: Option<u32>) {
        let metadata = MetadataPatch {
            expires: Some(Some(Timestamp::from_millis(START + end_ms))),
            on_expiry: Some(on_expiry),
            rotate_every: Some(every),
            ..MetadataPatch::default()
        };
        let write = Write { value: Some(value), metadata, ..write(raw, "") };
        block_on(self.test.vault.set(&op(0), write)).unwrap();
    }

    fn set_text(&self, raw: &str, on_expiry: OnExpiry, end_ms: u64) {
        self.set(raw, NewValue::Set(Value::text("old")), on_expiry, end_ms, None);
    }

    /// As a server does it: counts what expires, and looks after the store when that is due. How many were rotated.
    fn tended(&self, vault: &TestVault, after_ms: u64) -> u64 {
        self.clock.store(START + after_ms, Ordering::SeqCst);
        let now = op(after_ms).now;
        block_on(vault.vault.expiring(now)).unwrap();
        if block_on(vault.vault.upkeep_is_due(now)).unwrap() { self.rotated(vault, after_ms) } else { 0 }
    }

    fn rotated(&self, vault: &TestVault, after_ms: u64) -> u64 {
        self.clock.store(START + after_ms, Ordering::SeqCst);
        block_on(vault.vault.upkeep(&op(after_ms), KEPT_A_YEAR)).unwrap().rotated
    }

    /// The current version, and when it ends.
    fn known(&self, raw: &str, after_ms: u64) -> (u64, u64) {
        let secret = block_on(self.test.vault.get(&op(after_ms), &path(raw), Which::CURRENT)).unwrap();
        (secret.version().get(), secret.expires().unwrap().millis() - START)
    }
}

fn over(storage: &Arc<dyn Storage>) -> TestVault {
    block_on(TestVault::over(Arc::clone(storage))).unwrap()
}

#[test]
fn what_has_expired_gets_a_new_value_and_an_end_to_come() {
    let world = World::new();
    world.set_text("dev/A", OnExpiry::Rotate, 10 * MINUTE);
    assert_eq!(world.tended(&world.test, 10 * MINUTE), 0, "it is good at that moment");
    let late = 11 * MINUTE;
    assert_eq!(world.tended(&world.test, late), 1);
    assert_eq!(world.known("dev/A", late), (2, late + 10 * MINUTE));
    let secret = block_on(world.test.vault.get(&op(late), &path("dev/A"), Which::CURRENT)).unwrap();
    assert!(text(&secret).len() == 32 && text(&secret).bytes().all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(world.tended(&world.test, late), 0, "once for one end");
    // Months in which nobody had the store open.
    assert_eq!(world.tended(&over(&world.storage), 100 * DAY), 1);
    assert_eq!(world.known("dev/A", 100 * DAY), (3, 100 * DAY + 10 * MINUTE));
    let history = block_on(world.test.vault.history(&op(100 * DAY), &path("dev/A"))).unwrap();
    let whys: Vec<_> = history.versions.iter().map(|version| version.message.as_deref()).collect();
    assert_eq!(whys, [None, Some("it had expired"), Some("it had expired")]);
    let log =
        block_on(world.test.vault.audit_query(&op(100 * DAY), &Default::default(), None, 99, false)).unwrap();
    let mut rotations = log.entries.iter().filter(|entry| entry.action == "secret_rotate");
    let entry = rotations.next().unwrap();
    let written = (entry.actor.via.as_str(), entry.outcome.as_str(), entry.path.as_str(), entry.version);
    assert_eq!(written, ("system", "done", "dev/A", Some(2)));
    assert_eq!(rotations.count(), 1);
    let report = block_on(world.test.vault.audit_verify(&op(100 * DAY), &[], false, &|_| ())).unwrap();
    assert_eq!(report.problems, [""; 0]);
}

#[test]
fn with_an_interval_the_ends_stay_where_it_puts_them() {
    let world = World::new();
    world.set("dev/A", NewValue::Set(Value::text("old")), OnExpiry::Rotate, 2 * HOUR, Some(3600));
    assert_eq!(world.tended(&world.test, 5 * HOUR + MINUTE), 1, "three were missed: it is done once");
    assert_eq!(world.known("dev/A", 5 * HOUR + MINUTE), (2, 6 * HOUR));
}

#[test]
fn whoever_takes_its_new_value_back_keeps_the_old_one_until_another_is_written() {
    let world = World::new();
    world.set_text("dev/A", OnExpiry::Rotate, MINUTE);
    assert_eq!(world.tended(&world.test, HOUR), 1);
    assert_eq!(block_on(world.test.vault.undo(&op(HOUR), &path("dev/A"))).unwrap().unwrap().get(), 1);
    for vault in [&world.test, &over(&world.storage)] {
        assert_eq!((world.tended(vault, 2 * HOUR), world.rotated(vault, 2 * DAY)), (0, 0));
    }
    assert_eq!(world.known("dev/A", 2 * DAY), (1, MINUTE), "as it was, and said to have expired");
    // A value that is written is as old as any: it has the end that was said for it.
    world.clock.store(START + 3 * DAY, Ordering::SeqCst);
    block_on(world.test.vault.set(&op(3 * DAY), write("dev/A", "another"))).unwrap();
    assert_eq!(world.tended(&world.test, 3 * DAY + MINUTE), 1);
    assert_eq!(world.known("dev/A", 3 * DAY + MINUTE).0, 4);
}

#[test]
fn nothing_else_is_rotated() {
    let world = World::new();
    let fields = BTreeMap::from([("user".to_owned(), SecretBytes::copy_from(b"shop"))]);
    world.set("dev/FIELDS", NewValue::Set(Value::Fields(fields)), OnExpiry::Rotate, MINUTE, None);
    world.set_text("dev/WARN", OnExpiry::Warn, MINUTE);
    world.set_text("dev/LATER", OnExpiry::Rotate, DAY);
    world.set_text("dev/GONE", OnExpiry::Rotate, MINUTE);
    block_on(world.test.vault.remove(&op(0), &path("dev/GONE"))).unwrap();
    assert_eq!(world.tended(&world.test, HOUR), 0);
    assert_eq!(world.rotated(&world.test, HOUR), 0);
    for (raw, end) in [("dev/FIELDS", MINUTE), ("dev/WARN", MINUTE), ("dev/LATER", DAY)] {
        assert_eq!(world.known(raw, HOUR), (1, end), "{raw}");
    }
    let folder = coffer_engine::path::FolderPath::root();
    let report = block_on(world.test.vault.report(&op(HOUR), &folder)).unwrap();
    assert_eq!(report.expiring.expired, 2, "what is left as it is counts as expired");
}

/// Two processes know that it is due. What one has done the other finds done; and what somebody made to last meanwhile stays.
#[test]
fn it_is_rotated_once_whoever_else_has_found_it_due() {
    let world = World::new();
    world.set_text("dev/A", OnExpiry::Rotate, MINUTE);
    world.set_text("dev/B", OnExpiry::Rotate, MINUTE);
    let other = over(&world.storage);
    block_on(other.vault.get(&op(0), &path("dev/A"), Which::CURRENT)).unwrap();
    let now = op(2 * MINUTE).now;
    for vault in [&world.test, &other] {
        assert_eq!(block_on(vault.vault.expiring(now)).unwrap().expired, 2);
    }
    let lasts = MetadataPatch {
        expires: Some(Some(Timestamp::from_millis(START + DAY))),
        ..MetadataPatch::default()
    };
    block_on(other.vault.set(&op(2 * MINUTE), Write { value: None, metadata: lasts, ..write("dev/B", "") }))
        .unwrap();
    assert_eq!(world.rotated(&world.test, 2 * MINUTE), 1);
    assert_eq!(world.rotated(&other, 2 * MINUTE), 0);
    assert_eq!((world.known("dev/A", 2 * MINUTE).0, world.known("dev/B", 2 * MINUTE)), (2, (1, DAY)));
}

#[test]
fn what_there_is_no_room_for_is_tried_again_after_an_hour_and_leaves_one_entry_each_time() {
    let world = World::new();
    world.set_text("dev/A", OnExpiry::Rotate, MINUTE);
    world.set_text("dev/B", OnExpiry::Rotate, MINUTE);
    let limit = |versions| {
        let change = QuotaChange { versions: Some(versions), ..QuotaChange::default() };
        block_on(world.test.vault.tenant_quota(&op(0), &op(0).tenant, change)).unwrap();
    };
    limit(Some(2));
    let refusals = || {
        let log =
            block_on(world.test.vault.audit_query(&op(0), &Default::default(), None, 999, false)).unwrap();
        log.entries.iter().filter(|entry| entry.outcome == "refused").count()
    };
    for after in [2, 3, 4] {
        assert_eq!(world.tended(&world.test, after * MINUTE), 0);
        assert_eq!(refusals(), 1);
    }
    limit(None);
    assert_eq!(world.tended(&world.test, 4 * MINUTE + RENEWAL_RETRY_SECONDS * 1000), 2);
}

#[test]
fn nothing_in_a_suspended_tenant_is_rotated_until_it_is_resumed() {
    let world = World::new();
    world.set_text("dev/A", OnExpiry::Rotate, MINUTE);
    block_on(world.test.vault.tenant_suspend(&op(0), &op(0).tenant)).unwrap();
    assert_eq!(world.tended(&world.test, 2 * MINUTE), 0);
    block_on(world.test.vault.tenant_resume(&op(2 * MINUTE), &op(0).tenant)).unwrap();
    assert_eq!(world.tended(&world.test, 2 * HOUR), 1);
}

/// A tenant whose keys nobody has used is looked at once a day.
#[test]
fn a_tenant_that_nobody_uses_is_looked_at_once_a_day() {
    let world = World::new();
    world.set_text("dev/A", OnExpiry::Rotate, MINUTE);
    let other = over(&world.storage);
    world.rotated(&world.test, 0);
    block_on(other.vault.get(&op(0), &path("dev/A"), Which::CURRENT)).unwrap();
    let fresh = over(&world.storage);
    assert_eq!(world.rotated(&fresh, DAY + MINUTE), 1);
}
