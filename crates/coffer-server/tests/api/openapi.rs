//! `openapi.json` is made here, from the list of routes and the wire's types; the file that is checked in has to be it.

use coffer_server::routes::{Audit, ROUTES, Route};
use coffer_wire::{audit, health, member, problem, secret, tenant, token};
use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value as Json, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi.json");

/// What a route takes and gives: its body, the status when all is well, its answer.
struct Shape {
    takes: Option<Json>,
    status: u16,
    gives: Option<Json>,
}

fn shape(route: &Route, schemas: &mut SchemaGenerator) -> Shape {
    fn of<T: JsonSchema>(schemas: &mut SchemaGenerator) -> Option<Json> {
        Some(schemas.subschema_for::<T>().to_value())
    }
    let (takes, status, gives) = match route.operation {
        "health" => (None, 200, of::<health::Alive>(schemas)),
        "health_ready" => (None, 200, of::<health::Ready>(schemas)),
        "health_secrets" => (None, 200, of::<health::SecretsHealth>(schemas)),
        "openapi" => (None, 200, Some(json!({ "type": "object" }))),
        "secret_get" => (None, 200, of::<secret::Secret>(schemas)),
        "secret_set" => (of::<secret::SecretWrite>(schemas), 200, of::<secret::Written>(schemas)),
        "secret_remove" | "token_revoke" | "token_revoke_own" => (None, 204, None),
        "secret_list" | "secret_list_root" => (None, 200, of::<secret::Listing>(schemas)),
        "secret_get_together" => (of::<secret::BatchRead>(schemas), 200, of::<secret::Secrets>(schemas)),
        "secret_set_together" => {
            (of::<secret::BatchWrite>(schemas), 200, of::<secret::BatchWritten>(schemas))
        }
        "secret_history" => (None, 200, of::<secret::History>(schemas)),
        "secret_undo" => (None, 200, of::<secret::Undone>(schemas)),
        "secret_rotate" => (None, 200, of::<secret::Written>(schemas)),
        "secret_destroy" => (of::<secret::Destroy>(schemas), 200, of::<secret::Destroyed>(schemas)),
        "tenant_list" => (None, 200, of::<tenant::Tenants>(schemas)),
        "tenant_create" => (of::<tenant::NewTenant>(schemas), 201, of::<tenant::Tenant>(schemas)),
        "member_list" => (None, 200, of::<member::Members>(schemas)),
        "member_create" => (of::<member::NewMember>(schemas), 201, of::<member::MadeMember>(schemas)),
        "member_change" => (of::<member::MemberChange>(schemas), 204, None),
        "token_list" => (None, 200, of::<token::Tokens>(schemas)),
        "token_create" => (of::<token::NewToken>(schemas), 201, of::<token::MadeToken>(schemas)),
        "token_renew" => (None, 200, of::<token::Renewed>(schemas)),
        "audit_query" => (None, 200, of::<audit::Entries>(schemas)),
        "audit_verify" => (None, 200, of::<audit::Report>(schemas)),
        other => panic!("what does {other} take and give? Add it here"),
    };
    Shape { takes, status, gives }
}

fn parameter(place: &str, name: &str, schema: &Json) -> Json {
    json!({ "name": name, "in": place, "required": place == "path", "schema": schema })
}

fn queries(operation: &str) -> Vec<Json> {
    let text = json!({ "type": "string" });
    let number = json!({ "type": "integer", "minimum": 0 });
    let (count, yes) =
        (json!({ "type": "integer", "minimum": 1, "maximum": 10_000 }), json!({ "type": "boolean" }));
    let moment = json!({ "type": "string", "format": "date-time" });
    let page = [("limit", &count), ("cursor", &text)];
    let said: Vec<(&str, &Json)> = match operation {
        "secret_get" => vec![("version", &number), ("stage", &text)],
        "secret_list" | "secret_list_root" => [&[("recursive", &yes)], page.as_slice()].concat(),
        "tenant_list" => page.to_vec(),
        "member_list" | "token_list" => [&[("instance", &yes)], page.as_slice()].concat(),
        "member_create" | "member_change" | "token_create" | "token_revoke" | "token_revoke_own"
        | "token_renew" | "audit_verify" => vec![("instance", &yes)],
        "audit_query" => vec![
            ("instance", &yes),
            ("from", &number),
            ("limit", &count),
            ("since", &moment),
            ("until", &moment),
            ("action", &text),
            ("path", &text),
            ("outcome", &text),
            ("actor", &text),
        ],
        _ => Vec::new(),
    };
    said.into_iter().map(|(name, schema)| parameter("query", name, schema)).collect()
}

fn operation(route: &Route, schemas: &mut SchemaGenerator) -> Json {
    let shape = shape(route, schemas);
    let text = json!({ "type": "string" });
    let mut parameters = queries(route.operation);
    if let Some((_, name)) = route.path.split_once("{*") {
        parameters.push(parameter("path", name.trim_end_matches('}'), &text));
    }
    if route.operation == "secret_set" {
        parameters
            .extend([parameter("header", "If-Match", &text), parameter("header", "If-None-Match", &text)]);
    }
    let is_open = matches!(route.audit, Audit::Nothing);
    if !is_open {
        parameters.push(parameter("header", "X-Coffer-Tenant", &text));
    }
    let mut done = json!({ "description": "done" });
    if let Some(gives) = shape.gives {
        done["content"] = json!({ "application/json": { "schema": gives } });
    }
    let mut responses = Map::from_iter([(shape.status.to_string(), done)]);
    if route.operation == "secret_set" {
        responses.insert("201".to_owned(), responses["200"].clone());
    }
    if route.operation.starts_with("health_") {
        responses.insert("503".to_owned(), responses["200"].clone());
    }
    let problem = schemas.subschema_for::<problem::Problem>().to_value();
    let problem = json!({
        "description": "why it was not done",
        "content": { problem::MEDIA_TYPE: { "schema": problem } },
    });
    responses.insert("default".to_owned(), problem);
    let mut operation = json!({
        "operationId": route.operation,
        "summary": route.about,
        "parameters": parameters,
        "responses": responses,
    });
    if let Audit::Entry(actions) = route.audit {
        operation["x-coffer-actions"] = actions.iter().map(|action| json!(action.name())).collect();
        operation["x-coffer-rights"] = route.rights().map(|right| json!(right.name())).collect();
    } else {
        operation["security"] = json!([]);
    }
    if let Some(takes) = shape.takes {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": takes } } });
    }
    operation
}

fn document() -> Json {
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
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Coffer",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0 OR MIT" },
            "description": "Secrets of many tenants. A path parameter may hold slashes. Every answer names its request in \
                `X-Request-Id`, and the audit entry in `X-Coffer-Audit-Id` when there is one.",
        },
        "security": [{ "token": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": schemas.take_definitions(true),
        },
    })
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
