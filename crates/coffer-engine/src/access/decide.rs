//! The decision.

use std::sync::Arc;

use super::identity::Identity;
use super::permit::{Permit, Refusal};
use super::powers::{Powers, Standing, Verdict};
use super::reach::Reach;
use super::rights::Rights;
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

/// Who asks: what is known of them, what they may do, and which of it holds now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder<'a> {
    pub(crate) identity: &'a Identity,
    pub(crate) powers: &'a Arc<Powers>,
    pub(crate) standing: &'a Arc<Standing>,
}

/// The fields of what is to be written, with their values; `None` where nothing is, or nobody has said.
pub(crate) type Fields<'f> = Option<&'f [(&'f str, &'f [u8])]>;

/// The fields of each of several writes.
pub(crate) type FieldsOfEach<'f> = &'f [Vec<(&'f str, &'f [u8])>];

/// May this identity do this, here? `None` is nobody here, or somebody who has no power.
///
/// A rule that limits what may be written is kept by refusing where nobody says what that is.
///
/// # Errors
/// [`Refusal`] says what is missing, for those who may know.
pub(crate) fn decide(
    tenant: TenantId,
    holder: Option<Holder<'_>>,
    action: Action,
    place: Place,
    fields: Fields<'_>,
) -> Result<Permit, Refusal> {
    let Some(holder) = holder else {
        return Err(Refusal::stranger(action, place));
    };
    if action.only_by_system() {
        return Err(Refusal::member(action, place, &holder));
    }
    if action.on_oneself() {
        return Ok(Permit::grant(tenant, action, place));
    }
    match holder.powers.verdict(holder.standing, action.needs(), &place) {
        Verdict::Yes => Ok(Permit::grant(tenant, action, place)),
        // What is read for a merge goes to nobody, and what is written then is decided with its fields.
        Verdict::With(_) if action == Action::SecretMerge => Ok(Permit::grant(tenant, action, place)),
        Verdict::With(limits) if fields.is_some_and(|fields| limits.permit(fields)) => {
            Ok(Permit::grant(tenant, action, place))
        }
        Verdict::With(_) => Err(Refusal::member(action, place, &holder).by_parameters()),
        Verdict::Denied => Err(Refusal::member(action, place, &holder).by_rule()),
        Verdict::No => Err(Refusal::member(action, place, &holder)),
    }
}

/// Where may this identity do this? Who may nowhere is refused, at the place that he asked for.
///
/// # Errors
/// [`Refusal`] says what is missing, for those who may know.
pub(crate) fn decide_where(
    holder: Option<Holder<'_>>,
    action: Action,
    place: Place,
) -> Result<Reach, Refusal> {
    let Some(holder) = holder else {
        return Err(Refusal::stranger(action, place));
    };
    let reach = Reach::of(&holder, action);
    if action.only_by_system() || reach.is_nowhere() {
        return Err(Refusal::member(action, place, &holder));
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

/// The refusal of a change that would give rights which whoever makes it does not hold.
pub(crate) fn refuse_giving(holder: &Holder<'_>, action: Action, place: Place, lacks: Rights) -> Refusal {
    Refusal::member(action, place, holder).by_giving(lacks)
}
