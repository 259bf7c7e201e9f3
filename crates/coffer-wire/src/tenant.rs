//! Tenants.

use serde::{Deserialize, Serialize};

#[cfg(feature = "schema")]
use crate::shape;

/// A tenant that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewTenant {
    /// Its name, such as `acme` or `acme/eu`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::tenant_name"))]
    pub name: String,
}

/// A tenant that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tenant {
    /// Its name.
    pub tenant: String,
    /// Its id: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
}

/// The tenants of the instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Tenants {
    /// Their names, sorted.
    pub tenants: Vec<String>,
    /// Those among them that are suspended: nothing in them is answered.
    #[serde(default)]
    pub suspended: Vec<String>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}
