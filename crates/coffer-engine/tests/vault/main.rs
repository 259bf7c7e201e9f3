//! The vault through its public verbs, over memory.
#![cfg(test)]
#![cfg(feature = "testkit")]
#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

mod backup;
mod backup_files;
mod certificates;
mod client_secrets;
mod codes;
mod compare;
mod ended;
mod erase;
mod expiry;
mod factors;
mod files;
mod find;
mod first_owner;
mod idle;
mod jwt;
mod last_read;
mod law3;
mod limits;
mod lock;
mod log;
mod log_export;
mod log_thief;
mod log_upkeep;
mod member_quota;
mod members;
mod message;
mod model;
mod moving;
mod names;
mod networks;
mod novelty;
mod once;
mod once_model;
mod passwords;
mod purge;
mod quota;
mod references;
mod references_model;
mod rename;
mod renew;
mod rights;
mod secrets;
mod settings;
mod support;
mod suspend;
mod swap;
mod tenant_pages;
mod tokens;
mod tree;
mod unlock;
mod unrecorded;
mod violations;
mod watch;
