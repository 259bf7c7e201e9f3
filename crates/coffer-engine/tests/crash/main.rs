//! The embedded store, cut after every write, with and without what was synced: see `testkit::crash`.
//!
//! One file a scenario. `COFFER_CRASH_SEEDS` runs them with many seeds; `COFFER_CRASH_SEED` begins at one, to see a failure again.

#![cfg(feature = "testkit")]
#![expect(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "helpers of tests: what stops here fails the test, as it should"
)]

mod create;
mod destroy;
mod erase;
mod file;
mod log;
mod once;
mod put;
mod reads;
mod renew;
mod tenant;
mod undo;
mod wal;

use coffer_engine::testkit::crash::Plan;

/// Torn images for each seed and scenario.
const TORN_IMAGES: u64 = 250;

#[expect(
    clippy::disallowed_methods,
    reason = "the long run, and a run with a given seed, are asked for from outside"
)]
fn plan() -> Plan {
    let number = |name| std::env::var(name).ok().and_then(|number| number.parse::<u64>().ok());
    let first = number("COFFER_CRASH_SEED").unwrap_or(0);
    let seeds = number("COFFER_CRASH_SEEDS").unwrap_or(1);
    Plan { seeds: first..first + seeds, torn_images: TORN_IMAGES }
}
