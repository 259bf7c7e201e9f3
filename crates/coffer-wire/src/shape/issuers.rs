//! Who else signs, and what is known of it: issuers of JSON Web Tokens, their keys, claims, and authorities of certificates.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::limits::{ALGORITHMS, AUDIENCES_MAX, CERTIFICATE_NAMES_MAX, CLAIMS_MAX, ISSUER_TEXT_MAX};
use super::{of_form, or_none, text};

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
