//! What was measured at one size: from the process that measured to the one that shows.

use std::fmt::Write as _;
use std::time::Duration;

/// What a store of one size costs.
pub(crate) struct Row {
    pub(crate) tenants: usize,
    /// Of each tenant.
    pub(crate) secrets: usize,
    /// In nanoseconds or bytes, as its name says.
    measures: Vec<(String, u64)>,
}

impl Row {
    pub(crate) fn new(tenants: usize, secrets: usize) -> Self {
        Self { tenants, secrets, measures: Vec::new() }
    }

    /// All secrets.
    pub(crate) fn all(&self) -> usize {
        self.tenants * self.secrets
    }

    pub(crate) fn number(&mut self, what: &str, number: u64) {
        self.measures.push((what.to_owned(), number));
    }

    pub(crate) fn time(&mut self, what: &str, time: Duration) {
        self.number(what, time.as_nanos() as u64);
    }

    /// The middle one, and the slowest in a hundred.
    pub(crate) fn times(&mut self, what: &str, (p50, p99): (Duration, Duration)) {
        self.time(&format!("{what}, p50"), p50);
        self.time(&format!("{what}, p99"), p99);
    }

    /// With what another process has measured of the same store.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.measures.extend(other.measures);
        self
    }

    /// A time that was measured, in microseconds.
    pub(crate) fn micros(&self, what: &str) -> f64 {
        self.measures.iter().find(|(known, _)| known == what).map(|(_, nanos)| *nanos as f64 / 1e3).unwrap()
    }

    /// As one process tells it to the other.
    pub(crate) fn lines(&self) -> String {
        let head = format!("{} {}\n", self.tenants, self.secrets);
        self.measures.iter().fold(head, |mut lines, (what, number)| {
            let _ = writeln!(lines, "{number} {what}");
            lines
        })
    }

    pub(crate) fn parse(lines: &str) -> Self {
        let mut lines = lines.lines().map(|line| line.split_once(' ').unwrap());
        let (tenants, secrets) = lines.next().unwrap();
        let measures = lines.map(|(number, what)| (what.to_owned(), number.parse().unwrap())).collect();
        Self { tenants: tenants.parse().unwrap(), secrets: secrets.parse().unwrap(), measures }
    }

    /// All of them, side by side.
    pub(crate) fn table(rows: &[Self]) -> String {
        let heads: String = rows.iter().map(|row| format!(" {} in {} |", row.all(), row.tenants)).collect();
        let mut table = format!("| |{heads}\n|---|{}\n", "---|".repeat(rows.len()));
        for (place, (what, _)) in rows[0].measures.iter().enumerate() {
            let cells: String =
                rows.iter().map(|row| format!(" {} |", shown(&row.measures[place]))).collect();
            let _ = writeln!(table, "| {what} |{cells}");
        }
        table
    }
}

fn shown((what, number): &(String, u64)) -> String {
    let number = *number as f64;
    if what.starts_with("memory") {
        return format!("{:.1} MB", number / 1e6);
    }
    if what.starts_with("bytes") {
        return format!("{number:.0}");
    }
    match number / 1e3 {
        micros if micros < 1000.0 => format!("{micros:.0} us"),
        micros if micros < 1e6 => format!("{:.1} ms", micros / 1e3),
        micros => format!("{:.1} s", micros / 1e6),
    }
}
