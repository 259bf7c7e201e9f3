//! The vault through its public verbs, over memory.
#![cfg(test)]
#![cfg(feature = "testkit")]

mod law3;
mod limits;
mod model;
mod secrets;
mod support;
mod swap;
mod unlock;
mod unrecorded;
