//! Coffer and OpenBao over one PostgreSQL: Coffer with one, two and three servers, OpenBao with one. All are up at once and asked in turn.
//!
//! | File | What is in it |
//! |---|---|
//! | `database.rs` | PostgreSQL, for both |
//! | `measure.rs` | the cells in turn |
//! | `page.rs` | the document |

pub(super) mod database;
mod measure;
mod page;

use std::fs;
use std::path::Path;

use self::database::Database;
use self::measure::{Bench, Group};
use super::served::machine::Machine;
use super::served::system::Place;
use super::served::{coffer, openbao};
use crate::steps::{Outcome, Run};
use crate::{Usage, talk, tools};

/// Where the numbers are published, from the root.
const DOCUMENT: &str = "docs/benchmarks/nodes.md";
/// Servers of Coffer's, at most.
const NODES: usize = 3;

/// How much is measured: seconds of a cell, and how often all are gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Effort {
    seconds: u32,
    rounds: u32,
}

impl Effort {
    /// What the published numbers are made with.
    pub(crate) const FULL: Self = Self { seconds: 5, rounds: 3 };

    /// From what follows `nodes`: nothing, or the seconds of a cell. Who says seconds is in a hurry: one round.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, Usage> {
        match words {
            [] => Ok(Self::FULL),
            [seconds] => match seconds.parse() {
                Ok(seconds @ 1..=600) => Ok(Self { seconds, rounds: 1 }),
                _ => Err(Usage(format!("`{seconds}` is no number of seconds from 1 to 600, for each cell"))),
            },
            _ => Err(Usage("say `bench nodes [SECONDS]`".into())),
        }
    }
}

/// Measures, and writes what came of it: the document when it is the full run, and beside it in `target` when it is not.
pub(super) fn run(root: &Path, effort: Effort, run: &mut Run) -> Outcome {
    run.timed("nodes", "Coffer and OpenBao over one PostgreSQL", || {
        let place = Place::make(root, tools::prepare_bench(root)?)?;
        let machine = Machine::look(root, &place.folder)?;
        let database = Database::start(&place)?;
        let first = coffer::make(root, &place, Some(&database))?;
        let mut nodes = vec![first];
        while let (Some(first), true) = (nodes.first(), nodes.len() < NODES) {
            let another = coffer::another(&place, first, &database, nodes.len().saturating_add(1))?;
            nodes.push(another);
        }
        let openbao = openbao::make(&place, Some(&database))?;
        let measured = Bench::new(root, &place, &database, nodes, openbao, effort).run()?;
        let text = page::text(&measured, &machine, &database, effort);
        let file = match effort == Effort::FULL {
            true => root.join(DOCUMENT),
            false => root.join("target/bench").join("nodes.md"),
        };
        fs::write(&file, text)?;
        drop(database);
        // Kept when something failed before: logs of all are in it.
        fs::remove_dir_all(&place.folder)?;
        talk::say(&format!("xtask: nodes: written to {}", file.display()));
        let wrong = measured.iter().filter(|cell| !cell.is_good()).count();
        if wrong == 0 {
            Ok(())
        } else {
            Err(format!("{wrong} cells have wrong answers, and are no results").into())
        }
    })
}

/// All that are measured, in the order of the tables.
const GROUPS: [Group; NODES + 1] = [Group::OpenBao, Group::Coffer(1), Group::Coffer(2), Group::Coffer(3)];
