//! Who an operation's actor is in the world, sealed once for each session and tenant, and put into every entry of it.
//!
//! # Invariants
//! - The subject key that a block is sealed under is expected by every commit that carries the block: once it is destroyed, no entry is
//!   written under it again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::changes::Changes;
use super::round::{Round, Stop};
use crate::audit::person::{make_key, open_key, record_key, seal_person, subject};
use crate::audit::{Change, Draft, SealedPerson};
use crate::limits::SESSIONS_KNOWN_MAX;
use crate::op::Op;
use crate::storage::{Key, Put, Revision};
use crate::tenant::TenantId;

/// Blocks that were sealed in this process, by tenant and session.
#[derive(Default)]
pub(super) struct Persons {
    known: Mutex<HashMap<(TenantId, [u8; 16]), Known>>,
}

#[derive(Clone)]
struct Known {
    sealed: SealedPerson,
    /// The subject key's record, and its revision.
    key: Key,
    revision: Revision,
}

/// What a round says of its actor.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) sealed: SealedPerson,
    /// The record of a subject key that is still to be written.
    fresh: Option<Put>,
}

impl Person {
    /// Whether its subject key is stored.
    pub(super) fn is_kept(&self) -> bool {
        self.fresh.is_none()
    }
}

impl Persons {
    /// Forgets the block of this operation's session.
    pub(super) fn forget(&self, tenant: TenantId, op: &Op) {
        if let Some(session) = &op.session {
            self.lock().remove(&(tenant, *session.id()));
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(TenantId, [u8; 16]), Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, tenant: TenantId, session: [u8; 16], known: Known) {
        let mut all = self.lock();
        if all.len() >= SESSIONS_KNOWN_MAX {
            all.clear();
        }
        all.insert((tenant, session), known);
    }
}

impl Round<'_> {
    /// The block of the operation's session, from memory, or sealed now.
    pub(super) async fn find_person(&mut self) -> Result<Option<Person>, Stop> {
        let Some(session) = &self.op.session else { return Ok(None) };
        let persons = &self.vault.inner.persons;
        let known = persons.lock().get(&(self.tenant.id(), *session.id())).cloned();
        if let Some(known) = known {
            self.expect.insert(known.key, Some(known.revision));
            return Ok(Some(Person { sealed: known.sealed, fresh: None }));
        }
        let ring = self.ring();
        let subject = subject(&ring, session.subject());
        let key = record_key(&ring, subject);
        let record = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        self.expect.insert(key, record.as_ref().map(|record| record.revision));
        let (opened, fresh) = match &record {
            Some(record) => (open_key(&ring, subject, record)?, None),
            None => {
                let (made, put) = make_key(&ring, subject)?;
                (made, Some(put))
            }
        };
        let sealed = seal_person(&ring, &opened, session)?;
        if let Some(record) = record {
            let known = Known { sealed: sealed.clone(), key, revision: record.revision };
            persons.remember(self.tenant.id(), *session.id(), known);
        }
        Ok(Some(Person { sealed, fresh }))
    }

    /// Has a subject key that is still to be written written with these changes, and named in the first entry.
    pub(super) fn add_person(&self, changes: &mut Changes, drafts: &mut [Draft]) -> Option<Put> {
        let put = self.person.as_ref()?.fresh.clone()?;
        if let Some(draft) = drafts.first_mut() {
            draft.changes.push(Change::put(&put));
        }
        changes.put(put.clone());
        Some(put)
    }

    /// The subject key was written: from now on it is expected like any record.
    pub(super) fn person_is_kept(&mut self, put: Option<Put>) {
        let (Some(put), Some(person), Some(session)) = (put, &mut self.person, &self.op.session) else {
            return;
        };
        person.fresh = None;
        self.expect.insert(put.key, Some(put.revision));
        let known = Known { sealed: person.sealed.clone(), key: put.key, revision: put.revision };
        self.vault.inner.persons.remember(self.tenant.id(), *session.id(), known);
    }
}
