//! The storages, from outside: through the trait, through their files, and from several processes.
#![cfg(feature = "testkit")]

mod conformance;
mod damage;
mod killed;
mod places;
mod processes;
mod support;
mod wal;
