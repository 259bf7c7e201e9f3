//! What single operations cost inside one process: the benches of the crates.

use crate::steps::Step;

/// The measures, in their order.
pub(super) fn steps() -> [Step; 1] {
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
