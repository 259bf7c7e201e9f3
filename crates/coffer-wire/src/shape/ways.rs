//! The ways to say a value: one, a map of them, a random one, none.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value as Json, json};

use super::limits::FIELDS_MAX;
use super::{base64, field_name};
use crate::secret::Generate;

/// Members that say a value, and which of them have to be there: the ways to say one.
pub(crate) type Way = (Json, &'static [&'static str]);

/// One value, or a map of them. At least one field stands there.
pub(crate) fn values(schemas: &mut SchemaGenerator) -> Vec<Way> {
    [single(schemas).as_slice(), &fields(schemas)].concat()
}

/// One value.
pub(crate) fn single(schemas: &mut SchemaGenerator) -> Vec<Way> {
    let bytes = base64(schemas);
    vec![
        (json!({ "value": { "type": "string", "description": "Text." } }), &["value"]),
        (json!({ "value_base64": bytes }), &["value_base64"]),
    ]
}

/// A map of values.
pub(crate) fn fields(schemas: &mut SchemaGenerator) -> Vec<Way> {
    let (name, bytes) = (field_name(schemas), base64(schemas));
    let map = |field: &Json| {
        json!({
            "type": "object",
            "propertyNames": name,
            "additionalProperties": field,
            "minProperties": 1,
            "maxProperties": FIELDS_MAX,
        })
    };
    let (texts, others) = (map(&json!({ "type": "string" })), map(&bytes.to_value()));
    vec![
        (json!({ "fields": texts }), &["fields"]),
        (json!({ "fields_base64": others }), &["fields_base64"]),
        (json!({ "fields": texts, "fields_base64": others }), &["fields", "fields_base64"]),
    ]
}

/// A random value.
pub(crate) fn generated(schemas: &mut SchemaGenerator) -> Way {
    (json!({ "generate": schemas.subschema_for::<Generate>() }), &["generate"])
}

/// No value.
pub(crate) fn nothing() -> Way {
    (json!({}), &[])
}

/// An object in one of these ways, which has these members too, and no others where it comes from outside.
pub(crate) fn one_of(about: &str, ways: Vec<Way>, more: &Json, needed: &[&str], closed: bool) -> Schema {
    let ways: Vec<Json> = ways
        .into_iter()
        .map(|(members, required)| {
            let mut all = more.as_object().cloned().unwrap_or_default();
            all.extend(members.as_object().cloned().unwrap_or_default());
            let required: Vec<&str> = needed.iter().chain(required).copied().collect();
            json!({
                "type": "object",
                "properties": all,
                "required": required,
                "additionalProperties": !closed,
            })
        })
        .collect();
    json_schema!({ "description": about, "anyOf": ways })
}
