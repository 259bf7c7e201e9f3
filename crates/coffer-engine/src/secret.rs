//! A secret's value and what is known about it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use coffer_encryption::SecretBytes;
use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::{
    DESCRIPTION_MAX_BYTES, FIELD_NAME_MAX_BYTES, FIELDS_MAX, OWNER_MAX_BYTES, TAG_MAX_BYTES, TAGS_MAX,
    VALUE_MAX_BYTES,
};
use crate::path::{SecretPath, check_text};
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// What a secret holds: bytes, or a flat map of named fields.
///
/// Prints nothing, can't be cloned or serialised, and is wiped when it is dropped.
pub enum Value {
    /// One value of any bytes.
    Bytes(SecretBytes),
    /// Named values.
    Fields(BTreeMap<String, SecretBytes>),
}

impl Value {
    /// One value from text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Bytes(SecretBytes::copy_from(text.as_bytes()))
    }

    /// Checks sizes and field names.
    ///
    /// # Errors
    /// [`Invalid`] names the limit that is passed.
    pub fn check(&self) -> Result<(), Invalid> {
        let bytes = match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Fields(fields) => {
                if fields.is_empty() {
                    return Err(Invalid::new(
                        "value.no_fields",
                        "the value has no fields",
                        "give it at least one",
                    ));
                }
                if fields.len() > FIELDS_MAX {
                    return Err(Invalid::new(
                        "value.too_many_fields",
                        "the value has more than 1024 fields",
                        "use several secrets",
                    ));
                }
                for name in fields.keys() {
                    check_text("field name", name, FIELD_NAME_MAX_BYTES)?;
                }
                fields.iter().fold(0_usize, |sum, (name, field)| {
                    sum.saturating_add(name.len()).saturating_add(field.len())
                })
            }
        };
        if bytes > VALUE_MAX_BYTES {
            return Err(Invalid::new(
                "value.too_large",
                "the value is larger than 1 MiB",
                "store a smaller one",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

/// A disclosed version of a secret. Only `vault/disclose.rs` makes one.
pub struct Secret {
    path: SecretPath,
    version: VersionNumber,
    value: Value,
}

impl Secret {
    pub(crate) fn new(path: SecretPath, version: VersionNumber, value: Value) -> Self {
        Self { path, version, value }
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &SecretPath {
        &self.path
    }

    /// Which version this is.
    #[must_use]
    pub fn version(&self) -> VersionNumber {
        self.version
    }

    /// What it holds.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What it holds, by value.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} version {})", self.path, self.version)
    }
}

/// What is known about a secret besides its value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Metadata {
    /// Who answers for it.
    #[n(0)]
    pub owner: Option<String>,
    /// What it is for.
    #[n(1)]
    pub description: Option<String>,
    /// Words to find it by.
    #[n(2)]
    pub tags: BTreeSet<String>,
    /// Milliseconds since the Unix epoch after which it should not be used.
    #[n(3)]
    expires_ms: Option<u64>,
}

impl Metadata {
    /// When the secret expires.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires_ms.map(Timestamp::from_millis)
    }
}

/// A change of metadata: what is `None` stays as it is; an inner `None` takes the value away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetadataPatch {
    /// Who answers for it.
    pub owner: Option<Option<String>>,
    /// What it is for.
    pub description: Option<Option<String>>,
    /// Tags to add.
    pub add_tags: BTreeSet<String>,
    /// Tags to take away.
    pub remove_tags: BTreeSet<String>,
    /// When it expires.
    pub expires: Option<Option<Timestamp>>,
}

impl MetadataPatch {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The metadata after the change.
    ///
    /// # Errors
    /// [`Invalid`] names the limit that is passed.
    pub fn apply(&self, before: &Metadata) -> Result<Metadata, Invalid> {
        let mut after = before.clone();
        if let Some(owner) = &self.owner {
            owner.as_deref().map_or(Ok(()), |text| check_text("owner", text, OWNER_MAX_BYTES))?;
            after.owner.clone_from(owner);
        }
        if let Some(description) = &self.description {
            if description.as_ref().is_some_and(|text| text.len() > DESCRIPTION_MAX_BYTES) {
                return Err(Invalid::new(
                    "metadata.description_too_long",
                    "the description is longer than 4096 bytes",
                    "shorten it",
                ));
            }
            after.description.clone_from(description);
        }
        for tag in &self.add_tags {
            check_text("tag", tag, TAG_MAX_BYTES)?;
            after.tags.insert(tag.clone());
        }
        after.tags.retain(|tag| !self.remove_tags.contains(tag));
        if after.tags.len() > TAGS_MAX {
            return Err(Invalid::new(
                "metadata.too_many_tags",
                "the secret has more than 64 tags",
                "use fewer",
            ));
        }
        if let Some(expires) = self.expires {
            after.expires_ms = expires.map(Timestamp::millis);
        }
        Ok(after)
    }
}
