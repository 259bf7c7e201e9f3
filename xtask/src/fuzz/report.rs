//! What libFuzzer says at the end of a run, in one line; and what is worth knowing when it stopped before.

use std::fmt;
use std::path::Path;

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    executions: u64,
    /// Edges of the program that were taken.
    coverage: u64,
    /// Inputs that take a way of their own, and their bytes as libFuzzer writes them.
    corpus: String,
}

impl Report {
    /// From all that libFuzzer said. Nothing when it did not come to its end, or saw no edge.
    pub(super) fn find(said: &str) -> Option<Self> {
        let executions =
            said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
        let last = said.lines().rev().find(|line| line.starts_with('#') && line.contains(" cov: "))?;
        let after = |name: &str| last.split_once(name)?.1.split_whitespace().next();
        Some(Self {
            executions: executions.trim().parse().ok()?,
            coverage: after(" cov: ")?.parse().ok().filter(|edges| *edges > 0)?,
            corpus: after(" corp: ")?.to_owned(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { executions, coverage, corpus } = self;
        write!(f, "{executions:>10} executions, coverage {coverage}, corpus {corpus}")
    }
}

/// What broke the target, where the input is, and how to repeat it.
pub(super) fn failure(program: &Path, said: &str, log: &Path) -> String {
    let mut lines: Vec<String> = said
        .lines()
        .skip_while(|line| !line.starts_with("thread '"))
        .take_while(|line| {
            !line.starts_with("note: ") && !line.starts_with("==") && !line.starts_with("stack ")
        })
        .map(|line| format!("    {line}"))
        .collect();
    lines.extend(said.lines().filter(|line| line.starts_with("SUMMARY:")).map(|line| format!("    {line}")));
    let input =
        said.lines().find_map(|line| line.split_once("Test unit written to ").map(|(_, path)| path.trim()));
    match input {
        Some(input) => lines.extend([
            format!("    the input: {input}"),
            format!("    to repeat it: {} {input}", program.display()),
        ]),
        None => lines.push(format!("    no input was written; what was said: {}", log.display())),
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Report, failure};

    const DONE: &str = "INFO: seed corpus: files: 9 min: 1b max: 60b total: 200b rss: 30Mb\n\
        #10\tINITED cov: 120 ft: 130 corp: 9/200b exec/s: 0 rss: 31Mb\n\
        #2097152\tpulse  cov: 345 ft: 901 corp: 88/3210b lim: 4096 exec/s: 69905 rss: 60Mb\n\
        #3000000\tDONE   cov: 346 ft: 902 corp: 89/3Kb lim: 4096 exec/s: 50000 rss: 60Mb\n\
        Done 3000000 runs in 60 second(s)\n\
        stat::number_of_executed_units: 3000000\n\
        stat::peak_rss_mb:              60\n";

    #[test]
    fn the_end_of_a_run_is_one_line() {
        let report = Report::find(DONE).unwrap();
        assert_eq!(report.to_string(), "   3000000 executions, coverage 346, corpus 89/3Kb");
    }

    #[test]
    fn a_run_that_saw_nothing_is_no_run() {
        assert_eq!(Report::find(""), None);
        assert_eq!(Report::find(&DONE.replace("cov: 346", "cov: 0")), None);
        assert_eq!(Report::find(&DONE.replace("stat::number", "stat::other")), None);
    }

    #[test]
    fn a_failure_says_what_where_and_how_to_repeat_it() {
        let said = "#7\tINITED cov: 1 ft: 1\n\
            thread '<unnamed>' (1) panicked at fuzz_targets/path.rs:9:1:\n\
            assertion failed\n\
            note: run with `RUST_BACKTRACE=1`\n\
            ==12== ERROR: libFuzzer: deadly signal\n\
            SUMMARY: libFuzzer: deadly signal\n\
            artifact_prefix='fuzz/artifacts/path/'; Test unit written to fuzz/artifacts/path/crash-1\n";
        assert_eq!(
            failure(Path::new("path-0a1b"), said, Path::new("path.log")),
            "    thread '<unnamed>' (1) panicked at fuzz_targets/path.rs:9:1:\n    assertion failed\n    \
             SUMMARY: libFuzzer: deadly signal\n    the input: fuzz/artifacts/path/crash-1\n    \
             to repeat it: path-0a1b fuzz/artifacts/path/crash-1"
        );
        assert!(failure(Path::new("path-0a1b"), "killed", Path::new("path.log")).contains("path.log"));
    }
}
