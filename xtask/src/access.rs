//! `cargo xtask access`: the long run of the test that compares the compiled index of rights with its reference: a million random policies
//! and identities, eight requests each. CI runs twenty thousand of them.
//!
//! `COFFER_ACCESS_SEED` begins elsewhere: the next run tries others.

use std::path::Path;

use crate::steps::{Outcome, Run, Step};
use crate::talk;

const CASES: &str = "1000000";

const TESTS: &[&str] = &[
    "test",
    "--release",
    "--package",
    "coffer-engine",
    "--features",
    "testkit",
    "--locked",
    "--lib",
    "--",
    "t_p9_the_compiled_index_agrees_with_the_reference",
    "--nocapture",
];

/// Runs the million.
pub(crate) fn run(root: &Path) -> Outcome {
    let mut run = Run::in_root(root);
    run.step(&Step::new("access", TESTS).with("COFFER_ACCESS_CASES", CASES))?;
    talk::say(&run.summary());
    Ok(())
}
