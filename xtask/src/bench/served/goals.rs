//! What was promised, and whether it is so.

use super::measure::Measured;
use super::results::{Cell, Spread, times};
use super::scenario::{JUDGED_CONNECTIONS, READ_HOT, SIGN_IN, WRITE_UNIQUE};
use super::show;

/// One promise.
#[derive(Debug, PartialEq)]
pub(crate) struct Goal {
    /// What was promised.
    pub(crate) wanted: String,
    /// What it is.
    pub(crate) found: String,
    pub(crate) verdict: Verdict,
}

/// Whether it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    /// What must be is, what should be is not.
    GateMet,
    Missed,
    /// Not measured, or with wrong answers.
    Unknown,
}

impl Verdict {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::GateMet => "the gate is met, the goal is not",
            Self::Missed => "**missed**",
            Self::Unknown => "not measured",
        }
    }

    /// Of a number that should be at most `goal`, and must be at most `gate`.
    fn at_most(found: Option<f64>, goal: f64, gate: f64) -> Self {
        match found {
            None => Self::Unknown,
            Some(found) if found <= goal => Self::Met,
            Some(found) if found <= gate => Self::GateMet,
            Some(_) => Self::Missed,
        }
    }

    fn at_least(found: Option<f64>, goal: f64) -> Self {
        Self::at_most(found.map(|found| -found), -goal, -goal)
    }
}

/// All promises, judged by the medians.
pub(crate) fn goals(measured: &Measured) -> Vec<Goal> {
    let of = |system: &str, scenario: &str, what: fn(&Cell) -> f64| {
        measured.results.spread(system, scenario, JUDGED_CONNECTIONS, what).map(|spread| spread.median)
    };
    let both = |scenario: &str, what: fn(&Cell) -> f64| {
        Some((of("coffer", scenario, what)?, of("openbao", scenario, what)?))
    };
    let less = |what| both(READ_HOT, what).and_then(|(coffer, openbao)| times(openbao, coffer));
    let more = |what| both(READ_HOT, what).and_then(|(coffer, openbao)| times(coffer, openbao));
    let (cpu, throughput, p99) =
        (less(|cell| cell.cpu_us), more(|cell| cell.per_second), less(|cell| cell.p99_us));
    let (read, write) =
        (of("coffer", READ_HOT, |cell| cell.cpu_us), of("coffer", WRITE_UNIQUE, |cell| cell.cpu_us));
    let meanwhile = |scenario: &str| of("coffer", scenario, |cell| cell.cpu_meanwhile_us);
    let entered = both(SIGN_IN, |cell| cell.cpu_us).and_then(|(coffer, openbao)| times(openbao, coffer));
    let [facts, _] = &measured.facts;
    let wrote = write.map(|_| facts.wal_bytes);
    let started = |starts: &[f64]| Spread::of(starts.iter().map(|ms| ms * 1e3));
    let (fresh, loaded) = (started(&facts.start_fresh_ms), started(&facts.start_loaded_ms));
    let start = fresh.map(|fresh| fresh.median);
    let known = |found: Option<f64>, show: fn(f64) -> String| found.map_or_else(|| "–".to_owned(), show);
    let time = |all: Option<f64>, meanwhile: Option<f64>| match (all, meanwhile) {
        (Some(all), Some(meanwhile)) => {
            format!("{} ({} meanwhile)", show::micros(all), show::micros(meanwhile))
        }
        _ => "–".to_owned(),
    };
    let part = |times: Option<f64>| times.map_or_else(|| "–".to_owned(), |times| format!("1/{times:.1}"));
    let goal = |wanted: &str, found, verdict| Goal { wanted: wanted.to_owned(), found, verdict };
    vec![
        goal(
            "a read takes at most 1/15 of OpenBao's processor time",
            part(cpu),
            Verdict::at_least(cpu, 15.0),
        ),
        goal(
            "a read takes at most 63 us of processor time; 50 is the goal",
            time(read, meanwhile(READ_HOT)),
            Verdict::at_most(read, 50.0, 63.0),
        ),
        goal(
            "reads: at least 8 times OpenBao's throughput",
            show::factor(throughput),
            Verdict::at_least(throughput, 8.0),
        ),
        goal("reads: p99 at most 1/5 of OpenBao's", part(p99), Verdict::at_least(p99, 5.0)),
        goal(
            "a write to a new path takes at most 150 us of processor time; 125 is the goal",
            time(write, meanwhile(WRITE_UNIQUE)),
            Verdict::at_most(write, 125.0, 150.0),
        ),
        goal(
            "signing in with an id and a secret takes at most 1/10 of OpenBao's processor time",
            part(entered),
            Verdict::at_least(entered, 10.0),
        ),
        goal(
            "the WAL stays within 64 MiB",
            known(wrote, show::bytes),
            Verdict::at_most(wrote, WAL_MAX, WAL_MAX),
        ),
        goal(
            "memory, fresh and idle: under 25 MB",
            show::bytes(facts.resident_fresh_bytes),
            Verdict::at_most(Some(facts.resident_fresh_bytes), 25e6, 25e6),
        ),
        goal(
            "memory after load: under 60 MB",
            show::bytes(facts.resident_loaded_bytes),
            Verdict::at_most(Some(facts.resident_loaded_bytes), 60e6, 60e6),
        ),
        goal(
            "from the start of the process to the first read, with a key file: under 80 ms",
            format!(
                "{}; with all data {}",
                show::spread(fresh, show::micros),
                show::spread(loaded, show::micros)
            ),
            Verdict::at_most(start, 80e3, 80e3),
        ),
    ]
}

/// With a little for the frames of the commit that reaches the limit.
const WAL_MAX: f64 = 64.0 * 1024.0 * 1024.0 * 1.01;

#[cfg(test)]
mod tests {
    use super::{Verdict, goals};
    use crate::bench::served::measure::Measured;
    use crate::bench::served::results::tests::cell;
    use crate::bench::served::results::{Facts, Results};

    #[test]
    fn a_goal_may_lie_below_its_gate() {
        let at_most = |found| Verdict::at_most(Some(found), 50.0, 63.0);
        assert_eq!([50.0, 50.1, 63.1].map(at_most), [Verdict::Met, Verdict::GateMet, Verdict::Missed]);
        assert_eq!(Verdict::at_most(None, 1.0, 1.0), Verdict::Unknown);
        assert_eq!(Verdict::at_least(Some(8.0), 8.0), Verdict::Met);
        assert_eq!(Verdict::at_least(Some(7.9), 8.0), Verdict::Missed);
    }

    #[test]
    fn medians_are_judged_and_what_was_not_measured_is_not() {
        let mut openbao = cell("openbao", "read-hot", 1, 2000.0);
        (openbao.cpu_us, openbao.p99_us) = (950.0, 52_000.0);
        let results = Results { cells: vec![cell("coffer", "read-hot", 1, 17_000.0), openbao] };
        let facts = Facts { resident_fresh_bytes: 13e6, resident_loaded_bytes: 61e6, ..Facts::default() };
        let judged = goals(&Measured { results, facts: [facts, Facts::default()] });
        let found: Vec<_> = judged.iter().map(|goal| (goal.found.as_str(), goal.verdict)).collect();
        assert_eq!(found[0], ("1/19.0", Verdict::Met));
        assert_eq!(found[1], ("50.0 us (40.0 us meanwhile)", Verdict::Met));
        assert_eq!(found[2], ("8.50 x", Verdict::Met));
        assert_eq!(found[3], ("1/26.0", Verdict::Met));
        assert_eq!(found[4], ("–", Verdict::Unknown));
        assert_eq!(found[5], ("–", Verdict::Unknown));
        assert_eq!(found[6].1, Verdict::Unknown);
        assert_eq!(found[7], ("13.0 MB", Verdict::Met));
        assert_eq!(found[8], ("61.0 MB", Verdict::Missed));
        assert_eq!(found[9].1, Verdict::Unknown);
    }
}
