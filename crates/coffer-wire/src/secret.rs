//! Secrets: read, written, listed.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::{ValueParts, ValueRef, some_unique};
use crate::{Moment, Patch, Plain, Value};

/// A version of a secret, as it is read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Secret {
    /// Where it lies.
    pub path: String,
    /// Which version this is.
    pub version: u64,
    /// What it holds.
    #[serde(flatten)]
    pub value: Value,
}

/// The same, lent: what the server answers with.
#[derive(Debug)]
pub struct SecretRef<'s> {
    /// Where it lies.
    pub path: &'s str,
    /// Which version this is.
    pub version: u64,
    /// What it holds.
    pub value: ValueRef<'s>,
}

impl Serialize for SecretRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", self.path)?;
        map.serialize_entry("version", &self.version)?;
        self.value.write_into(&mut map)?;
        map.end()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        SecretRef { path: &self.path, version: self.version, value: self.value.lend() }.serialize(serializer)
    }
}

/// Several secrets together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Secrets {
    /// In the order in which they were asked for, or of their paths.
    pub secrets: Vec<Secret>,
}

/// Which secrets to read together: those of these paths, or all in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchRead {
    /// These; at most 4,096.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// All directly in this folder; the empty text is the root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// And all below it.
    #[serde(default)]
    pub recursive: bool,
}

/// Secrets to write together: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchWrite {
    /// At most 4,096, each path once.
    pub secrets: Vec<BatchItem>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchItem {
    /// Where.
    pub path: String,
    /// What it holds from now on.
    #[serde(flatten)]
    pub value: Value,
}

/// A change of one secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SecretWrite {
    /// What it holds from now on; nothing named: only the metadata changes.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub value: Option<Value>,
    /// Fields to take out.
    pub remove_fields: BTreeSet<String>,
    /// In place of whatever is there; else fields are merged, and a single value does not take the place of fields.
    pub replace: bool,
    /// What changes about it besides the value.
    pub metadata: MetadataChange,
}

/// All that may stand in a write, and in an item of a batch, in which less may. Not flattened: serde refuses unknown members only of what
/// it sees whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    path: Option<String>,
    value: Option<Plain>,
    value_base64: Option<Plain>,
    #[serde(default, deserialize_with = "some_unique")]
    fields: Option<BTreeMap<String, Plain>>,
    #[serde(default, deserialize_with = "some_unique")]
    fields_base64: Option<BTreeMap<String, Plain>>,
    remove_fields: Option<BTreeSet<String>>,
    replace: Option<bool>,
    metadata: Option<MetadataChange>,
}

impl Members {
    fn value<E: serde::de::Error>(&mut self) -> Result<Option<Value>, E> {
        let parts = ValueParts {
            value: self.value.take(),
            value_base64: self.value_base64.take(),
            fields: self.fields.take(),
            fields_base64: self.fields_base64.take(),
        };
        parts.value().map_err(E::custom)
    }
}

impl<'de> Deserialize<'de> for BatchItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::deserialize(deserializer)?;
        let value = members.value()?.ok_or_else(|| D::Error::missing_field("value"))?;
        match members {
            Members { path: Some(path), remove_fields: None, replace: None, metadata: None, .. } => {
                Ok(Self { path, value })
            }
            _ => Err(D::Error::custom("an item of a batch has a path and a value, and nothing else")),
        }
    }
}

impl<'de> Deserialize<'de> for SecretWrite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::deserialize(deserializer)?;
        let value = members.value()?;
        if members.path.is_some() {
            return Err(D::Error::custom("the path stands in the target"));
        }
        Ok(Self {
            value,
            remove_fields: members.remove_fields.unwrap_or_default(),
            replace: members.replace.unwrap_or_default(),
            metadata: members.metadata.unwrap_or_default(),
        })
    }
}

impl Serialize for SecretWrite {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(value) = &self.value {
            value.lend().write_into(&mut map)?;
        }
        if !self.remove_fields.is_empty() {
            map.serialize_entry("remove_fields", &self.remove_fields)?;
        }
        if self.replace {
            map.serialize_entry("replace", &true)?;
        }
        map.serialize_entry("metadata", &self.metadata)?;
        map.end()
    }
}

/// A change of metadata: what is not said stays, `null` takes it away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MetadataChange {
    /// Who answers for it.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    pub owner: Patch<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    pub description: Patch<String>,
    /// Tags to add.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub add_tags: BTreeSet<String>,
    /// Tags to take away.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub remove_tags: BTreeSet<String>,
    /// When it expires.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    pub expires: Patch<Moment>,
}

/// What is known about a secret besides its value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Metadata {
    /// Who answers for it.
    pub owner: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Words to find it by.
    pub tags: BTreeSet<String>,
    /// When it expires.
    pub expires: Option<Moment>,
}

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Written {
    /// Where.
    pub path: String,
    /// The version that is current now.
    pub version: u64,
    /// Whether the secret was not there before.
    pub created: bool,
    /// The audit entry.
    pub entry: String,
}

/// What several writes did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchWritten {
    /// In the order of the request.
    pub secrets: Vec<Written>,
}

/// What is in a folder, or below it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Listing {
    /// Folders, in order of their paths; all on the first page.
    pub folders: Vec<String>,
    /// Secrets, in order of their paths.
    pub secrets: Vec<Listed>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A secret in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Listed {
    /// Where it lies.
    pub path: String,
    /// Its current version.
    pub version: u64,
    /// When that version was made.
    pub changed: Moment,
    /// What is known about it.
    pub metadata: Metadata,
}

/// A secret's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct History {
    /// Where it lies.
    pub path: String,
    /// Its versions, the oldest first.
    pub versions: Vec<Version>,
    /// What is known about it.
    pub metadata: Metadata,
    /// Since when it is in the trash.
    pub trashed: Option<Moment>,
    /// How many changes can be undone.
    pub undo_steps: u64,
}

/// One version, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Version {
    /// Its number.
    pub version: u64,
    /// When it was made.
    pub created: Moment,
    /// Who made it: the id of a member.
    pub by: String,
    /// The stages it is at: `current`, `pending`, `previous`.
    pub stages: Vec<String>,
    /// Since when its value is gone.
    pub destroyed: Option<Moment>,
}

/// What `undo` did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Undone {
    /// Where.
    pub path: String,
    /// The version that is current now; `null`: the secret is not there any more.
    pub version: Option<u64>,
}

/// What to destroy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Destroy {
    /// One version; not said: the secret with all its versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// What was destroyed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Destroyed {
    /// Where.
    pub path: String,
    /// How many versions are gone.
    pub versions: u64,
    /// Whether the storage has overwritten their sealed bytes in its own files as well.
    pub erased: bool,
}

#[cfg(test)]
mod tests;
