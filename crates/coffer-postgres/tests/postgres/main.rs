//! Coffer's storage on a real PostgreSQL.
#![cfg(test)]

mod broken;
mod conformance;
mod nodes;
mod order;
mod support;
mod tables;
mod tls;
