//! What a round writes about itself: who asks, on what ground, and how it ends when the answer is no.

use std::sync::Arc;

use super::round::{Round, Stop};
use crate::audit::{Asker, Basis, Draft, Entry, Outcome};
use crate::error::ErrorKind;
use crate::storage::{StorageError, keyspace};
use crate::tenant::TenantId;

impl Round<'_> {
    /// An operation that was allowed and then failed, by its own fault or by a record that does not open, has an entry too. Where the
    /// storage failed there is nowhere to write to.
    pub(super) fn recordable(&mut self, stop: Stop) -> Stop {
        let Stop::Failed(error) = stop else { return stop };
        let outcome = match error.kind() {
            ErrorKind::Corrupt(_) => Outcome::Corrupt,
            ErrorKind::Invalid(_) | ErrorKind::Locked(_) => Outcome::Invalid,
            _ => return Stop::Failed(error),
        };
        match self.allowed.take().filter(|_| error.entry().is_none()) {
            Some(draft) => Stop::recorded(Draft { outcome, ..draft }, error.into_kind()),
            None => Stop::Failed(error),
        }
    }

    /// What is decided on.
    pub(super) fn basis(&self) -> Basis {
        let epoch = keyspace::single(self.tenant.id(), keyspace::Table::Epoch);
        Basis {
            epoch: self.expect.get(&epoch).copied().flatten(),
            identity: self.identity.as_ref().map(|seen| seen.revision),
        }
    }

    /// Who asks, as entries say it.
    pub(super) fn asker(&self) -> Asker {
        let person = self.person.as_ref().map(|person| Arc::clone(&person.sealed));
        Asker { person, ..Asker::of(self.op, self.credential.who) }
    }

    /// The same for an entry that is written outside of the round, where no subject key can be made.
    pub(super) fn known_asker(&self) -> Asker {
        let person = self.person.as_ref().filter(|person| person.is_kept());
        let person = person.map(|person| Arc::clone(&person.sealed));
        Asker { person, ..Asker::of(self.op, self.credential.who) }
    }

    /// The leaves, on what the round has looked at so far.
    pub(super) fn write(&self, drafts: Vec<Draft>) -> Result<Vec<Entry>, Stop> {
        let (basis, asker) = (self.basis(), self.asker());
        let write = |draft| match Entry::write(&asker, self.tenant.id(), basis, draft)? {
            // Alone it fails alone; in the group it would fail its neighbours.
            entry if entry.fits() => Ok(entry),
            _ => Err(Stop::from(ErrorKind::Unrecorded(StorageError::Entries))),
        };
        drafts.into_iter().map(write).collect()
    }

    /// The leaf of an entry in another's log: who asked is named by number, as this log names them, and by whose member they are. Their
    /// person is not: it is sealed for this one.
    pub(super) fn write_elsewhere(&self, owner: TenantId, draft: Draft) -> Result<Vec<u8>, Stop> {
        let epoch = self.expect.get(&keyspace::single(owner, keyspace::Table::Epoch)).copied().flatten();
        let basis = Basis { epoch, identity: None };
        let asker = Asker { member_of: Some(self.tenant.id()), ..Asker::of(self.op, self.credential.who) };
        let mut entry = Entry::write(&asker, owner, basis, draft)?;
        if entry.fits() {
            Ok(entry.take_leaf())
        } else {
            Err(ErrorKind::Unrecorded(StorageError::Entries).into())
        }
    }
}
