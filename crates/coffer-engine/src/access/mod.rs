//! May they? Rights, roles, and the decision.
//!
//! [`decide()`] is pure: an identity, an action and a place go in; a [`Permit`] or a [`Refusal`] comes out. Only this module can
//! make a permit, and what needs one takes it by value.
//!
//! # Invariants
//! - Nothing here reads the storage or a clock, and nothing here is cached.
//! - Call sites name an action and a place, never a role.
//! - There is no way to allow everything: the local owner has a record and a grant like anyone.

pub(crate) use attempts::AttemptsRecord;
pub(crate) use client_secret::ClientSecretRecord;
pub(crate) use code::CodeRecord;
pub use decide::Place;
pub(crate) use decide::{decide, decide_upkeep, decide_where};
pub use identity::{Grant, Identity, IdentityKind};
pub(crate) use password::PasswordRecord;
pub use pattern::PathPattern;
pub use permit::{Permit, Refusal};
pub(crate) use reach::Reach;
pub use role::Role;
pub(crate) use token::{Lifetime, TokenRecord};

mod attempts;
mod client_secret;
mod code;
mod decide;
mod identity;
mod password;
mod pattern;
mod permit;
mod reach;
mod role;
mod token;

#[cfg(test)]
mod tests;
