//! The two outcomes of a decision.

use std::fmt;

use super::decide::{Holder, Place};
use super::rights::Rights;
use super::role::Role;
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
    /// What is told to a member; a stranger learns nothing.
    told: Option<Box<Told>>,
}

/// What a member is told who was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    /// What they are called.
    name: String,
    /// What they hold instead.
    held: String,
    why: Why,
    /// Who can grant what is missing, as far as it is known.
    granters: Vec<String>,
}

/// Why a member is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    /// Nothing gives the right.
    Missing,
    /// A rule of a policy takes it.
    Denied,
    /// A rule of a policy gives it for other fields alone.
    Parameters,
    /// It would give these rights to somebody, and who makes it does not hold them.
    Giving(Rights),
}

impl Refusal {
    pub(super) fn stranger(action: Action, place: Place) -> Self {
        Self { action, place, told: None }
    }

    pub(super) fn member(action: Action, place: Place, holder: &Holder<'_>) -> Self {
        let told = Told {
            name: holder.identity.name.clone(),
            held: holder.powers.described(),
            why: Why::Missing,
            granters: Vec::new(),
        };
        Self { action, place, told: Some(Box::new(told)) }
    }

    /// Because of a rule that denies.
    pub(super) fn by_rule(self) -> Self {
        self.because(Why::Denied)
    }

    /// Because of what would be written.
    pub(super) fn by_parameters(self) -> Self {
        self.because(Why::Parameters)
    }

    /// Because of what it would give to somebody.
    pub(super) fn by_giving(self, lacks: Rights) -> Self {
        self.because(Why::Giving(lacks))
    }

    fn because(mut self, why: Why) -> Self {
        if let Some(told) = &mut self.told {
            told.why = why;
        }
        self
    }

    /// The same, with who can grant what is missing. A stranger learns that neither.
    #[must_use]
    pub(crate) fn grantable_by(mut self, granters: &[String]) -> Self {
        if let Some(told) = &mut self.told {
            told.granters = granters.to_vec();
        }
        self
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
        self.told.is_none()
    }

    /// What would help.
    #[must_use]
    pub fn fix(&self) -> String {
        let Some(told) = &self.told else { return "check the name".to_owned() };
        let who = if told.granters.is_empty() {
            "an owner of the tenant".to_owned()
        } else {
            told.granters.join(", ")
        };
        let pattern = match &self.place {
            Place::Tenant => "**".to_owned(),
            Place::Folder(folder) if folder.is_root() => "**".to_owned(),
            Place::Folder(folder) => format!("{}/**", folder.as_str()),
            Place::Secret(path) => path.as_str().to_owned(),
        };
        match told.why {
            Why::Missing if self.action.only_by_system() => "the vault does it by itself".to_owned(),
            Why::Missing => format!(
                "{who} can grant it: coffer role grant {} {} --path {}",
                Role::least_with(self.action.needs()).name(),
                quoted(&told.name),
                quoted(&pattern),
            ),
            Why::Giving(_) => format!("{who} can do it, who holds all of it"),
            Why::Denied | Why::Parameters => format!(
                "{who} can say why: coffer access explain {} {} {}",
                quoted(&told.name),
                self.action.needs().name(),
                quoted(self.place.path()),
            ),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(told) = &self.told else { return f.write_str("there is no such thing here") };
        let place = match &self.place {
            Place::Tenant => "the tenant",
            Place::Folder(folder) if folder.is_root() => "every path",
            place => place.path(),
        };
        let held = if told.held.is_empty() { "nothing" } else { &told.held };
        let (action, right) = (self.action.name(), self.action.needs().name());
        match told.why {
            Why::Missing => write!(f, "{action} needs `{right}` on {place}; you have {held}"),
            Why::Giving(lacks) => write!(
                f,
                "{action} would give or act with `{}` where you don't hold it; you have {held}",
                lacks.listed()
            ),
            Why::Denied => {
                write!(f, "{action} needs `{right}` on {place}, which a policy denies; you have {held}")
            }
            Why::Parameters => write!(
                f,
                "{action} needs `{right}` on {place}, which a policy gives for other fields than these; you have {held}"
            ),
        }
    }
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '.' | '@');
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
