//! Tells of changes of secrets as they come into the log: that there is one, of which path and version, when, and by whom. Never a value.
//!
//! Whoever watches asks once with [`Vault::secret_watch`], which leaves the entry, and then step by step with
//! [`Vault::secret_watch_on`], which leaves none unless it refuses. What there is to tell is read apart from that, once for all who
//! watch ([`Vault::changes_at`]).
//!
//! # Invariants
//! - What was read is told to nobody before it is decided: a [`SecretChange`] comes out of [`Changes`] only for a [`Reach`] that covers its path.
//! - A step is given what was read before, and looks once more, at its end, whether all that it decided on still holds. So nothing
//!   that was committed after a withdrawal was acknowledged is told to whom it was taken from.

use coffer_log::tile::TILE_WIDTH;

use super::integrate::Turn;
use super::pass::Pass;
use super::read::LogReader;
use super::upkeep::as_system;
use crate::access::{self, Place, Reach};
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome, SecretChange};
use crate::error::{Conflict, Error, NotFound};
use crate::fault::Invalid;
use crate::op::Op;
use crate::path::FolderPath;
use crate::tenant::TenantId;
use crate::vault::Vault;
use crate::vault::commits::NextCommit;
use crate::vault::round::{Round, Scope, Stop};

/// What a part of a log says of changes, not decided for anybody yet: what is in it nobody sees.
pub struct Changes {
    owner: TenantId,
    first: u64,
    next: u64,
    changes: Vec<SecretChange>,
}

impl Vault {
    /// Begins to watch the changes at and below a folder: those behind the entry `after`, or those from now on. Where to begin, as the
    /// index of an entry. Each change is decided for itself when it is told, so whoever may list anything there may watch.
    ///
    /// # Errors
    /// [`NotFound::Changes`] when entries behind `after` were pruned, [`Invalid`] when the log has no such entry yet; refusals and storage
    /// errors as for every verb.
    pub async fn secret_watch(&self, op: &Op, folder: &FolderPath, after: Option<u64>) -> Result<u64, Error> {
        // Nothing is integrated for who may not. What is there before the entry was there before now.
        let ring = self
            .decide(op, Scope::Tenant, |round| {
                Box::pin(async move {
                    round.watch(folder)?;
                    round.confirm().await?;
                    Ok(round.ring())
                })
            })
            .await?;
        let head = self.integrate(&ring, op.now, Turn::Wait).await?;
        let (first, size) = (head.first, head.size());
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.watch(folder)?;
                // What the log does not have yet may be any number, and a leaf has room for those below 2^53.
                let detail = Detail::Watch { after: after.filter(|after| *after < size) };
                let draft = |outcome| {
                    Draft::new(Action::SecretWatch, folder.as_str(), outcome).detail(detail.clone())
                };
                let from = after.map_or(size, |after| after.saturating_add(1));
                if from > size {
                    return Err(Stop::recorded(draft(Outcome::Invalid), ahead(size)));
                }
                if from < first {
                    return Err(Stop::recorded(draft(Outcome::Absent), NotFound::Changes(first)));
                }
                round.note(draft(Outcome::Done)).await?;
                Ok(from)
            })
        })
        .await
    }

    /// Goes on watching: those of the changes at `from` and behind it that whoever asks may know of, now. It decides also when there are
    /// none to tell, and leaves an entry only when it refuses.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn secret_watch_on(
        &self,
        op: &Op,
        folder: &FolderPath,
        changes: Option<&Changes>,
        from: u64,
    ) -> Result<Vec<SecretChange>, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                let reach = round.watch(folder)?;
                let changes = changes.filter(|changes| changes.owner == round.tenant.id());
                let changes = changes.into_iter().flat_map(|changes| changes.from(from, folder));
                let told = changes.filter(|change| reach.covers(change.path.as_str())).cloned().collect();
                round.confirm().await?;
                Ok(told)
            })
        })
        .await
    }

    /// Brings the log of the tenant up to date for all who watch it; its size then.
    ///
    /// # Errors
    /// [`crate::fault::Corrupt`] when the log is damaged; storage errors.
    pub async fn changes_end(&self, op: &Op) -> Result<u64, Error> {
        let tenant = self.load_tenant(&as_system(op)).await?;
        let ring = self.ring(tenant.id()).await?;
        Ok(self.integrate(&ring, op.now, Turn::Wait).await?.size())
    }

    /// What the part of the log that holds this index says of changes, as far as it is written.
    ///
    /// # Errors
    /// [`crate::fault::Corrupt`] when it does not open; [`NotFound::Changes`] when it was pruned; storage errors.
    pub async fn changes_at(&self, op: &Op, index: u64) -> Result<Changes, Error> {
        let tenant = self.load_tenant(&as_system(op)).await?;
        let ring = self.ring(tenant.id()).await?;
        let head = self.log_head(&ring).await?.map(|(head, _)| head).ok_or(Conflict::Contended)?;
        if index < head.first {
            return Err(NotFound::Changes(head.first).into());
        }
        // No disclosure: whatever it says is decided on before anybody is told.
        let permit = access::decide_upkeep(ring.owner(), Action::AuditExport, Place::Tenant)?;
        let reader = LogReader::new(self, Pass::given(ring, head, permit));
        let number = index / TILE_WIDTH;
        let first = number.saturating_mul(TILE_WIDTH);
        let leaves = if number < reader.packs() { reader.pack(number).await? } else { Vec::new() };
        let next = first.saturating_add(u64::try_from(leaves.len()).unwrap_or(u64::MAX));
        let mut changes = Vec::new();
        for (index, leaf) in (first..).zip(&leaves) {
            changes.extend(SecretChange::parse(index, leaf)?);
        }
        Ok(Changes { owner: tenant.id(), first, next, changes })
    }

    /// Waits for what this process commits in the tenant from now on.
    ///
    /// # Errors
    /// When the tenant can't be opened.
    pub async fn changes_awaited(&self, op: &Op) -> Result<NextCommit, Error> {
        let tenant = self.load_tenant(&as_system(op)).await?;
        Ok(self.inner.commits.of(tenant.id()))
    }
}

impl Round<'_> {
    /// Where may the actor know of changes? Who may nowhere at or below this folder is refused.
    fn watch(&mut self, folder: &FolderPath) -> Result<Reach, Stop> {
        let place = || Place::Folder(folder.clone());
        let reach = self.reach(Action::SecretWatch, place())?;
        if !reach.covers_some_below(folder.as_str()) {
            // Where nothing is his, not all is: this refuses him.
            self.permit(Action::SecretWatch, place())?;
        }
        Ok(reach)
    }
}

impl Changes {
    /// The index of the first entry that was looked at.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// The index behind the last one.
    #[must_use]
    pub fn next(&self) -> u64 {
        self.next
    }

    /// Those at this index and behind it, at or below this folder.
    fn from(&self, from: u64, folder: &FolderPath) -> impl Iterator<Item = &SecretChange> {
        let folder = folder.as_str();
        self.changes.iter().filter(move |change| {
            let below = change.path.as_str().strip_prefix(folder);
            change.index >= from
                && below.is_some_and(|rest| folder.is_empty() || rest.is_empty() || rest.starts_with('/'))
        })
    }
}

/// Says nothing of what nobody has decided on.
impl std::fmt::Debug for Changes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Changes({}..{})", self.first, self.next)
    }
}

fn ahead(size: u64) -> Invalid {
    Invalid::new(
        "events.ahead",
        format!("the log has {size} entries, and not yet the one behind which to go on"),
        "the cursor is another store's, or this one was brought back from a copy: watch without it",
    )
}
