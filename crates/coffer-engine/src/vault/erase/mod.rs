//! A tenant is erased: its keys first, in one commit, and then all that is left of it.
//!
//! From that commit on nothing of it opens, in any process, and nothing more of it is written: its epoch is gone, which every commit in it
//! expects, and the head of its log, which every commit of the log expects. What is left then are sealed bytes without a key. They are
//! removed slice by slice ([`rows`]): by whoever erased it, and if that one died by upkeep, through the same steps.
//!
//! What was destroyed stays written in the instance, and is certified by the key of the instance's log ([`certificate`]).
//!
//! # Invariants
//! - The commit that destroys the keys takes the name out of the directory: the name is free, and a new tenant has another id.
//! - Rows are removed only of a tenant whose keys are destroyed: what is removed is named by a record that only that commit writes.
//! - It says that all is gone once nothing is there any more, the pending entries included, and the storage has written over it.
//! - A log that is held is not erased, and nor is a tenant that has others below it. One whose keys don't open is, and so is one that is
//!   locked: whether its log is held nobody can tell.

mod certificate;
mod keys;
mod record;
mod rows;

use minicbor::bytes::ByteArray;

#[cfg(feature = "testkit")]
pub(super) use self::record::{ErasedRecord, ErasingRecord};
use super::Vault;
use super::log::Turn;
use super::round::Scope;
use crate::access::Place;
use crate::action::Action;
use crate::error::{Error, ErrorKind};
use crate::fault::Invalid;
use crate::limits::BACKUPS_KEPT_MAX_DAYS;
use crate::op::Op;
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;

/// A tenant's id, as an answer that can be kept.
type Id = ByteArray<16>;

/// A tenant that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Erased {
    /// What it was called.
    pub name: TenantName,
    /// Who it was.
    pub tenant: TenantId,
    /// When its keys were destroyed.
    pub erased: Timestamp,
    /// When the last of its records was gone.
    pub removed: Option<Timestamp>,
    /// Until when a backup of its keys may have been kept.
    pub backups_until: Timestamp,
    /// Keys that were destroyed.
    pub keys: u64,
    /// Records and entries that were removed.
    pub rows: u64,
}

impl Vault {
    /// Destroys a tenant's keys, and then removes all that is left of it. Backups of its keys are kept for so many days; 0: there are none.
    ///
    /// One that was begun and not finished goes on.
    ///
    /// # Errors
    /// [`crate::error::NotFound::Tenant`]; [`crate::error::Conflict::Held`] when its log is held; [`crate::error::Conflict::HasChildren`];
    /// [`Invalid`] for more days than [`BACKUPS_KEPT_MAX_DAYS`]; refusals and storage errors as for every verb. After one of those it
    /// may have been erased, and upkeep removes what is left.
    pub async fn tenant_erase(
        &self,
        op: &Op,
        name: &TenantName,
        backups_kept_days: u32,
    ) -> Result<Erased, Error> {
        if backups_kept_days > BACKUPS_KEPT_MAX_DAYS {
            return Err(too_long().into());
        }
        self.finish_log(op, name).await?;
        let asked = (Action::TenantErase, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::managing(op), asked, |round, first| {
            Box::pin(async move { round.destroy_keys(first, name, backups_kept_days).await })
        });
        let id = TenantId::from_bytes(*done.await?.answer);
        self.let_go(id);
        self.remove_rows(op, id).await?;
        let record = self.erased(name, id).await?;
        self.as_backed_up(record).await?.told()
    }

    /// Has the log of a tenant that is about to be erased take in what is pending, so that its last head says all. One that can't be
    /// written any more is erased as it is.
    async fn finish_log(&self, op: &Op, name: &TenantName) -> Result<(), Error> {
        let id = self
            .decide(op, Scope::managing(op), |round| {
                Box::pin(async move {
                    round.permit(Action::TenantErase, Place::Tenant)?;
                    let managed = round.manages(Action::TenantErase, name)?;
                    let line = round.line(&managed).await?;
                    round.confirm().await?;
                    Ok(line.map(|line| line.id))
                })
            })
            .await?;
        let Some(id) = id else { return Ok(()) };
        let finished = async {
            let ring = self.ring(id).await?;
            self.integrate(&ring, op.now, Turn::Wait).await
        };
        match finished.await {
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt(_) | ErrorKind::TenantLocked(_)) => {
                Ok(())
            }
            finished => finished.map(drop),
        }
    }
}

fn too_long() -> Invalid {
    Invalid::new(
        "tenant.backups_too_long",
        "backups of a tenant's keys are kept for 36,500 days at most",
        "say for how many days they are; 0 where there are none",
    )
}
