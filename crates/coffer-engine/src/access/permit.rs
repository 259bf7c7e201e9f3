//! The two outcomes of a decision.

use std::fmt;

use super::decide::Place;
use super::identity::Identity;
use crate::action::Action;
use crate::tenant::TenantId;

/// Proof that a decision was made and was yes: this action, at this place of this tenant.
///
/// Its fields are private to `access`, which alone can make one, and only in [`super::decide()`]. It can't be cloned: one permit
/// serves one step.
#[derive(Debug)]
pub struct Permit {
    tenant: TenantId,
    action: Action,
    place: Place,
}

impl Permit {
    pub(super) fn grant(tenant: TenantId, action: Action, place: Place) -> Self {
        Self { tenant, action, place }
    }

    /// In which tenant.
    #[must_use]
    pub fn tenant(&self) -> TenantId {
        self.tenant
    }

    /// To do what.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Where.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }
}

/// Proof that a decision was made and was no. It goes to `audit` like a permit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    action: Action,
    place: Place,
    /// What the identity holds instead; `None` for a stranger, who learns nothing.
    held: Option<String>,
}

impl Refusal {
    pub(super) fn stranger(action: Action, place: Place) -> Self {
        Self { action, place, held: None }
    }

    pub(super) fn member(action: Action, place: Place, identity: &Identity) -> Self {
        let held = identity
            .grants
            .iter()
            .map(|grant| format!("{} on {}", grant.role.name(), grant.pattern))
            .collect::<Vec<_>>()
            .join(", ");
        Self { action, place, held: Some(held) }
    }

    /// What was asked for.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Where.
    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Whether who was refused is nobody here, and so learns nothing.
    #[must_use]
    pub fn is_of_stranger(&self) -> bool {
        self.held.is_none()
    }

    /// What would help.
    #[must_use]
    pub fn fix(&self) -> String {
        match (&self.held, &self.place) {
            (None, _) => "check the name".to_owned(),
            (Some(_), Place::Folder(folder)) if folder.is_root() => {
                format!(
                    "an owner of the tenant can grant a role with `{}` on `**`",
                    self.action.needs().name()
                )
            }
            (Some(_), Place::Tenant) => {
                format!("an owner of the tenant can grant a role with `{}`", self.action.needs().name())
            }
            (Some(_), place) => {
                format!(
                    "an owner of the tenant can grant a role with `{}` on {}",
                    self.action.needs().name(),
                    place.path()
                )
            }
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(held) = &self.held else { return f.write_str("there is no such thing here") };
        let place = match &self.place {
            Place::Tenant => "the tenant",
            Place::Folder(folder) if folder.is_root() => "every path",
            place => place.path(),
        };
        let held = if held.is_empty() { "nothing" } else { held };
        write!(f, "{} needs `{}` on {place}; you have {held}", self.action.name(), self.action.needs().name())
    }
}
