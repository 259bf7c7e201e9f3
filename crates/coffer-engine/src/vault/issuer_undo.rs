//! Takes back the last change of an issuer: that it was trusted, what its tokens have to be like, whom they mean, that it is trusted no more.
//!
//! # Invariants
//! - Nobody gives more than they hold, by taking back neither: whom its tokens mean then, they must hold all that these do.
//! - No two issuers of a tenant have the same `iss`: one that has come in its place meanwhile is not pushed aside.
//! - One that is made again after its removal is another: what the first one said is not gone back to.
//! - A binding names a member by number. One who was removed is nobody, also when another has the name by now.

use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::issuer_record::{BindingRecord, IssuerRecord};
use super::issuers::IssuerName;
use super::round::{Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Conflict, Error, NotFound};
use crate::jwt::Algorithm;
use crate::limits::{RULES_UNDO_MAX, RULES_UNDO_MAX_BYTES};
use crate::op::Op;
use crate::time::Timestamp;

/// What an issuer said: all of it that can be changed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct IssuerState {
    #[n(0)]
    pub(super) audiences: Vec<String>,
    #[n(1)]
    pub(super) algorithms: Vec<Algorithm>,
    #[n(2)]
    pub(super) keys_at: Option<String>,
    #[n(3)]
    pub(super) key_set: Option<ByteVec>,
    #[n(4)]
    pub(super) leeway_seconds: u64,
    #[n(5)]
    pub(super) once: bool,
    #[n(6)]
    pub(super) token_seconds: u64,
    #[n(7)]
    pub(super) bindings: Vec<BindingRecord>,
}

impl IssuerState {
    /// How much it is, of what there is room for to be gone back to.
    fn bytes(&self) -> usize {
        let keys = self.key_set.as_ref().map_or(0, |set| set.len());
        let texts = self.audiences.iter().chain(&self.keys_at).map(String::len);
        texts.chain(self.bindings.iter().map(BindingRecord::bytes)).fold(keys, usize::saturating_add)
    }

    /// Whether it is the other, but for bindings that it lacks: that gives nothing to anybody.
    fn only_unbinds(&self, other: &Self) -> bool {
        let has_no_other = self.bindings.iter().all(|binding| other.bindings.contains(binding));
        has_no_other && Self { bindings: other.bindings.clone(), ..self.clone() } == *other
    }
}

impl IssuerRecord {
    /// What it says, while it is trusted.
    pub(super) fn state(&self) -> Option<IssuerState> {
        self.is_trusted().then(|| self.said())
    }

    /// Keeps what it said, to be gone back to. The oldest are forgotten.
    pub(super) fn remember(&mut self, before: Option<IssuerState>) {
        self.undo.push(before);
        let mut bytes = 0_usize;
        let fits = |step: &&Option<IssuerState>| {
            bytes = bytes.saturating_add(step.as_ref().map_or(0, IssuerState::bytes));
            bytes <= RULES_UNDO_MAX_BYTES
        };
        let kept = self.undo.iter().rev().take(RULES_UNDO_MAX).take_while(fits).count();
        self.undo.drain(..self.undo.len().saturating_sub(kept));
    }

    /// Goes back to what it said before the last change; whether there was one.
    fn undo(&mut self, now: Timestamp) -> bool {
        match self.undo.pop() {
            None => return false,
            Some(None) => self.removed_ms = Some(now.millis()),
            Some(Some(before)) => self.say(before),
        }
        true
    }
}

impl Vault {
    /// Takes back the last change of an issuer that is not taken back yet; whether it is trusted then. From then on nobody signs in on what it said until
    /// then; who has signed in already keeps the token.
    ///
    /// # Errors
    /// [`NotFound::Change`] when nothing is left; [`Conflict::Exists`] when its `iss` is trusted under another name by now; refusals, also for what
    /// the actor does not hold, and storage errors as for every verb.
    pub async fn issuer_undo(&self, op: &Op, name: &IssuerName, instance: bool) -> Result<bool, Error> {
        let asked = (Action::IssuerUndo, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::of(instance), asked, |round, first| {
            Box::pin(async move {
                let absent = || {
                    let nothing = NotFound::Change(name.as_str().to_owned());
                    Stop::recorded(Draft::new(Action::IssuerUndo, "", Outcome::Absent), nothing)
                };
                let mut record = round.stored_issuer(name.as_str()).await?.ok_or_else(absent)?;
                let before = record.state();
                if !record.undo(op.now) {
                    return Err(absent());
                }
                if before.is_none() && record.is_trusted() {
                    let there = round.vault.issuers_of(round.tenant.ring()).await?;
                    if there.iter().any(|(_, known)| known.issuer == record.issuer) {
                        let draft = Draft::new(Action::IssuerUndo, "", Outcome::Mismatch);
                        return Err(Stop::recorded(draft, Conflict::Exists));
                    }
                    round.room_for_issuer(there.len())?;
                }
                let gives = match (&before, record.state()) {
                    (_, None) => false,
                    (Some(before), Some(after)) => !after.only_unbinds(before),
                    (None, Some(_)) => true,
                };
                if gives {
                    round.may_act_for_bound(Action::IssuerUndo, &record).await?;
                }
                let is_trusted = record.is_trusted();
                round.commit_issuer(first, Action::IssuerUndo, &record, is_trusted).await
            })
        });
        Ok(done.await?.answer)
    }
}

#[cfg(test)]
mod tests;
