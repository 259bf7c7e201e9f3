//! How things are with the secrets of a folder: what is about to end, what nobody answers for, what is older than it should be.
//!
//! Counts. Which ones they are says [`super::find`], asked for the same.

use super::Vault;
use super::expiring::Expiring;
use super::find::Unread;
use super::index::Known;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::{Error, ErrorKind};
use crate::limits::UNREAD_DAYS;
use crate::op::Op;
use crate::path::FolderPath;
use crate::time::Timestamp;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Of the secrets below a folder whose names the asker may list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// All that are not in the trash: of these are those that follow.
    pub secrets: u64,
    /// In the trash.
    pub trashed: u64,
    /// Whose end is near, or past.
    pub expiring: Expiring,
    /// Nobody is named who answers for them.
    pub ownerless: u64,
    /// Their value is older than their interval allows.
    pub overdue: u64,
    /// From before [`UNREAD_DAYS`] days, and not read since; `None`: there are too many entries in the log since then.
    pub unread: Option<u64>,
    /// One of their values is another secret's too: among those that the asker may read, wherever they lie.
    pub reused: u64,
}

impl Vault {
    /// Counts what should be looked after, below a folder.
    ///
    /// # Errors
    /// As for [`Vault::find`].
    pub async fn report(&self, op: &Op, folder: &FolderPath) -> Result<Report, Error> {
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                let report = round.report(folder).await?;
                round.note(Draft::new(Action::SecretFind, folder.as_str(), Outcome::Done)).await?;
                Ok(report)
            })
        })
        .await
    }
}

impl Round<'_> {
    async fn report(&mut self, folder: &FolderPath) -> Result<Report, Stop> {
        let reach = self.reach(Action::SecretFind, Place::Folder(folder.clone()))?;
        let readable = self.readable();
        let since = self.op.now.millis().saturating_sub(UNREAD_DAYS.saturating_mul(DAY_MS));
        let unread = match Unread::since(self, Timestamp::from_millis(since)).await {
            Ok(unread) => Some(unread),
            Err(Stop::Failed(error)) if matches!(error.kind(), ErrorKind::Invalid(_)) => None,
            Err(stop) => return Err(stop),
        };
        let index = self.vault.index(self.tenant.ring(), self.op).await?;
        let secrets = index.secrets();
        let shared = self.reused(&secrets, &readable);
        let mut report = Report { unread: unread.as_ref().map(|_| 0), ..Report::default() };
        for (path, known) in secrets.below(folder, None).filter(|(path, _)| reach.covers(path.as_str())) {
            report.count(known, self.op);
            let is_reused = readable.covers(path.as_str())
                && known.marks().any(|mark| shared.contains(&mark))
                && self.gives(known);
            add(&mut report.reused, is_reused);
            let is_unread = unread.as_ref().is_some_and(|unread| unread.is(path, known));
            report.unread.iter_mut().for_each(|count| add(count, is_unread && known.live().is_some()));
        }
        Ok(report)
    }
}

impl Report {
    fn count(&mut self, known: &Known, op: &Op) {
        add(&mut self.trashed, known.trashed.is_some());
        let Some(current) = known.live() else { return };
        let said = known.metadata();
        add(&mut self.secrets, true);
        add(&mut self.ownerless, said.owner.is_none());
        add(&mut self.overdue, said.is_overdue(current.changed, op.now));
        if let Some(end) = said.expires() {
            self.expiring.count(end, op.now);
        }
    }
}

fn add(count: &mut u64, one: bool) {
    *count = count.saturating_add(u64::from(one));
}
