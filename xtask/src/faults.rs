//! `cargo xtask faults [COUNT] [SEED]`: the long run of the test in which three servers, their database and its standby die, are stopped, cut
//! off and told a wrong time, and nobody may be told anything that is not so. Then, with nothing broken, how long revocations take.
//!
//! CI runs six faults of the same test; this is the run to make before a change of the storage for many nodes lands. What it has found goes
//! to `docs/benchmarks/faults.md`. A seed that found something is said again to see it again, as far as threads and clocks repeat.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::steps::{Outcome, Run, Step, output_of};
use crate::{Usage, talk, tools};

/// Unless it is said.
const COUNT: u32 = 200;
const SEED: u64 = 1;
const REVOCATIONS: &str = "300";

/// Not through nextest: its limit of time is for tests, and this takes most of an hour.
const TESTS: &[&str] = &[
    "test",
    "--release",
    "--package",
    "coffer-cli",
    "--locked",
    "--test",
    "cli",
    "--",
    "--exact",
    "faults::whatever_fails_nobody_lies",
    "faults::a_revocation_holds_for_all_who_read_by_the_right",
    "--nocapture",
    "--test-threads=1",
];

const ABOUT: &str = "# Faults

Written by `cargo xtask faults`. Three servers over one PostgreSQL with a synchronous standby, all on one machine, in a network of their
own. Six writers change secrets and know what each has to be; nine readers read by rights that three others withdraw (tokens, grants, members, groups,
policies, roles, secrets, whole tenants, and tokens that end by themselves). Whoever gets no answer asks the next server, with the same idempotency
key. Everything that was answered is held against what had been acknowledged before it was asked for, and against the log: each acknowledged change and
each answered read has one entry; the store verifies against its log; checkpoints of all nodes are of one log. The same history with one
thing changed is a control: in each of eight ways the checker has to find it (`crates/coffer-cli/tests/cli/faults/`).

How long writes stood still is from the fault until *every* writer had another write acknowledged, those included that asked the broken node and wait up
to four seconds for its answer. Bars are what is aimed at, and not asserted.
";

const REVOKED: &str = "## Revocations

64 connections read one secret at three servers, as fast as they can, by one grant, which is taken away and given back. Each read's commit expects the
record that a revocation changes. Clients, servers and database share the machine.
";

/// Runs so many faults.
pub(crate) fn run(root: &Path, words: &[String]) -> Outcome {
    let (count, seed) = parse(words)?;
    tools::prepare_faults()?;
    let folder = root.join("target/faults");
    fs::create_dir_all(&folder)?;
    let mut run = Run::in_root(root);
    let step = Step::new("faults", TESTS)
        .with("COFFER_TEST_FAULTS", count.to_string())
        .with("COFFER_TEST_SEED", seed.to_string())
        .with("COFFER_TEST_REVOCATIONS", REVOCATIONS)
        .with("COFFER_TEST_FOLDER", folder.as_os_str());
    run.step(&step)?;
    let [faults, revocations] =
        ["faults.md", "revocations.md"].map(|name| fs::read_to_string(folder.join(name)));
    let page =
        format!("{ABOUT}\n{}\n\n## What happened\n\n{}\n{REVOKED}\n{}", machine(root), faults?, revocations?);
    fs::write(root.join("docs/benchmarks/faults.md"), page)?;
    talk::say(&run.summary());
    Ok(())
}

fn parse(words: &[String]) -> Result<(u32, u64), Usage> {
    let usage = || Usage("say `faults`, or `faults COUNT SEED`, both of them numbers".into());
    let number = |word: &String| word.parse::<u64>().map_err(|_| usage());
    let (count, seed) = match words {
        [] => (u64::from(COUNT), SEED),
        [count] => (number(count)?, SEED),
        [count, seed] => (number(count)?, number(seed)?),
        _ => return Err(usage()),
    };
    let count = u32::try_from(count).ok().filter(|count| *count > 0).ok_or_else(usage)?;
    Ok((count, seed))
}

fn machine(root: &Path) -> String {
    let says = |program: &str, arguments: &[&str]| {
        let said = output_of(Command::new(program).args(arguments).current_dir(root));
        said.map_or_else(|| "unknown".to_owned(), |said| said.trim().to_owned())
    };
    let (cores, system) = (says("nproc", &[]), says("uname", &["-sr"]));
    let (day, commit) = (says("date", &["-u", "+%-d %B %Y"]), says("git", &["rev-parse", "--short", "HEAD"]));
    format!("{day}, {cores} cores, {system}, commit {commit}.")
}

#[cfg(test)]
mod tests {
    use super::{COUNT, SEED, parse};

    fn read(line: &str) -> Option<(u32, u64)> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).ok()
    }

    #[test]
    fn count_and_seed_are_said_or_not() {
        assert_eq!(read(""), Some((COUNT, SEED)));
        assert_eq!(read("50"), Some((50, SEED)));
        assert_eq!(read("50 7"), Some((50, 7)));
        for line in ["0", "many", "5 x", "1 2 3"] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
