//! The run itself: starts, the cells in turn, what is left in the end.

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::effort::Effort;
use super::process::children_cpu_seconds;
use super::results::{Cell, Facts, Results};
use super::scenario::{SECRETS, Scenario};
use super::system::{Place, System};
use super::wrk::{Order, Wrk};
use crate::steps::Outcome;
use crate::talk;

/// After a start, before it is watched how a server idles.
const SETTLE: Duration = Duration::from_secs(2);
/// Connections that write what is to be read.
const FILL_CONNECTIONS: u32 = 16;
/// The longest that writing it may take; it ends by itself.
const FILL_SECONDS: u32 = 900;

/// All that is needed to measure.
pub(crate) struct Bench<'b> {
    place: &'b Place,
    systems: [System; 2],
    facts: [Facts; 2],
    effort: &'b Effort,
    wrk: Wrk,
    results: Results,
}

/// What came of it.
pub(crate) struct Measured {
    pub(crate) results: Results,
    /// Coffer's, and OpenBao's.
    pub(crate) facts: [Facts; 2],
}

impl<'b> Bench<'b> {
    /// The two are made, and do not run.
    pub(crate) fn new(root: &Path, place: &'b Place, systems: [System; 2], effort: &'b Effort) -> Self {
        let facts =
            systems.each_ref().map(|system| Facts { version: system.version.clone(), ..Facts::default() });
        Self { place, systems, facts, effort, wrk: Wrk::new(root), results: Results::default() }
    }

    /// Everything, in its order. Both are down when it ends.
    pub(crate) fn run(mut self) -> Outcome<Measured> {
        self.starts(|facts| &mut facts.start_fresh_ms)?;
        for system in &mut self.systems {
            system.start(self.place)?;
            system.answers(self.place, &system.read_hot)?;
        }
        self.idle(|facts| (&mut facts.idle_fresh, &mut facts.resident_fresh_bytes))?;
        let needs_many = self.effort.scenarios().any(|scenario| scenario.needs_many);
        for (system, facts) in self.systems.iter().zip(&mut self.facts).filter(|_| needs_many) {
            facts.answered += fill(&self.wrk, self.place, system)?;
        }
        for round in 1..=self.effort.rounds {
            self.round(round)?;
        }
        self.idle(|facts| (&mut facts.idle_loaded, &mut facts.resident_loaded_bytes))?;
        for (system, facts) in self.systems.iter_mut().zip(&mut self.facts) {
            facts.sizes = system.sizes();
            system.stop();
        }
        self.starts(|facts| &mut facts.start_loaded_ms)?;
        Ok(Measured { results: self.results, facts: self.facts })
    }

    /// How long each takes to start, in turn.
    fn starts(&mut self, into: impl Fn(&mut Facts) -> &mut Vec<f64>) -> Outcome {
        for _ in 0..self.effort.starts {
            for (system, facts) in self.systems.iter().zip(&mut self.facts) {
                into(facts).push(self.place.first_answer(system)?);
            }
        }
        for (system, facts) in self.systems.iter().zip(&mut self.facts) {
            talk::say(&format!("  {}: ms from start to first answer: {:?}", system.title, into(facts)));
        }
        Ok(())
    }

    /// What both do while nobody asks, and the memory that they hold.
    fn idle(&mut self, into: impl Fn(&mut Facts) -> (&mut f64, &mut f64)) -> Outcome {
        sleep(SETTLE);
        let before = [self.cpu(0)?, self.cpu(1)?];
        sleep(Duration::from_secs(self.effort.idle_seconds.into()));
        let after = [self.cpu(0)?, self.cpu(1)?];
        let spans = before.into_iter().zip(after);
        for ((system, facts), (before, after)) in self.systems.iter().zip(&mut self.facts).zip(spans) {
            let (share, resident) = into(facts);
            *share = (after - before) / f64::from(self.effort.idle_seconds);
            *resident = system.running()?.resident_bytes()?;
            talk::say(&format!(
                "  {}: idle: {:.2} % of a core, {:.1} MB",
                system.title,
                *share * 100.0,
                *resident / 1e6
            ));
        }
        Ok(())
    }

    fn cpu(&self, which: usize) -> Outcome<f64> {
        self.systems.get(which).ok_or("there are two systems")?.running()?.cpu_seconds()
    }

    fn round(&mut self, round: u32) -> Outcome {
        for scenario in self.effort.scenarios() {
            for &connections in scenario.connections {
                // Who is first has the disk as the other has left it: each in turn.
                let mut order = [0, 1];
                if round.is_multiple_of(2) {
                    order.reverse();
                }
                for which in order {
                    let system = self.systems.get(which).ok_or("there are two systems")?;
                    let cell = self.cell(system, scenario, connections, round)?;
                    talk::say(&line(&cell));
                    if let Some(facts) = self.facts.get_mut(which) {
                        facts.answered += cell.answered_in_all;
                        facts.wal_bytes = facts.wal_bytes.max(cell.wal_bytes);
                    }
                    self.results.cells.push(cell);
                }
            }
        }
        Ok(())
    }

    /// Warms up, measures, and waits until nothing is left to do.
    fn cell(&self, system: &System, scenario: &Scenario, connections: u32, round: u32) -> Outcome<Cell> {
        let process = system.running()?;
        let mut wal_bytes: f64 = 0.0;
        let mut ask = |part: &str, seconds| {
            let run = format!("{}-{connections}-{round}-{part}", scenario.name);
            let order = Order { scenario: scenario.name, connections, seconds, run: &run };
            self.wrk.ask(system, &order, || wal_bytes = wal_bytes.max(system.size_of("WAL")))
        };
        let start = process.cpu_seconds()?;
        let warm_up = ask("warm-up", self.effort.warm_up_seconds)?;
        let (before, client_before) = (process.cpu_seconds()?, children_cpu_seconds()?);
        let answers = ask("measured", self.effort.seconds)?;
        let (after, client_after) = (process.cpu_seconds()?, children_cpu_seconds()?);
        system.finish(self.place)?;
        let end = process.cpu_seconds()?;
        if let Some(example) = warm_up.example.iter().chain(&answers.example).next() {
            talk::say(&format!("  {}: a wrong answer: {example}", system.title));
        }
        let micros = |seconds: f64, answered: f64| seconds * 1e6 / answered.max(1.0);
        Ok(Cell {
            system: system.name,
            scenario: scenario.name,
            connections,
            round,
            answered: answers.answered,
            answered_in_all: answers.answered + warm_up.answered,
            wrong: answers.wrong + warm_up.wrong,
            per_second: answers.answered / answers.seconds,
            p50_us: answers.p50_us,
            p99_us: answers.p99_us,
            max_us: answers.max_us,
            cpu_us: micros(end - start, warm_up.answered + answers.answered),
            cpu_meanwhile_us: micros(after - before, answers.answered),
            client_us: micros(client_after - client_before, answers.answered),
            wal_bytes,
            resident_bytes: process.resident_bytes()?,
        })
    }
}

/// Writes what is to be read, and counts it.
fn fill(wrk: &Wrk, place: &Place, system: &System) -> Outcome<f64> {
    let order = Order { scenario: "fill", connections: FILL_CONNECTIONS, seconds: FILL_SECONDS, run: "fill" };
    let answers = wrk.ask(system, &order, || {})?;
    if answers.wrong > 0.0 {
        let example = answers.example.unwrap_or_default();
        return Err(format!("{} does not write: {example}", system.title).into());
    }
    let listed = system.answers(place, &system.list)?;
    let found = listed.matches("secret-").count();
    if u32::try_from(found).ok() != Some(SECRETS) {
        return Err(format!("{} lists {found} secrets, and there are {SECRETS}", system.title).into());
    }
    system.finish(place)?;
    talk::say(&format!("  {}: {SECRETS} secrets written", system.title));
    Ok(answers.answered)
}

/// For who waits.
fn line(cell: &Cell) -> String {
    let wrong = if cell.is_good() { String::new() } else { format!("  NO RESULT: {} wrong", cell.wrong) };
    format!(
        "  {:<13}{:>3}  {:<8}{:>9.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms  cpu {:>6.1} us ({:.1} meanwhile)  client {:.1} us  \
        {:.0} MB  WAL {:.0} MB{wrong}",
        cell.scenario,
        cell.connections,
        cell.system,
        cell.per_second,
        cell.p50_us / 1e3,
        cell.p99_us / 1e3,
        cell.cpu_us,
        cell.cpu_meanwhile_us,
        cell.client_us,
        cell.resident_bytes / 1e6,
        cell.wal_bytes / 1e6,
    )
}
