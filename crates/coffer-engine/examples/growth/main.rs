//! What a store costs as it grows: from 1,000 secrets to 100,000 in one tenant, and to a million in 10,000.
//! See docs/benchmarks/growth.md.
//!
//! `cargo run --release --example growth --features testkit -p coffer-engine -- [DIVISOR]`: with a divisor all sizes are that much smaller.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a measurement on the command line: it stops where something is wrong, and it reads the clock"
)]

mod chart;
mod measure;
mod row;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use coffer_encryption::{Iterations, PassphraseIterations, SecretBytes};
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::Value;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Clock, Storage};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::op_at;
use coffer_engine::time::Timestamp;
use coffer_engine::unlock::{Passphrase, Unlocker};
use coffer_engine::vault::{Expect, OpenOptions, Settings, Vault, Write};
use coffer_engine::{Op, block_on};

use crate::measure::measure;
use crate::row::Row;

/// Secrets in a folder.
pub(crate) const IN_FOLDER: usize = 100;
/// Secrets that one commit writes.
const AT_ONCE: usize = 1000;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match *words.as_slice() {
        // Each in a process of its own, so that its memory is its own.
        ["make", store, tenants, secrets] => {
            println!(
                "{}",
                make(Path::new(store), tenants.parse().unwrap(), secrets.parse().unwrap()).as_nanos()
            );
        }
        ["measure", store, tenants, secrets] => {
            let mut row = Row::new(tenants.parse().unwrap(), secrets.parse().unwrap());
            measure(Path::new(store), &names(row.tenants), &mut row);
            print!("{}", row.lines());
        }
        // What `measure` has printed, a file for each size, as a table and a chart.
        ["show", ref files @ ..] => {
            let row = |file: &&str| Row::parse(&std::fs::read_to_string(file).unwrap());
            show(&files.iter().map(row).collect::<Vec<_>>());
        }
        [divisor] => all(divisor.parse().unwrap()),
        _ => all(1),
    }
}

fn all(divisor: usize) {
    let one = [1_000, 10_000, 100_000].map(|secrets| (1, secrets / divisor));
    let many = [10, 100, 1_000, 10_000].map(|tenants: usize| (tenants.div_ceil(divisor), IN_FOLDER));
    let mut rows = Vec::new();
    for (tenants, secrets) in one.into_iter().chain(many) {
        let folder = tempfile::tempdir_in(".").unwrap();
        let store = folder.path().join("store");
        let run = |verb: &str| {
            let mut part = Command::new(std::env::current_exe().unwrap());
            part.arg(verb).arg(&store).args([tenants.to_string(), secrets.to_string()]);
            let output = part.stderr(Stdio::inherit()).output().unwrap();
            assert!(output.status.success());
            String::from_utf8(output.stdout).unwrap()
        };
        let nanos: u64 = run("make").trim().parse().unwrap();
        let mut row = Row::parse(&run("measure"));
        row.time("write one, of many in a commit", Duration::from_nanos(nanos) / row.all() as u32);
        rows.push(row);
        eprintln!("{tenants} x {secrets} done");
    }
    show(&rows);
}

fn show(rows: &[Row]) {
    println!("{}", Row::table(rows));
    std::fs::write("growth.svg", chart::svg(rows)).unwrap();
    eprintln!("the chart is in growth.svg");
}

/// A store of that size. How long its secrets took.
fn make(store: &Path, tenants: usize, secrets: usize) -> Duration {
    let vault = open(store);
    for tenant in &names(tenants) {
        block_on(vault.tenant_create(&op("default"), tenant)).unwrap();
    }
    names(tenants).iter().map(|tenant| fill(&vault, tenant, secrets)).sum()
}

fn names(tenants: usize) -> Vec<TenantName> {
    (0..tenants).map(|number| TenantName::parse(&format!("t{number}")).unwrap()).collect()
}

/// Writes the secrets of a tenant, of which a few say something about themselves. How long the writing took.
fn fill(vault: &Vault, tenant: &TenantName, secrets: usize) -> Duration {
    let op = op(tenant.as_str());
    let numbers: Vec<usize> = (0..secrets).collect();
    let begun = Instant::now();
    for part in numbers.chunks(AT_ONCE) {
        let writes =
            part.iter().map(|number| (path(*number), Value::text(&format!("a value, number {number}"))));
        block_on(vault.set_all(&op, writes.collect())).unwrap();
    }
    let took = begun.elapsed();
    for number in numbers.iter().step_by(secrets.div_ceil(IN_FOLDER).saturating_mul(20)) {
        let metadata = MetadataPatch {
            owner: Some(Some(format!("team-{}", number % 7))),
            description: Some(Some("The orders database of the shop".to_owned())),
            add_tags: ["db".to_owned()].into(),
            ..MetadataPatch::default()
        };
        let write =
            Write { path: path(*number), value: None, references: false, expect: Expect::Anything, metadata };
        block_on(vault.set(&op, write)).unwrap();
    }
    took
}

/// Where the secret of this number lies.
pub(crate) fn path(number: usize) -> SecretPath {
    SecretPath::parse(&format!("prod/app{:04}/NAME_{number:06}", number / IN_FOLDER)).unwrap()
}

/// The store, opened as an embedding program would.
pub(crate) fn open(store: &Path) -> Vault {
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

/// An operation of the local owner in this tenant.
pub(crate) fn op(tenant: &str) -> Op {
    Op { tenant: TenantName::parse(tenant).unwrap(), ..op_at(now()).unwrap() }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as u64)
}
