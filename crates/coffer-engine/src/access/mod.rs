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
pub(crate) use condition::Circumstances;
pub use condition::Conditions;
pub use decide::Place;
pub(crate) use decide::{Fields, FieldsOfEach, Holder, decide, decide_upkeep, decide_where, refuse_giving};
pub(crate) use factor::{FactorRecord, RightCode};
pub use hours::Hours;
pub use identity::{Attached, Grant, GroupRef, Identity, IdentityKind};
pub(crate) use password::PasswordRecord;
pub use pattern::PathPattern;
pub use permit::{Permit, Refusal};
pub use powers::{Effect, Reason};
pub(crate) use powers::{Powers, Sources, Standing, compile};
pub(crate) use reach::{Hidden, Reach};
pub use rights::Rights;
pub use role::Role;
pub(crate) use token::{Lifetime, TokenRecord};
pub(crate) use violations::{Counted, ViolationsRecord};

mod attempts;
mod client_secret;
mod code;
mod condition;
mod decide;
mod factor;
mod hours;
mod identity;
mod password;
mod pattern;
mod permit;
pub mod policy;
mod powers;
mod reach;
mod rights;
mod role;
mod token;
mod violations;

#[cfg(test)]
mod tests;
