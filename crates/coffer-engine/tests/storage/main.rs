//! The storages, from outside: through the trait, through their files, and from several processes.
#![cfg(feature = "testkit")]
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests stop where something is wrong, like the tests; measurements are printed"
)]

mod conformance;
mod damage;
mod killed;
mod places;
mod processes;
mod support;
mod wal;
