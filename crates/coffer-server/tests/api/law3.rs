//! Law 3's guarantee, over two server processes on one store: an operation whose request a node began to read after a withdrawal was
//! acknowledged, or after expiry on the store's clock, is refused. Connections read in a loop while grants and tokens are withdrawn, end,
//! and secrets are removed and destroyed; every answer is held against what was acknowledged before it was asked for.
//!
//! `COFFER_TEST_OPERATIONS` says how many reads; 12,000 unless said otherwise. The control runs the same with a storage that forgets what
//! a commit expects, and has to find a violation.

mod client;
mod history;
mod server;

use std::collections::{BTreeMap, BTreeSet};

use history::{Outcome, Story};

fn operations() -> usize {
    std::env::var("COFFER_TEST_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(12_000)
}

#[test]
fn no_answer_breaks_the_guarantee_of_law_3() {
    let outcome = Story { guarded: true, reads: operations(), connections: 64 }.run();
    assert_eq!(outcome.violations, Vec::<String>::new());
    assert!(outcome.answered > 0 && outcome.refused > 0 && outcome.withdrawals > 20, "{outcome:?}");
    assert_every_answer_has_one_entry(&outcome);
}

#[test]
fn without_expectations_the_checker_finds_a_violation() {
    let outcome = Story { guarded: false, reads: operations(), connections: 64 }.run();
    assert!(!outcome.violations.is_empty(), "the checker can't fail: {} answered", outcome.answered);
}

/// An entry may lack its answer, never the reverse.
fn assert_every_answer_has_one_entry(outcome: &Outcome) {
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    for request in &outcome.logged {
        *done.entry(request).or_default() += 1;
    }
    let twice: BTreeSet<_> = done.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let without: Vec<_> = outcome.requests.iter().filter(|id| !done.contains_key(id.as_str())).collect();
    assert!(
        without.is_empty() && outcome.requests.len() == outcome.answered,
        "{} answers without entry",
        without.len()
    );
}
