//! How much is measured: which scenarios, how long, how often.

use crate::Usage;

use super::scenario::{SCENARIOS, Scenario};

/// How much is measured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Effort {
    /// Of one cell, after its warm-up.
    pub(crate) seconds: u32,
    /// Before each cell.
    pub(crate) warm_up_seconds: u32,
    /// How often all cells are gone through.
    pub(crate) rounds: u32,
    /// How often each is started, to see how long that takes.
    pub(crate) starts: u32,
    /// How long each is left alone, to see what it does then.
    pub(crate) idle_seconds: u32,
    /// Names of scenarios; none means all.
    pub(crate) only: Vec<&'static str>,
}

impl Effort {
    /// What the published numbers are made with.
    pub(crate) const FULL: Self =
        Self { seconds: 5, warm_up_seconds: 2, rounds: 3, starts: 9, idle_seconds: 20, only: Vec::new() };

    /// From what follows `served`: nothing, or the seconds of a cell and which scenarios. Who says seconds is in a hurry: one round.
    pub(crate) fn parse(words: &[&str]) -> Result<Self, Usage> {
        let Some((seconds, names)) = words.split_first() else { return Ok(Self::FULL) };
        let seconds =
            seconds.parse().ok().filter(|seconds| (1..=600).contains(seconds)).ok_or_else(|| {
                Usage(format!(
                    "`{seconds}` is no number of seconds from 1 to 600, for each cell of the table"
                ))
            })?;
        let only = names
            .iter()
            .map(|name| {
                let found = SCENARIOS.iter().map(|scenario| scenario.name).find(|known| known == name);
                found.ok_or_else(|| {
                    let known: Vec<&str> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
                    Usage(format!("there is no scenario `{name}`; there are {}", known.join(", ")))
                })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { seconds, warm_up_seconds: 1, rounds: 1, starts: 3, idle_seconds: 3, only })
    }

    /// Whether this is all there is: only then it may be published.
    pub(crate) fn is_full(&self) -> bool {
        *self == Self::FULL
    }

    /// The scenarios that are measured.
    pub(crate) fn scenarios(&self) -> impl Iterator<Item = &'static Scenario> {
        SCENARIOS.iter().filter(|scenario| self.only.is_empty() || self.only.contains(&scenario.name))
    }
}

#[cfg(test)]
mod tests {
    use super::Effort;

    #[test]
    fn without_words_it_is_the_full_run() {
        let effort = Effort::parse(&[]).unwrap();
        assert!(effort.is_full());
        assert_eq!(effort.scenarios().count(), super::SCENARIOS.len());
    }

    #[test]
    fn seconds_make_one_round_of_all_or_of_what_is_named() {
        let effort = Effort::parse(&["3"]).unwrap();
        assert_eq!((effort.seconds, effort.rounds, effort.is_full()), (3, 1, false));
        assert_eq!(effort.scenarios().count(), super::SCENARIOS.len());
        let effort = Effort::parse(&["2", "write-unique", "read-hot"]).unwrap();
        let names: Vec<_> = effort.scenarios().map(|scenario| scenario.name).collect();
        assert_eq!(names, ["read-hot", "write-unique"], "in the order of the table");
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(Effort::parse(&["2", "read-cold"]).unwrap_err().to_string().contains("write-unique"));
        assert!(Effort::parse(&["many"]).is_err());
        assert!(Effort::parse(&["0"]).is_err());
    }
}
