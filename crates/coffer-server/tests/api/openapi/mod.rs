//! `openapi.json` is made here, from the list of routes and the wire's types; the file that is checked in has to be it.

mod answers;
mod examples;
mod parameters;
mod shapes;

use std::collections::BTreeSet;

use coffer_engine::action::Right;
use coffer_engine::proof::Method;
use coffer_server::routes::{Audit, ROUTES, Route};
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

pub(crate) use examples::{AUTHORITY, KEY_SET};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Json {
    let shape = shapes::shape(route, schemas);
    let mut operation = json!({
        "operationId": route.operation,
        "summary": route.about,
        "parameters": parameters::of(route, schemas),
        "responses": answers::of(route, &shape),
    });
    if let Audit::Entry(actions) = route.audit {
        operation["x-coffer-actions"] = actions.iter().map(|action| json!(action.name())).collect();
        operation["x-coffer-rights"] = route.rights().map(|right| json!(right.name())).collect();
    } else {
        operation["security"] = json!([]);
        if let Audit::InBody(actions) = route.audit {
            operation["x-coffer-actions"] = actions.iter().map(|action| json!(action.name())).collect();
        }
    }
    if let Some(takes) = shape.takes {
        // What may be asked for without a body is asked for most often.
        let is_required = !matches!(route.operation, "audit_verify" | "secret_rotate" | "secret_override");
        let content = json!({ "schema": takes, "examples": examples::bodies(route.operation) });
        operation["requestBody"] =
            json!({ "required": is_required, "content": { "application/json": content } });
    }
    if route.operation == "secret_set_file" {
        let content = json!({ "schema": { "type": "string", "format": "binary" } });
        operation["requestBody"] = json!({ "required": false, "content": { answers::BYTES: content } });
    }
    operation
}

pub(crate) fn document() -> Json {
    let settings = SchemaSettings::draft2020_12()
        .with(|settings| settings.definitions_path = "/components/schemas".into());
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        let path = route.path.replace("{*", "{");
        let described = operation(route, &mut schemas);
        let entry = paths.entry(path).or_insert_with(|| json!({}));
        entry[route.method.to_lowercase()] = described;
    }
    let responses = answers::problems(&mut schemas);
    let mut definitions = Json::Object(schemas.take_definitions(true));
    bound_numbers(&mut definitions);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Coffer",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0 OR MIT" },
            "description": "Secrets of many tenants. A path parameter may hold slashes, which are sent as they are: `%2F` is refused, \
                and so is any other letter in percent signs that needs none. Lengths are counted in bytes of UTF-8, and names are in \
                Unicode normal form C. A query has at most 4,096 bytes, a value 1 MiB, a file 16 MiB. Every answer names its request in \
                `X-Request-Id`, and the audit entry in `X-Coffer-Audit-Id` when there is one. A change that comes with an \
                `Idempotency-Key` happens once: whoever sends the same request with the same key again within a day, and \
                still may, gets the answer that was given, with `Idempotency-Replayed: true`. Elsewhere the header means \
                nothing. A change may say why it is made in `X-Coffer-Message`: at most 4,096 bytes of UTF-8 on one line, of \
                which what is no visible ASCII character or space, and `%` itself, is percent-encoded. The log shows it, \
                and the history of the secret.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "A token of a member of the tenant; where the instance is meant, of one of the instance's.",
            } },
            "headers": answers::headers(),
            "responses": responses,
            "schemas": definitions,
        },
    })
}

/// The largest number that its type holds: whatever is larger is refused.
fn bound_numbers(schema: &mut Json) {
    match schema {
        Json::Object(members) => {
            let most = match members.get("format").and_then(Json::as_str) {
                Some("uint64") => Some(json!(u64::MAX)),
                Some("uint32") => Some(json!(u32::MAX)),
                _ => None,
            };
            if let Some(most) = most {
                members.entry("maximum").or_insert(most);
            }
            members.values_mut().for_each(bound_numbers);
        }
        Json::Array(items) => items.iter_mut().for_each(bound_numbers),
        _ => {}
    }
}

#[test]
fn the_document_is_that_of_the_routes() {
    let document = format!("{}\n", serde_json::to_string_pretty(&document()).unwrap());
    if std::env::var_os("COFFER_TEST_WRITE_GOLDEN").is_some() {
        std::fs::write(FILE, &document).unwrap();
    }
    let file = std::fs::read_to_string(FILE).unwrap();
    assert!(
        document == file,
        "the routes have changed: COFFER_TEST_WRITE_GOLDEN=1 writes openapi.json; review it"
    );
}

/// The fuzz target `body` has every type that a route takes.
#[test]
fn every_body_is_fuzzed() {
    let target = include_str!("../../../../../fuzz/fuzz_targets/body.rs");
    let document = document();
    let bodies: BTreeSet<&str> = document["paths"]
        .as_object()
        .into_iter()
        .flat_map(|paths| paths.values().filter_map(Json::as_object).flat_map(Map::values))
        .filter_map(|operation| {
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].as_str()
        })
        .filter_map(|name| name.rsplit('/').next())
        .collect();
    assert!(bodies.len() >= 8, "{bodies:?}");
    for body in bodies {
        assert!(target.contains(&format!("(\"{body}\", same::<")), "fuzz/fuzz_targets/body.rs lacks {body}");
    }
}

/// What the document says of lengths and numbers is what the engine holds to.
#[test]
fn the_limits_in_the_document_are_the_engines() {
    use coffer_engine::limits;
    use coffer_wire::shape;
    assert_eq!(shape::limits::PATH_MAX, limits::PATH_MAX_BYTES);
    assert_eq!(shape::limits::COMPARE_MAX, limits::COMPARE_FOLDERS_MAX);
    assert_eq!(shape::limits::PAGE_MAX, coffer_server::limits::PAGE_MAX);
    assert_eq!(shape::limits::SEGMENT_MAX, limits::SEGMENT_MAX_BYTES);
    assert_eq!(shape::limits::SEGMENTS_MAX, limits::PATH_MAX_SEGMENTS);
    assert_eq!(shape::limits::TENANT_MAX, limits::TENANT_NAME_MAX_BYTES);
    assert_eq!(shape::limits::TENANT_SEGMENTS_MAX, limits::TENANT_NAME_MAX_SEGMENTS);
    assert_eq!(shape::limits::BACKUPS_KEPT_MAX_DAYS, limits::BACKUPS_KEPT_MAX_DAYS);
    assert_eq!(shape::limits::LABEL_MAX, limits::LABEL_MAX_BYTES);
    assert_eq!(shape::limits::CONSUMER_MAX, limits::CONSUMER_MAX_BYTES);
    for name in [
        limits::MEMBER_NAME_MAX_BYTES,
        limits::FIELD_NAME_MAX_BYTES,
        limits::OWNER_MAX_BYTES,
        limits::TOKEN_LABEL_MAX_BYTES,
        limits::PURPOSE_MAX_BYTES,
    ] {
        assert_eq!(shape::limits::NAME_MAX, name);
    }
    assert_eq!([shape::limits::ISSUER_TEXT_MAX; 2], [limits::ISSUER_TEXT_MAX_BYTES, limits::CLAIM_MAX_BYTES]);
    assert_eq!(shape::limits::AUDIENCES_MAX, limits::AUDIENCES_MAX);
    assert_eq!(shape::limits::CERTIFICATE_NAMES_MAX, limits::AUTHORITY_NAMES_MAX);
    assert_eq!(shape::limits::CLAIMS_MAX, limits::CLAIM_PATTERNS_MAX);
    assert_eq!(
        shape::limits::ALGORITHMS,
        coffer_engine::jwt::Algorithm::ALL.map(|algorithm| algorithm.name())
    );
    assert_eq!(shape::limits::RESIDENCY_MAX, limits::RESIDENCY_MAX_BYTES);
    assert_eq!(shape::limits::ROTATE_EVERY_MIN, limits::ROTATE_EVERY_MIN);
    assert_eq!(shape::limits::ROTATE_EVERY_MAX, limits::ROTATE_EVERY_MAX);
    assert_eq!(shape::limits::QUOTA_MAX, limits::QUOTA_MAX);
    assert_eq!(shape::limits::PASSWORD_MIN, limits::PASSWORD_MIN_CHARACTERS);
    assert_eq!(shape::limits::PASSWORD_MAX, limits::PASSWORD_MAX_BYTES);
    assert_eq!(shape::limits::TAG_MAX, limits::TAG_MAX_BYTES);
    assert_eq!([shape::limits::TEXT_MAX; 2], [limits::DESCRIPTION_MAX_BYTES, limits::REMARK_MAX_BYTES]);
    assert_eq!(shape::limits::TOGETHER_MAX, limits::TOGETHER_MAX);
    assert_eq!(shape::limits::SEARCH_WORDS_MAX, limits::SEARCH_WORDS_MAX);
    assert_eq!(shape::limits::PAGE_MAX, coffer_server::limits::PAGE_MAX);
    assert_eq!(shape::limits::FIELDS_MAX, limits::FIELDS_MAX);
    assert_eq!(shape::limits::GENERATED_MIN, limits::GENERATED_MIN_CHARACTERS);
    assert_eq!(shape::limits::GENERATED_MAX, limits::GENERATED_MAX_CHARACTERS);
    assert_eq!(shape::limits::TOKEN_SECONDS_MAX, limits::TOKEN_LIFE_MAX_SECONDS);
    assert_eq!(shape::limits::CODE_SECONDS_MAX, limits::CODE_LIFE_MAX_SECONDS);
    assert_eq!(
        [shape::limits::SLUG_MAX, shape::limits::POLICY_MAX],
        [limits::SLUG_MAX_BYTES, limits::POLICY_MAX_BYTES]
    );
    let said = shape::right().to_value()["enum"].clone();
    let rights: Vec<Json> = Right::ALL.iter().map(|right| json!(right.name())).collect();
    assert_eq!(said, json!(rights));
    let said =
        document()["components"]["schemas"]["Conditions"]["properties"]["methods"]["items"]["enum"].clone();
    let methods: Vec<Json> = Method::ALL.iter().map(|method| json!(method.name())).collect();
    assert_eq!(said, json!(methods));
}
