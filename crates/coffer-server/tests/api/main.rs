//! The API, asked in this process and over real sockets.
#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "an overflow fails the test; servers and their clients read the clock, and a run can be made longer by a variable"
)]

mod canary;
mod law3;
mod openapi;
mod routes;
mod secrets;
mod sockets;
mod tokens;
mod world;
