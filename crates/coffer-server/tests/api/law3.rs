//! Law 3's guarantee, over three server processes on one store: an operation whose request a node began to read after a withdrawal was
//! acknowledged, or after expiry on the store's clock, is refused. Connections read in a loop while grants and tokens are withdrawn, end,
//! members are disabled, removed, taken out of groups, groups, policies and roles are changed and removed, secrets are removed and destroyed, the tenant is suspended, and servers are sealed, and tenants
//! of their own are erased, renamed, locked by their members, or lie below one that is suspended; every answer is held against what was acknowledged
//! before it was asked for.
//!
//! `COFFER_TEST_OPERATIONS` says how many reads; 24,000 unless said otherwise. The control runs the same with a storage that forgets what
//! a commit expects, and has to find a violation; one more withdraws nothing but by suspension, another nothing but tenants, and each has to find one too.

mod client;
mod history;
mod pause;
pub(crate) mod server;

use std::collections::{BTreeMap, BTreeSet};

use history::{Outcome, Story, Withdrawals};

fn operations() -> usize {
    std::env::var("COFFER_TEST_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(24_000)
}

#[test]
fn no_answer_breaks_the_guarantee_of_law_3() {
    let outcome = story(true, Withdrawals::All).run();
    assert_eq!(outcome.violations, Vec::<String>::new());
    let Outcome { answered, elsewhere, refused, withdrawals, suspended, sealed, .. } = outcome;
    println!(
        "{answered} answered, and {elsewhere} in tenants that end, {refused} refused, {suspended} of them suspended, {sealed} sealed; {withdrawals} withdrawals"
    );
    assert!(elsewhere > 0 && answered > 0 && refused > 0 && withdrawals > 20 && suspended > 0 && sealed > 0);
    assert_every_answer_has_one_entry(&outcome);
}

#[test]
fn without_expectations_the_checker_finds_a_violation() {
    let outcome = story(false, Withdrawals::All).run();
    assert!(!outcome.violations.is_empty(), "the checker can't fail: {} answered", outcome.answered);
}

#[test]
fn without_expectations_the_checker_finds_a_suspension_that_does_not_hold() {
    let outcome = story(false, Withdrawals::Suspensions).run();
    let is_found = outcome.violations.iter().any(|found| found.starts_with("the tenant was suspended"));
    assert!(is_found, "the checker can't fail: {} answered", outcome.answered);
}

#[test]
fn without_expectations_the_checker_finds_a_tenant_that_has_not_ended() {
    let outcome = story(false, Withdrawals::Tenants).run();
    let ends = ["a tenant was", "the tenant above was"];
    let is_found = outcome.violations.iter().any(|found| ends.iter().any(|end| found.starts_with(end)));
    assert!(is_found, "the checker can't fail: {} answered", outcome.elsewhere);
}

fn story(guarded: bool, withdrawals: Withdrawals) -> Story {
    Story { guarded, reads: operations(), connections: 64, withdrawals }
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
