//! For tests: a PostgreSQL of the test's own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fixture is a test: it stops where something is wrong"
)]

mod server;

pub use server::Server;
