//! The schemas of what holds a value: each way to say one is an alternative, because not all members go together.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value as Json, json};

use super::{BatchItem, BatchRead, Given, Label, MetadataChange, Pin, Secret, SecretWrite};
use crate::Moment;
use crate::shape;
use crate::shape::ways::Way;

impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let more = json!({
            "path": shape::secret_path(schemas),
            "version": shape::version(schemas),
            "references": {
                "type": "boolean",
                "description": "Whether it was written with references: filled in, or as it was written.",
            },
            "expires": Moment::json_schema(schemas),
            "own": { "type": "boolean", "description": "The reader's own value; said only where it is." },
        });
        let about = "A version of a secret, as it is read.";
        shape::ways::one_of(about, shape::ways::values(schemas), &more, &["path", "version"], false)
    }
}

impl JsonSchema for BatchItem {
    fn schema_name() -> Cow<'static, str> {
        "BatchItem".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let version = json!({
            "type": "integer",
            "format": "uint64",
            "minimum": 0,
            "description": "Only if this version is current; 0: only if there is none.",
        });
        let overwrite = json!({ "const": true, "description": "Whatever is there, or nothing." });
        let more = json!({
            "path": shape::secret_path(schemas),
            "references": references(),
            "replace": { "type": "boolean", "description": "Fields, too, may be replaced with a single value." },
            "metadata": schemas.subschema_for::<MetadataChange>(),
        });
        // What is expected is said in one of two ways.
        let expected = [
            ("if_version", json!({ "if_version": version, "overwrite": { "const": false } })),
            ("overwrite", json!({ "overwrite": overwrite })),
        ];
        let ways = expected.map(|(name, members)| {
            let all =
                [&more, &members].into_iter().filter_map(Json::as_object).flat_map(Map::clone).collect();
            shape::ways::one_of("", shape::ways::values(schemas), &Json::Object(all), &["path", name], true)
        });
        let ways: Vec<&Json> = ways.iter().filter_map(|way| way.get("anyOf")?.as_array()).flatten().collect();
        json_schema!({ "description": "A path, and what it holds from now on.", "anyOf": ways })
    }
}

impl JsonSchema for Given {
    fn schema_name() -> Cow<'static, str> {
        "Given".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let mut ways = shape::ways::values(schemas);
        ways.extend([shape::ways::generated(schemas), shape::ways::nothing()]);
        let about = "A new value. Nothing named: 32 random letters and digits.";
        shape::ways::one_of(about, ways, &json!({}), &[], true)
    }
}

impl JsonSchema for Label {
    fn schema_name() -> Cow<'static, str> {
        "Label".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let name = json!({ "label": shape::version_label(schemas) });
        name_or_take_away("What a version is called from now on.", schemas, &name, &["label"])
    }
}

impl JsonSchema for Pin {
    fn schema_name() -> Cow<'static, str> {
        "Pin".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let name = json!({ "consumer": shape::consumer(schemas) });
        name_or_take_away("Which version a consumer uses from now on.", schemas, &name, &["consumer"])
    }
}

/// A name is given to a version, or taken away.
fn name_or_take_away(about: &str, schemas: &mut SchemaGenerator, name: &Json, required: &[&str]) -> Schema {
    let given = json!({ "version": shape::version(schemas), "remove": { "const": false } });
    let taken = json!({ "remove": { "const": true } });
    let ways: Vec<Way> = vec![(given, &[]), (taken, &["remove"])];
    shape::ways::one_of(about, ways, name, required, true)
}

impl JsonSchema for SecretWrite {
    fn schema_name() -> Cow<'static, str> {
        "SecretWrite".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let removed = json!({
            "type": "array",
            "items": { "type": "string" },
            "description": "Fields to take out.",
        });
        let with = |(members, required): Way, more: &Json| -> Way {
            let all = [members, more.clone()];
            let all: Map<String, Json> =
                all.iter().filter_map(Json::as_object).flat_map(Map::clone).collect();
            (Json::Object(all), required)
        };
        let whole = json!({
            "references": references(),
            "replace": { "type": "boolean", "description": "Whatever is there." },
        });
        let merged =
            json!({ "references": references(), "remove_fields": removed, "replace": { "const": false } });
        let plain = json!({ "const": false });
        let none = json!({ "references": plain, "remove_fields": removed, "replace": { "const": false } });
        let mut ways: Vec<Way> =
            shape::ways::single(schemas).into_iter().map(|way| with(way, &whole)).collect();
        let generated = json!({ "references": plain, "replace": { "type": "boolean", "description": "Whatever is there." } });
        ways.push(with(shape::ways::generated(schemas), &generated));
        ways.extend(shape::ways::fields(schemas).into_iter().map(|way| with(way, &merged)));
        ways.extend(shape::ways::fields(schemas).into_iter().map(|way| with(way, &whole)));
        ways.push(with(shape::ways::nothing(), &none));
        let more = json!({ "metadata": schemas.subschema_for::<MetadataChange>() });
        let about =
            "A change of one secret: a value, fields that are merged or put in the place of all, metadata.";
        shape::ways::one_of(about, ways, &more, &[], true)
    }
}

impl JsonSchema for BatchRead {
    fn schema_name() -> Cow<'static, str> {
        "BatchRead".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        let (path, folder) = (shape::secret_path(schemas), shape::folder_or_root(schemas));
        let consumer = shape::consumer(schemas);
        let shared = json!({
            "type": "boolean",
            "description": "Of each the current version, also where the reader has a value of his own.",
        });
        let raw = json!({
            "type": "boolean",
            "description": "Those with references as they were written, and not filled in.",
        });
        json_schema!({
            "description": "Which secrets to read together: those of these paths, or all in a folder.",
            "oneOf": [
                {
                    "type": "object",
                    "properties": {
                        "paths": { "type": "array", "items": path, "minItems": 1, "maxItems": shape::limits::TOGETHER_MAX },
                        "recursive": { "const": false },
                        "consumer": consumer,
                        "shared": shared,
                        "raw": raw,
                    },
                    "required": ["paths"],
                    "additionalProperties": false,
                },
                {
                    "type": "object",
                    "properties": {
                        "folder": folder,
                        "recursive": { "type": "boolean", "description": "And all below it." },
                        "consumer": consumer,
                        "shared": shared,
                        "raw": raw,
                    },
                    "required": ["folder"],
                    "additionalProperties": false,
                },
            ],
        })
    }
}

/// Whether a value is to be filled in.
fn references() -> Json {
    json!({
        "type": "boolean",
        "description": "Whether `${NAME}` in it is filled in with another secret when it is read.",
    })
}
