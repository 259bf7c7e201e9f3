//! The four charts of the document.

use super::chart::{Chart, Group};
use super::effort::Effort;
use super::measure::Measured;
use super::page::File;
use super::results::{Cell, Facts};
use super::scenario::JUDGED_CONNECTIONS;
use super::show;

/// Their files, and what each is about.
pub(crate) const CHARTS: [(&str, &str); 4] = [
    ("served-throughput.svg", "Throughput"),
    ("served-cpu.svg", "Processor time of one operation"),
    ("served-p99.svg", "Latency, p99"),
    ("served-memory.svg", "Memory"),
];

/// All of them.
pub(crate) fn charts(measured: &Measured, effort: &Effort) -> [File; 4] {
    let [throughput, cpu, p99, memory] = CHARTS;
    let chart = |(file, title), about, what: fn(&Cell) -> f64, show: fn(f64) -> String| {
        (file, Chart { title, about, groups: scenarios(measured, effort, what, show) }.svg())
    };
    [
        chart(
            throughput,
            "operations a second, 16 connections; longer is better",
            |cell| cell.per_second,
            show::count,
        ),
        chart(
            cpu,
            "of the server, what it does afterwards included, 16 connections; shorter is better",
            |cell| cell.cpu_us,
            show::micros,
        ),
        chart(
            p99,
            "99 of 100 answers came within, 16 connections; shorter is better",
            |cell| cell.p99_us,
            show::micros,
        ),
        (
            memory.0,
            Chart {
                title: memory.1,
                about: "resident memory of the server; shorter is better",
                groups: footprint(measured),
            }
            .svg(),
        ),
    ]
}

/// A group for each scenario but the list, which is another order of magnitude: it would make all other bars short.
fn scenarios(
    measured: &Measured,
    effort: &Effort,
    what: fn(&Cell) -> f64,
    show: fn(f64) -> String,
) -> Vec<Group> {
    let scenarios = effort.scenarios().filter(|scenario| scenario.name != "list");
    let groups = scenarios.map(|scenario| Group {
        label: scenario.title.into(),
        bars: ["coffer", "openbao"].map(|system| {
            let spread = measured.results.spread(system, scenario.name, JUDGED_CONNECTIONS, what);
            let median = spread.map(|spread| spread.median);
            (median, median.map_or_else(|| "no result".into(), show))
        }),
    });
    groups.collect()
}

fn footprint(measured: &Measured) -> Vec<Group> {
    let group = |label: &str, of: fn(&Facts) -> f64| Group {
        label: label.into(),
        bars: measured.facts.each_ref().map(|facts| (Some(of(facts)), show::bytes(of(facts)))),
    };
    vec![
        group("fresh, idle", |facts| facts.resident_fresh_bytes),
        group("after load", |facts| facts.resident_loaded_bytes),
    ]
}
