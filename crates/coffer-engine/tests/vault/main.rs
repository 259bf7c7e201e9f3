//! The vault through its public verbs, over memory.
#![cfg(feature = "testkit")]

mod law3;
mod model;
mod secrets;
mod support;
mod swap;
mod unlock;
mod unrecorded;
