//! The document and its charts. All of it, the text too, is made by the run, so that nothing in it is older than its numbers.

use std::fmt::Write as _;

use super::charts::{CHARTS, charts};
use super::effort::Effort;
use super::goals::{Verdict, goals};
use super::machine::Machine;
use super::measure::Measured;
use super::results::{Cell, Facts, Spread, times};
use super::scenario::{JUDGED_CONNECTIONS, Scenario};
use super::show;
use super::words::{DOUBTS, setup};

/// A file, by its name, and what is in it.
pub(crate) type File = (&'static str, String);

/// All that is published.
pub(crate) fn files(measured: &Measured, machine: &Machine, effort: &Effort) -> Vec<File> {
    let page = Page { measured, machine, effort };
    let mut files = vec![("served.md", page.text()), ("served.csv", measured.results.csv())];
    files.extend(charts(measured, effort));
    files
}

struct Page<'p> {
    measured: &'p Measured,
    machine: &'p Machine,
    effort: &'p Effort,
}

impl Page<'_> {
    fn text(&self) -> String {
        let [coffer, openbao] = &self.measured.facts;
        let Machine { cores, processor, memory_bytes, system, date, load, sync_us, wrk, commit } =
            self.machine;
        let Effort { seconds, warm_up_seconds, rounds, .. } = self.effort;
        let mut text = format!(
            "# Coffer beside OpenBao\n\n\
            Coffer {} ({commit}) and OpenBao {}, served over TLS 1.3 by one machine, asked in turn by the same client, in one run: {date}. \
            {cores} cores ({processor}), {} of memory, {system}; an append of 4 KiB is on the disk after {}. Load before the run: {load}.\n\n\
            Each number is the middle one of {rounds} rounds of {seconds} s (after {warm_up_seconds} s of warm-up); the outermost are in \
            parentheses. Written by `cargo xtask bench`, text and all: the next run replaces this page. Every number of every round: \
            [served.csv](served.csv).\n\n",
            coffer.version,
            openbao.version,
            show::bytes(*memory_bytes),
            show::micros(*sync_us),
        );
        for (file, about) in CHARTS {
            let _ = writeln!(text, "![{about}]({file})\n");
        }
        text.push_str(&self.goals());
        text.push_str(&self.wrong());
        text.push_str(&self.speed());
        text.push_str(&self.processor_time());
        text.push_str(&self.footprint());
        text.push_str(&setup(wrk));
        text.push_str(DOUBTS);
        text
    }

    fn goals(&self) -> String {
        let goals = goals(self.measured);
        let met = goals.iter().filter(|goal| goal.verdict == Verdict::Met).count();
        let mut text = format!(
            "## The goals\n\n{met} of {} are met. Reads are of one hot secret; {JUDGED_CONNECTIONS} connections; every answer of Coffer's waits \
            until its audit entry is on the disk.\n\n| | Measured | |\n|---|---|---|\n",
            goals.len()
        );
        for goal in goals {
            let _ = writeln!(text, "| {} | {} | {} |", goal.wanted, goal.found, goal.verdict.word());
        }
        text + "\n"
    }

    /// What does not count, said before what does.
    fn wrong(&self) -> String {
        let mut text = String::new();
        for cell in self.measured.results.wrong() {
            let _ = writeln!(
                text,
                "- No result: {}, `{}`, {} connections, round {}: of {} answers {} were wrong.",
                title(cell),
                cell.scenario,
                cell.connections,
                cell.round,
                show::count(cell.answered),
                show::count(cell.wrong),
            );
        }
        if text.is_empty() { text } else { text + "\n" }
    }

    fn speed(&self) -> String {
        let mut text = "## Throughput and latency\n\n\
            | | Connections | Coffer, /s | OpenBao, /s | | Coffer p50, p99 | OpenBao p50, p99 |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
        for (scenario, connections) in self.cells() {
            let of = |system, what: fn(&Cell) -> f64| {
                self.measured.results.spread(system, scenario.name, connections, what)
            };
            let rate = |system| of(system, |cell| cell.per_second);
            let latency = |system| match (of(system, |cell| cell.p50_us), of(system, |cell| cell.p99_us)) {
                (Some(p50), Some(p99)) => {
                    format!("{}, {}", show::micros(p50.median), show::micros(p99.median))
                }
                _ => "no result".to_owned(),
            };
            let _ = writeln!(
                text,
                "| {} | {connections} | {} | {} | {} | {} | {} |",
                scenario.title,
                show::spread(rate("coffer"), show::count),
                show::spread(rate("openbao"), show::count),
                show::factor(ratio(rate("coffer"), rate("openbao"))),
                latency("coffer"),
                latency("openbao"),
            );
        }
        text + "\n"
    }

    fn processor_time(&self) -> String {
        let mut text = "## Processor time of one operation\n\n\
            User and system time of the server's process, from the first request of the warm-up until nothing is left to do, divided by the \
            answers. That is more than what an answer waits for: Coffer's entries go into the signed log behind the answers, and that is \
            counted here. *Meanwhile* is the time that falls between the first and the last measured request. The client's is beside it, \
            for it shares the cores. What is under way when a cell ends is in nobody's count; with lists, of which there are few a second, \
            that makes one look dearer by some per cent.\n\n\
            | | Connections | Coffer | OpenBao | | Meanwhile | The client |\n|---|---|---|---|---|---|---|\n"
            .to_owned();
        for (scenario, connections) in self.cells() {
            let of = |system, what: fn(&Cell) -> f64| {
                self.measured.results.spread(system, scenario.name, connections, what)
            };
            let cpu = |system| of(system, |cell| cell.cpu_us);
            let both = |what: fn(&Cell) -> f64| {
                let middle =
                    |system| of(system, what).map_or_else(|| "–".to_owned(), |at| show::micros(at.median));
                format!("{}, {}", middle("coffer"), middle("openbao"))
            };
            let _ = writeln!(
                text,
                "| {} | {connections} | {} | {} | {} | {} | {} |",
                scenario.title,
                show::spread(cpu("coffer"), show::micros),
                show::spread(cpu("openbao"), show::micros),
                show::factor(ratio(cpu("openbao"), cpu("coffer"))),
                both(|cell| cell.cpu_meanwhile_us),
                both(|cell| cell.client_us),
            );
        }
        text + "\n"
    }

    fn footprint(&self) -> String {
        let [coffer, openbao] = &self.measured.facts;
        let start = |starts: &[f64]| show::spread(Spread::of(starts.iter().map(|ms| ms * 1e3)), show::micros);
        let sizes = |facts: &Facts| {
            let sizes = facts.sizes.iter().map(|(what, size)| format!("{what} {}", show::bytes(*size)));
            sizes.collect::<Vec<_>>().join(", ")
        };
        let row = |about: &str, of: &dyn Fn(&Facts) -> String| {
            format!("| {about} | {} | {} |\n", of(coffer), of(openbao))
        };
        let rows = [
            row("memory (`VmRSS`), fresh and idle", &|facts| show::bytes(facts.resident_fresh_bytes)),
            row("memory after all of this", &|facts| show::bytes(facts.resident_loaded_bytes)),
            row("one core's share, fresh and idle", &|facts| show::percent(facts.idle_fresh)),
            row("the same after all of this", &|facts| show::percent(facts.idle_loaded)),
            row("from the start of the process to the first good answer, one secret", &|facts| {
                start(&facts.start_fresh_ms)
            }),
            row("the same with all that this run has left", &|facts| start(&facts.start_loaded_ms)),
            row("operations in all, warm-up included", &|facts| show::count(facts.answered)),
            row("on the disk after them", &sizes),
        ];
        format!(
            "## Memory, starts, disk\n\n| | Coffer | OpenBao |\n|---|---|---|\n{}\nCoffer's WAL was never seen larger than {}.\n\n",
            rows.concat(),
            show::bytes(coffer.wal_bytes)
        )
    }

    /// What has a row, in its order.
    fn cells(&self) -> impl Iterator<Item = (&'static Scenario, u32)> {
        self.effort
            .scenarios()
            .flat_map(|scenario| scenario.connections.iter().map(move |&connections| (scenario, connections)))
    }
}

fn ratio(more: Option<Spread>, less: Option<Spread>) -> Option<f64> {
    times(more?.median, less?.median)
}

fn title(cell: &Cell) -> &'static str {
    if cell.system == "coffer" { "Coffer" } else { "OpenBao" }
}

#[cfg(test)]
mod tests {
    use super::files;
    use crate::bench::served::effort::Effort;
    use crate::bench::served::machine::Machine;
    use crate::bench::served::measure::Measured;
    use crate::bench::served::results::tests::cell;
    use crate::bench::served::results::{Facts, Results};

    fn measured() -> Measured {
        let cells = vec![
            cell("coffer", "read-hot", 1, 16_000.0),
            cell("openbao", "read-hot", 1, 2_000.0),
            cell("coffer", "read-hot", 2, 18_000.0),
            cell("openbao", "read-hot", 2, 1_900.0),
        ];
        Measured { results: Results { cells }, facts: [Facts::default(), Facts::default()] }
    }

    #[test]
    fn every_file_that_the_page_shows_is_made() {
        let files = files(&measured(), &Machine::default(), &Effort::FULL);
        let (name, page) = &files[0];
        assert_eq!(*name, "served.md");
        for (name, _) in &files[1..] {
            assert!(page.contains(&format!("({name})")), "{name}");
        }
        assert!(
            page.contains(
                "| read one hot secret | 16 | 17,000 (16,000 to 18,000) | 1,950 (1,900 to 2,000) | 8.72 x |"
            ),
            "{page}"
        );
    }

    #[test]
    fn what_is_no_result_is_said() {
        let mut measured = measured();
        measured.results.cells[2].wrong = 7.0;
        let files = files(&measured, &Machine::default(), &Effort::FULL);
        let line =
            "- No result: Coffer, `read-hot`, 16 connections, round 2: of 90,000 answers 7 were wrong.";
        assert!(files[0].1.contains(line), "{}", files[0].1);
        assert!(files[0].1.contains("| read one hot secret | 16 | 16,000 |"));
    }

    #[test]
    fn tables_have_as_many_columns_in_every_row() {
        let files = files(&measured(), &Machine::default(), &Effort::FULL);
        let mut columns = None;
        for line in files[0].1.lines() {
            match (line.starts_with('|'), columns) {
                (true, None) => columns = Some(line.matches('|').count()),
                (true, Some(columns)) => assert_eq!(line.matches('|').count(), columns, "{line}"),
                (false, _) => columns = None,
            }
        }
    }
}
