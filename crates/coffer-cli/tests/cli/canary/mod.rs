//! Every verb, driven through everything it does and every way in which it fails, with values that are known and must
//! not be seen: T-L1 (secrets in logs, errors, files) and T-L3 (what was decided and left no entry).
//!
//! [`table`] has a line for each verb of the binary, and says so when one is missing. A line's play ([`verbs`]) makes
//! the calls, each with its end and the entries that it leaves; [`adversity`] adds what can go wrong with any verb.
//! Then [`judge`] looks for the values in every dress ([`marks`]) in all that was printed, stored, or left lying about,
//! and compares the logs with what the calls should have left. [`codes`] sees to it that every error of the sources is
//! met by a play or named with a reason.
#![expect(
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "helpers of tests stop where something is wrong, like the tests"
)]

mod adversity;
mod call;
mod codes;
mod copies;
mod judge;
mod marks;
mod outage;
mod place;
mod served;
mod stage;
pub(crate) mod table;
mod terminal;
mod tree;
mod verbs;

pub(crate) use marks::Mark;
pub(crate) use stage::Stage;
