//! `cargo xtask bench`: measures. Asserts nothing, and CI does not run it: two busy cores measure each other.
//!
//! Three parts, one after the other: [`criterion`] is what single operations cost in one process, [`served`] is Coffer beside OpenBao, as a
//! client meets both, [`nodes`] the same over PostgreSQL, with several servers. [`served::instructions`], asked for by name,
//! counts instead: on a machine that is busy with other things.

mod criterion;
mod nodes;
mod served;

use std::path::Path;

use crate::steps::{Outcome, Run};
use crate::{Usage, talk};
use served::Effort;

/// Runs the measures that `words` name, all without any, until one fails.
pub(crate) fn run(root: &Path, words: &[String]) -> Outcome {
    let part = Part::parse(words)?;
    let mut run = Run::in_root(root);
    if part != Part::Criterion {
        served::prepare(root, &mut run)?;
    }
    if matches!(part, Part::All | Part::Criterion) {
        for step in criterion::steps() {
            run.step(&step)?;
        }
    }
    match &part {
        Part::Criterion => {}
        Part::All => {
            served::run(root, &Effort::FULL, &mut run)?;
            nodes::run(root, nodes::Effort::FULL, &mut run)?;
        }
        Part::Nodes(effort) => nodes::run(root, *effort, &mut run)?,
        Part::Served(effort) => served::run(root, effort, &mut run)?,
        Part::Instructions => served::instructions::run(root, &mut run)?,
    }
    talk::say(&run.summary());
    Ok(())
}

/// What is measured.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    All,
    Criterion,
    Served(Effort),
    Nodes(nodes::Effort),
    Instructions,
}

impl Part {
    fn parse(words: &[String]) -> Result<Self, Usage> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => Ok(Self::All),
            ["criterion"] => Ok(Self::Criterion),
            ["instructions"] => Ok(Self::Instructions),
            ["served", rest @ ..] => Effort::parse(rest).map(Self::Served),
            ["nodes", rest @ ..] => nodes::Effort::parse(rest).map(Self::Nodes),
            _ => Err(Usage(
                "say `bench`, `bench criterion`, `bench instructions`, `bench served [SECONDS [SCENARIO..]]`, or `bench nodes [SECONDS]`".into(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Effort, Part};

    fn parse(line: &str) -> Result<Part, crate::Usage> {
        Part::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn without_words_all_is_measured_at_length() {
        assert_eq!(parse("").unwrap(), Part::All);
        assert_eq!(parse("served").unwrap(), Part::Served(Effort::FULL));
        assert_eq!(parse("criterion").unwrap(), Part::Criterion);
        assert_eq!(parse("instructions").unwrap(), Part::Instructions);
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in [
            "serve",
            "criterion 3",
            "3",
            "served zero",
            "served 0",
            "served 3 read",
            "nodes 0",
            "nodes 3 read-hot",
        ] {
            assert!(parse(line).is_err(), "{line}");
        }
    }
}
