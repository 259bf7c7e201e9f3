//! Unlockers: what opens the store.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

#[cfg(feature = "schema")]
use crate::shape;
use crate::value::said;
use crate::{Moment, Plain};

/// An unlocker, without what it opens with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unlocker {
    /// Its id: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
    /// `key-file` or `passphrase`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::unlocker_kind"))]
    pub kind: String,
    /// When it was set up.
    pub created: Moment,
}

/// The unlockers of an instance: each opens the store by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Unlockers {
    /// All of them.
    pub unlockers: Vec<Unlocker>,
}

/// An unlocker that is to be set up. Whoever has one and the store has everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NewUnlocker {
    /// A passphrase of at least 14 bytes.
    Passphrase(Plain),
    /// A key file, all of its text. It is made where it is to lie, and is there before it is set up.
    KeyFile(Plain),
}

/// Not as serde derives it, whose errors would say that an object with two members is no JSON.
impl<'de> Deserialize<'de> for NewUnlocker {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Members {
            #[serde(default, deserialize_with = "said")]
            passphrase: Option<Plain>,
            #[serde(default, deserialize_with = "said")]
            key_file: Option<Plain>,
        }
        match Members::deserialize(deserializer)? {
            Members { passphrase: Some(words), key_file: None } => Ok(Self::Passphrase(words)),
            Members { passphrase: None, key_file: Some(text) } => Ok(Self::KeyFile(text)),
            _ => Err(D::Error::custom("an unlocker is a passphrase or a key file")),
        }
    }
}

/// An unlocker that was set up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MadeUnlocker {
    /// Its id: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
    /// `key-file` or `passphrase`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::unlocker_kind"))]
    pub kind: String,
}

/// An unlocker that was removed. Who copied the store before, and holds the unlocker, still opens that copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RemovedUnlocker {
    /// Whether the storage has overwritten its wrap of the root key in its own files as well.
    pub erased: bool,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for NewUnlocker {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NewUnlocker".into()
    }

    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let passphrase = serde_json::json!({ "type": "string", "minLength": 14 });
        let ways: Vec<shape::ways::Way> = vec![
            (serde_json::json!({ "passphrase": passphrase }), &["passphrase"]),
            (serde_json::json!({ "key_file": shape::key_file(schemas) }), &["key_file"]),
        ];
        let about = "An unlocker that is to be set up: a passphrase, or all of the text of a key file.";
        shape::ways::one_of(about, ways, &serde_json::json!({}), &[], true)
    }
}
