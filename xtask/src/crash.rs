//! `cargo xtask crash`: the long runs of the crash tests. Eight processes write, all are killed with `kill -9`, fifty times; and the
//! simulated disk tears what was not synced in twenty ways that the short run does not try.
//!
//! CI runs two rounds and one seed of the same tests; this is the run to make before a change of the storage lands.

use std::path::Path;

use crate::steps::{Outcome, Run, Step};
use crate::talk;

/// How often everybody is killed.
const ROUNDS: &str = "50";
/// Seeds of the simulated disk.
const SEEDS: &str = "20";

/// Not through nextest: its limit of time is for tests, and these take minutes.
const TESTS: &[&str] = &[
    "test",
    "--release",
    "--package",
    "coffer-engine",
    "--features",
    "testkit",
    "--locked",
    "--test",
    "processes",
    "--test",
    "crash",
    "--",
    "--nocapture",
];

/// Runs the fifty rounds and the twenty seeds.
pub(crate) fn run(root: &Path) -> Outcome {
    let mut run = Run::in_root(root);
    let step = Step::new("crash", TESTS).with("COFFER_KILL_ROUNDS", ROUNDS).with("COFFER_CRASH_SEEDS", SEEDS);
    run.step(&step)?;
    talk::say(&run.summary());
    Ok(())
}
