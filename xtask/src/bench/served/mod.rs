//! Coffer beside OpenBao: both served over TLS on this machine, asked by the same client, in one run.
//!
//! Both are up at once and asked in turn, cell by cell (A B, and B A in the next round), so that a noisy machine meets both. What one
//! has left to do after a cell is waited for, and counted, before the other is asked.
//!
//! | File | What is in it |
//! |---|---|
//! | `effort.rs`, `scenario.rs` | how much is measured, and what |
//! | `coffer.rs`, `openbao.rs`, `system.rs` | the two, set up as they are in production |
//! | `wrk.rs`, `client.lua`, `client.py` | the clients: for load, and for single requests |
//! | `process.rs`, `measure.rs` | one cell; memory, starts, sizes |
//! | `results.rs`, `machine.rs` | numbers, medians, and what they were made on |
//! | `goals.rs` | what was promised, and whether it is so |
//! | `instructions.rs` | what one operation of Coffer's costs, counted and not timed |
//! | `page.rs`, `words.rs`, `charts.rs`, `chart.rs`, `show.rs` | the document and its charts |

mod chart;
mod charts;
pub(super) mod coffer;
mod effort;
mod goals;
pub(super) mod instructions;
pub(super) mod machine;
mod measure;
pub(super) mod openbao;
mod page;
pub(super) mod process;
pub(super) mod results;
pub(super) mod scenario;
pub(super) mod show;
pub(super) mod system;
mod words;
pub(super) mod wrk;

use std::fs;
use std::path::Path;

use crate::steps::{Outcome, Run, Step};
use crate::{talk, tools};
pub(crate) use effort::Effort;
use machine::Machine;
use measure::{Bench, Measured};
use system::Place;

/// Where the numbers are published, from the root.
const DOCUMENTS: &str = "docs/benchmarks";
/// The binary as it is released.
const BUILD: &[&str] = &["build", "--release", "--package", "coffer-cli", "--locked"];

/// Installs what is missing and builds what is measured, before anything is.
pub(super) fn prepare(root: &Path, run: &mut Run) -> Outcome {
    run.timed("tools", "what the comparison needs, installed if missing", || tools::prepare_bench(root))?;
    run.step(&Step::new("build", BUILD))
}

/// Measures, and writes what came of it: into the documents when it is the full run, and beside them in `target` when it is not.
pub(super) fn run(root: &Path, effort: &Effort, run: &mut Run) -> Outcome {
    run.timed("served", "Coffer beside OpenBao", || {
        let place = Place::make(root, tools::prepare_bench(root)?)?;
        let machine = Machine::look(root, &place.folder)?;
        let systems = [coffer::make(root, &place, None)?, openbao::make(&place, None)?];
        let measured = Bench::new(root, &place, systems, effort).run()?;
        let folder = root.join(if effort.is_full() { DOCUMENTS } else { "target/bench/served" });
        fs::create_dir_all(&folder)?;
        for (name, text) in page::files(&measured, &machine, effort) {
            fs::write(folder.join(name), text)?;
        }
        // Kept when something failed before: logs of both are in it.
        fs::remove_dir_all(&place.folder)?;
        talk::say(&summary(&measured));
        talk::say(&format!("xtask: served: written to {}", folder.display()));
        let wrong = measured.results.wrong().count();
        if wrong == 0 {
            Ok(())
        } else {
            Err(format!("{wrong} cells have wrong answers or none, and are no results").into())
        }
    })
}

/// For who waits: whether the goals are met.
fn summary(measured: &Measured) -> String {
    let goals = goals::goals(measured);
    goals
        .iter()
        .map(|goal| format!("  {:<90}{} ({})\n", goal.wanted, goal.verdict.word(), goal.found))
        .collect()
}
