//! What one signs in with: tokens, codes, passwords, second factors, and the networks that one comes from.

use schemars::{Schema, SchemaGenerator, json_schema};

use super::limits::{CODE_SECONDS_MAX, PASSWORD_MAX, PASSWORD_MIN, TOKEN_SECONDS_MAX};
use super::of_form;

/// How long a tenant's tokens are good at most, or no limit of its own.
pub fn token_max_seconds_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["integer", "null"], "minimum": 60, "maximum": TOKEN_SECONDS_MAX })
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

/// The networks of a token.
pub fn networks(schemas: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": network(schemas), "maxItems": 32 })
}
