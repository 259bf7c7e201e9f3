//! A whole store goes from one storage into another, while it is in service, and then is in service there.
//!
//! Nothing is opened by that: what lies sealed in one storage lies sealed in the other, at the same keys, with the same revisions. There is
//! no feed of changes to follow, so a *pass* compares all that is stored, and carries over what differs ([`copy`]). Passes are repeated
//! while nodes go on. Then one commit takes the store out of service ([`Vault::storage_close`]); what a last pass carries is all there
//! will ever be; it is compared by hashes ([`sums`]), the logs are verified ([`verify`]), and one commit makes a store of the copy.
//!
//! # Invariants
//! - There is one store in service, or none, at every moment: the copy becomes one only when the source is out of service for this copy and
//!   no other, and the source comes back ([`Vault::storage_reopen`]) only when whoever finishes the copy can't any more.
//! - What was acknowledged was committed, and so before the closing commit: it is in the last pass.
//! - Who copies writes into the copy alone; the source gets one entry and one record, when it is closed.
//! - Whatever is killed when: the source is in service, or out of it and whole; the copy is refused, and gone on with, or whole.

use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::Error;
use crate::op::Op;
use crate::storage::moving::{self, Beginning, MovingRecord, State};
use crate::storage::record::{encode, plain_record};
use crate::storage::{Revision, Storage, StorageError};
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::once::GivenOnce;
use crate::vault::open::OpenOptions;
use crate::vault::round::Scope;

pub use copy::{Carried, StoreCopy};
pub use sums::Sums;
pub use verify::VerifiedStore;

mod copy;
mod sums;
mod verify;
mod walk;

impl Vault {
    /// Takes the store out of service: from this commit on no node commits anything to it, so none answers anything from it. It is for
    /// this copy alone, which goes to `place`.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb; [`StorageError::Moved`] where it is closed already.
    pub async fn storage_close(&self, op: &Op, copy: &StoreCopy, place: &str) -> Result<(), Error> {
        let record = MovingRecord::new(State::Closed, copy.id(), self.inner.instance, op.now, place);
        let asked = (Action::StorageClose, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            let record = record.clone();
            Box::pin(async move {
                let mut changes = Changes::default();
                changes.put(plain_record(moving::key(), encode(&record).as_slice())?);
                // The record is of the place and not of the store, so no entry names it: the copy has none.
                let draft = Draft::new(Action::StorageClose, "", Outcome::Done).detail(record.detail());
                round.commit(first, changes, vec![draft], GivenOnce(())).await
            })
        });
        done.await.map(drop)
    }

    /// Opens a store that is out of service, for who takes it back. Nothing but that is committed to it.
    ///
    /// # Errors
    /// As [`Vault::open`]; [`StorageError::Unfinished`] where it was never whole.
    pub async fn open_closed(
        storage: std::sync::Arc<dyn Storage>,
        options: OpenOptions<'_>,
    ) -> Result<Self, Error> {
        let Beginning { instance, moving } = Beginning::of(storage.as_ref()).await?;
        match moving {
            Some((_, there)) if there.state != State::Closed => Err(there.refusal().into()),
            _ => Self::open_as(storage, instance, options).await,
        }
    }

    /// Takes a store back into service that was closed. Whoever asks has seen to it that its copy is none and will be none: see
    /// [`abandon_copy`].
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb. A store that is in service stays so, and that is no error.
    pub async fn storage_reopen(&self, op: &Op) -> Result<(), Error> {
        let Some((mark, there)) = Beginning::of(self.inner.storage.as_ref()).await?.moving else {
            return Ok(());
        };
        let asked = (Action::StorageReopen, [Place::Tenant].as_slice());
        let done = self.change(op, Scope::Instance, asked, |round, first| {
            let (there, revision): (MovingRecord, Revision) = (there.clone(), mark.revision);
            Box::pin(async move {
                round.expects(moving::key(), Some(revision))?;
                let mut changes = Changes::default();
                changes.delete(moving::key());
                let draft = Draft::new(Action::StorageReopen, "", Outcome::Done).detail(there.detail());
                round.commit(first, changes, vec![draft], GivenOnce(())).await
            })
        });
        done.await.map(drop)
    }
}

impl MovingRecord {
    fn detail(&self) -> Detail {
        let Self { id, place, .. } = self;
        Detail::Move { copy: base16ct::lower::encode_string(id.as_slice()), place: place.clone() }
    }
}

/// Which copy a store was taken out of service for, and where that goes; `None`: it is in service.
///
/// # Errors
/// [`StorageError`] when the storage can't be read; [`StorageError::Unfinished`] where it never was in service.
pub async fn closed_for(storage: &dyn Storage) -> Result<Option<([u8; 16], String)>, StorageError> {
    match Beginning::of(storage).await?.moving {
        None => Ok(None),
        Some((_, there)) if there.state == State::Closed => Ok(Some((*there.id, there.place))),
        Some((_, there)) => Err(there.refusal()),
    }
}

/// Keeps whoever copies into this storage from ever finishing it: what comes first when the source is taken back into service.
///
/// # Errors
/// [`StorageError::NotEmpty`] where it is a store by now: then that is the one which is in service.
pub async fn abandon_copy(storage: std::sync::Arc<dyn Storage>, id: [u8; 16]) -> Result<(), StorageError> {
    let there = Beginning::of(storage.as_ref()).await?;
    if there.instance.is_some() {
        return Err(StorageError::NotEmpty);
    }
    match there.moving {
        // Taken over: who had it before finishes it no more.
        Some((_, mark)) if *mark.id == id => copy::take_over(storage, mark).await,
        // Another copy, or nothing: this one is none.
        _ => Ok(()),
    }
}
