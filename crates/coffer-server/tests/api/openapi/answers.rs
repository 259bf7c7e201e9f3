//! What each route answers: statuses, headers, problems.

use coffer_server::routes::{Audit, Route};
use coffer_wire::event::MEDIA_TYPE;
use coffer_wire::problem;
use schemars::SchemaGenerator;
use serde_json::{Map, Value as Json, json};

use super::examples;
use super::shapes::Shape;

/// Why something was not done: status, its name in the document, what it means.
const PROBLEMS: &[(u16, &str, &str)] = &[
    (400, "Invalid", "the request can't be right; the detail names the rule that it breaks"),
    (401, "Unauthenticated", "nothing was shown that is good here: a token, a code, an unlocker"),
    (
        403,
        "Refused",
        "the member may not, and is told which right is missing, unless that names what may not be known; or the tenant is suspended",
    ),
    (404, "NotFound", "there is no such thing here"),
    (408, "TooSlow", "the body did not come in time"),
    (409, "Conflict", "it can't be done as things are now"),
    (
        410,
        "Expired",
        "the secret has expired, and is not to be read then; or changes that were to be told were pruned",
    ),
    (412, "Changed", "the secret is at another version than was expected"),
    (413, "TooLarge", "the body is too large"),
    (422, "OtherRequest", "the idempotency key was used for another request"),
    (
        428,
        "ExpectationMissing",
        "what takes the place of a whole value says what it expects to be there, and this does not",
    ),
    (429, "TooMany", "too many requests came from this address, with this token, or in this tenant"),
    (500, "Failed", "the server failed at this request, or something stored does not open"),
    (503, "Unavailable", "it can't be done now: the server is sealed, busy, or can't write; try again later"),
    (507, "OverQuota", "the tenant would hold more than its quota allows"),
];

/// What a file is, where nobody has said.
pub(super) const BYTES: &str = "application/octet-stream";

/// The answers of one route.
pub(super) fn of(route: &Route, shape: &Shape) -> Json {
    let mut done = json!({ "description": "done", "headers": done_headers(route) });
    if let Some(gives) = &shape.gives {
        done["content"] = json!({ "application/json": { "schema": gives } });
    }
    if route.operation == "audit_export" {
        done["content"] = json!({ "application/x-tar": { "schema": {} } });
    }
    if route.operation == "secret_get_file" {
        // As whoever sent it has called it; this where nobody has.
        done["content"] = json!({ BYTES: { "schema": {} } });
    }
    if let ("secret_watch", Some(event)) = (route.operation, &shape.gives) {
        // OpenAPI 3.1 has no word for what is sent piece by piece: each event's `data` is one of these.
        done["content"] = json!({ MEDIA_TYPE: { "schema": { "type": "string", "contentMediaType": MEDIA_TYPE }, "x-event": event } });
    }
    let mut answers = Map::new();
    for (status, name, _) in PROBLEMS.iter().filter(|(status, ..)| is_possible(route, *status)) {
        answers.insert(status.to_string(), json!({ "$ref": format!("#/components/responses/{name}") }));
    }
    match route.operation {
        "secret_get" | "secret_get_file" => {
            let headers = done["headers"].clone();
            let unchanged =
                json!({ "description": "the caller has this version already", "headers": headers });
            answers.insert("304".to_owned(), unchanged);
        }
        "secret_set" | "secret_set_file" => drop(answers.insert("201".to_owned(), done.clone())),
        "health_ready" | "health_secrets" => {
            let mut not = done.clone();
            not["description"] = json!("requests would not be answered now; or this one was not looked at");
            not["content"][problem::MEDIA_TYPE] =
                json!({ "schema": { "$ref": "#/components/schemas/Problem" } });
            answers.insert("503".to_owned(), not);
        }
        _ => {}
    }
    answers.insert(shape.status.to_string(), done);
    Json::Object(answers)
}

fn is_possible(route: &Route, status: u16) -> bool {
    let operation = route.operation;
    let has_body = route.body_max_bytes > 0;
    let is_audited = !matches!(route.audit, Audit::Nothing);
    match status {
        // But for health and this document, which pass over whatever comes with a request.
        400 | 401 => is_audited,
        403 => is_audited && !matches!(operation, "store_unseal" | "tenant_unlock"),
        404 => matches!(
            operation,
            "secret_get"
                | "secret_get_file"
                | "secret_find"
                | "secret_set"
                | "secret_set_file"
                | "secret_remove"
                | "secret_get_together"
                | "secret_history"
                | "secret_references"
                | "secret_undo"
                | "secret_rotate"
                | "secret_label"
                | "secret_pin"
                | "secret_override"
                | "secret_override_remove"
                | "secret_destroy"
                | "tenant_suspend"
                | "tenant_resume"
                | "tenant_show"
                | "tenant_quota"
                | "tenant_set"
                | "tenant_undo"
                | "tenant_rename"
                | "tenant_erase"
                | "tenant_certificate"
                | "unlocker_remove"
                | "issuer_change"
                | "issuer_remove"
                | "issuer_undo"
                | "authority_set"
                | "authority_remove"
                | "authority_undo"
                | "member_change"
                | "member_create"
                | "member_undo"
                | "member_remove"
                | "member_code"
                | "role_remove"
                | "role_undo"
                | "policy_get"
                | "policy_remove"
                | "policy_undo"
                | "group_set"
                | "group_remove"
                | "group_undo"
                | "access_explain"
                | "access_preview"
                | "member_unlock"
                | "factor_confirm"
                | "factor_remove"
                | "factor_remove_own"
                | "client_secret_create"
                | "client_secret_revoke"
                | "token_create"
                | "token_revoke"
                | "audit_entry"
                | "audit_proof"
                | "audit_forget"
        ),
        409 => matches!(
            operation,
            "store_unseal"
                | "secret_get"
                | "secret_get_file"
                | "secret_get_together"
                | "secret_set"
                | "secret_set_file"
                | "secret_set_together"
                | "secret_undo"
                | "secret_rotate"
                | "secret_destroy"
                | "tenant_create"
                | "tenant_rename"
                | "tenant_erase"
                | "unlocker_add"
                | "unlocker_remove"
                | "issuer_create"
                | "issuer_change"
                | "issuer_undo"
                | "member_create"
                | "member_code"
                | "role_remove"
                | "role_undo"
                | "policy_remove"
                | "policy_undo"
                | "password_set"
                | "factor_enrol"
                | "factor_confirm"
                | "factor_remove"
                | "factor_remove_own"
                | "client_secret_create"
                | "token_create"
                | "token_renew"
                | "audit_export"
                | "audit_prune"
                | "audit_forget"
        ),
        // A merge reads what is there.
        410 => matches!(
            operation,
            "secret_get" | "secret_get_file" | "secret_get_together" | "secret_set" | "secret_watch"
        ),
        412 | 428 => matches!(operation, "secret_set" | "secret_set_file" | "secret_set_together"),
        507 => adds(operation) || operation == "tenant_create",
        408 | 413 => has_body,
        422 => route.happens_once(),
        _ => true,
    }
}

/// Whether it may add to what a tenant holds.
fn adds(operation: &str) -> bool {
    matches!(
        operation,
        "secret_set"
            | "secret_set_file"
            | "secret_set_together"
            | "secret_rotate"
            | "secret_override"
            | "member_create"
    )
}

fn header(name: &str) -> Json {
    json!({ "$ref": format!("#/components/headers/{name}") })
}

fn done_headers(route: &Route) -> Json {
    let mut headers = json!({ "X-Request-Id": header("X-Request-Id") });
    match (route.operation, route.audit) {
        (_, Audit::Nothing) => {}
        // What reads on, and what had nothing to do, has no entry.
        ("audit_follow" | "audit_prune", _) => {
            headers["X-Coffer-Audit-Id"] = header("X-Coffer-Audit-Id-If-Any")
        }
        _ => headers["X-Coffer-Audit-Id"] = header("X-Coffer-Audit-Id"),
    }
    if matches!(
        route.operation,
        "secret_get" | "secret_get_file" | "secret_set" | "secret_set_file" | "secret_rotate"
    ) {
        headers["ETag"] = header("ETag");
    }
    if route.happens_once() {
        headers["Idempotency-Replayed"] = header("Idempotency-Replayed");
    }
    if adds(route.operation) {
        headers["X-Coffer-Quota"] = header("X-Coffer-Quota");
    }
    headers
}

/// The headers that answers have.
pub(super) fn headers() -> Json {
    let entry = json!({
        "type": "string",
        "pattern": "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
    });
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let header = |about: &str, is_required: bool, schema: Json| json!({ "description": about, "required": is_required, "schema": schema });
    let seconds = json!({ "type": "integer", "minimum": 1 });
    json!({
        "X-Request-Id": header("The request.", true, text("^[0-9a-f]{32}$")),
        "X-Coffer-Audit-Id": header("The entry that says what was done.", true, entry.clone()),
        "X-Coffer-Audit-Id-If-Any": header("The entry that says so, if there is one.", false, entry),
        "ETag": header(
            "The version; behind a dash what it is filled in with, which is another one when any of that changes.",
            true,
            text("^\"[1-9][0-9]*(?:-[0-9a-f]{16})?\"$"),
        ),
        "Idempotency-Replayed": header(
            "The answer is the one that was given before, for the same idempotency key.",
            false,
            json!({ "const": "true" }),
        ),
        "X-Coffer-Quota": header(
            "What the tenant has little room left for, if there is something: a list (RFC 9651).",
            false,
            text("^[a-z]+;used=[0-9]+;limit=[0-9]+(?:, [a-z]+;used=[0-9]+;limit=[0-9]+)*$"),
        ),
        "WWW-Authenticate": header("What would be good.", true, json!({ "const": "Bearer" })),
        "Retry-After": header("Seconds after which it is worth trying again.", true, seconds.clone()),
        "Retry-After-If-Any": header("Seconds after which it is worth trying again, if that is known.", false, seconds),
    })
}

/// The problems, each once.
pub(super) fn problems(schemas: &mut SchemaGenerator) -> Json {
    let schema = schemas.subschema_for::<problem::Problem>().to_value();
    let mut all = Map::new();
    for (status, name, about) in PROBLEMS {
        let mut headers = json!({
            "X-Request-Id": header("X-Request-Id"),
            "X-Coffer-Audit-Id": header("X-Coffer-Audit-Id-If-Any"),
        });
        match status {
            401 => headers["WWW-Authenticate"] = header("WWW-Authenticate"),
            429 => headers["Retry-After"] = header("Retry-After"),
            503 => headers["Retry-After"] = header("Retry-After-If-Any"),
            _ => {}
        }
        let problem = json!({ "allOf": [schema, { "properties": { "status": { "const": status } } }] });
        let mut content = json!({ "schema": problem });
        if *status == 428 {
            content["example"] = examples::unsaid();
        }
        all.insert(
            (*name).to_owned(),
            json!({ "description": about, "headers": headers, "content": { problem::MEDIA_TYPE: content } }),
        );
    }
    Json::Object(all)
}
