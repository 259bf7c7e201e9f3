//! Who an operation's actor is in the world, and where they asked from: sealed once for each session, or for each identity and address,
//! and put into every entry of it.
//!
//! # Invariants
//! - The subject key that a block is sealed under is expected by every commit that carries the block: once it is destroyed, no entry is
//!   written under it again.
//! - A source without a session is the acting identity's: its name is the subject, so who forgets a member forgets where from it asked.

use core::net::IpAddr;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use coffer_encryption::random;

use super::changes::Changes;
use super::round::{Round, Stop};
use crate::audit::person::{Block, make_key, open_key, record_key, seal_person, subject};
use crate::audit::{ADDRESS, Change, Draft, SealedPerson};
use crate::identity::IdentityId;
use crate::limits::SESSIONS_KNOWN_MAX;
use crate::storage::{Key, Put, Revision};
use crate::tenant::TenantId;

/// Blocks that were sealed in this process.
#[derive(Default)]
pub(super) struct Persons {
    known: Mutex<HashMap<Visit, Known>>,
}

/// What one block speaks of: somebody, from somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Visit {
    tenant: TenantId,
    by: Visitor,
    source: Option<IpAddr>,
}

/// Who, as far as it tells one block from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Visitor {
    Session([u8; 16]),
    Identity(IdentityId),
}

#[derive(Clone)]
struct Known {
    sealed: Arc<SealedPerson>,
    /// The subject key's record, and its revision.
    key: Key,
    revision: Revision,
}

/// What a round says of its actor.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) sealed: Arc<SealedPerson>,
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
    fn lock(&self) -> MutexGuard<'_, HashMap<Visit, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everybody in this tenant.
    pub(super) fn forget_all_of(&self, tenant: TenantId) {
        self.lock().retain(|visit, _| visit.tenant != tenant);
    }

    fn remember(&self, visit: Visit, known: Known) {
        let mut all = self.lock();
        if all.len() >= SESSIONS_KNOWN_MAX {
            all.clear();
        }
        all.insert(visit, known);
    }
}

impl Round<'_> {
    /// The block of the operation's actor, from memory, or sealed now; `None` when there is nothing to say of them.
    pub(super) async fn find_person(&mut self) -> Result<Option<Person>, Stop> {
        let Some(visit) = self.visit() else { return Ok(None) };
        let persons = &self.vault.inner.persons;
        let known = persons.lock().get(&visit).cloned();
        if let Some(known) = known {
            self.expect.insert(known.key, Some(known.revision));
            return Ok(Some(Person { sealed: known.sealed, fresh: None }));
        }
        let ring = self.ring();
        let block = self.block(visit)?;
        let subject = subject(&ring, &block.subject);
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
        let sealed = Arc::new(seal_person(&ring, &opened, &block)?);
        if let Some(record) = record {
            persons.remember(visit, Known { sealed: Arc::clone(&sealed), key, revision: record.revision });
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
        let visit = self.visit();
        let (Some(put), Some(person), Some(visit)) = (put, &mut self.person, visit) else { return };
        person.fresh = None;
        self.expect.insert(put.key, Some(put.revision));
        let known = Known { sealed: Arc::clone(&person.sealed), key: put.key, revision: put.revision };
        self.vault.inner.persons.remember(visit, known);
    }

    /// Forgets the block of this round's actor.
    pub(super) fn forget_person(&self) {
        if let Some(visit) = self.visit() {
            self.vault.inner.persons.lock().remove(&visit);
        }
    }

    /// From here on this round says nothing of its actor, if this is who it is.
    pub(super) fn leave_out(&mut self, subject: &[u8; 16]) {
        self.person = self.person.take().filter(|person| !person.sealed.is_of(subject));
    }

    fn visit(&self) -> Option<Visit> {
        let by = match &self.op.session {
            Some(session) => Visitor::Session(*session.id()),
            None => Visitor::Identity(self.credential.who.identity),
        };
        let is_nobody = self.op.session.is_none() && self.op.source.is_none();
        (!is_nobody).then_some(Visit { tenant: self.tenant.id(), by, source: self.op.source })
    }

    /// What is sealed of a visit.
    fn block(&self, visit: Visit) -> Result<Block, Stop> {
        let mut details = match &self.op.session {
            Some(session) => session.details().clone(),
            None => BTreeMap::new(),
        };
        let subject = match (&self.op.session, &self.identity) {
            (Some(session), _) => session.subject().to_owned(),
            (None, Some(seen)) => seen.value.name.clone(),
            (None, None) => base16ct::lower::encode_string(self.credential.who.identity.bytes()),
        };
        details.entry("name".to_owned()).or_insert_with(|| subject.clone());
        details.extend(visit.source.map(|source| (ADDRESS.to_owned(), source.to_canonical().to_string())));
        let session = match visit.by {
            Visitor::Session(id) => id,
            Visitor::Identity(_) => random::bytes()?,
        };
        Ok(Block { subject, session, details })
    }
}
