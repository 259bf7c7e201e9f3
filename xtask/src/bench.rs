//! `cargo xtask bench`: measures. Prints; asserts nothing, and CI does not run it: two busy cores measure each other.
//!
//! Each measure is a [`Step`] of the table below, so one of a whole process is one more row.

use std::path::Path;

use crate::steps::{Outcome, Run, Step};
use crate::talk;

/// Runs every measure until one fails.
pub(crate) fn run(root: &Path) -> Outcome {
    let mut run = Run::in_root(root);
    for step in steps() {
        run.step(&step)?;
    }
    talk::say(&run.summary());
    Ok(())
}

/// The measures, in their order.
fn steps() -> [Step; 1] {
    [
        // `--bench *` is every bench target and nothing else: without it the unit tests' own harness is started too, and
        // it does not know `--noplot`. The engine's benches need its testkit.
        Step::new(
            "criterion",
            &[
                "bench",
                "--workspace",
                "--bench",
                "*",
                "--features",
                "coffer-engine/testkit",
                "--locked",
                "--",
                "--noplot",
            ],
        ),
    ]
}
