//! Members who do what they may not: what they are refused is counted, and programs that go on are suspended.
//!
//! # Invariants
//! - Only who has shown a token that is somebody's is counted: nobody brings another to it without theirs. A token that was revoked counts once,
//!   however often it is shown.
//! - What is the same counts once in a day, and no more is kept than the threshold: so few refusals cost a write, and the others a look.
//! - It is in the commit of the refusal's own entry. A suspension renews the epoch: from then on no token of the member has power.
//! - People are not suspended, nor is who alone can grant: that they are at it is told, and nothing else.

use super::changes::Changes;
use super::member_line::Power;
use super::round::{Round, Stop};
use super::sign_in::hex;
use crate::access::{Counted, Identity, IdentityKind, Place, ViolationsRecord, decide};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::entry_id::EntryId;
use crate::error::{Error, ErrorKind};
use crate::identity::{IdentityId, MemberName};
use crate::op::Actor;
use crate::storage::StorageError;
use crate::storage::keyspace::{self, Table};

/// What becomes of a program that is refused too many different things in a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViolationAction {
    /// An entry and a metric say so.
    Observe,
    /// It is disabled, too, until somebody enables it.
    Suspend,
}

/// What is written beside the entry of a refusal, and told.
#[derive(Default)]
struct Consequence {
    changes: Changes,
    /// What the count itself changes is the refusal's own; what follows has an entry of its own.
    suspension: Option<Draft>,
    /// Whether somebody was suspended; `None`: nothing is told.
    told: Option<bool>,
}

impl Round<'_> {
    /// Writes the entry of an answer that is no, counts it where it is a violation, and makes the answer.
    pub(super) async fn record(&mut self, draft: Draft, kind: ErrorKind) -> Stop {
        match self.left(draft, &kind).await {
            Ok(entry) => Stop::Failed(Error::recorded(kind, entry)),
            Err(stop) => stop,
        }
    }

    async fn left(&mut self, draft: Draft, kind: &ErrorKind) -> Result<EntryId, Stop> {
        let Consequence { changes, suspension, told } = self.consequence(kind).await?;
        // The suspension's own entry says what it changes.
        let counted = if suspension.is_some() { Vec::new() } else { changes.described() };
        let drafts = std::iter::once(draft.changes(counted)).chain(suspension).collect();
        let receipts = self.leave_with(changes, drafts).await?;
        if let Some(suspended) = told {
            self.vault.inner.watch.violated(suspended);
        }
        let first = receipts.first().ok_or(ErrorKind::Unrecorded(StorageError::Entries))?;
        Ok(first.entry())
    }

    async fn consequence(&mut self, kind: &ErrorKind) -> Result<Consequence, Stop> {
        let Some(what) = self.violation(kind) else { return Ok(Consequence::default()) };
        let (ring, member) = (self.ring(), self.credential.who.identity);
        let key = keyspace::violations(ring.owner(), member);
        let before = self.read::<ViolationsRecord>(key).await?;
        let before = before.as_ref().map(|seen| seen.value.as_ref());
        let threshold = self.vault.inner.settings.violation_threshold;
        let mut changes = Changes::default();
        match ViolationsRecord::counted(before, what, self.op.now, threshold) {
            Counted::Known => Ok(Consequence::default()),
            Counted::More(record) => {
                changes.seal(&ring, key, &record)?;
                Ok(Consequence { changes, suspension: None, told: None })
            }
            Counted::Reached(record) => {
                changes.seal(&ring, key, &record)?;
                let suspended = self.may_be_suspended().await?;
                if suspended {
                    self.suspend_member(&mut changes).await?;
                }
                let detail =
                    Detail::Violations { member: hex(member), suspended, violations: record.count() };
                let draft = Draft::new(Action::MemberSuspend, "", Outcome::Done);
                let draft = draft.changes(changes.described()).detail(detail);
                Ok(Consequence { changes, suspension: Some(draft), told: Some(suspended) })
            }
        }
    }

    /// What counts of this refusal: the same for the same. `None`: nothing.
    fn violation(&self, kind: &ErrorKind) -> Option<[u8; 16]> {
        let is_known = matches!(self.op.actor, Actor::Token(_));
        let member = self.credential.who.identity;
        if !is_known || member == IdentityId::LOCAL || self.powers.is_none() {
            return None;
        }
        let what = match kind {
            // Whoever asks about somebody's rights does nothing with them.
            ErrorKind::Refused(refusal) => match refusal.action() {
                Action::AccessExplain | Action::AccessPreview => return None,
                action => [action.name(), refusal.place().path()].join("\n"),
            },
            ErrorKind::Unauthenticated => {
                ["a token that was revoked", &self.credential.revoked?.to_string()].join("\n")
            }
            _ => return None,
        };
        Some(self.tenant.ring().index().hash(b"violation", what.as_bytes()))
    }

    /// Whether the actor is a program, and not the last that can grant.
    async fn may_be_suspended(&mut self) -> Result<bool, Stop> {
        let Some(holder) = self.holder() else { return Ok(false) };
        let is_person = holder.identity.kind == IdentityKind::Human;
        if is_person || self.vault.inner.settings.violation_action == ViolationAction::Observe {
            return Ok(false);
        }
        let own = holder.identity.name.clone();
        if decide(self.tenant.id(), Some(holder), Action::MemberChange, Place::Tenant, None).is_err() {
            return Ok(true);
        }
        Ok(self.granters().await.iter().any(|granter| *granter != own))
    }

    /// Disables the actor, and says why. What they could do can be given back, as after any change.
    async fn suspend_member(&mut self, changes: &mut Changes) -> Result<(), Stop> {
        let Some(seen) = self.identity.clone() else { return Ok(()) };
        let (ring, member) = (self.ring(), self.credential.who.identity);
        let after = Identity { disabled: true, violations: true, ..seen.value.as_ref().clone() };
        changes.seal(&ring, keyspace::identity(ring.owner(), member), &after)?;
        if let Ok(name) = MemberName::parse(&after.name)
            && let Some(mut line) = self.member_line(&name).await?.filter(|line| line.id() == member)
        {
            line.remember(Power::of(&seen.value));
            changes.seal(&ring, keyspace::member(&ring, &name), &line)?;
        }
        changes.touch(keyspace::single(ring.owner(), Table::Epoch))
    }

    /// Forgets what was counted of a member, with these changes: somebody has looked at it.
    pub(super) async fn forget_violations(
        &mut self,
        member: IdentityId,
        changes: &mut Changes,
    ) -> Result<(), Stop> {
        let key = keyspace::violations(self.tenant.id(), member);
        if self.read_fresh::<ViolationsRecord>(key).await?.is_some() {
            changes.delete(key);
        }
        Ok(())
    }
}
