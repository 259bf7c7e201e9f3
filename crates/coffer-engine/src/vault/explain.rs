//! Why somebody may do something, or may not; and what somebody sees.
//!
//! One function answers for everybody who asks whether somebody may ([`Vault::check_permission`]), and it asks the decision itself: there is no
//! second one that could say something else.

use super::Vault;
use super::list::{FolderListing, ListPart};
use super::round::{Round, Scope, Stop};
use crate::access::{Circumstances, Holder, Identity, Place, Powers, Reason, Standing, decide, decide_where};
use crate::action::{Action, Right};
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::identity::MemberName;
use crate::op::Op;
use crate::path::FolderPath;
use std::sync::Arc;

/// What a decision would be, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Whether it would be yes.
    pub allowed: bool,
    /// Who it is about.
    pub member: String,
    /// Why nothing that is granted to them counts, if it does not: `disabled`, `expired`.
    pub powerless: Option<&'static str>,
    /// All that speaks of it: what decides first.
    pub reasons: Vec<Reason>,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Of whom; `None`: of oneself.
    pub who: Option<MemberName>,
    /// Which right.
    pub right: Right,
    /// Where.
    pub place: Place,
}

impl Vault {
    /// Whether somebody may do this there, as they sign in now from where the asker is, and why.
    ///
    /// Of oneself everybody may ask, of others who manages the tenant.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Member`]; refusals and storage errors as for every verb.
    pub async fn check_permission(
        &self,
        op: &Op,
        question: &Question,
        instance: bool,
    ) -> Result<Explained, Error> {
        let own = question.who.is_none();
        let action = if own { Action::AccessExplainOwn } else { Action::AccessExplain };
        self.decide(op, Scope::of(instance), |round| {
            Box::pin(async move {
                round.permit(action, Place::Tenant)?;
                let identity = round.asked_about(action, question.who.as_ref()).await?;
                let explained = round.explain(&identity, question).await?;
                round.note(Draft::new(action, question.place.path(), Outcome::Done)).await?;
                Ok(explained)
            })
        })
        .await
    }

    /// What somebody sees in a folder, of what the asker sees there.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Member`]; refusals and storage errors as for every verb.
    pub async fn access_preview(
        &self,
        op: &Op,
        who: &MemberName,
        folder: &FolderPath,
        recursive: bool,
    ) -> Result<FolderListing, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::AccessPreview, Place::Tenant)?;
                round.permit(Action::SecretList, Place::Folder(folder.clone()))?;
                let identity = round.asked_about(Action::AccessPreview, Some(who)).await?;
                let (powers, standing) = round.as_if(&identity).await?;
                let holder = Holder { identity: &identity, powers: &powers, standing: &standing };
                let holder = (!identity.disabled && !identity.has_ended(round.op.now)).then_some(holder);
                let mut listing = round.listing(folder, recursive, ListPart::WHOLE).await?;
                let sees = decide_where(holder, Action::SecretList, Place::Folder(folder.clone())).ok();
                listing.keep(|path| sees.as_ref().is_some_and(|sees| sees.covers(path)));
                listing.folders.retain(|folder| {
                    sees.as_ref().is_some_and(|sees| sees.covers_some_below(folder.as_str()))
                });
                round.note(Draft::new(Action::AccessPreview, folder.as_str(), Outcome::Done)).await?;
                Ok(listing)
            })
        })
        .await
    }
}

impl Round<'_> {
    async fn asked_about(&mut self, action: Action, who: Option<&MemberName>) -> Result<Identity, Stop> {
        match who {
            Some(name) => Ok(self.member(action, name).await?.1),
            None => match &self.identity {
                Some(seen) => Ok(seen.value.as_ref().clone()),
                None => Err(Stop::Changed),
            },
        }
    }

    async fn explain(&mut self, identity: &Identity, question: &Question) -> Result<Explained, Stop> {
        let (powers, standing) = self.as_if(identity).await?;
        let powerless = if identity.disabled {
            Some("disabled")
        } else {
            identity.has_ended(self.op.now).then_some("expired")
        };
        let holder = Holder { identity, powers: &powers, standing: &standing };
        let reasons = powers.reasons(&standing, question.right, &question.place);
        let action = Action::that_needs(question.right);
        let holder = Some(holder).filter(|_| powerless.is_none());
        let decided = decide(self.tenant.id(), holder, action, question.place.clone(), None);
        Ok(Explained { allowed: decided.is_ok(), member: identity.name.clone(), powerless, reasons })
    }

    /// What an identity may do, if it asked now and from where the asker does. How it would sign in nobody knows: as the asker did.
    async fn as_if(&mut self, identity: &Identity) -> Result<(Arc<Powers>, Arc<Standing>), Stop> {
        let powers = self.compile(identity).await?;
        let circumstances =
            Circumstances { now: self.op.now, source: self.op.source, proof: self.credential.proof };
        let standing = powers.standing(&circumstances);
        Ok((Arc::new(powers), Arc::new(standing)))
    }
}
