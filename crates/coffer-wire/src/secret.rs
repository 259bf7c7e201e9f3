//! Secrets: read, written, listed.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use self::named::{Label, Named, Overridden, Pin};
pub use crate::metadata::{Classification, Metadata, MetadataChange, OnExpiry};
#[cfg(feature = "schema")]
use crate::shape;
use crate::value::{ValueParts, ValueRef, said, some_unique};
use crate::{Moment, Plain, Value};

/// A version of a secret, as it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Where it lies.
    pub path: String,
    /// Which version this is.
    pub version: u64,
    /// What it holds.
    pub value: Value,
    /// Whether it was written with references: the value is filled in, or, where it was asked for so, as it was written.
    pub references: bool,
    /// When the secret, or one that it is filled in with, expires or has expired.
    pub expires: Option<Moment>,
    /// Whether it is the reader's own value, in place of the current one.
    pub own: bool,
}

/// Not flattened: serde would keep copies of the value that nobody wipes.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Members {
            path: String,
            version: u64,
            value: Option<Plain>,
            value_base64: Option<Plain>,
            #[serde(default, deserialize_with = "some_unique")]
            fields: Option<BTreeMap<String, Plain>>,
            #[serde(default, deserialize_with = "some_unique")]
            fields_base64: Option<BTreeMap<String, Plain>>,
            #[serde(default)]
            references: bool,
            expires: Option<Moment>,
            #[serde(default)]
            own: bool,
        }
        let Members { path, version, value, value_base64, fields, fields_base64, references, expires, own } =
            Members::deserialize(deserializer)?;
        let value = ValueParts { value, value_base64, fields, fields_base64 }.value();
        let value = value.map_err(D::Error::custom)?.ok_or_else(|| D::Error::missing_field("value"))?;
        Ok(Self { path, version, value, references, expires, own })
    }
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
    /// Whether it was written with references; said where it was.
    pub references: bool,
    /// When the secret expires, or has expired; not said where it never does.
    pub expires: Option<Moment>,
    /// Whether it is the reader's own value; said only then.
    pub own: bool,
}

impl Serialize for SecretRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("path", self.path)?;
        map.serialize_entry("version", &self.version)?;
        self.value.write_into(&mut map)?;
        if self.references {
            map.serialize_entry("references", &true)?;
        }
        if let Some(expires) = &self.expires {
            map.serialize_entry("expires", expires)?;
        }
        if self.own {
            map.serialize_entry("own", &true)?;
        }
        map.end()
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { path, version, value, references, expires, own } = self;
        let (value, version, references) = (value.lend(), *version, *references);
        let (expires, own) = (*expires, *own);
        SecretRef { path, version, value, references, expires, own }.serialize(serializer)
    }
}

/// Several secrets together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Secrets {
    /// In the order in which they were asked for, or of their paths.
    pub secrets: Vec<Secret>,
    /// Of a folder: the paths of those that hold files, which are left out. Each is read by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<String>,
}

/// Which secrets to read together: those of these paths, or all in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BatchRead {
    /// These; at most 4,096.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub paths: Option<Vec<String>>,
    /// All directly in this folder; the empty text is the root.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// And all below it.
    #[serde(default)]
    pub recursive: bool,
    /// Of each the version that is pinned for this consumer; where none is, the current one.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub consumer: Option<String>,
    /// Of each the current version, also where the reader has a value of his own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// Those with references as they were written, and not filled in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
}

/// Secrets to write together: all of them, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BatchWrite {
    /// At most 4,096, each path once.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = shape::limits::TOGETHER_MAX)))]
    pub secrets: Vec<BatchItem>,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BatchItem {
    /// Where.
    pub path: String,
    /// What it holds from now on.
    #[serde(flatten)]
    pub value: Value,
    /// Whether `${NAME}` in it is filled in with another secret when it is read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub references: bool,
    /// In place of whatever is there; else a single value does not take the place of fields.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub replace: bool,
    /// Only if this version is current; 0: only if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub if_version: Option<u64>,
    /// Whatever is there, or nothing. One of the two is said.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub overwrite: bool,
    /// What changes about it besides the value.
    #[serde(skip_serializing_if = "MetadataChange::is_empty")]
    pub metadata: MetadataChange,
}

impl BatchItem {
    /// Whatever is there.
    #[must_use]
    pub fn new(path: impl Into<String>, value: Value) -> Self {
        let metadata = MetadataChange::default();
        let (path, references, replace) = (path.into(), false, false);
        Self { path, value, references, replace, if_version: None, overwrite: true, metadata }
    }
}

/// A change of one secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretWrite {
    /// What it holds from now on; nothing named: only the metadata changes.
    pub value: Option<Value>,
    /// A random value in its place, which the answer does not hold.
    pub generate: Option<Generate>,
    /// Whether `${NAME}` in the value is filled in with another secret when it is read.
    pub references: bool,
    /// Fields to take out.
    pub remove_fields: BTreeSet<String>,
    /// In place of whatever is there; else fields are merged, and a single value does not take the place of fields.
    pub replace: bool,
    /// What changes about it besides the value.
    pub metadata: MetadataChange,
}

/// All that may stand in a write, and in what is like one, in which less may. Not flattened: serde refuses unknown members only of what
/// it sees whole.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Members {
    #[serde(default, deserialize_with = "said")]
    pub(crate) path: Option<String>,
    #[serde(default, deserialize_with = "said")]
    value: Option<Plain>,
    #[serde(default, deserialize_with = "said")]
    value_base64: Option<Plain>,
    #[serde(default, deserialize_with = "some_unique")]
    fields: Option<BTreeMap<String, Plain>>,
    #[serde(default, deserialize_with = "some_unique")]
    fields_base64: Option<BTreeMap<String, Plain>>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) generate: Option<Generate>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) references: Option<bool>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) remove_fields: Option<BTreeSet<String>>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) replace: Option<bool>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) metadata: Option<MetadataChange>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) if_version: Option<u64>,
    #[serde(default, deserialize_with = "said")]
    pub(crate) overwrite: Option<bool>,
}

impl Members {
    pub(crate) fn value<E: serde::de::Error>(&mut self) -> Result<Option<Value>, E> {
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
            Members {
                path: Some(path),
                generate: None,
                references,
                remove_fields: None,
                replace,
                metadata,
                if_version,
                overwrite,
                ..
            } => {
                let (references, replace) = (references.unwrap_or_default(), replace.unwrap_or_default());
                let (overwrite, metadata) = (overwrite.unwrap_or_default(), metadata.unwrap_or_default());
                Ok(Self { path, value, references, replace, if_version, overwrite, metadata })
            }
            _ => Err(D::Error::custom("an item of a batch has a path and a whole value")),
        }
    }
}

impl<'de> Deserialize<'de> for SecretWrite {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::deserialize(deserializer)?;
        let value = members.value()?;
        if members.path.is_some() || members.if_version.is_some() || members.overwrite.is_some() {
            return Err(D::Error::custom(
                "the path stands in the target, what is expected in `If-Match`, `If-None-Match` or the query",
            ));
        }
        Ok(Self {
            value,
            generate: members.generate,
            references: members.references.unwrap_or_default(),
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
        if let Some(generate) = &self.generate {
            map.serialize_entry("generate", generate)?;
        }
        if self.references {
            map.serialize_entry("references", &true)?;
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

/// What a write did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Written {
    /// Where.
    pub path: String,
    /// The version that is current now.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::version"))]
    pub version: u64,
    /// Whether the secret was not there before.
    pub created: bool,
    /// The audit entry.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::entry_id"))]
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
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::version"))]
    pub version: u64,
    /// When that version was made.
    pub changed: Moment,
    /// Since when it is in the trash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trashed: Option<Moment>,
    /// The file that its current version holds; not said where it holds a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileAbout>,
    /// What is known about it.
    pub metadata: Metadata,
}

/// What is known of a file besides its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FileAbout {
    /// How many bytes it has.
    pub bytes: u64,
    /// What they are, in the words of whoever sent them.
    pub media_type: String,
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
    /// Who read it last, as far as the log that is kept tells, and within its last million entries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_read: Option<LastRead>,
    /// Since when the asker has a value of his own in place of the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Moment>,
}

/// A read of a secret's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LastRead {
    /// When.
    pub at: Moment,
    /// Who: the id of a member.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub by: String,
    /// Which version.
    pub version: Option<u64>,
    /// The audit entry, which tells from where to whoever may read the log.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::entry_id"))]
    pub entry: String,
}

/// One version, without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Version {
    /// Its number.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::version"))]
    pub version: u64,
    /// When it was made.
    pub created: Moment,
    /// Who made it: the id of a member.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub by: String,
    /// The stages it is at: `current`, `pending`, `previous`.
    pub stages: Vec<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Who uses it, and not yet what came after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consumers: Vec<String>,
    /// The file that it holds, or held; not said of a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<FileAbout>,
    /// Why it was made, in the words of whoever made it; not said where they said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Since when its value is gone.
    pub destroyed: Option<Moment>,
}

/// A new value. Nothing named: 32 random letters and digits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// A value that somebody has from elsewhere.
    pub value: Option<Value>,
    /// A random one, which the answer does not hold.
    pub generate: Option<Generate>,
}

/// A random value that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Generate {
    /// How many characters it has.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::characters"))]
    pub characters: u32,
    /// Which characters.
    pub alphabet: Alphabet,
}

/// The characters of a random value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub enum Alphabet {
    /// `A-Z a-z 0-9`.
    #[default]
    Letters,
    /// `0-9 a-f`.
    Hex,
}

impl Default for Generate {
    fn default() -> Self {
        Self { characters: 32, alphabet: Alphabet::Letters }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::deserialize(deserializer)?;
        let value = members.value()?;
        match members {
            Members {
                path: None,
                references: None,
                remove_fields: None,
                replace: None,
                metadata: None,
                if_version: None,
                overwrite: None,
                generate,
                ..
            } => Ok(Self { value, generate }),
            _ => Err(D::Error::custom("a new value is said, or how to generate one, and nothing else")),
        }
    }
}

impl Serialize for Given {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(value) = &self.value {
            value.lend().write_into(&mut map)?;
        }
        if let Some(generate) = &self.generate {
            map.serialize_entry("generate", generate)?;
        }
        map.end()
    }
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
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::version_or_none"))]
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
    /// What was filled in with it, of what the caller may list: at most 100, and none where it would take long to find out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referred_by: Vec<String>,
}

/// What was put into the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Removed {
    /// Where.
    pub path: String,
    /// What was filled in with it, of what the caller may list: at most 100, and none where it would take long to find out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub referred_by: Vec<String>,
}

mod named;
#[cfg(feature = "schema")]
mod schema;
#[cfg(test)]
mod tests;
