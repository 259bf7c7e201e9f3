//! Errors: problem details (RFC 9457).

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;

/// The media type of a problem.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// `urn:coffer:error:` and the code.
    pub r#type: Cow<'static, str>,
    /// What the status means.
    pub title: Cow<'static, str>,
    /// The status of the answer.
    pub status: u16,
    /// A stable code, `noun.problem`.
    pub code: Cow<'static, str>,
    /// What happened.
    pub detail: Cow<'static, str>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub fix: Cow<'static, str>,
    /// The id of the request: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub request: String,
    /// The audit entry that says so, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
}

/// What a `type` begins with.
pub const TYPE_PREFIX: &str = "urn:coffer:error:";
