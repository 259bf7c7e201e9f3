//! Tenants.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::code::{MadeCode, NewCode};
#[cfg(feature = "schema")]
use crate::shape;
use crate::{Moment, Patch, Plain};

/// A tenant that is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct NewTenant {
    /// Its name, such as `acme` or `acme/eu`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::tenant_name"))]
    pub name: String,
    /// Its first member, who may do everything in it, and is given a code to sign in with. Not said: it has no member yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<NewCode>,
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
    /// With what its first owner signs in, where one was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<MadeCode>,
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
    /// Those among them that are locked by their own members: nothing of them can be opened.
    #[serde(default)]
    pub locked: Vec<String>,
    /// The marks of those among them that have one: where what they hold has to stay.
    #[serde(default)]
    pub residency: BTreeMap<String, String>,
    /// What to ask with for the rest, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// One tenant, from outside: how much it holds, and how much it may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantDetails {
    /// Its name.
    pub tenant: String,
    /// When it was made.
    pub created: Moment,
    /// Since when nothing in it is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Moment>,
    /// What it holds.
    pub holds: Holds,
    /// What it may hold at most.
    pub quota: Quota,
    /// What is set of it.
    #[serde(default)]
    pub settings: Settings,
    /// How many changes of both can be taken back.
    pub undo_steps: u64,
}

/// What is set of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Settings {
    /// Where what it holds has to stay: a mark, such as `EU`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub residency: Option<String>,
    /// Entries of reads are synced, however those of other tenants are written.
    #[serde(default)]
    pub synced_reads: bool,
    /// How long a token is good at most, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_max_seconds: Option<u64>,
}

/// A change of them: what is not said stays, `null` takes away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SettingsChange {
    /// Where what it holds has to stay: letters, digits, `-`, `_` and `.`.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::mark_or_none"))]
    pub residency: Patch<String>,
    /// Whether entries of reads are synced.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synced_reads: Option<bool>,
    /// How long a token is good at most, in seconds.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::credentials::token_max_seconds_or_none"))]
    pub token_max_seconds: Patch<u64>,
}

/// A tenant is to be called by another name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RenameTenant {
    /// The new name.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::tenant_name"))]
    pub to: String,
}

/// The code with which a tenant is locked, and unlocked: whoever locks makes it, and keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantLock {
    /// It: `LOCK` and six groups of five letters, the last four of which follow from the others.
    pub code: Plain,
}

/// A tenant that is locked from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LockedTenant {
    /// Whether the storage has written over what its keys were wrapped in until then. If not, it lies in free space of its files for a while.
    pub erased: bool,
}

/// A tenant is to be erased, for good.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EraseTenant {
    /// For how many days backups of its keys are kept; not said: there are none.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::backups_kept_days"))]
    pub backups_kept_days: u32,
}

/// A tenant that was erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Erased {
    /// What it was called: the name is free.
    pub tenant: String,
    /// Its id: 32 hexadecimal digits.
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::id"))]
    pub id: String,
    /// When its keys were destroyed.
    pub erased: Moment,
    /// When the last of its records was gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed: Option<Moment>,
    /// Until when a backup of its keys may have been kept.
    pub backups_until: Moment,
    /// Keys that were destroyed.
    pub keys: u64,
    /// Records and entries that were removed.
    pub rows: u64,
}

/// What certifies that a tenant was erased, with all that a stranger needs to check it who knows the first key of the instance's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ErasureCertificate {
    /// The certificate: a signed note (C2SP `signed-note`).
    pub certificate: String,
    /// The notes by which the keys of the instance's log took over, from the first on.
    pub keys: Vec<String>,
}

/// What a tenant may hold, and what is set of it, once a change was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantUndone {
    /// What it may hold at most.
    pub quota: Quota,
    /// What is set of it.
    #[serde(default)]
    pub settings: Settings,
    /// How many more changes can be taken back.
    pub undo_steps: u64,
}

/// What a tenant holds: all that is stored, the trash too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Holds {
    /// Secrets.
    pub secrets: u64,
    /// Their versions, but for those that are destroyed.
    pub versions: u64,
    /// Bytes of the values of these versions.
    pub bytes: u64,
    /// Members, those that are disabled or have ended too; not whoever opens the store itself.
    #[serde(default)]
    pub members: u64,
}

/// What a tenant may hold at most. What is not said is not limited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Quota {
    /// Secrets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<u64>,
    /// Versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<u64>,
    /// Bytes of values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// Requests in a second, of all its members together, at each server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// Members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<u64>,
}

/// What becomes of a tenant.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TenantChange {
    /// What it may hold at most.
    pub quota: QuotaChange,
}

/// A change of a quota: what is not said stays, `null` takes the limit away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct QuotaChange {
    /// Secrets.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::amount_or_none"))]
    pub secrets: Patch<u64>,
    /// Versions.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::amount_or_none"))]
    pub versions: Patch<u64>,
    /// Bytes of values.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::amount_or_none"))]
    pub bytes: Patch<u64>,
    /// Requests in a second, of all its members together, at each server; one at least.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::rate_or_none"))]
    pub requests: Patch<u64>,
    /// Members.
    #[serde(skip_serializing_if = "Patch::is_kept")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "shape::amount_or_none"))]
    pub members: Patch<u64>,
}
