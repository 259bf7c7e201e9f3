//! Finding secrets by what is known of them, and how things are with all.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::secret::{Classification, Listed};
#[cfg(feature = "schema")]
use crate::shape;
use crate::{Moment, Patch};

/// What is looked for: all of it must be so. What is not said lets everything through.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Search {
    /// Below this folder; the empty text is the root.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::folder_or_root"))]
    pub folder: String,
    /// Words, each of which stands in the path, the description, the owner, the purpose, or a tag. Capital letters are small ones.
    #[cfg_attr(feature = "schema", schemars(length(max = shape::limits::SEARCH_WORDS_MAX)))]
    pub words: Vec<String>,
    /// Every one of these tags.
    pub tags: BTreeSet<String>,
    /// This owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Without an owner.
    pub ownerless: bool,
    /// This classification; `null`: none.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    pub classification: Patch<Classification>,
    /// Whether it is, or opens, data about persons.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_data: Option<bool>,
    /// Has to stay there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub residency: Option<String>,
    /// Has expired by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_by: Option<Moment>,
    /// Has not expired by then, or never will.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub good_at: Option<Moment>,
    /// Its value is older by then than its interval of rotation allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overdue_by: Option<Moment>,
    /// Its value is from before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchanged_since: Option<Moment>,
    /// Its value is from before, and was not read since, as far as the log goes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unread_since: Option<Moment>,
    /// In the trash, instead of not in it.
    pub trashed: bool,
    /// One of its values is one of this secret's too. Finds what may be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::secret_path_or_none"))]
    pub same_as: Option<String>,
    /// One of its values, of 8 bytes or more, is another secret's too. Finds, and compares, what may be read.
    pub reused: bool,
    /// At most so many at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::page_limit"))]
    pub limit: Option<usize>,
    /// `next` of the answer before.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::page_cursor"))]
    pub cursor: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// In order of their paths.
    pub secrets: Vec<Listed>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// How things are with the secrets of a folder, of those whose names may be listed: counts. Which ones they are tells a search.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Report {
    /// All that are not in the trash: of these are those that follow.
    pub secrets: u64,
    /// In the trash.
    pub trashed: u64,
    /// Have expired.
    pub expired: u64,
    /// Expire within a day.
    pub expire_in_a_day: u64,
    /// Within seven.
    pub expire_in_7_days: u64,
    /// Within thirty.
    pub expire_in_30_days: u64,
    /// Without an owner.
    pub ownerless: u64,
    /// Older than their interval of rotation allows.
    pub overdue: u64,
    /// Older than 90 days, and not read since; `null`: there are too many entries in the log to say.
    pub unread_in_90_days: Option<u64>,
    /// One of their values, of 8 bytes or more, is another secret's too: among those that may be read.
    pub reused: u64,
}
