//! What one commit, one read and one opening of the embedded storage cost. Prints; asserts nothing.
//!
//! `cargo bench -p coffer-engine --features testkit --bench storage`
#![expect(
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    reason = "a bench stops where something is wrong"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{
    Batch, Durability, EntryWriter, Expectation, Group, Key, PendingRow, Put, Revision, Storage, StorageError,
};
use coffer_engine::tenant::TenantId;
use coffer_engine::testkit::block_on;
use coffer_engine::time::Timestamp;
use criterion::{BatchSize, Criterion, Throughput};

const RECORDS: u32 = 100_000;
const RECORD_BYTES: usize = 400;
const ENTRY_BYTES: usize = 350;

/// One sealed row a commit, as long as all its entries, as the engine does it.
struct OneRow;

impl EntryWriter for OneRow {
    fn rows(&mut self, admitted: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        let sealed = vec![7; admitted.len() * ENTRY_BYTES].into();
        Ok(vec![PendingRow { id: [1; 16], tenant: TenantId::from_bytes([9; 16]), sealed }])
    }
}

fn key(number: u32) -> Key {
    // Scattered like keyed hashes.
    let mut suffix = [0; 32];
    let mut state = u64::from(number) + 1;
    for part in suffix.chunks_mut(8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        part.copy_from_slice(&state.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    }
    Key::new(TenantId::from_bytes([9; 16]), 1, &suffix).expect("32 bytes fit")
}

fn open(dir: &Path) -> Arc<SqliteStorage> {
    let clock = Arc::new(|| Timestamp::from_millis(0));
    SqliteStorage::open(SqliteOptions { create: true, ..SqliteOptions::new(dir, clock) }).expect("opens")
}

fn commit(storage: &Arc<SqliteStorage>, batches: Vec<Batch>, durability: Durability) {
    let group = Group { batches, entries: Box::new(OneRow), durability };
    block_on(Arc::clone(storage).commit(group)).expect("commits");
}

fn put(number: u32, bytes: usize) -> Batch {
    let revision = Revision([u8::try_from(number % 251).unwrap_or(0); 16]);
    Batch { put: vec![Put { key: key(number), revision, value: vec![5; bytes].into() }], ..Batch::default() }
}

fn fill(storage: &Arc<SqliteStorage>) {
    for first in (0..RECORDS).step_by(1000) {
        commit(storage, (first..first + 1000).map(|n| put(n, RECORD_BYTES)).collect(), Durability::Written);
    }
}

/// A read's batch: five expectations, the same ones over and over.
fn read_batch() -> Batch {
    let revision = |n: u32| Some(Revision([u8::try_from(n % 251).unwrap_or(0); 16]));
    let expect = (0..5).map(|n| Expectation { key: key(n), revision: revision(n) }).collect();
    Batch { expect, ..Batch::default() }
}

fn commits(criterion: &mut Criterion, storage: &Arc<SqliteStorage>) {
    let mut group = criterion.benchmark_group("commit");
    for (name, durability) in [("written", Durability::Written), ("synced", Durability::Synced)] {
        for batches in [1_usize, 8, 64] {
            group.throughput(Throughput::Elements(u64::try_from(batches).unwrap_or(1)));
            group.bench_function(format!("{name}, {batches} reads"), |bench| {
                bench.iter_batched(
                    || vec![read_batch(); batches],
                    |reads| commit(storage, reads, durability),
                    BatchSize::SmallInput,
                );
            });
        }
    }
    let mut number = 0;
    for bytes in [RECORD_BYTES, 64 * 1024, 1024 * 1024] {
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("synced, 1 put of {bytes} bytes"), |bench| {
            bench.iter(|| {
                number = (number + 7919) % RECORDS;
                commit(storage, vec![put(number, bytes)], Durability::Synced);
            });
        });
        commit(
            storage,
            (0..RECORDS).step_by(7919).map(|n| put(n, RECORD_BYTES)).collect(),
            Durability::Synced,
        );
    }
    group.finish();
}

fn reads(criterion: &mut Criterion, storage: &Arc<SqliteStorage>) {
    let mut number = 0;
    criterion.bench_function("get, random", |bench| {
        bench.iter(|| {
            number = (number + 7919) % RECORDS;
            block_on(storage.get(&[key(number)])).expect("reads")
        });
    });
    criterion.bench_function("get, 8 together", |bench| {
        bench.iter(|| {
            number = (number + 7919) % (RECORDS - 8);
            let keys: Vec<_> = (number..number + 8).map(key).collect();
            block_on(storage.get(&keys)).expect("reads")
        });
    });
    criterion.bench_function("scan, page of 100", |bench| {
        bench.iter(|| block_on(storage.scan(&[9; 16], Some(key(77)), 100)).expect("reads"));
    });
}

fn opens(criterion: &mut Criterion, dir: &Path) {
    criterion.bench_function("open and close", |bench| bench.iter(|| open(dir)));
    criterion.bench_function("open, get, commit written, close", |bench| {
        bench.iter(|| {
            let storage = open(dir);
            let found = block_on(storage.get(&[key(3)])).expect("reads");
            commit(&storage, vec![read_batch()], Durability::Written);
            found
        });
    });
}

fn main() {
    let dir = tempfile::tempdir().expect("a folder");
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(20)
        .without_plots()
        .configure_from_args();
    let dir = dir.path().join("store");
    let storage = open(&dir);
    fill(&storage);
    reads(&mut criterion, &storage);
    commits(&mut criterion, &storage);
    drop(storage);
    opens(&mut criterion, &dir);
}
