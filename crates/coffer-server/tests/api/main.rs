//! The API, asked in this process and over real sockets.
#![cfg(test)]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    reason = "an overflow fails the test; servers and their clients read the clock, and a run can be made longer by a variable"
)]

mod canary;
mod certificates;
mod client_secrets;
mod codes;
mod content;
mod doors;
mod elsewhere;
mod embedded;
mod events;
mod events_killed;
mod expected;
mod factors;
mod files;
mod gate;
mod going_on;
mod jwt;
mod law3;
mod lock;
mod log;
mod message;
mod metrics;
mod once;
mod openapi;
mod passwords;
mod quota;
mod refused;
mod routes;
mod schemathesis;
mod seal;
mod secrets;
mod sockets;
mod suspend;
mod tokens;
mod tree;
mod unlockers;
mod world;
