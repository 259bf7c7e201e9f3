//! How schemas say what is taken: patterns and limits, for `openapi.json`.
//!
//! # Invariants
//! - Nothing is parsed with these: the engine decides. `tests/api/openapi` of the server holds the limits against the engine's own, and
//!   `tests/api/schemathesis.rs` a running server against all of it.
//! - A limit in bytes is said in characters, which is the same for ASCII. Where it is shorter for other texts, the server says so.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value as Json, json};

use crate::secret::Generate;

/// Longest path, in bytes.
pub const PATH_MAX: usize = 1024;
/// Longest segment of one.
pub const SEGMENT_MAX: usize = 255;
/// Most segments.
pub const SEGMENTS_MAX: usize = 32;
/// How long backups of an erased tenant's keys may be kept at most, in days.
pub const BACKUPS_KEPT_MAX_DAYS: u32 = 36_500;
/// Longest name of a tenant.
pub const TENANT_MAX: usize = 128;
/// Its most segments.
pub const TENANT_SEGMENTS_MAX: usize = 16;
/// Fewest characters of a password; and the longest, in bytes.
pub const PASSWORD_MIN: usize = 15;
/// Longest password, in bytes.
pub const PASSWORD_MAX: usize = 1024;
/// Longest label of a version, in bytes.
pub const LABEL_MAX: usize = 64;
/// Longest name of a consumer, in bytes.
pub const CONSUMER_MAX: usize = 128;
/// Longest `iss`, `aud`, address of keys, claim, in bytes.
pub const ISSUER_TEXT_MAX: usize = 512;
/// Audiences of one issuer.
pub const AUDIENCES_MAX: usize = 16;
/// Claims of one binding.
pub const CLAIMS_MAX: usize = 16;
/// Names that a certificate of an authority has to have.
pub const CERTIFICATE_NAMES_MAX: usize = 16;
/// How a token of an issuer may be signed.
pub const ALGORITHMS: [&str; 10] =
    ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
/// Longest name of a member, a field, an owner, longest purpose; longest label of a token.
pub const NAME_MAX: usize = 255;
/// Longest tag.
pub const TAG_MAX: usize = 128;
/// Longest description, and longest remark in the log.
pub const TEXT_MAX: usize = 4096;
/// Most secrets at once.
pub const TOGETHER_MAX: usize = 4096;
/// Most folders that are compared at once.
pub const COMPARE_MAX: usize = 8;
/// Longest that a token lives, in seconds.
pub const TOKEN_SECONDS_MAX: u64 = 366 * 24 * 60 * 60;
/// Longest that a code is good, in seconds.
pub const CODE_SECONDS_MAX: u64 = 7 * 24 * 60 * 60;

/// Largest limit of a quota.
pub const QUOTA_MAX: u64 = (1 << 53) - 1;
/// Longest name of where something has to stay.
pub const RESIDENCY_MAX: usize = 64;
/// Shortest interval of rotation, in seconds.
pub const ROTATE_EVERY_MIN: u32 = 60;
/// Longest.
pub const ROTATE_EVERY_MAX: u32 = 3650 * 24 * 60 * 60;
/// Fewest characters of a random value.
pub const GENERATED_MIN: usize = 8;
/// Most.
pub const GENERATED_MAX: usize = 4096;
/// Most words of a search.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Most items on a page.
pub const PAGE_MAX: usize = 10_000;
/// Most bytes in the name of a role, a policy, a group.
pub const SLUG_MAX: usize = 64;
/// Most bytes in the text of a policy.
pub const POLICY_MAX: usize = 64 * 1024;
/// Most fields.
pub const FIELDS_MAX: usize = 1024;

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

/// How long a tenant's tokens are good at most, or no limit of its own.
pub fn token_max_seconds_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 60, "maximum": TOKEN_SECONDS_MAX })
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

/// How long a token lives, in seconds.
pub fn token_seconds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": TOKEN_SECONDS_MAX })
}

/// The same, where it may be left out.
pub fn token_seconds_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 1, "maximum": TOKEN_SECONDS_MAX })
}

/// How long a code is good, in seconds.
pub fn code_seconds_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 1, "maximum": CODE_SECONDS_MAX })
}

/// A password that is wanted.
pub fn new_password(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": PASSWORD_MIN, "maxLength": PASSWORD_MAX })
}

/// A password that is shown.
pub fn shown_password(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "maxLength": PASSWORD_MAX })
}

/// The same, where it may be left out.
pub fn shown_password_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"], "maxLength": PASSWORD_MAX })
}

/// A code of a second factor.
pub fn totp(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^[0-9]{6}$" })
}

/// A code that is shown, where it may be left out. One of another form is answered as one that is wrong.
pub fn shown_totp_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["string", "null"] })
}

/// For how many requests a token is good.
pub fn uses_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 1, "maximum": u32::MAX })
}

/// An address, or a network: an address and how many of its bits count.
pub fn network(_: &mut SchemaGenerator) -> Schema {
    of_form("network")
}

/// What stands in `iss`.
pub fn issuer(_: &mut SchemaGenerator) -> Schema {
    of_form("issuer")
}

/// What stands in `aud`.
pub fn audiences(_: &mut SchemaGenerator) -> Schema {
    let one = text("^[!-~]+$", ISSUER_TEXT_MAX);
    json_schema!({ "type": "array", "items": one, "minItems": 1, "maxItems": AUDIENCES_MAX })
}

/// The same, where it may be left out.
pub fn audiences_or_none(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [audiences(schemas), { "type": "null" }] })
}

/// How a token may be signed, where it may be left out.
pub fn algorithms_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["array", "null"],
        "items": { "enum": ALGORITHMS },
        "minItems": 1,
        "maxItems": ALGORITHMS.len(),
    })
}

/// Where keys are, where that may be left out.
pub fn keys_address_or_none(_: &mut SchemaGenerator) -> Schema {
    or_none(of_form("keys-address"))
}

/// The text of a set of keys, where it may be left out.
pub fn key_set_or_none(_: &mut SchemaGenerator) -> Schema {
    or_none(of_form("key-set"))
}

/// What can only be so.
pub fn truth(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": true })
}

/// Certificates in PEM, where they may be left out.
pub fn certificates_or_none(_: &mut SchemaGenerator) -> Schema {
    or_none(of_form("certificates"))
}

/// Lists of revoked certificates in PEM, where they may be left out.
pub fn revocation_lists_or_none(_: &mut SchemaGenerator) -> Schema {
    or_none(of_form("revocation-lists"))
}

/// Names that a certificate has to have, where they may be left out.
pub fn certificate_names_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["array", "null"],
        "items": of_form("certificate-name"),
        "maxItems": CERTIFICATE_NAMES_MAX,
    })
}

/// Claims, and what each says.
pub fn claims(_: &mut SchemaGenerator) -> Schema {
    let plain = r"[^\x00-\x1f\x7f-\x9f*]";
    let mut name = text(r"^[^\x00-\x1f\x7f-\x9f]+$", ISSUER_TEXT_MAX);
    name.insert("not".to_owned(), json!({ "enum": ["iss", "aud", "exp", "nbf", "iat", "jti"] }));
    json_schema!({
        "type": "object",
        "propertyNames": name,
        "additionalProperties": text(&format!(r"^(?:{plain}+|{plain}+[/:]\*)$"), ISSUER_TEXT_MAX),
        "minProperties": 1,
        "maxProperties": CLAIMS_MAX,
    })
}

/// Several of them.
pub fn claims_list(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": claims(schemas), "maxItems": 128 })
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

/// The networks of a token.
pub fn networks(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": network(schemas), "maxItems": 32 })
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
