//! The storages, from outside: through the trait, through their files, and from several processes.
#![cfg(feature = "testkit")]

mod conformance;
mod processes;
mod support;
