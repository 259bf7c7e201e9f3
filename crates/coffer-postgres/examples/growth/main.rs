//! What a store costs as it grows. In a folder: from 1,000 secrets to 100,000 in one tenant, and to a million in 10,000. In a PostgreSQL that this
//! starts, with its disk synced: from 10,000 secrets to a million, ten in a tenant. See docs/benchmarks/growth.md.
//!
//! `cargo run --release --example growth --features testkit -p coffer-postgres -- folder|database [DIVISOR]`: with a divisor all sizes are that
//! much smaller.
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
mod make;
mod measure;
mod place;
mod row;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use coffer_encryption::{Iterations, PassphraseIterations, SecretBytes};
use coffer_engine::path::SecretPath;
use coffer_engine::storage::Clock;
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::op_at;
use coffer_engine::time::Timestamp;
use coffer_engine::unlock::{Passphrase, Unlocker};
use coffer_engine::vault::{OpenOptions, Settings, Vault};
use coffer_engine::{Op, block_on};
use coffer_postgres::testkit::Server;

use crate::make::make;
use crate::measure::measure;
use crate::place::Place;
use crate::row::Row;

/// Secrets in a folder.
pub(crate) const IN_FOLDER: usize = 100;
/// Secrets in a tenant, where there are a hundred thousand of them.
const IN_SMALL: usize = 10;
/// What differs from how the database is set up for tests: it keeps what it acknowledges, and has the memory of a small server.
const DATABASE: [&str; 3] = ["fsync=on", "shared_buffers=256MB", "max_wal_size=1GB"];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let row = |tenants: &str, secrets: &str| Row::new(tenants.parse().unwrap(), secrets.parse().unwrap());
    match *words.as_slice() {
        // Each in a process of its own, so that its memory is its own.
        ["make", place, tenants, secrets] => {
            let mut row = row(tenants, secrets);
            make(&Place::parse(place), 0, Iterations::DEFAULT, &mut row);
            print!("{}", row.lines());
        }
        // Goes on with this tenant, where it takes long, with keys whose derivation costs nothing.
        ["more", place, from, tenants, secrets] => {
            let mut row = row(tenants, secrets);
            make(&Place::parse(place), from.parse().unwrap(), Iterations::cheap_for_tests(), &mut row);
            print!("{}", row.lines());
        }
        ["measure", place, tenants, secrets] => {
            let mut row = row(tenants, secrets);
            measure(&Place::parse(place), &names(row.tenants), &mut row);
            print!("{}", row.lines());
        }
        // What `measure` has printed, a file for each size, as a table and a chart.
        ["show", ref files @ ..] => {
            let row = |file: &&str| Row::parse(&std::fs::read_to_string(file).unwrap());
            show(&files.iter().map(row).collect::<Vec<_>>());
        }
        ["folder"] => in_folders(1),
        ["folder", divisor] => in_folders(divisor.parse().unwrap()),
        ["database"] => in_database(1),
        ["database", divisor] => in_database(divisor.parse().unwrap()),
        _ => eprintln!("say `folder [DIVISOR]` or `database [DIVISOR]`"),
    }
}

fn in_folders(divisor: usize) {
    let one = [1_000, 10_000, 100_000].map(|secrets| (1, secrets / divisor));
    let many = [10, 100, 1_000, 10_000].map(|tenants: usize| (tenants.div_ceil(divisor), IN_FOLDER));
    let rows = one.into_iter().chain(many).map(|(tenants, secrets)| {
        let folder = tempfile::tempdir_in(".").unwrap();
        one_size(&Place::Folder(folder.path().join("store")), tenants, secrets)
    });
    show(&rows.collect::<Vec<_>>());
}

fn in_database(divisor: usize) {
    let server = Server::start_with(&DATABASE);
    let rows = [1_000, 10_000, 100_000].map(|tenants: usize| {
        let (_, name) = server.database_named();
        one_size(&Place::Database(server.url(&name)), tenants.div_ceil(divisor), IN_SMALL)
    });
    show(&rows);
}

/// Makes and measures a store of this size.
fn one_size(place: &Place, tenants: usize, secrets: usize) -> Row {
    let run = |verb: &str| {
        let mut part = Command::new(std::env::current_exe().unwrap());
        part.args([verb, &place.to_string(), &tenants.to_string(), &secrets.to_string()]);
        let output = part.stderr(Stdio::inherit()).output().unwrap();
        assert!(output.status.success());
        let row = Row::parse(&String::from_utf8(output.stdout).unwrap());
        eprintln!("{verb}, {tenants} x {secrets}:\n{}", Row::table(std::slice::from_ref(&row)));
        row
    };
    run("make").and(run("measure"))
}

fn show(rows: &[Row]) {
    println!("{}", Row::table(rows));
    std::fs::write("growth.svg", chart::svg(rows)).unwrap();
    eprintln!("the chart is in growth.svg");
}

pub(crate) fn names(tenants: usize) -> Vec<TenantName> {
    (0..tenants).map(|number| TenantName::parse(&format!("t{number}")).unwrap()).collect()
}

/// Where the secret of this number lies.
pub(crate) fn path(number: usize) -> SecretPath {
    SecretPath::parse(&format!("prod/app{:04}/NAME_{number:06}", number / IN_FOLDER)).unwrap()
}

/// The store, opened as an embedding program would.
pub(crate) fn open(place: &Place, iterations: Iterations) -> Vault {
    let clock: Clock = Arc::new(now);
    let words = SecretBytes::copy_from(b"correct horse battery staple");
    let unlocker = Passphrase::new(words, PassphraseIterations::cheap_for_tests());
    let unlockers: [&dyn Unlocker; 1] = [&unlocker];
    let settings = Settings { iterations, ..Settings::default() };
    let options = OpenOptions { unlockers: &unlockers, settings };
    block_on(Vault::open_or_create(place.storage(clock), options, &op("default"))).unwrap()
}

/// An operation of the local owner in this tenant.
pub(crate) fn op(tenant: &str) -> Op {
    Op { tenant: TenantName::parse(tenant).unwrap(), ..op_at(now()).unwrap() }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp::from_millis(since.as_millis() as u64)
}
