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
mod members;
mod model;
mod secrets;
mod support;
mod swap;
mod tokens;
mod unlock;
mod unrecorded;
