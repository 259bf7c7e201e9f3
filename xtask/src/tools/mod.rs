//! What the checks need beside Rust: looked for first, installed only when missing, so that a machine that has
//! everything asks no network.

mod cargo_tools;
mod packages;
mod python;

use std::path::{Path, PathBuf};

use crate::steps::Outcome;

/// Makes everything available. The answer is the Python that the tests are to use.
pub(crate) fn prepare(root: &Path) -> Outcome<PathBuf> {
    packages::prepare(packages::CHECKS)?;
    cargo_tools::prepare(root)?;
    python::prepare(root, &python::CHECKS)
}

/// The same for `cargo xtask bench`, beside OpenBao. The answer is the Python that has it.
pub(crate) fn prepare_bench(root: &Path) -> Outcome<PathBuf> {
    packages::prepare(packages::BENCH)?;
    python::prepare(root, &python::BENCH)
}

/// The same for `cargo xtask faults`, which needs nothing of Python.
pub(crate) fn prepare_faults() -> Outcome {
    packages::prepare(packages::FAULTS)
}
