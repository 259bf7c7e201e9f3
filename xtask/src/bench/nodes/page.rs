//! The document. All of it, the text too, is made by the run, so that nothing in it is older than its numbers.

use std::fmt::Write as _;

use super::super::served::machine::Machine;
use super::super::served::results::{Spread, times};
use super::super::served::scenario::{READ_HOT, WRITE_UNIQUE};
use super::super::served::show;
use super::database::Database;
use super::measure::{CONNECTIONS, Cell, Group, SCENARIOS, spread};
use super::{Effort, GROUPS};

/// What was promised of reads and writes: times OpenBao's throughput at least, and of processor time the part at most.
const READS_TIMES: f64 = 10.0;
const READS_PART: f64 = 20.0;
const WRITES_TIMES: f64 = 5.0;
/// A read with more servers costs at most so many times what it costs with one.
const FLAT: f64 = 1.3;

pub(super) fn text(cells: &[Cell], machine: &Machine, database: &Database, effort: Effort) -> String {
    let Machine { cores, processor, memory_bytes, system, date, load, sync_us, commit, .. } = machine;
    let mut text = format!(
        "# Coffer and OpenBao over one PostgreSQL\n\n\
        Coffer {commit} with one, two and three servers, OpenBao with one, all over the same server of PostgreSQL ({}), asked in turn by the same \
        client, in one run: {date}. {cores} cores ({processor}) for all of it, {} of memory, {system}; an append of 4 KiB is on the disk after {}. \
        Load before the run: {load}.\n\n\
        Everything is TLS 1.3 over 127.0.0.1, the database too. PostgreSQL is set up as its packages do it, with 256 MB of shared buffers, and a commit \
        is on the disk before it is acknowledged. Coffer's audit entries are in the database, and an answer waits for its own; OpenBao writes its audit \
        log to a file and waits for no disk, reads from a cache in its memory, and may keep 64 connections. Each number is the middle one of {} \
        rounds of {} s; the outermost are in parentheses. Processor time is that of all servers and of all of the database's processes, \
        from the first request of the warm-up until nothing is left to do. Written by `cargo xtask bench nodes`, text and all.\n\n",
        database.version(),
        show::bytes(*memory_bytes),
        show::micros(*sync_us),
        effort.rounds,
        effort.seconds,
    );
    text.push_str(&goals(cells));
    text.push_str(
        "\n| | Connections | | Answers, /s | p50, p99 | Servers, each | Database, each | Together |\n|---|---|---|---|---|---|---|---|\n",
    );
    for scenario in SCENARIOS {
        for connections in CONNECTIONS {
            for group in GROUPS {
                text.push_str(&row(cells, (group, scenario, connections)));
            }
        }
    }
    text
}

fn row(cells: &[Cell], which: (Group, &str, u32)) -> String {
    let (group, scenario, connections) = which;
    let of = |what: fn(&Cell) -> f64| spread(cells, which, what);
    let middle = |what: fn(&Cell) -> f64| of(what).map_or(0.0, |spread| spread.median);
    format!(
        "| {} | {connections} | {} | {} | {}, {} | {} | {} | {} |\n",
        if scenario == READ_HOT { "read one hot secret" } else { "write, unique paths" },
        name(group),
        show::spread(of(|cell| cell.per_second), show::count),
        show::micros(middle(|cell| cell.p50_us)),
        show::micros(middle(|cell| cell.p99_us)),
        show::micros(middle(|cell| cell.server_us)),
        show::micros(middle(|cell| cell.database_us)),
        show::spread(of(together), show::micros),
    )
}

fn name(group: Group) -> String {
    match group {
        Group::OpenBao => "OpenBao".to_owned(),
        Group::Coffer(1) => "Coffer".to_owned(),
        Group::Coffer(nodes) => format!("Coffer, {nodes} servers"),
    }
}

fn together(cell: &Cell) -> f64 {
    cell.server_us + cell.database_us
}

/// What was promised, and whether it is so.
fn goals(cells: &[Cell]) -> String {
    let middle = |group, scenario, connections, what: fn(&Cell) -> f64| {
        spread(cells, (group, scenario, connections), what).map_or(0.0, |Spread { median, .. }| median)
    };
    let mut text = "| Goal | Measured | |\n|---|---|---|\n".to_owned();
    let mut goal = |wanted: &str, found: Option<f64>, is_met: fn(f64) -> bool| {
        let verdict = match found {
            Some(found) if is_met(found) => "met",
            Some(_) => "**missed**",
            None => "not measured",
        };
        let _ = writeln!(text, "| {wanted} | {} | {verdict} |", show::factor(found));
    };
    for connections in CONNECTIONS {
        let of = |group, scenario, what| middle(group, scenario, connections, what);
        let rate = |group, scenario| of(group, scenario, |cell| cell.per_second);
        let cost = |group| of(group, READ_HOT, together);
        goal(
            &format!(
                "reads over {connections} connections: at least {READS_TIMES} times OpenBao's throughput"
            ),
            times(rate(Group::Coffer(1), READ_HOT), rate(Group::OpenBao, READ_HOT)),
            |found| found >= READS_TIMES,
        );
        goal(
            &format!(
                "their processor time, servers and database: OpenBao's is at least {READS_PART} times as much"
            ),
            times(cost(Group::OpenBao), cost(Group::Coffer(1))),
            |found| found >= READS_PART,
        );
        goal(
            &format!(
                "writes over {connections} connections: at least {WRITES_TIMES} times OpenBao's throughput"
            ),
            times(rate(Group::Coffer(1), WRITE_UNIQUE), rate(Group::OpenBao, WRITE_UNIQUE)),
            |found| found >= WRITES_TIMES,
        );
        for nodes in [2, 3] {
            goal(
                &format!(
                    "processor time of a read over {connections} connections with {nodes} servers: within {FLAT} times that with one"
                ),
                times(cost(Group::Coffer(nodes)), cost(Group::Coffer(1))),
                |found| found <= FLAT,
            );
        }
    }
    text
}
