//! Sealed files: the encrypted copy of an imported `.env`, which lies beside whoever imported it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::secret::Members;
#[cfg(feature = "schema")]
use crate::shape;
use crate::{Value, bytes};

/// What to seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SealFile {
    /// The content of the file: one value.
    #[serde(flatten)]
    pub content: Value,
}

impl<'de> Deserialize<'de> for SealFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Members::deserialize(deserializer)?;
        match (members.value()?, members) {
            (
                Some(content @ Value::Bytes(_)),
                Members {
                    path: None,
                    generate: None,
                    remove_fields: None,
                    replace: None,
                    metadata: None,
                    if_version: None,
                    overwrite: None,
                    ..
                },
            ) => Ok(Self { content }),
            _ => Err(D::Error::custom("a file has one value, and nothing else")),
        }
    }
}

/// A file that was sealed. Only the store that sealed it opens it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SealedFile {
    /// All of it, in base64.
    #[serde(with = "bytes")]
    #[cfg_attr(feature = "schema", schemars(with = "bytes::InBase64"))]
    pub file_base64: Vec<u8>,
}

/// What to open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OpenFile {
    /// A sealed file, all of it, in base64.
    #[serde(with = "bytes")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::sealed_file"))]
    pub file_base64: Vec<u8>,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SealFile {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SealFile".into()
    }

    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let none = serde_json::json!({});
        shape::ways::one_of("What to seal: one value.", shape::ways::single(schemas), &none, &[], true)
    }
}
