//! What each route takes in its path, its query and its headers.

use coffer_engine::limits::ONCE_KEY_MAX_BYTES;
use coffer_server::limits::PAGE_MAX;
use coffer_server::routes::{Audit, Route};
use coffer_wire::Moment;
use coffer_wire::shape;
use schemars::{JsonSchema as _, SchemaGenerator};
use serde_json::{Value as Json, json};

use super::examples;

/// All of them.
pub(super) fn of(route: &Route, schemas: &mut SchemaGenerator) -> Vec<Json> {
    let mut parameters = queries(route.operation, schemas);
    assert!(
        route.takes_query || parameters.is_empty(),
        "{} takes a query by what is said here, and none by its route",
        route.operation
    );
    parameters.extend(path(route, schemas));
    parameters.extend(headers(route, schemas));
    parameters
}

/// A parameter. Without an example there is nothing to guess: a good one comes from an answer.
fn parameter(place: &str, name: &str, about: &str, schema: &Json) -> Json {
    // Two sizes of a log can't be guessed.
    let is_required = place == "path"
        || matches!(name, "old" | "new" | "right")
        || (name == "member" && about == "Who sees it.");
    json!({ "name": name, "in": place, "required": is_required, "description": about, "schema": schema })
}

fn path(route: &Route, schemas: &mut SchemaGenerator) -> Option<Json> {
    let (_, name) = route.path.split_once("{*")?;
    let name = name.trim_end_matches('}');
    let (about, schema) = match (name, route.operation) {
        ("path", "secret_list") => ("A folder.", shape::folder_path(schemas).to_value()),
        ("path", _) => {
            ("A secret: an environment, any folders, a name.", shape::secret_path(schemas).to_value())
        }
        ("name", operation) if operation.starts_with("member_") || operation == "factor_remove" => {
            ("A member.", shape::member_name(schemas).to_value())
        }
        ("name", operation)
            if ["role_", "policy_", "group_", "authority_"]
                .iter()
                .any(|noun| operation.starts_with(noun)) =>
        {
            ("What it is called.", shape::slug(schemas).to_value())
        }
        ("name", "issuer_change" | "issuer_remove" | "issuer_undo") => {
            ("An issuer.", shape::member_name(schemas).to_value())
        }
        ("name", _) => ("A tenant.", shape::tenant_name(schemas).to_value()),
        ("id", "token_revoke") => {
            ("A token's id.", json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{32}$" }))
        }
        ("id", "client_secret_revoke") => {
            ("A client secret's id.", json!({ "type": "string", "pattern": "^[0-9A-Fa-f]{32}$" }))
        }
        ("id", _) => ("An unlocker's id.", shape::id(schemas).to_value()),
        ("entry", _) => ("An entry: its index in the log, or its number.", entry()),
        (name, _) => panic!("what may {name} be? Add it here"),
    };
    let mut parameter = parameter("path", name, about, &schema);
    parameter["example"] = examples::in_path(route.operation, name);
    Some(parameter)
}

fn entry() -> Json {
    let id = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}";
    json!({ "type": "string", "pattern": format!("^(?:[0-9]{{1,19}}|{id})$") })
}

fn headers(route: &Route, schemas: &mut SchemaGenerator) -> Vec<Json> {
    let mut headers = Vec::new();
    let mut add = |name: &str, about: &str, schema: &Json| {
        headers.push(parameter("header", name, about, schema));
    };
    match route.operation {
        "secret_get" | "secret_get_file" => add(
            "If-None-Match",
            "Tags that the caller has: for one of them the answer is 304. What is none is passed over.",
            &json!({ "type": "string" }),
        ),
        "secret_set" | "secret_set_file" => {
            let version =
                json!({ "type": "string", "pattern": "^(?:[*]|\"[1-9][0-9]{0,18}(?:-[0-9a-f]{16})?\")$" });
            add(
                "If-Match",
                "Writes only if the current version is the one of this tag, or `*`: if there is one.",
                &version,
            );
            add(
                "If-None-Match",
                "Writes only if there is none. Not together with `If-Match`.",
                &json!({ "const": "*" }),
            );
        }
        _ => {}
    }
    match route.operation {
        "secret_set_file" => add(
            "X-Coffer-Metadata",
            "What changes about the secret besides: the member `metadata` of a write, as JSON, percent-encoded as `X-Coffer-Message` is.",
            &json!({ "type": "string" }),
        ),
        "secret_watch" => add(
            "Last-Event-ID",
            "The cursor of the last event that came: as `after`, which it goes before.",
            &json!({ "type": "string", "pattern": "^[0-9]{0,19}$" }),
        ),
        _ => {}
    }
    if matches!(route.audit, Audit::Entry(_)) || matches!(route.operation, "sign_in" | "tenant_unlock") {
        let about = match route.operation {
            "tenant_list" | "tenant_create" | "tenant_show" | "tenant_rename" | "tenant_erase"
            | "tenant_suspend" | "tenant_resume" | "tenant_set" | "tenant_quota" | "tenant_undo" => {
                "The tenant whose member manages those below it; not said: a member of the instance asks."
            }
            _ => "Which tenant is meant; not said: `default`.",
        };
        add("X-Coffer-Tenant", about, &shape::tenant_name(schemas).to_value());
    }
    if route.happens_once() {
        let key = json!({ "type": "string", "pattern": format!("^[!-~]{{1,{ONCE_KEY_MAX_BYTES}}}$") });
        add("Idempotency-Key", "What this change is known by for a day: it happens once.", &key);
    }
    if route.is_explained() {
        // Its limit is in bytes of what it says, which no length of what is sent can say.
        let message = json!({ "type": "string", "pattern": MESSAGE });
        add(
            "X-Coffer-Message",
            "Why, in UTF-8, percent-encoded where it is no visible ASCII or a space. No secret belongs in it.",
            &message,
        );
    }
    headers
}

/// Percent-encoded UTF-8 of text without control characters, with something to be seen in it.
const MESSAGE: &str = "^[!-$&-~](?:[ -$&-~]|%2[0-9A-F]|%C3%[AB][0-9A-F])*$";

fn queries(operation: &str, schemas: &mut SchemaGenerator) -> Vec<Json> {
    let (text, yes) = (json!({ "type": "string" }), json!({ "type": "boolean" }));
    let tenant = shape::tenant_name(schemas).to_value();
    let tenant_id = shape::id(schemas).to_value();
    let number = json!({ "type": "integer", "format": "uint64", "minimum": 0, "maximum": u64::MAX });
    let count = json!({ "type": "integer", "minimum": 1, "maximum": PAGE_MAX });
    let cursor = json!({ "type": "string", "pattern": shape::CURSOR });
    let stage = json!({ "enum": ["current", "pending", "previous"] });
    let decision = json!({ "enum": ["allowed", "refused"] });
    let moment = Moment::json_schema(schemas).to_value();
    let remark = shape::remark_in_query(schemas).to_value();
    let version = shape::version(schemas).to_value();
    let folder = shape::folder_or_root(schemas).to_value();
    let label = shape::version_label(schemas).to_value();
    let consumer = shape::consumer(schemas).to_value();
    let network = shape::credentials::network(schemas).to_value();
    let (member, right) = (shape::member_name(schemas).to_value(), shape::right().to_value());
    let path = shape::secret_path(schemas).to_value();
    let instance =
        ("instance", "Whether the instance's own are meant, with a token of the instance's.", &yes);
    let page = [
        ("limit", "How many at most; not said: 1,000.", &count),
        ("cursor", "Where this page begins: `next` of the one before.", &cursor),
    ];
    let overwrite = (
        "overwrite",
        "Whatever is there, or nothing: what takes the place of a whole value says this, or sends `If-Match` or `If-None-Match`.",
        &yes,
    );
    let said = match operation {
        "secret_set" => vec![overwrite],
        "secret_set_file" => {
            let fields_too = "In place of whatever is there; else a file does not take the place of fields.";
            vec![("replace", fields_too, &yes), overwrite]
        }
        "secret_get" | "secret_get_file" => {
            let which = [
                (
                    "version",
                    "This version. One of these four at most; none: the caller's own value, or the current version.",
                    &version,
                ),
                (
                    "stage",
                    "The version at this stage; `current`: also where the caller has a value of his own.",
                    &stage,
                ),
                ("label", "The version that is called so.", &label),
                (
                    "consumer",
                    "The version that is pinned for this consumer; where none is, the current one.",
                    &consumer,
                ),
            ];
            let raw = ("raw", "Whether it is given as it was written: references are not filled in.", &yes);
            which.into_iter().chain((operation == "secret_get").then_some(raw)).collect()
        }
        "secret_list" | "secret_list_root" => {
            [[("recursive", "Whether all below is listed, too.", &yes)].as_slice(), &page].concat()
        }
        "secret_report" => vec![("folder", "Below this folder; not said: everywhere.", &folder)],
        "tenant_list" => {
            [page.as_slice(), &[("below", "Those below this one in the tree; not said: all.", &tenant)]]
                .concat()
        }
        "tenant_certificate" => {
            vec![("id", "The tenant's id; not said: the last of this name is meant.", &tenant_id)]
        }
        "member_list" | "role_list" | "policy_list" | "group_list" | "token_list" | "client_secret_list"
        | "issuer_list" | "authority_list" => [[instance].as_slice(), &page].concat(),
        "member_create"
        | "member_change"
        | "member_undo"
        | "member_unlock"
        | "member_remove"
        | "role_set"
        | "role_remove"
        | "role_undo"
        | "authority_set"
        | "authority_remove"
        | "authority_undo"
        | "issuer_create"
        | "issuer_change"
        | "issuer_remove"
        | "issuer_undo"
        | "policy_get"
        | "policy_set"
        | "policy_remove"
        | "policy_undo"
        | "group_set"
        | "group_remove"
        | "group_undo"
        | "password_set"
        | "factor_enrol"
        | "factor_confirm"
        | "factor_remove"
        | "factor_remove_own"
        | "member_code"
        | "client_secret_create"
        | "client_secret_revoke"
        | "sign_in"
        | "token_create"
        | "token_revoke"
        | "token_revoke_own"
        | "token_renew"
        | "audit_entry"
        | "audit_proof"
        | "audit_keys"
        | "audit_publish"
        | "audit_prune"
        | "audit_hold"
        | "audit_forget"
        | "audit_verify" => {
            vec![instance]
        }
        "access_explain" => vec![
            instance,
            ("member", "Whom it is about; not said: the caller.", &member),
            ("right", "Which right.", &right),
            ("path", "At which secret; not said, nor a folder: in the tenant as a whole.", &path),
            ("folder", "In which folder.", &folder),
        ],
        "access_preview" => vec![
            ("member", "Who sees it.", &member),
            ("folder", "In which folder; not said: the root.", &folder),
            ("recursive", "Whether all below, too.", &yes),
        ],
        "audit_checkpoint" => vec![instance, ("to", "To whom it goes, as a person would call it.", &remark)],
        "audit_export" => {
            vec![instance, ("from", "What a bundle of so many entries lacks; not said: all.", &number)]
        }
        "audit_consistency" => vec![
            instance,
            ("old", "A size that the log had.", &number),
            ("new", "One that it had later.", &number),
        ],
        "audit_query" | "audit_follow" => vec![
            instance,
            ("from", "No entries before this index.", &number),
            ("limit", "How many at most; not said: 1,000.", &count),
            ("since", "No entries before this moment.", &moment),
            ("until", "No entries after this moment.", &moment),
            ("action", "Those of this action.", &text),
            ("path", "Those at this path, or below it.", &folder),
            ("outcome", "Those with this outcome.", &text),
            ("actor", "Those of this actor.", &text),
            ("decision", "Those that were allowed, or those that were refused.", &decision),
            ("leaves", "Whether each is shown as it is hashed, too.", &yes),
            ("source", "Those that came from this network.", &network),
        ],
        "secret_watch" => vec![
            ("after", "Behind which entry of the log to go on; not said: from now on.", &number),
            ("prefix", "Changes at this path, or below it; not said: all.", &folder),
        ],
        _ => Vec::new(),
    };
    said.into_iter().map(|(name, about, schema)| parameter("query", name, about, schema)).collect()
}
