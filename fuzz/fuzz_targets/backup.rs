//! Backups: bytes that nobody wrote are none; of one that is, every change is noticed, and nothing is loaded.
//!
//! The input is tried as a file; its first bytes choose edits of a good one; and it is tried as what stands behind a good head.
#![no_main]

use std::sync::Arc;

use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::unlock::Unlocker;
use coffer_engine::vault::BackupFile;
use coffer_fuzz::edited;
use libfuzzer_sys::fuzz_target;

const GOOD: &[u8] = include_bytes!("../../vectors/backup/good.backup");

fuzz_target!(|input: &[u8]| {
    assert!(!loads(input) || input == GOOD, "nobody has sealed this");
    // What is signed is not sealed, so whoever has a key of a log may sign anything; nobody has one here.
    assert!(!is_signed(input) || input == GOOD);
    let changed = edited(GOOD, input);
    assert_eq!(loads(&changed), changed == GOOD, "a change is noticed");
    let head = 14_usize.saturating_add(usize::from(u16::from_be_bytes([GOOD[12], GOOD[13]])));
    let behind = [&GOOD[..head], input].concat();
    assert!(!loads(&behind) || behind == GOOD);
});

/// Whether it is loaded; what is not leaves no store.
fn loads(bytes: &[u8]) -> bool {
    let storage = MemoryStorage::new(clock_at(Timestamp::from_millis(1_767_225_600_000)));
    let unlocker = TestVault::unlocker();
    let unlockers: [&dyn Unlocker; 1] = [&unlocker];
    let mut from = bytes;
    let place: Arc<dyn Storage> = storage;
    let loaded = block_on(async {
        match BackupFile::begin(&mut from) {
            Ok(file) => file.load(&unlockers, Arc::clone(&place), &|_| {}).await.is_ok(),
            Err(_) => false,
        }
    });
    let instance = block_on(place.scan(&[0; 16], None, 1)).unwrap().records;
    let is_store = instance.first().is_some_and(|(key, _)| key.as_bytes().get(16) == Some(&1));
    assert_eq!(loaded, is_store);
    loaded
}

fn is_signed(bytes: &[u8]) -> bool {
    let mut from = bytes;
    BackupFile::begin(&mut from).and_then(BackupFile::check_signature).is_ok()
}
