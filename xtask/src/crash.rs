//! `cargo xtask crash`: the long run of the crash test. Eight processes write, all are killed with `kill -9`, fifty times.
//!
//! CI runs two rounds of the same test; this is the run to make before a change of the storage lands.

use std::path::Path;

use crate::steps::{Outcome, Run, Step};
use crate::talk;

/// How often everybody is killed.
const ROUNDS: &str = "50";

/// Runs the fifty rounds.
pub(crate) fn run(root: &Path) -> Outcome {
    let mut run = Run::in_root(root);
    // Not through nextest: its limit of time is for tests, and this takes minutes.
    let arguments = &[
        "test",
        "--release",
        "--package",
        "coffer-engine",
        "--features",
        "testkit",
        "--locked",
        "--test",
        "processes",
        "kill",
        "--",
        "--nocapture",
    ];
    run.step(&Step::new("crash", arguments).with("COFFER_KILL_ROUNDS", ROUNDS))?;
    talk::say(&run.summary());
    Ok(())
}
