//! Tests that need a process of their own, or act only when they are asked to.
//!
//! # Invariants
//!
//! * Such a test is an ordinary one: without its variable it returns at once, and a run of all tests is whole.

use std::process::Command;

const CHILD: &str = "COFFER_TEST_CHILD";

/// Whether [`run_child`] started this process.
pub(crate) fn is_child() -> bool {
    is_set(CHILD)
}

#[expect(clippy::disallowed_methods, reason = "the only way to hand something to a test")]
pub(crate) fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some()
}

/// Runs the test `name` as a child, which must pass; what it printed.
pub(crate) fn run_child(name: &str) -> String {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    // "1 passed": with a wrong name the harness runs nothing, and that is a success to it.
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&child.stderr)
    );
    said
}
