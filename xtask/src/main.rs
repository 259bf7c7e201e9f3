//! `cargo xtask VERB`: everything that is run on the project itself.
//!
//! One file a verb (`test`, `bench`); the table [`VERBS`] is all that knows them. The rest is shared: [`steps`] runs
//! and times, [`tools`] installs what is missing, [`talk`] prints, [`edge`] reads the clock and the environment.
//!
//! No dependencies: this is the first thing that a fresh machine builds, and it should build in a second.

mod bench;
mod crash;
mod edge;
mod steps;
mod talk;
mod test;
mod tools;
mod version;

use std::path::Path;
use std::process::ExitCode;

use steps::Outcome;

/// A word after `cargo xtask`.
struct Verb {
    name: &'static str,
    about: &'static str,
    /// Gets the root of the workspace.
    run: fn(&Path) -> Outcome,
}

const VERBS: &[Verb] = &[
    Verb { name: "test", about: "installs what is missing and runs every check there is", run: test::run },
    Verb { name: "bench", about: "measures: the benchmarks of every crate", run: bench::run },
    Verb {
        name: "crash",
        about: "kills eight writing processes fifty times, and the power in twenty ways; counts what is lost",
        run: crash::run,
    },
];

/// The exit code for a command line that makes no sense, as shells and clap have it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [] => {
            talk::say(&help());
            ExitCode::SUCCESS
        }
        [name] => match (find(name), edge::root()) {
            (Some(verb), Some(root)) => finish((verb.run)(&root)),
            (Some(_), None) => {
                finish(Err("start it with `cargo xtask`: cargo says where the workspace is".into()))
            }
            (None, _) => usage(&format!("there is no verb `{name}`")),
        },
        [name, ..] => usage(&format!("`{name}` takes no arguments")),
    }
}

fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            talk::say(&format!("xtask: {failure}"));
            ExitCode::FAILURE
        }
    }
}

fn usage(problem: &str) -> ExitCode {
    talk::say(&format!("xtask: {problem}\n\n{}", help()));
    ExitCode::from(USAGE)
}

fn help() -> String {
    let verbs: Vec<String> =
        VERBS.iter().map(|verb| format!("  cargo xtask {:<8}{}", verb.name, verb.about)).collect();
    verbs.join("\n")
}

#[cfg(test)]
mod tests {
    use super::{VERBS, find, help};

    #[test]
    fn help_names_every_verb_once() {
        for verb in VERBS {
            assert_eq!(help().matches(&format!("cargo xtask {} ", verb.name)).count(), 1, "{}", verb.name);
        }
    }

    #[test]
    fn a_verb_is_found_by_its_whole_name() {
        assert!(find("test").is_some());
        assert!(find("tes").is_none());
        assert!(find("").is_none());
    }
}
