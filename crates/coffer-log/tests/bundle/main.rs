//! Bundles, written and checked: by this crate, and by `tools/verify_log.py`, which shares no code with it.

mod agreement;
mod cases;
mod exhaustive;
mod files;
mod log;
mod python;
mod vectors;
mod write;
