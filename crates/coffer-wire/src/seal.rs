//! Sealing and unsealing a server.

use serde::{Deserialize, Serialize};

use crate::Plain;
#[cfg(feature = "schema")]
use crate::shape;
use crate::value::said;

/// The keys are being forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sealed {
    /// Whether they are out of the server's memory. If not, requests that were under way still hold them, and let go as they end.
    pub keys_forgotten: bool,
}

/// What opens the store: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unseal {
    /// A passphrase.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub passphrase: Option<Plain>,
    /// What stands in a key file, all of it.
    #[serde(default, deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub key_file: Option<Plain>,
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Unseal {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Unseal".into()
    }

    fn json_schema(schemas: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let key_file = serde_json::json!({ "key_file": shape::key_file(schemas) });
        let ways: Vec<shape::ways::Way> = vec![
            (serde_json::json!({ "passphrase": { "type": "string" } }), &["passphrase"]),
            (key_file, &["key_file"]),
        ];
        shape::ways::one_of("What opens the store: one of the two.", ways, &serde_json::json!({}), &[], true)
    }
}
