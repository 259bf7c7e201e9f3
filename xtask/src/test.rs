//! `cargo xtask test`: the test command. CI runs it, and nothing else; so does everybody before a commit.
//!
//! Cheap steps first, so that a forgotten `cargo fmt` is told in seconds. Everything is built with the same features and
//! the same profile: clippy and doc share one set of artefacts (checked), nextest and the doc tests the other (built). The
//! last step, fuzzing, compiles our own crates once more, with counters for coverage.

use std::path::Path;

use crate::steps::{Outcome, Run, Step};
use crate::{fuzz, talk, tools};

/// Installs what is missing, then runs every check until one fails.
pub(crate) fn run(root: &Path) -> Outcome {
    let mut run = Run::in_root(root);
    let python = run.timed("tools", "what the checks need, installed if missing", || tools::prepare(root))?;
    for step in steps(&python) {
        run.step(&step)?;
    }
    let minute = format!("every parser for {} seconds", fuzz::SECONDS);
    run.timed("fuzz", &minute, || fuzz::all(root, fuzz::SECONDS, None))?;
    talk::say(&run.summary());
    Ok(())
}

/// The tests that can be told where their store lies.
const ON_POSTGRES: &str = "(package(coffer-engine) and binary(processes)) or (package(coffer-server) and binary(api) and not test(/schemathesis|canary/))";

/// The checks, in their order.
fn steps(python: &Path) -> [Step; 7] {
    [
        Step::new("fmt", &["fmt", "--all", "--check"]),
        Step::new(
            "clippy",
            &["clippy", "--workspace", "--all-targets", "--all-features", "--locked", "--", "-D", "warnings"],
        ),
        // No `advisories`: deny.toml says why.
        Step::new("deny", &["deny", "--locked", "check", "bans", "licenses", "sources"]),
        // nextest runs no doc tests. Some of ours show that what must not compile does not.
        Step::new("doctest", &["test", "--doc", "--workspace", "--all-features", "--locked"]),
        Step::new(
            "nextest",
            &["nextest", "run", "--workspace", "--all-features", "--locked", "--no-fail-fast"],
        )
        // The cryptography is checked against pyca/cryptography (crates/coffer-encryption/tests/pyca.rs), the server by schemathesis
        // (crates/coffer-server/tests/api/schemathesis.rs).
        .with("COFFER_TEST_PYTHON", python),
        // Several processes on one store, law 3's guarantee with its controls, and the API, once more: on PostgreSQL.
        Step::new(
            "postgres",
            &[
                "nextest",
                "run",
                "--workspace",
                "--all-features",
                "--locked",
                "--no-fail-fast",
                "-E",
                ON_POSTGRES,
            ],
        )
        .with("COFFER_TEST_STORAGE", "postgres")
        // What is withdrawn takes its round trips: more reads beside it, for as many withdrawals.
        .with("COFFER_TEST_OPERATIONS", "48000"),
        Step::new(
            "doc",
            &["doc", "--workspace", "--no-deps", "--document-private-items", "--all-features", "--locked"],
        )
        .with("RUSTDOCFLAGS", "-D warnings"),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::steps;

    #[test]
    fn the_checks_run_in_the_order_that_is_promised() {
        let names = steps(Path::new("/python")).map(|step| step.name);
        assert_eq!(names, ["fmt", "clippy", "deny", "doctest", "nextest", "postgres", "doc"]);
        assert_eq!(BTreeSet::from(names).len(), names.len(), "a name in the summary means one step");
    }

    #[test]
    fn what_builds_builds_the_same_everywhere() {
        for step in steps(Path::new("/python")).iter().filter(|step| !["fmt", "deny"].contains(&step.name)) {
            for flag in ["--workspace", "--all-features", "--locked"] {
                assert!(step.args.contains(&flag), "{} lacks {flag}", step.name);
            }
            for flag in ["--release", "--profile", "--features", "--no-default-features"] {
                assert!(!step.args.contains(&flag), "{} builds its own: {flag}", step.name);
            }
        }
    }

    #[test]
    fn only_cargo_sees_what_it_must() {
        let variables: Vec<_> = steps(Path::new("/python")).into_iter().flat_map(|step| step.env).collect();
        assert_eq!(
            variables,
            [
                ("COFFER_TEST_PYTHON", "/python".into()),
                ("COFFER_TEST_STORAGE", "postgres".into()),
                ("COFFER_TEST_OPERATIONS", "48000".into()),
                ("RUSTDOCFLAGS", "-D warnings".into())
            ]
        );
    }
}
