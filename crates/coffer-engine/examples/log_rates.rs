//! What the log costs: integration, bytes for each entry, queries, verification, and reads beside an integration.
//! See docs/benchmarks/log.md.
//!
//! `cargo run --release --example log_rates --features testkit -- ENTRIES TENANTS`
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a measurement on the command line: it stops where something is wrong, and it reads the clock"
)]

use std::sync::Arc;
use std::time::Instant;

use coffer_engine::audit::EntryFilter;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Storage, sqlite};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, clock_at, op_at};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, NewValue, UpkeepSettings, Vault, Write};
use coffer_engine::version::Which;
use coffer_engine::{Op, block_on};
use coffer_log::bundle::{BundleWriter, VerifyOptions, verify};

const PATHS: u64 = 1000;
const CROWD: usize = 64;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>().unwrap());
    let (entries, tenants) = (arguments.next().unwrap_or(100_000), arguments.next().unwrap_or(10));
    let folder = tempfile::tempdir_in(".").unwrap();
    let mut options = SqliteOptions::new(folder.path().join("store"), clock_at(Timestamp::from_millis(1)));
    options.create = true;
    let storage: Arc<dyn Storage> = sqlite::SqliteStorage::open(options).unwrap() as Arc<SqliteStorage>;
    let test = block_on(TestVault::over(Arc::clone(&storage))).unwrap();
    let ops: Vec<Op> = (0..tenants)
        .map(|number| {
            let tenant = TenantName::parse(&format!("t{number}")).unwrap();
            block_on(test.vault.tenant_create(&op(0), &tenant)).unwrap();
            Op { tenant, ..op(0) }
        })
        .collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let begun = Instant::now();
    let tasks: Vec<_> = (0..CROWD as u64)
        .map(|task| {
            let (vault, ops) = (test.vault.clone(), ops.clone());
            runtime.spawn(async move {
                for number in (task..entries).step_by(CROWD) {
                    let op = Op {
                        now: op_at(Timestamp::from_millis(1_767_225_600_000 + number * 100)).unwrap().now,
                        ..ops[(number % ops.len() as u64) as usize].clone()
                    };
                    let path = SecretPath::parse(&format!("prod/app{}/N{}", number % 17, number / 7 % PATHS))
                        .unwrap();
                    // One write in five; the rest reads, some of what is not there yet.
                    if number % 5 == 0 {
                        let value = Some(NewValue::Replace(Value::text("hunter2")));
                        let write = Write {
                            path,
                            value,
                            references: false,
                            expect: Expect::Anything,
                            metadata: MetadataPatch::default(),
                        };
                        vault.set(&op, write).await.unwrap();
                    } else {
                        let _ = vault.get(&op, &path, Which::CURRENT).await;
                    }
                }
            })
        })
        .collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
    println!("made: {:.0}/s", entries as f64 / begun.elapsed().as_secs_f64());

    let begun = Instant::now();
    block_on(test.vault.upkeep(&op(entries * 100), UpkeepSettings { retention_days: 365 })).unwrap();
    println!("integrated: {:.0}/s", entries as f64 / begun.elapsed().as_secs_f64());

    let mut sizes = std::collections::BTreeMap::<u8, u64>::new();
    let mut after = None;
    loop {
        let page = block_on(storage.scan(&[], after, 1000)).unwrap();
        for (key, record) in &page.records {
            let bytes = key.as_bytes().len() + record.value.len() + 16;
            *sizes.entry(key.as_bytes()[16]).or_default() += bytes as u64;
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let log: u64 = sizes.range(0x30..0x40).map(|(_, bytes)| bytes).sum();
    println!(
        "bytes for each entry: {:.0} ({:?})",
        log as f64 / entries as f64,
        sizes.range(0x30..0x40).collect::<Vec<_>>()
    );

    let mut times: Vec<f64> = (0..300_u64)
        .map(|number| {
            let op = Op { now: op(entries * 100).now, ..ops[(number % tenants) as usize].clone() };
            let path = Some(format!("prod/app{}", number % 17));
            let filter = match number % 3 {
                0 => EntryFilter { path, ..EntryFilter::default() },
                1 => EntryFilter { action: Some("secret_set".to_owned()), ..EntryFilter::default() },
                _ => EntryFilter {
                    path: Some(format!("prod/app{}/N{}", number % 17, number % PATHS)),
                    ..EntryFilter::default()
                },
            };
            let begun = Instant::now();
            block_on(test.vault.audit_query(&op, &filter, None, 100, false)).unwrap();
            begun.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("query: p50 {:.1} ms, p99 {:.1} ms", times[150], times[297]);

    let dir = folder.path().join("bundle");
    let size = block_on(test.vault.audit_export(&ops[0], |origin| BundleWriter::open(&dir, origin), false))
        .unwrap()
        .size;
    let begun = Instant::now();
    verify(&dir, &VerifyOptions::default()).unwrap();
    println!("verified offline: {:.0}/s of {size}", size as f64 / begun.elapsed().as_secs_f64());
    let begun = Instant::now();
    let report = block_on(test.vault.audit_verify(&ops[0], &[], false, &|_| {})).unwrap();
    println!(
        "verified with the store: {:.0}/s, {} problems",
        report.entries as f64 / begun.elapsed().as_secs_f64(),
        report.problems.len()
    );

    reads_beside(&test.vault, &ops);
}

/// What a read costs its own thread while nothing else goes on, and while another thread integrates what is pending.
///
/// Turns of both are mixed, so that a machine that is slower for a while slows both.
fn reads_beside(vault: &Vault, ops: &[Op]) {
    let path = SecretPath::parse("prod/app0/N0").unwrap();
    let read = |count: u64, op: &Op| {
        let begun = thread_cpu_us();
        for _ in 0..count {
            let _ = block_on(vault.get(op, &path, Which::CURRENT));
        }
        (thread_cpu_us() - begun) / count as f64
    };
    let later = op(1_000_000_000);
    let keep = || block_on(vault.upkeep(&later, UpkeepSettings { retention_days: 365 })).unwrap();
    let (mut alone, mut beside, mut integrated) = (Vec::new(), Vec::new(), 0_u64);
    for _ in 0..10 {
        // What one integration has to do; spread over all tenants.
        for number in 0..20_000_usize {
            let op = Op { now: later.now, ..ops[number % ops.len()].clone() };
            let _ = block_on(vault.get(&op, &path, Which::CURRENT));
        }
        let op = Op { now: later.now, ..ops[0].clone() };
        alone.push(read(5_000, &op));
        std::thread::scope(|scope| {
            let done = scope.spawn(keep);
            while !done.is_finished() {
                beside.push(read(250, &op));
                integrated += 250;
            }
        });
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    println!(
        "a read alone: {:.1} us of its thread; beside an integration: {:.1} us ({integrated} reads)",
        mean(&alone),
        mean(&beside)
    );
}

/// CPU time of this thread so far, in microseconds.
fn thread_cpu_us() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e6 + time.tv_nsec as f64 / 1e3
}

fn op(after_ms: u64) -> Op {
    op_at(Timestamp::from_millis(1_767_225_600_000 + after_ms)).unwrap()
}
