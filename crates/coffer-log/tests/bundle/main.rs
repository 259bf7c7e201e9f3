//! Bundles, written and checked: by this crate, and by `tools/verify_log.py`, which shares no code with it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests stop where something is wrong, like the tests"
)]

mod agreement;
mod cases;
mod copy;
mod exhaustive;
mod files;
mod log;
mod python;
mod vectors;
