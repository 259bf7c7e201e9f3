//! For tests: a PostgreSQL of the test's own.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fixture is a test: it stops where something is wrong"
)]

mod chosen;
mod server;

pub use chosen::{fresh, in_place_of};
pub use server::Server;
