//! How much memory a file takes: sealed it is there once, in clear never, and on its way out not even sealed.
//!
//! One test, alone in its process: what is measured is the most that the process ever had.
#![cfg(test)]
#![cfg(feature = "testkit")]
#![cfg(target_os = "linux")]
#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

use std::fs;
use std::sync::Arc;

use coffer_engine::content::MediaType;
use coffer_engine::limits::{FILE_MAX_BYTES, FILE_PART_BYTES};
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, WriteFile};
use coffer_engine::version::Which;

/// What comes at once.
const PIECE: usize = 64 * 1024;
/// Pages of the process itself, and what the allocator keeps: four parts are a quarter of a file.
const SLACK: u64 = 4 * FILE_PART_BYTES as u64;

#[test]
fn a_file_is_in_memory_once_sealed_and_never_in_clear() {
    block_on(async {
        let storage = MemoryStorage::new(clock_at(Timestamp::from_millis(1_767_225_600_000)));
        let vault = TestVault::over(storage as Arc<dyn Storage>).await.unwrap();
        let (op, path) = (TestVault::op().unwrap(), SecretPath::parse("dev/FILE").unwrap());
        vault.set("dev/WARM", "up").await.unwrap();
        let before = peak();
        let write = WriteFile {
            path: path.clone(),
            media_type: MediaType::bytes(),
            expect: Expect::Nothing,
            metadata: MetadataPatch::default(),
            replace: false,
        };
        let mut upload = vault.vault.set_file(&op, write).await.unwrap();
        for piece in 0..FILE_MAX_BYTES / PIECE as u64 {
            upload.push(&vec![piece as u8; PIECE]).unwrap();
        }
        upload.commit(op.now, None).await.unwrap();
        let taken_in = peak();
        // The storage holds what is sealed: that is the one copy. A second one, or the file in clear, would be as much again.
        assert!(
            taken_in - before > FILE_MAX_BYTES,
            "{before} {taken_in}: a control, that this measures anything"
        );
        assert!(taken_in - before < FILE_MAX_BYTES + SLACK, "{before} {taken_in}");
        let mut file = vault.vault.get_file(&op, &path, Which::CURRENT).await.unwrap();
        let mut bytes = 0;
        while let Some(piece) = file.next().await.unwrap() {
            bytes += piece.len() as u64;
        }
        assert_eq!(bytes, FILE_MAX_BYTES);
        assert!(peak() - taken_in < SLACK, "{taken_in} {}", peak());
    });
}

/// The most memory that this process has ever had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<u64>().unwrap() * 1024
}
