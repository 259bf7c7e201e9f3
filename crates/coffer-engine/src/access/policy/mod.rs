//! Policies: rules on paths, in the grammar of Vault's (HCL and JSON).
//!
//! ```text
//! path "prod/db/*" {
//!   capabilities = ["read", "list"]
//! }
//! path "prod/+/ROOT_KEY" {
//!   capabilities = ["deny"]
//! }
//! ```
//!
//! Of the rules that match a path the most specific one speaks (`pattern.rs` says which that is), and no other. What it gives is added to
//! what roles give; a deny is stronger than all of it.
//!
//! The grammar is read by our own parser: it is a tenth of HCL, what it can't read it refuses, and its depth is bounded, which no HCL library
//! that we looked at promises.

pub use pattern::RulePattern;
pub use rule::{Allowed, Parameters, Rule};

mod pattern;
mod read;
mod rule;
mod tree;

use crate::fault::Invalid;
use crate::limits::{POLICY_MAX_BYTES, POLICY_RULES_MAX};

/// Reads the rules of a policy.
///
/// # Errors
/// [`Invalid`] names what can't be read, and in which line.
pub fn parse(text: &str) -> Result<Vec<Rule>, Invalid> {
    if text.len() > POLICY_MAX_BYTES {
        let cause = format!("a policy has at most {POLICY_MAX_BYTES} bytes");
        return Err(Invalid::new("policy.too_long", cause, "make two of it"));
    }
    let rules = read::rules(tree::parse(text)?)?;
    if rules.len() > POLICY_RULES_MAX {
        let cause = format!("a policy has at most {POLICY_RULES_MAX} rules");
        return Err(Invalid::new("policy.too_many_rules", cause, "make two of it"));
    }
    Ok(rules)
}

#[cfg(test)]
mod tests;
