//! How schemas say what is taken: patterns and limits, for `openapi.json`.
//!
//! # Invariants
//! - Nothing is parsed with these: the engine decides. `tests/api/openapi` of the server holds the limits against the engine's own, and
//!   `tests/api/schemathesis.rs` a running server against all of it.
//! - A limit in bytes is said in characters, which is the same for ASCII. Where it is shorter for other texts, the server says so.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use self::limits::{
    BACKUPS_KEPT_MAX_DAYS, COMPARE_MAX, CONSUMER_MAX, GENERATED_MAX, GENERATED_MIN, LABEL_MAX, NAME_MAX,
    PAGE_MAX, PATH_MAX, POLICY_MAX, QUOTA_MAX, RESIDENCY_MAX, ROTATE_EVERY_MAX, ROTATE_EVERY_MIN,
    SEGMENT_MAX, SEGMENTS_MAX, SLUG_MAX, TAG_MAX, TENANT_MAX, TENANT_SEGMENTS_MAX, TEXT_MAX,
};

pub mod credentials;
pub mod issuers;
pub mod limits;
pub(crate) mod ways;

/// Where a page begins: base64url without padding (RFC 4648, section 5), of any bytes.
pub const CURSOR: &str = "^(?:[A-Za-z0-9_-]{4})*(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?$";

/// Characters that are not seen, and change what is: no name and no remark has one.
const HIDDEN: &str =
    r"\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb";
/// Characters that mean something else elsewhere: no name has one.
const SPECIAL: &str = r"\\%*+?#";
/// White space that is not among the hidden.
const SPACE: &str = r" \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000";

/// A schema that stands once in a document, and is referred to by its name.
macro_rules! named {
    ($shape:ident, $name:ident, $about:literal, $schema:block) => {
        #[doc = $about]
        pub fn $shape(schemas: &mut SchemaGenerator) -> Schema {
            struct $name;
            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    let mut schema: Schema = $schema;
                    schema.insert("description".to_owned(), json!($about));
                    schema
                }
            }
            schemas.subschema_for::<$name>()
        }
    };
}

named!(secret_path, SecretPath, "The path of a secret.", {
    let (segment, below) = (segment(), SEGMENTS_MAX.saturating_sub(1));
    text(&format!("^{segment}(?:/{segment}){{1,{below}}}$"), PATH_MAX)
});

named!(folder_path, FolderPath, "The path of a folder, which is not the root.", {
    let (segment, below) = (segment(), SEGMENTS_MAX.saturating_sub(1));
    text(&format!("^{segment}(?:/{segment}){{0,{below}}}$"), PATH_MAX)
});

named!(folder_or_root, FolderOrRoot, "The path of a folder; the empty text is the root.", {
    let (segment, below) = (segment(), SEGMENTS_MAX.saturating_sub(1));
    json_schema!({
        "type": "string",
        "pattern": format!("^(?:{segment}(?:/{segment}){{0,{below}}})?$"),
        "maxLength": PATH_MAX,
    })
});

named!(path_pattern, PathPattern, "Which paths a grant covers.", {
    let (segment, below) = (segment(), SEGMENTS_MAX.saturating_sub(1));
    let pattern = format!(r"^(?:\*\*|{segment}(?:/{segment}){{0,{below}}}(?:/\*\*)?)$");
    text(&pattern, PATH_MAX.saturating_add(3))
});

named!(tenant_name, TenantName, "The name of a tenant.", {
    let (segment, below) = ("[a-z0-9](?:[a-z0-9._-]*[a-z0-9_-])?", TENANT_SEGMENTS_MAX.saturating_sub(1));
    text(&format!("^{segment}(?:/{segment}){{0,{below}}}$"), TENANT_MAX)
});

named!(member_name, MemberName, "The name of a member.", {
    let edge = format!("[^{HIDDEN}{SPECIAL}{SPACE}]");
    let mut schema = text(&format!("^{edge}(?:[^{HIDDEN}{SPECIAL}]*{edge})?$"), NAME_MAX);
    schema.insert("not".to_owned(), json!({ "const": "local" }));
    schema
});

/// The path of a secret, where it may be left out.
pub fn secret_path_or_none(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [secret_path(schemas), { "type": "null" }] })
}

/// How many items are wanted, where that may be left out.
pub fn page_limit(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 1, "maximum": PAGE_MAX })
}

/// Where a page begins, where that may be left out.
pub fn page_cursor(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "pattern": CURSOR })
}

/// The same, where it may be left out.
pub fn member_name_or_none(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [member_name(schemas), { "type": "null" }] })
}

/// What people call a version.
pub fn version_label(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": "^[a-z][a-z0-9._-]*$",
        "maxLength": LABEL_MAX,
        "not": { "enum": ["current", "pending", "previous"] },
    })
}

/// Who uses a secret.
pub fn consumer(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": format!("^[^{HIDDEN}{SPECIAL}]+$"),
        "minLength": 1,
        "maxLength": CONSUMER_MAX,
    })
}

named!(field_name, FieldName, "The name of a field.", {
    text(&format!("^[^{HIDDEN}{SPECIAL}]+$"), NAME_MAX)
});

/// An owner, a purpose, or none.
pub fn owner_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": format!("^[^{HIDDEN}{SPECIAL}]+$"),
        "minLength": 1,
        "maxLength": NAME_MAX,
    })
}

/// Where something has to stay, or nothing.
pub fn residency_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": format!("^[^{HIDDEN}{SPECIAL}]+$"),
        "minLength": 1,
        "maxLength": RESIDENCY_MAX,
    })
}

/// Where a tenant's secrets have to stay, or nothing.
pub fn mark_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": "^[A-Za-z0-9._-]+$",
        "minLength": 1,
        "maxLength": RESIDENCY_MAX,
    })
}

/// After how many seconds there should be a new value, or nothing.
pub fn rotate_every_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": ROTATE_EVERY_MIN, "maximum": ROTATE_EVERY_MAX })
}

/// How much there may be of something, or no limit.
pub fn amount_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "format": "uint64", "minimum": 0, "maximum": QUOTA_MAX })
}

/// How often something may happen in a second, or no limit.
pub fn rate_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "format": "uint64", "minimum": 1, "maximum": QUOTA_MAX })
}

/// A description, or none.
pub fn description_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "maxLength": TEXT_MAX })
}

/// Texts, which may come twice.
pub(crate) fn texts(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string" } })
}

/// Tags to add.
pub fn tags(_: &mut SchemaGenerator) -> Schema {
    let tag = text(&format!("^[^{HIDDEN}{SPECIAL}]+$"), TAG_MAX);
    json_schema!({ "type": "array", "items": tag, "maxItems": 64 })
}

named!(remark, Remark, "What somebody writes into the log: one line that says something.", {
    let (any, seen) = (format!("[^{HIDDEN}]"), format!("[^{HIDDEN}{SPACE}]"));
    text(&format!("^{any}*{seen}{any}*$"), TEXT_MAX)
});

/// The same in a query, which has a limit as a whole.
pub fn remark_in_query(_: &mut SchemaGenerator) -> Schema {
    let (any, seen) = (format!("[^{HIDDEN}]"), format!("[^{HIDDEN}{SPACE}]"));
    json_schema!({ "type": "string", "pattern": format!("^{any}*{seen}{any}*$") })
}

/// What a token is for.
pub fn label(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": format!("^[^{HIDDEN}{SPECIAL}]*$"), "maxLength": NAME_MAX })
}

/// A signed note (C2SP `signed-note`).
pub fn note(_: &mut SchemaGenerator) -> Schema {
    of_form("signed-note")
}

/// Several.
pub fn notes(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": of_form("signed-note"), "maxItems": 64 })
}

/// Lines with signatures of a signed note, or none.
pub fn cosignatures_or_none(_: &mut SchemaGenerator) -> Schema {
    or_none(of_form("cosignatures"))
}

/// A verifier key (C2SP `signed-note`), or none.
pub fn witness_or_none(_: &mut SchemaGenerator) -> Schema {
    or_none(of_form("verifier-key"))
}

/// What stands in a key file.
pub fn key_file(_: &mut SchemaGenerator) -> Schema {
    of_form("key-file")
}

/// A file that was sealed, in base64.
pub(crate) fn sealed_file(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "sealed-file", "contentEncoding": "base64" })
}

/// 16 bytes.
pub fn id(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9a-f]{32}$" })
}

/// The number of an entry of the log, as RFC 9562 writes it.
pub fn entry_id(_: &mut SchemaGenerator) -> Schema {
    let pattern = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";
    json_schema!({ "type": "string", "pattern": pattern })
}

/// A version: they are counted from 1.
pub fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "format": "uint64", "minimum": 1, "maximum": u64::MAX })
}

/// The same, where it may be left out.
pub fn version_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "format": "uint64", "minimum": 1, "maximum": u64::MAX })
}

/// The name of a role, a policy or a group.
pub fn slug(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[a-z0-9][a-z0-9._-]*$", "maxLength": SLUG_MAX })
}

/// Several of them.
pub fn slugs(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": slug(schemas), "maxItems": 32 })
}

/// Some of all rights.
pub fn rights(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": right(), "minItems": 1, "maxItems": 32 })
}

/// One right.
#[must_use]
pub fn right() -> Schema {
    json_schema!({ "enum": [
        "list", "metadata", "read", "write", "delete", "rotate", "destroy", "audit", "manage", "grant", "unlock",
    ] })
}

/// Methods of signing in.
pub fn methods(_: &mut SchemaGenerator) -> Schema {
    let method = json!({ "enum": ["code", "password", "secret", "jwt", "certificate"] });
    json_schema!({ "type": "array", "items": method, "maxItems": 5 })
}

/// Hours of the week in UTC, or none.
pub fn hours_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "format": "hours" })
}

/// The text of a policy.
pub fn policy_text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "format": "policy", "maxLength": POLICY_MAX })
}

/// What kind of member.
pub fn member_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ["human", "service", "agent"] })
}

/// What kind of unlocker.
pub fn unlocker_kind(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ["key-file", "passphrase"] })
}

/// For how many days backups are kept.
pub fn backups_kept_days(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": BACKUPS_KEPT_MAX_DAYS, "default": 0 })
}

/// What can only be so.
pub fn truth(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": true })
}

/// Folders to compare.
pub(crate) fn compared_folders(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": folder_or_root(schemas),
        "minItems": 2,
        "maxItems": COMPARE_MAX,
        "uniqueItems": true,
    })
}

/// Characters of a random value.
pub(crate) fn characters(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": GENERATED_MIN, "maximum": GENERATED_MAX })
}

/// Bytes in base64.
pub(crate) fn base64(_: &mut SchemaGenerator) -> Schema {
    let pattern = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$";
    json_schema!({ "type": "string", "contentEncoding": "base64", "pattern": pattern })
}

/// Text whose form no pattern says.
fn of_form(format: &str) -> Schema {
    json_schema!({ "type": "string", "format": format })
}

fn or_none(mut schema: Schema) -> Schema {
    schema.insert("type".to_owned(), json!(["string", "null"]));
    schema
}

fn text(pattern: &str, most: usize) -> Schema {
    json_schema!({ "type": "string", "pattern": pattern, "minLength": 1, "maxLength": most })
}

/// A segment of a path: it does not begin or end with white space, and does not end with a dot.
fn segment() -> String {
    let (first, last) = (format!("[^/{HIDDEN}{SPECIAL}{SPACE}]"), format!("[^./{HIDDEN}{SPECIAL}{SPACE}]"));
    let between = SEGMENT_MAX.saturating_sub(2);
    format!("(?:{first}[^/{HIDDEN}{SPECIAL}]{{0,{between}}})?{last}")
}
