//! `cargo xtask VERB`: everything that is run on the project itself.
//!
//! One file, or one folder, a verb (`test`, `bench`); the table [`VERBS`] is all that knows them. The rest is shared: [`steps`] runs
//! and times, [`tools`] installs what is missing, [`talk`] prints, [`edge`] reads the clock and the environment.
//!
//! No dependencies: this is the first thing that a fresh machine builds, and it should build in a second.

mod access;
mod bench;
mod crash;
mod edge;
mod faults;
mod fuzz;
mod steps;
mod talk;
mod test;
mod tools;
mod version;

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use steps::Outcome;

/// A word after `cargo xtask`.
struct Verb {
    name: &'static str,
    about: &'static str,
    run: Run,
}

/// What a verb does. Each gets the root of the workspace.
enum Run {
    Alone(fn(&Path) -> Outcome),
    /// Takes the words that follow it, too. What makes no sense among them is a [`Usage`].
    With(fn(&Path, &[String]) -> Outcome),
}

/// A command line that makes no sense, and what would.
#[derive(Debug)]
struct Usage(String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Usage {}

const VERBS: &[Verb] = &[
    Verb {
        name: "test",
        about: "installs what is missing and runs every check there is",
        run: Run::Alone(test::run),
    },
    Verb {
        name: "bench",
        about: "measures: the benchmarks of every crate, and Coffer beside OpenBao; `criterion`, `served`, `nodes` or `instructions` alone",
        run: Run::With(bench::run),
    },
    Verb {
        name: "access",
        about: "the long run of the rights against their reference: a million policies",
        run: Run::Alone(access::run),
    },
    Verb {
        name: "crash",
        about: "kills eight writing processes fifty times, and the power in twenty ways; counts what is lost",
        run: Run::Alone(crash::run),
    },
    Verb {
        name: "faults",
        about: "breaks three servers and their database in two hundred ways; finds who lies. `faults 50 7` for fifty, from seed 7",
        run: Run::With(faults::run),
    },
    Verb {
        name: "fuzz",
        about: "feeds every parser for a minute; `fuzz 600` for ten, `fuzz 600 path` one of them",
        run: Run::With(fuzz::run),
    },
];

/// The exit code for a command line that makes no sense, as shells and clap have it.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, words)) = arguments.split_first() else {
        talk::say(&help());
        return ExitCode::SUCCESS;
    };
    let Some(verb) = find(name) else {
        return usage(&format!("there is no verb `{name}`"));
    };
    let Some(root) = edge::root() else {
        return finish(Err("start it with `cargo xtask`: cargo says where the workspace is".into()));
    };
    match verb.run {
        Run::Alone(run) if words.is_empty() => finish(run(&root)),
        Run::Alone(_) => usage(&format!("`{name}` takes no arguments")),
        Run::With(run) => finish(run(&root, words)),
    }
}

fn find(name: &str) -> Option<&'static Verb> {
    VERBS.iter().find(|verb| verb.name == name)
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is::<Usage>() => usage(&failure.to_string()),
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
