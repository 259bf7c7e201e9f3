//! What tenants cost when there are many: made, loaded, idle, listed, erased. See docs/benchmarks/tenants.md.
//!
//! `cargo run --release --example tenants --features testkit -p coffer-engine -- [TENANTS]`: 10,000 where nothing is said, with ten secrets each.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::cast_possible_truncation,
    reason = "a measurement on the command line: it stops where something is wrong, and it reads the clock"
)]

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use coffer_encryption::{Iterations, PassphraseIterations, SecretBytes};
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Clock, Storage};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::op_at;
use coffer_engine::time::Timestamp;
use coffer_engine::unlock::{Passphrase, Unlocker};
use coffer_engine::vault::{OpenOptions, Settings, UpkeepSettings, Vault};
use coffer_engine::version::Which;
use coffer_engine::{Op, block_on};

/// Secrets in a tenant.
const SECRETS: usize = 10;
/// Secrets in the tenant that is large.
const MANY: usize = 10_000;
/// Tenants that are looked at for one number.
const SAMPLE: usize = 500;
/// Later than any tenant is kept open for.
const LATER_SECONDS: u64 = 60 * 60;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words.as_slice() {
        // Each in a process of its own, so that its memory is its own.
        ["make", store, tenants] => make(Path::new(store), tenants.parse().unwrap()),
        ["use", store, tenants] => use_them(Path::new(store), tenants.parse().unwrap()),
        ["idle", store, tenants] => idle(Path::new(store), tenants.parse().unwrap()),
        ["erase", store, tenants] => erase(Path::new(store), tenants.parse().unwrap()),
        ["start", store, _] => start(Path::new(store)),
        [tenants] => all(tenants.parse().unwrap()),
        _ => all(10_000),
    }
}

fn all(tenants: usize) {
    let folder = tempfile::tempdir_in(".").unwrap();
    for (verb, tenants) in [
        ("make", 10),
        ("start", 10),
        ("make", tenants),
        ("start", tenants),
        ("use", tenants),
        ("idle", tenants),
        ("erase", tenants),
    ] {
        let store = folder.path().join(format!("store-{tenants}"));
        let mut part = Command::new(std::env::current_exe().unwrap());
        part.arg(verb).arg(&store).arg(tenants.to_string());
        let output = part.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success(), "{verb}");
        print!("{}", String::from_utf8(output.stdout).unwrap());
    }
}

fn make(store: &Path, tenants: usize) {
    let vault = open(store);
    let (mut made, mut filled) = (Vec::new(), Vec::new());
    for name in names(tenants) {
        made.push(timed(|| block_on(vault.tenant_create(&op("default"), &name)).unwrap()).1);
        let secrets = (0..SECRETS).map(|number| (path(number), Value::text("a value")));
        filled.push(timed(|| block_on(vault.set_all(&op(name.as_str()), secrets.collect())).unwrap()).1);
    }
    block_on(vault.upkeep(&op("default"), UpkeepSettings { retention_days: 365 })).unwrap();
    told(&format!("make one, of {tenants}"), made);
    told("write its ten secrets", filled);
}

/// Opens the store and reads one secret.
fn start(store: &Path) {
    let (vault, opened) = timed(|| open(store));
    told("open the store", vec![opened]);
    told("and read a secret of the first tenant", vec![timed(|| read(&vault, "t0")).1]);
}

fn use_them(store: &Path, tenants: usize) {
    let vault = open(store);
    read(&vault, "t0");
    let cold: Vec<TenantName> = names(tenants).into_iter().skip(1).take(SAMPLE).collect();
    let before = memory();
    told(
        "the first read of a cold tenant",
        cold.iter().map(|name| timed(|| read(&vault, name.as_str())).1).collect(),
    );
    println!("memory of each that is loaded: {} bytes", memory().saturating_sub(before) / cold.len() as u64);
    vault.drop_idle(now().plus_seconds(LATER_SECONDS));
    told(
        "read one of an idle tenant",
        cold.iter().map(|name| timed(|| read(&vault, name.as_str())).1).collect(),
    );
    told(
        "read one of a loaded tenant",
        cold.iter().map(|name| timed(|| read(&vault, name.as_str())).1).collect(),
    );
    let list = || timed(|| block_on(vault.tenant_list(&op("default"))).unwrap()).1;
    told("list all tenants", (0..20).map(|_| list()).collect());
    let below = TenantName::parse("t1").unwrap();
    let list = || timed(|| block_on(vault.tenant_list_below(&op("default"), Some(&below))).unwrap()).1;
    told("list those below one", (0..20).map(|_| list()).collect());
}

/// Loads all, a few at a time, and lets go of them.
fn idle(store: &Path, tenants: usize) {
    let vault = open(store);
    let names = names(tenants);
    // What the allocator and the caches take once is not counted.
    for name in names.iter().take(SAMPLE) {
        read(&vault, name.as_str());
    }
    vault.drop_idle(now().plus_seconds(LATER_SECONDS));
    let before = memory();
    for part in names.iter().skip(SAMPLE).collect::<Vec<_>>().chunks(SAMPLE) {
        part.iter().for_each(|name| read(&vault, name.as_str()));
        vault.drop_idle(now().plus_seconds(LATER_SECONDS));
    }
    let idle = tenants.saturating_sub(SAMPLE).max(1) as u64;
    println!("memory of each that is idle: {} bytes", memory().saturating_sub(before) / idle);
    println!("memory of the process with all of them idle: {:.1} MB", memory() as f64 / 1e6);
}

fn erase(store: &Path, tenants: usize) {
    let vault = open(store);
    let erase = |name: &TenantName| timed(|| block_on(vault.tenant_erase(&op("default"), name, 0)).unwrap());
    let last: Vec<TenantName> = names(tenants).into_iter().rev().take(10).collect();
    told("erase one with 10 secrets", last.iter().map(|name| erase(name).1).collect());
    let large = TenantName::parse("large").unwrap();
    block_on(vault.tenant_create(&op("default"), &large)).unwrap();
    let numbers: Vec<usize> = (0..MANY).collect();
    for part in numbers.chunks(1000) {
        let secrets = part.iter().map(|number| (path(*number), Value::text("a value")));
        block_on(vault.set_all(&op("large"), secrets.collect())).unwrap();
    }
    let (erased, took) = erase(&large);
    told("erase one with 10,000 secrets", vec![took]);
    println!("which removed {} records", erased.rows);
    println!("the store: {:.0} MB", vault.usage().storage.bytes.unwrap_or(0) as f64 / 1e6);
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let done = work();
    (done, begun.elapsed())
}

fn told(what: &str, mut times: Vec<Duration>) {
    times.sort_unstable();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    let mean = times.iter().sum::<Duration>().as_secs_f64() * 1e3 / times.len() as f64;
    println!(
        "{what}: mean {mean:.2} ms, p50 {:.2} ms, p99 {:.2} ms ({} times)",
        at(0.5),
        at(0.99),
        times.len()
    );
}

fn read(vault: &Vault, tenant: &str) {
    block_on(vault.get(&op(tenant), &path(0), Which::CURRENT)).unwrap();
}

fn names(tenants: usize) -> Vec<TenantName> {
    (0..tenants).map(|number| TenantName::parse(&format!("t{number}")).unwrap()).collect()
}

fn path(number: usize) -> SecretPath {
    SecretPath::parse(&format!("prod/app{:04}/NAME_{number:06}", number / 100)).unwrap()
}

/// The store, opened as an embedding program would.
fn open(store: &Path) -> Vault {
    let clock: Clock = Arc::new(now);
    let mut options = SqliteOptions::new(store.to_path_buf(), clock);
    options.create = true;
    let storage: Arc<dyn Storage> = SqliteStorage::open(options).unwrap();
    let words = SecretBytes::copy_from(b"correct horse battery staple");
    let unlocker = Passphrase::new(words, PassphraseIterations::cheap_for_tests());
    let unlockers: [&dyn Unlocker; 1] = [&unlocker];
    let settings = Settings { iterations: Iterations::DEFAULT, ..Settings::default() };
    block_on(Vault::open_or_create(storage, OpenOptions { unlockers: &unlockers, settings }, &op("default")))
        .unwrap()
}

fn op(tenant: &str) -> Op {
    Op { tenant: TenantName::parse(tenant).unwrap(), ..op_at(now()).unwrap() }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as u64)
}

/// Bytes of this process in memory.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}
