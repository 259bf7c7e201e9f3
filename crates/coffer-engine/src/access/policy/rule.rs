//! One rule of a policy.

use minicbor::{CborLen, Decode, Encode};

use super::RulePattern;
use crate::access::Rights;

/// What a policy gives on the paths of a pattern, or that it denies them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Rule {
    /// On which paths.
    #[n(0)]
    pub pattern: RulePattern,
    /// Which rights.
    #[n(1)]
    pub rights: Rights,
    /// Whether it denies, whatever else it says.
    #[n(2)]
    pub deny: bool,
    /// What may be written.
    #[n(3)]
    pub parameters: Option<Parameters>,
}

/// Which fields a write may have, must have, and must not have.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode, CborLen)]
pub struct Parameters {
    /// Those it may have; empty: any.
    #[n(0)]
    #[cbor(default)]
    pub allowed: Vec<Allowed>,
    /// Those it must not have.
    #[n(1)]
    #[cbor(default)]
    pub denied: Vec<Allowed>,
    /// Those it must have.
    #[n(2)]
    #[cbor(default)]
    pub required: Vec<String>,
}

/// A field, and values of it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Allowed {
    /// What it is called; `*`: any field.
    #[n(0)]
    pub name: String,
    /// Its values, of which each may begin or end in `*`; empty: any value.
    #[n(1)]
    #[cbor(default)]
    pub values: Vec<String>,
}

impl Parameters {
    /// Whether these fields may be written. A value that has no fields has none of those that are required, and is none of those that are
    /// allowed.
    #[must_use]
    pub fn permit(&self, fields: &[(&str, &[u8])]) -> bool {
        let has = |name: &str| fields.iter().any(|(field, _)| *field == name);
        let is_denied = |(field, value): &(&str, &[u8])| {
            // Whoever denies `password` means `Password` too (T-P5).
            self.denied.iter().any(|one| one.is_of(field, str::eq_ignore_ascii_case) && one.has(value))
        };
        let is_allowed = |(field, value): &(&str, &[u8])| {
            // What is said of the field by its name is said of it, and not what is said of any.
            let named = self.allowed.iter().find(|one| one.name == *field);
            let any = || self.allowed.iter().find(|one| one.name == "*");
            named.or_else(any).is_some_and(|one| one.has(value))
        };
        self.required.iter().all(|name| has(name))
            && !fields.iter().any(is_denied)
            && (self.allowed.is_empty() || (!fields.is_empty() && fields.iter().all(is_allowed)))
    }
}

impl Allowed {
    fn is_of(&self, field: &str, same: impl Fn(&str, &str) -> bool) -> bool {
        self.name == "*" || same(&self.name, field)
    }

    fn has(&self, value: &[u8]) -> bool {
        let matches = |pattern: &String| {
            let pattern = pattern.as_bytes();
            match (pattern.strip_prefix(b"*"), pattern.strip_suffix(b"*")) {
                (Some([]), _) => true,
                (Some(inner), Some(_)) => contains(value, inner.strip_suffix(b"*").unwrap_or(inner)),
                (Some(end), None) => value.ends_with(end),
                (None, Some(start)) => value.starts_with(start),
                (None, None) => value == pattern,
            }
        };
        self.values.is_empty() || self.values.iter().any(matches)
    }
}

fn contains(value: &[u8], part: &[u8]) -> bool {
    part.is_empty() || value.windows(part.len()).any(|window| window == part)
}
