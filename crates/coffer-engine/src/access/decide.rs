//! The decision.

use super::identity::Identity;
use super::permit::{Permit, Refusal};
use super::reach::{Reach, granting};
use crate::action::Action;
use crate::path::{FolderPath, SecretPath};
use crate::tenant::TenantId;

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// One secret.
    Secret(SecretPath),
    /// A folder, and what lies below it.
    Folder(FolderPath),
    /// The tenant as a whole.
    Tenant,
}

impl Place {
    /// The path as text; empty for the root and for the tenant.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Self::Secret(path) => path.as_str(),
            Self::Folder(path) => path.as_str(),
            Self::Tenant => "",
        }
    }
}

/// May this identity do this, here?
///
/// # Errors
/// [`Refusal`] says what is missing, for those who may know.
pub(crate) fn decide(
    tenant: TenantId,
    identity: Option<&Identity>,
    action: Action,
    place: Place,
) -> Result<Permit, Refusal> {
    let Some(identity) = identity.filter(|identity| !identity.disabled) else {
        return Err(Refusal::stranger(action, place));
    };
    if action.only_by_system() {
        return Err(Refusal::member(action, place, identity));
    }
    let allowed = action.on_oneself()
        || granting(identity, action.needs()).any(|pattern| match &place {
            Place::Secret(path) => pattern.covers(path.as_str()),
            Place::Folder(path) => pattern.covers_all_below(path.as_str()),
            Place::Tenant => pattern.covers_all_below(""),
        });
    if allowed {
        Ok(Permit::grant(tenant, action, place))
    } else {
        Err(Refusal::member(action, place, identity))
    }
}

/// Where may this identity do this? Who may nowhere is refused, at the place that he asked for.
///
/// # Errors
/// [`Refusal`] says what is missing, for those who may know.
pub(crate) fn decide_where(
    identity: Option<&Identity>,
    action: Action,
    place: Place,
) -> Result<Reach, Refusal> {
    let Some(identity) = identity.filter(|identity| !identity.disabled) else {
        return Err(Refusal::stranger(action, place));
    };
    let reach = Reach::of(identity, action);
    if action.only_by_system() || reach.is_nowhere() {
        return Err(Refusal::member(action, place, identity));
    }
    Ok(reach)
}

/// May the vault itself do this, in its own upkeep? The answer is fixed for each action: no grant widens it.
///
/// # Errors
/// [`Refusal`] for everything else.
pub(crate) fn decide_upkeep(tenant: TenantId, action: Action, place: Place) -> Result<Permit, Refusal> {
    if action.by_system() {
        Ok(Permit::grant(tenant, action, place))
    } else {
        Err(Refusal::stranger(action, place))
    }
}
