//! Coffer's engine, served: HTTP/1.1 over TLS 1.3 (in clear on loopback only), limits before anything is parsed, and one list of
//! routes. Start here.
//!
//! # The cast
//!
//! | Who | What it is |
//! |---|---|
//! | [`Service`] | a vault, limits, counters; answers one request after the other, from a socket |
//! | [`Embedded`] | the same routes for whoever opened the store in this process: no token, no rates |
//! | [`routes::ROUTES`] | every route: its operation, what is audited, its limits, its handler |
//! | `Call` | one request that was admitted: who asks, in which tenant, with what |
//! | `Failure` | why it was not done; becomes a problem (RFC 9457) in one place |
//! | `Feed` | a tenant's log while somebody watches it: brought up to date, and read once for all of them |
//! | [`listen`] | sockets, TLS, slow clients, draining |
//!
//! # The way of a request
//!
//! Connection limits ([`listen`]), then [`Service::answer`]: draining, requests under way, the rate of the source. Then the route. Then
//! `Call`: the token's shape, the source's failures, the token's rate. Then the handler, which asks the vault; who may do what
//! is decided there and nowhere else.
//!
//! # Invariants
//! - Nothing here decides a right. A route without an action of the engine tells nothing about any tenant.
//! - Whoever has no token that is good gets the same answer for what is there and what is not.
//! - No body, token, header or query is logged, counted or put into an error.
//! - Every limit has a name ([`limits`]).

mod answer;
mod body;
mod call;
mod cursor;
mod deadline;
mod embedded;
mod events;
mod failure;
mod fair;
mod followers;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod handlers;
mod health;
mod issuers;
pub mod limits;
pub mod listen;
mod message;
mod metrics;
mod once;
mod rate;
mod route;
pub mod routes;
mod run;
mod service;
mod tag;
mod target;
mod unwind;
mod upkeep;

pub use embedded::Embedded;
pub use listen::{ListenError, Listener, Tls};
pub use metrics::Form;
pub use run::{Addresses, Plan, Tend, run};
pub use service::{Service, ServiceOptions};
