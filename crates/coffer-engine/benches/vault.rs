//! What one operation costs over the embedded storage: alone, and in a crowd that shares its commits.
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "a bench stops where something is wrong, and reads the clock"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use coffer_engine::Op;
use coffer_engine::path::SecretPath;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Durability, Storage};
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::version::Which;
use criterion::{Criterion, criterion_group, criterion_main};

/// Operations under way at once in a crowd.
const CROWD: usize = 64;

struct Store {
    vault: TestVault,
    op: Op,
    path: SecretPath,
    _folder: tempfile::TempDir,
}

fn store(durability: Durability) -> Store {
    let folder = tempfile::tempdir().unwrap();
    let mut options = SqliteOptions::new(folder.path().join("store"), clock_at(Timestamp::from_millis(1)));
    options.create = true;
    let storage: Arc<dyn Storage> = SqliteStorage::open(options).unwrap();
    block_on(async {
        let vault = TestVault::with_durability(storage, durability).await.unwrap();
        vault.set("dev/app/DATABASE_URL", "postgresql://user:password@localhost:5432/app").await.unwrap();
        let path = SecretPath::parse("dev/app/DATABASE_URL").unwrap();
        Store { vault, op: TestVault::op().unwrap(), path, _folder: folder }
    })
}

fn alone(c: &mut Criterion) {
    for (name, durability) in [("written", Durability::Written), ("synced", Durability::Synced)] {
        let store = store(durability);
        c.bench_function(&format!("get/alone/{name}"), |b| {
            b.iter(|| {
                black_box(block_on(store.vault.vault.get(&store.op, &store.path, Which::CURRENT)).unwrap())
            });
        });
    }
    let store = store(Durability::Written);
    let mut round = 0_u64;
    c.bench_function("set/alone", |b| {
        b.iter(|| {
            // A secret keeps at most 1,000 versions: a new one every 100 writes.
            round += 1;
            black_box(block_on(store.vault.set(&format!("dev/app/N{}", round / 100), "value")).unwrap())
        });
    });
}

fn crowd(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for (name, durability) in [("written", Durability::Written), ("synced", Durability::Synced)] {
        let store = Arc::new(store(durability));
        c.bench_function(&format!("get/crowd of 64/{name}"), |b| {
            b.iter_custom(|rounds| {
                let each = rounds.div_ceil(CROWD as u64);
                let start = Instant::now();
                runtime.block_on(async {
                    let tasks: Vec<_> = (0..CROWD)
                        .map(|_| {
                            let store = Arc::clone(&store);
                            tokio::spawn(async move {
                                for _ in 0..each {
                                    let got =
                                        store.vault.vault.get(&store.op, &store.path, Which::CURRENT).await;
                                    black_box(got.unwrap());
                                }
                            })
                        })
                        .collect();
                    for task in tasks {
                        task.await.unwrap();
                    }
                });
                scaled(start.elapsed(), rounds, each * CROWD as u64)
            });
        });
    }
}

/// The time of `wanted` operations, when `done` were.
fn scaled(elapsed: Duration, wanted: u64, done: u64) -> Duration {
    elapsed.mul_f64(wanted as f64 / done as f64)
}

criterion_group!(benches, alone, crowd);
criterion_main!(benches);
