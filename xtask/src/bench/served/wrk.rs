//! The client: `wrk`, with orders in its environment, and what it says read.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::scenario::SECRETS;
use super::system::System;
use crate::steps::Outcome;

/// How often somebody looks while it asks.
const LOOK: Duration = Duration::from_millis(50);

/// What one run of it has seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answers {
    /// Requests that were answered.
    pub(crate) answered: f64,
    /// Answers that are not what they should be, and requests without one.
    pub(crate) wrong: f64,
    /// How long it asked.
    pub(crate) seconds: f64,
    /// Half of all answers came within these microseconds.
    pub(crate) p50_us: f64,
    /// 99 of 100 did.
    pub(crate) p99_us: f64,
    /// The last one.
    pub(crate) max_us: f64,
    /// The first answer that was wrong.
    pub(crate) example: Option<String>,
}

/// Where its script lies.
pub(crate) struct Wrk {
    script: PathBuf,
}

/// What it is to do.
pub(crate) struct Order<'o> {
    /// A scenario's name, or `fill`.
    pub(crate) scenario: &'o str,
    pub(crate) connections: u32,
    pub(crate) seconds: u32,
    /// Unlike all others.
    pub(crate) run: &'o str,
}

impl Wrk {
    pub(crate) fn new(root: &Path) -> Self {
        Self { script: root.join("xtask/src/bench/served/client.lua") }
    }

    /// Asks; `look` is called again and again meanwhile.
    pub(crate) fn ask(&self, system: &System, order: &Order<'_>, mut look: impl FnMut()) -> Outcome<Answers> {
        let mut child = Command::new("wrk")
            .args(["--threads", "1", "--timeout", "10s", "--latency"])
            .args(["--connections", &order.connections.to_string()])
            .args(["--duration", &format!("{}s", order.seconds)])
            .arg("--script")
            .arg(&self.script)
            .arg(format!("https://{}", system.address))
            .env("BENCH_SYSTEM", system.name)
            .env("BENCH_SCENARIO", order.scenario)
            .env("BENCH_TOKEN", &system.token)
            .env("BENCH_SIGN_IN", &system.sign_in)
            .env("BENCH_RUN", order.run)
            .env("BENCH_SECRETS", SECRETS.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("`wrk` can't be started: {error}"))?;
        while child.try_wait()?.is_none() {
            look();
            sleep(LOOK);
        }
        let output = child.wait_with_output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        parse(&said)
            .ok_or_else(|| format!("`wrk` said nothing of use about {}: {said}", order.scenario).into())
    }
}

/// Reads what `done` in `client.lua` writes.
fn parse(said: &str) -> Option<Answers> {
    let line = said.lines().find_map(|line| line.strip_prefix("bench "))?;
    let number = |name: &str| -> Option<f64> {
        let mut words = line.split(' ').filter_map(|word| word.split_once('='));
        words.find(|(known, _)| *known == name)?.1.parse().ok()
    };
    let example = said.lines().find_map(|line| line.strip_prefix("example ")).map(str::to_owned);
    Some(Answers {
        answered: number("answered")?,
        wrong: number("wrong")? + number("lost")?,
        seconds: number("duration_us")? / 1e6,
        p50_us: number("p50_us")?,
        p99_us: number("p99_us")?,
        max_us: number("max_us")?,
        example,
    })
}

#[cfg(test)]
mod tests {
    use super::{Answers, parse};

    const SAID: &str = "Running 2s test @ https://127.0.0.1:1\n  1 threads and 16 connections\nRequests/sec:  5.0\n\n\
        bench answered=20000 wrong=3 lost=1 duration_us=2000000 p50_us=700 p99_us=2500 max_us=9000\nexample 429 slow down\n";

    #[test]
    fn what_the_script_writes_is_read() {
        let answers = parse(SAID).unwrap();
        let wanted = Answers {
            answered: 20_000.0,
            wrong: 4.0,
            seconds: 2.0,
            p50_us: 700.0,
            p99_us: 2500.0,
            max_us: 9000.0,
            example: Some("429 slow down".into()),
        };
        assert_eq!(answers, wanted);
    }

    #[test]
    fn a_line_that_is_not_whole_is_no_answer() {
        assert_eq!(parse("unable to connect to 127.0.0.1:1 Connection refused\n"), None);
        assert_eq!(parse("bench answered=1 wrong=0\n"), None);
        assert_eq!(parse(&SAID.replace("p99_us=2500", "p99_us=nan_")), None);
    }
}
