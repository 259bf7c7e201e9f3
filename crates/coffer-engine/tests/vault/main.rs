//! The vault through its public verbs, over memory.
#![cfg(test)]
#![cfg(feature = "testkit")]
#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

mod law3;
mod limits;
mod log;
mod log_export;
mod log_thief;
mod log_upkeep;
mod model;
mod secrets;
mod support;
mod swap;
mod unlock;
mod unrecorded;
