//! The trash: what was removed lies there for thirty days, and is destroyed then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coffer_engine::audit::EntryFilter;
use coffer_engine::limits::TRASH_KEPT_DAYS;
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};

use crate::log::{DAY, START, op};
use crate::log_upkeep::KEPT_A_YEAR;
use crate::support::{coded, folder, path, records, write};
use crate::tokens::clocked;

const KEPT: u64 = TRASH_KEPT_DAYS * DAY;

struct World {
    test: TestVault,
    storage: Arc<dyn Storage>,
    clock: Arc<AtomicU64>,
}

impl World {
    fn new() -> Self {
        let (storage, clock) = clocked();
        let storage = storage as Arc<dyn Storage>;
        let test = block_on(TestVault::over(Arc::clone(&storage))).unwrap();
        Self { test, storage, clock }
    }

    /// What upkeep purges that long after the start.
    fn purged(&self, after_ms: u64) -> u64 {
        self.clock.store(START + after_ms, Ordering::SeqCst);
        block_on(self.test.vault.upkeep(&op(after_ms), KEPT_A_YEAR)).unwrap().purged
    }

    fn set(&self, raw: &str, after_ms: u64) {
        block_on(self.test.vault.set(&op(after_ms), write(raw, "x"))).unwrap();
    }

    fn remove(&self, raw: &str, after_ms: u64) {
        block_on(self.test.vault.remove(&op(after_ms), &path(raw))).unwrap();
    }

    fn history(&self, raw: &str, after_ms: u64) -> Result<(), &'static str> {
        coded(block_on(self.test.vault.history(&op(after_ms), &path(raw))).map(drop))
    }
}

#[test]
fn what_lies_in_the_trash_for_thirty_days_is_destroyed_and_nothing_else() {
    let world = World::new();
    for raw in ["dev/app/GONE", "dev/BACK", "dev/AGAIN", "dev/LATER", "dev/LIVE"] {
        world.set(raw, 0);
    }
    world.set("dev/app/GONE", 0);
    for raw in ["dev/app/GONE", "dev/BACK", "dev/AGAIN"] {
        world.remove(raw, 0);
    }
    block_on(world.test.vault.undo(&op(DAY), &path("dev/BACK"))).unwrap();
    world.set("dev/AGAIN", DAY);
    world.remove("dev/AGAIN", DAY);
    world.remove("dev/LATER", DAY);
    assert_eq!(world.purged(KEPT), 0, "the last moment");
    assert_eq!(world.history("dev/app/GONE", KEPT), Ok(()));
    // Once a day: a day later the others have not lain there for longer than that yet.
    assert_eq!(world.purged(KEPT + DAY), 1);
    assert_eq!(world.history("dev/app/GONE", KEPT + DAY), Err("secret.not_found"));
    for raw in ["dev/BACK", "dev/AGAIN", "dev/LATER", "dev/LIVE"] {
        assert_eq!(world.history(raw, KEPT + DAY), Ok(()), "{raw}");
    }
    let listing = block_on(world.test.vault.list(&op(KEPT + DAY), &folder("dev"), true)).unwrap();
    assert_eq!(listing.folders, [], "the folder that it left empty is gone with it");
    assert_eq!(listing.secrets.len(), 2);
    assert_eq!(world.purged(KEPT + 2 * DAY), 2);

    let filter = EntryFilter { action: Some("secret_purge".to_owned()), ..EntryFilter::default() };
    let log = block_on(world.test.vault.audit_query(&op(KEPT + 2 * DAY), &filter, None, 99, false)).unwrap();
    assert!(log.entries.iter().all(|entry| entry.actor.via == "system" && entry.outcome == "done"));
    // One for the secret, and one for each version.
    let of_gone = log.entries.iter().filter(|entry| entry.path == "dev/app/GONE").count();
    assert_eq!(of_gone, 3);
    let report = block_on(world.test.vault.audit_verify(&op(KEPT + 2 * DAY), &[], false, &|_| {})).unwrap();
    assert_eq!(report.problems, [""; 0]);
    // Of what is left there is a head and a version each, and nothing of what is gone.
    let left = block_on(records(world.storage.as_ref()));
    let of_table = |table: u8| left.iter().filter(|(key, _)| key.as_bytes()[16] == table).count();
    assert_eq!((of_table(0x20), of_table(0x21)), (2, 2));
}

#[test]
fn nothing_is_purged_while_the_log_is_held() {
    let world = World::new();
    world.set("dev/A", 0);
    world.remove("dev/A", 0);
    block_on(world.test.vault.audit_hold(&op(DAY), true, "a case is open", false)).unwrap();
    assert_eq!(world.purged(KEPT + DAY), 0);
    assert_eq!(world.history("dev/A", KEPT + DAY), Ok(()));
    block_on(world.test.vault.audit_hold(&op(KEPT + DAY), false, "it is closed", false)).unwrap();
    assert_eq!(world.purged(KEPT + 2 * DAY), 1);
}
