//! The binary as people use it: transcripts, masking, signals, damage.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests stop where something is wrong, like the tests"
)]

mod audit;
mod canary;
mod certificates;
mod content;
mod expiry;
mod faults;
mod http;
mod import;
mod members;
mod moving;
mod nodes;
mod owner;
mod packaging;
mod postgres;
mod references;
mod remote;
mod remote_log;
mod rights;
mod run;
mod run_watched;
mod seal;
mod sign;
mod store;
mod transcripts;
mod violations;
mod watch;
mod witness;
mod world;
