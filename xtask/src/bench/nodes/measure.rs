//! The cells: who is asked, how, over how many connections.

use std::path::Path;
use std::thread;

use super::super::served::results::Spread;
use super::super::served::scenario::{READ_HOT, WRITE_UNIQUE};
use super::super::served::system::{Place, System};
use super::super::served::wrk::{Answers, Order, Wrk};
use super::database::Database;
use super::{Effort, GROUPS};
use crate::steps::Outcome;
use crate::talk;

/// Before each cell, in seconds.
const WARM_UP_SECONDS: u32 = 2;
/// What is asked.
pub(super) const SCENARIOS: [&str; 2] = [READ_HOT, WRITE_UNIQUE];
/// Connections, over all servers of a group together.
pub(super) const CONNECTIONS: [u32; 2] = [16, 64];

/// Who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Group {
    OpenBao,
    /// So many servers at once.
    Coffer(usize),
}

/// One group in one scenario, with so many connections, in one round.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub(super) group: Group,
    pub(super) scenario: &'static str,
    pub(super) connections: u32,
    pub(super) answered: f64,
    pub(super) wrong: f64,
    pub(super) per_second: f64,
    pub(super) p50_us: f64,
    /// Of the slowest server's.
    pub(super) p99_us: f64,
    /// Processor time of the servers for each answer, from the first request of the warm-up until nothing is left to do.
    pub(super) server_us: f64,
    /// The same of the database.
    pub(super) database_us: f64,
}

impl Cell {
    pub(super) fn is_good(&self) -> bool {
        self.wrong == 0.0 && self.answered > 0.0
    }
}

/// Of one group in one scenario, over all rounds without wrong answers.
pub(super) fn spread(
    cells: &[Cell],
    (group, scenario, connections): (Group, &str, u32),
    what: impl Fn(&Cell) -> f64,
) -> Option<Spread> {
    let is_meant = |cell: &&Cell| {
        (cell.group, cell.scenario, cell.connections) == (group, scenario, connections) && cell.is_good()
    };
    Spread::of(cells.iter().filter(is_meant).map(what))
}

/// All that is needed to measure.
pub(super) struct Bench<'b> {
    place: &'b Place,
    database: &'b Database,
    nodes: Vec<System>,
    openbao: [System; 1],
    effort: Effort,
    wrk: Wrk,
}

impl<'b> Bench<'b> {
    /// All are made, and do not run.
    pub(super) fn new(
        root: &Path,
        place: &'b Place,
        database: &'b Database,
        nodes: Vec<System>,
        openbao: System,
        effort: Effort,
    ) -> Self {
        Self { place, database, nodes, openbao: [openbao], effort, wrk: Wrk::new(root) }
    }

    /// Everything, in its order.
    pub(super) fn run(mut self) -> Outcome<Vec<Cell>> {
        for system in self.nodes.iter_mut().chain(&mut self.openbao) {
            system.start(self.place)?;
            system.answers(self.place, &system.read_hot)?;
        }
        let mut cells = Vec::new();
        for round in 1..=self.effort.rounds {
            for scenario in SCENARIOS {
                for connections in CONNECTIONS {
                    let mut groups = GROUPS;
                    // Who is first has the disk as the last has left it: each in turn.
                    if round.is_multiple_of(2) {
                        groups.reverse();
                    }
                    for group in groups {
                        let cell = self.cell(group, scenario, connections, round)?;
                        talk::say(&line(&cell));
                        cells.push(cell);
                    }
                }
            }
        }
        Ok(cells)
    }

    fn asked(&self, group: Group) -> &[System] {
        match group {
            Group::OpenBao => &self.openbao,
            Group::Coffer(nodes) => self.nodes.get(..nodes).unwrap_or_default(),
        }
    }

    /// Warms up, measures, and waits until nothing is left to do.
    fn cell(&self, group: Group, scenario: &'static str, connections: u32, round: u32) -> Outcome<Cell> {
        let systems = self.asked(group);
        let cpu = || -> Outcome<(f64, f64)> {
            let mut servers = 0.0;
            for system in systems {
                servers += system.running()?.cpu_seconds()?;
            }
            Ok((servers, self.database.cpu_seconds()?))
        };
        let ask = |part: &str, seconds| {
            self.ask(systems, (scenario, connections, seconds), &format!("{round}-{part}"))
        };
        let before = cpu()?;
        let warm_up = ask("warm-up", WARM_UP_SECONDS)?;
        let answers = ask("measured", self.effort.seconds)?;
        for system in systems {
            system.finish(self.place)?;
        }
        let after = cpu()?;
        let all = || warm_up.iter().chain(&answers);
        if let Some(example) = all().find_map(|answers| answers.example.as_ref()) {
            talk::say(&format!("  {group:?}: a wrong answer: {example}"));
        }
        let answered: f64 = all().map(|answers| answers.answered).sum();
        let micros = |seconds: f64| seconds * 1e6 / answered.max(1.0);
        let most = |what: fn(&Answers) -> f64| answers.iter().map(what).fold(0.0, f64::max);
        Ok(Cell {
            group,
            scenario,
            connections,
            answered,
            wrong: all().map(|answers| answers.wrong).sum(),
            per_second: answers.iter().map(|answers| answers.answered / answers.seconds).sum(),
            p50_us: most(|answers| answers.p50_us),
            p99_us: most(|answers| answers.p99_us),
            server_us: micros(after.0 - before.0),
            database_us: micros(after.1 - before.1),
        })
    }

    /// All servers at once, each over its part of the connections.
    fn ask(
        &self,
        systems: &[System],
        (scenario, connections, seconds): (&'static str, u32, u32),
        part: &str,
    ) -> Outcome<Vec<Answers>> {
        let servers = u32::try_from(systems.len()).unwrap_or(1).max(1);
        let connections = connections.div_ceil(servers);
        thread::scope(|scope| {
            let asking: Vec<_> = systems
                .iter()
                .enumerate()
                .map(|(number, system)| {
                    let run = format!("{scenario}-{servers}-{number}-{connections}-{part}");
                    scope.spawn(move || {
                        let order = Order { scenario, connections, seconds, run: &run };
                        // What fails is said in the thread that waits for it.
                        self.wrk.ask(system, &order, || {}).map_err(|failure| failure.to_string())
                    })
                })
                .collect();
            let mut all = Vec::with_capacity(asking.len());
            for asked in asking {
                all.push(asked.join().map_err(|_| "a client stopped")??);
            }
            Ok(all)
        })
    }
}

/// For who waits.
fn line(cell: &Cell) -> String {
    let wrong = if cell.is_good() { String::new() } else { format!("  NO RESULT: {} wrong", cell.wrong) };
    format!(
        "  {:<13}{:>3}  {:<12}{:>9.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms  cpu: servers {:>6.1} us, database {:>6.1} us{wrong}",
        cell.scenario,
        cell.connections,
        format!("{:?}", cell.group),
        cell.per_second,
        cell.p50_us / 1e3,
        cell.p99_us / 1e3,
        cell.server_us,
        cell.database_us,
    )
}
