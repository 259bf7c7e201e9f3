//! Which claims a token has to make for a member to be meant.

use std::collections::BTreeMap;

use minicbor::{CborLen, Decode, Encode};

use super::claims::Claims;
use super::json::Json;
use crate::fault::Invalid;
use crate::limits::{CLAIM_MAX_BYTES, CLAIM_PATTERNS_MAX};

/// Claims, by name, and what each has to say: a text as it is, or all that begins with what stands before a `*` at its end.
///
/// A name that begins with `/` leads into what lies deeper (RFC 6901): `/kubernetes.io/namespace`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(transparent)]
pub struct ClaimPatterns(BTreeMap<String, String>);

/// What is looked at of every token, and tells no one of an issuer's from another.
const LOOKED_AT: [&str; 6] = ["iss", "aud", "exp", "nbf", "iat", "jti"];
/// What a `*` may stand behind: else `repo:acme*` would be good for `repo:acme-evil/x` too.
const SEPARATORS: [char; 2] = ['/', ':'];

impl ClaimPatterns {
    /// Checks them; never mends them.
    ///
    /// # Errors
    /// [`Invalid`] names the rule that they break.
    pub fn new(claims: BTreeMap<String, String>) -> Result<Self, Invalid> {
        if claims.is_empty() || claims.len() > CLAIM_PATTERNS_MAX {
            return Err(invalid(format!("a binding names 1 to {CLAIM_PATTERNS_MAX} claims")));
        }
        for (name, pattern) in &claims {
            let is_plain = |text: &str| {
                !text.is_empty() && text.len() <= CLAIM_MAX_BYTES && !text.chars().any(char::is_control)
            };
            if !is_plain(name) || !is_plain(pattern) {
                return Err(invalid(format!(
                    "a claim and what it has to say have 1 to {CLAIM_MAX_BYTES} bytes and no control characters"
                )));
            }
            if LOOKED_AT.contains(&name.as_str()) {
                return Err(invalid(format!("`{name}` is looked at of every token, and tells nobody apart")));
            }
            if pattern.contains('*') && !pattern.strip_suffix('*').is_some_and(ends_well) {
                return Err(invalid(format!(
                    "a `*` stands at the end, behind a `/` or `:`, and nowhere else: `{pattern}`"
                )));
            }
        }
        Ok(Self(claims))
    }

    /// Whether these claims say all of it.
    #[must_use]
    pub fn fit(&self, claims: &Claims) -> bool {
        self.0.iter().all(|(name, pattern)| claims.get(name).is_some_and(|said| says(said, pattern)))
    }

    /// By name.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

fn ends_well(before: &str) -> bool {
    !before.contains('*') && before.trim_end_matches(SEPARATORS) != before && before.len() > 1
}

/// Whether it says this: a text, a number or a truth as it is written, or a list with such a one in it.
fn says(said: &Json, pattern: &str) -> bool {
    let fits = |text: &str| match pattern.strip_suffix('*') {
        Some(before) => text.len() > before.len() && text.starts_with(before),
        None => text == pattern,
    };
    match said {
        Json::Text(text) => fits(text),
        Json::Whole(number) => number.to_string() == pattern,
        Json::Truth(truth) => truth.to_string() == pattern,
        Json::List(all) => all.iter().filter_map(Json::text).any(fits),
        Json::Null | Json::Number | Json::Object(_) => false,
    }
}

fn invalid(cause: String) -> Invalid {
    Invalid::new(
        "binding.invalid",
        cause,
        "name claims that nobody else's token can make, such as `sub`, or `repository_owner_id` and `ref`",
    )
}
