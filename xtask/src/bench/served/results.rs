//! What was measured, and the middle of it.

/// One system in one scenario, with so many connections, in one round.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell {
    pub(crate) system: &'static str,
    pub(crate) scenario: &'static str,
    pub(crate) connections: u32,
    pub(crate) round: u32,
    /// Requests that were answered while it was measured.
    pub(crate) answered: f64,
    /// The same, warm-up included.
    pub(crate) answered_in_all: f64,
    /// Answers, warm-up included, that are not what they should be, and requests without one.
    pub(crate) wrong: f64,
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) max_us: f64,
    /// Processor time of the server for each answer, from the first request of the warm-up until nothing is left to do.
    pub(crate) cpu_us: f64,
    /// The same, while it was measured.
    pub(crate) cpu_meanwhile_us: f64,
    /// Processor time of the client for each answer.
    pub(crate) client_us: f64,
    /// The largest that the WAL was seen.
    pub(crate) wal_bytes: f64,
    /// Memory afterwards.
    pub(crate) resident_bytes: f64,
}

impl Cell {
    /// Whether it may be counted: with wrong answers it is no result.
    pub(crate) fn is_good(&self) -> bool {
        self.wrong == 0.0 && self.answered > 0.0
    }
}

/// What is known of one system beside its cells.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Facts {
    pub(crate) version: String,
    /// Milliseconds from the start of the process to the first good answer, with one secret in the store.
    pub(crate) start_fresh_ms: Vec<f64>,
    /// The same, with all that the run has left in it.
    pub(crate) start_loaded_ms: Vec<f64>,
    /// Memory after one request and some idle seconds.
    pub(crate) resident_fresh_bytes: f64,
    /// Memory after all of it.
    pub(crate) resident_loaded_bytes: f64,
    /// Share of one core while nobody asks: fresh.
    pub(crate) idle_fresh: f64,
    /// The same, after all of it.
    pub(crate) idle_loaded: f64,
    /// All requests that were answered.
    pub(crate) answered: f64,
    /// What lies on the disk in the end.
    pub(crate) sizes: Vec<(&'static str, f64)>,
    /// The largest that the WAL was seen.
    pub(crate) wal_bytes: f64,
}

/// The middle one, and the outermost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) least: f64,
    pub(crate) median: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of nothing there is none.
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let (low, high) = (sorted.len().saturating_sub(1) >> 1, sorted.len() >> 1);
        let median = f64::midpoint(*sorted.get(low)?, *sorted.get(high)?);
        Some(Self { least, median, most })
    }
}

/// The cells of a run.
#[derive(Debug, Default)]
pub(crate) struct Results {
    pub(crate) cells: Vec<Cell>,
}

impl Results {
    /// Of one system in one scenario, over all rounds without wrong answers.
    pub(crate) fn spread(
        &self,
        system: &str,
        scenario: &str,
        connections: u32,
        what: impl Fn(&Cell) -> f64,
    ) -> Option<Spread> {
        let is_meant = |cell: &&Cell| {
            (cell.system, cell.scenario, cell.connections) == (system, scenario, connections)
                && cell.is_good()
        };
        Spread::of(self.cells.iter().filter(is_meant).map(what))
    }

    /// Those that are no results.
    pub(crate) fn wrong(&self) -> impl Iterator<Item = &Cell> {
        self.cells.iter().filter(|cell| !cell.is_good())
    }

    /// All cells, one a line.
    pub(crate) fn csv(&self) -> String {
        let head = "system,scenario,connections,round,answered,wrong,per_second,p50_us,p99_us,max_us,\
            cpu_us,cpu_meanwhile_us,client_us,wal_bytes,resident_bytes";
        let lines = self.cells.iter().map(|cell| {
            format!(
                "{},{},{},{},{},{},{:.1},{},{},{},{:.1},{:.1},{:.1},{},{}",
                cell.system,
                cell.scenario,
                cell.connections,
                cell.round,
                cell.answered,
                cell.wrong,
                cell.per_second,
                cell.p50_us,
                cell.p99_us,
                cell.max_us,
                cell.cpu_us,
                cell.cpu_meanwhile_us,
                cell.client_us,
                cell.wal_bytes,
                cell.resident_bytes,
            )
        });
        [head.to_owned()].into_iter().chain(lines).map(|line| line + "\n").collect()
    }
}

/// How many times `more` is `less`.
pub(crate) fn times(more: f64, less: f64) -> Option<f64> {
    (less > 0.0).then(|| more / less)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::{Cell, Results, Spread, times};

    pub(crate) fn cell(system: &'static str, scenario: &'static str, round: u32, per_second: f64) -> Cell {
        Cell {
            system,
            scenario,
            connections: 16,
            round,
            answered: per_second * 5.0,
            answered_in_all: per_second * 7.0,
            wrong: 0.0,
            per_second,
            p50_us: 1000.0,
            p99_us: 2000.0,
            max_us: 3000.0,
            cpu_us: 50.0,
            cpu_meanwhile_us: 40.0,
            client_us: 10.0,
            wal_bytes: 0.0,
            resident_bytes: 20e6,
        }
    }

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two() {
        let spread = |values: &[f64]| Spread::of(values.iter().copied());
        assert_eq!(spread(&[]), None);
        assert_eq!(spread(&[3.0]), Some(Spread { least: 3.0, median: 3.0, most: 3.0 }));
        assert_eq!(spread(&[9.0, 1.0, 2.0]), Some(Spread { least: 1.0, median: 2.0, most: 9.0 }));
        assert_eq!(spread(&[4.0, 1.0, 2.0, 9.0]), Some(Spread { least: 1.0, median: 3.0, most: 9.0 }));
    }

    #[test]
    fn rounds_with_wrong_answers_are_no_results() {
        let mut results =
            Results { cells: vec![cell("coffer", "list", 1, 10.0), cell("coffer", "list", 2, 90.0)] };
        results.cells[1].wrong = 1.0;
        results.cells.push(cell("openbao", "list", 1, 50.0));
        let spread = results.spread("coffer", "list", 16, |cell| cell.per_second).unwrap();
        assert_eq!((spread.least, spread.most), (10.0, 10.0));
        assert_eq!(results.spread("coffer", "list", 1, |cell| cell.per_second), None);
        assert_eq!(results.wrong().count(), 1);
    }

    #[test]
    fn raw_numbers_have_a_column_for_each_name() {
        let results = Results { cells: vec![cell("coffer", "list", 1, 10.0)] };
        let csv = results.csv();
        let columns: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
        assert_eq!(columns, [15, 15]);
        assert!(csv.ends_with("\n") && csv.contains("coffer,list,16,1,50,0,10.0,1000,"));
    }

    #[test]
    fn of_nothing_nothing_is_a_multiple() {
        assert_eq!(times(10.0, 2.0), Some(5.0));
        assert_eq!(times(10.0, 0.0), None);
    }
}
