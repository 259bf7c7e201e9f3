//! Who can grant what somebody lacks: told to members who are refused.

use super::members::Member;
use super::round::{Round, Stop};
use crate::access::{Circumstances, Holder, Place, Refusal, decide};
use crate::action::Action;
use crate::error::ErrorKind;
use crate::identity::IdentityId;
use crate::limits::{GRANTERS_LOOKED_AT_MAX, GRANTERS_TOLD_MAX};
use std::sync::Arc;

impl Round<'_> {
    /// The same answer, with who can change it. Nobody is looked for on behalf of a stranger, and if it fails nobody is named.
    pub(super) async fn with_granters(&self, kind: ErrorKind) -> ErrorKind {
        match kind {
            ErrorKind::Refused(refusal) if !refusal.is_of_stranger() => {
                ErrorKind::Refused(self.with_granters_of(refusal).await)
            }
            kind => kind,
        }
    }

    async fn with_granters_of(&self, refusal: Refusal) -> Refusal {
        refusal.grantable_by(&self.granters().await)
    }

    /// Members who may say who does what, the first few; if it fails, nobody.
    pub(super) async fn granters(&self) -> Arc<[String]> {
        match self.tenant.powers().granters() {
            Some(granters) => granters,
            None => {
                let granters: Arc<[String]> = self.find_granters().await.unwrap_or_default().into();
                self.tenant.powers().keep_granters(&granters);
                granters
            }
        }
    }

    /// Members who may say who does what, the first few; the local owner, who is there always, is not named.
    async fn find_granters(&self) -> Result<Vec<String>, Stop> {
        let mut granters = Vec::new();
        let members = self.members().await?;
        let now = self.op.now;
        let has_power = |one: &&Member| !one.identity.disabled && !one.identity.has_ended(now);
        let able = members.iter().filter(has_power).filter(|one| one.id != IdentityId::LOCAL);
        for member in able.take(GRANTERS_LOOKED_AT_MAX) {
            let powers = Arc::new(self.compile(&member.identity).await?);
            let circumstances = Circumstances { now: self.op.now, source: None, proof: None };
            let standing = Arc::new(powers.standing(&circumstances));
            let holder = Holder { identity: &member.identity, powers: &powers, standing: &standing };
            if decide(self.tenant.id(), Some(holder), Action::MemberChange, Place::Tenant, None).is_ok() {
                granters.push(member.identity.name.clone());
            }
            if granters.len() >= GRANTERS_TOLD_MAX {
                break;
            }
        }
        Ok(granters)
    }
}
