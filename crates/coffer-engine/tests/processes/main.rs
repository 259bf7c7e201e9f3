//! Several processes on one store: nothing lost, nobody starved, nothing stale, and `kill -9` at any moment.
//!
//! A child is this same test binary, run again with a part to play in its environment.

#![cfg(feature = "testkit")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests: what stops here fails the test, as it should"
)]

mod child;
mod kill;
mod stale;
mod together;

/// Where the children of a test find their part: `part|store folder|number|anything else`.
const PART: &str = "COFFER_TEST_PART";

/// Every child enters here; without a part there is nothing to do.
#[test]
fn child_process() {
    #[expect(clippy::disallowed_methods, reason = "a child learns its part from its parent")]
    if let Ok(part) = std::env::var(PART) {
        child::play(&part);
    }
}
