//! Who an entry's actor was in the world.

use core::net::IpAddr;
use std::collections::BTreeMap;

use super::read::LogReader;
use crate::action::Action;
use crate::audit::person::{open_key, open_person, record_key, subject_of};
use crate::audit::{ADDRESS, EntryPerson, LoggedEntry};
use crate::error::Error;
use crate::limits::SESSIONS_KNOWN_MAX;
use crate::op::Op;
use crate::vault::Vault;
use crate::vault::round::Scope;

/// The fields of a person, by name.
type Fields = BTreeMap<String, String>;

impl Vault {
    /// The fields of the person in an entry; `None` where it names none, or the person was forgotten.
    ///
    /// # Errors
    /// [`crate::fault::Corrupt`] when they don't open; refusals and storage errors as for every verb. It leaves no entry: the query that
    /// found the entry has one.
    pub async fn audit_person(
        &self,
        op: &Op,
        entry: &LoggedEntry,
        instance: bool,
    ) -> Result<Option<Fields>, Error> {
        let Some(person) = &entry.actor.person else { return Ok(None) };
        let reader =
            LogReader::new(self, self.pass_again(op, Scope::of(instance), Action::AuditQuery).await?);
        reader.person(person).await
    }
}

impl LogReader {
    /// Where an entry's request came from.
    pub(super) async fn source(&mut self, entry: &LoggedEntry) -> Result<Option<IpAddr>, Error> {
        let Some(person) = &entry.actor.person else { return Ok(None) };
        // Many entries carry the same block.
        if let Some(source) = self.sources.get(&person.sealed) {
            return Ok(*source);
        }
        let fields = self.person(person).await?;
        let source = fields.as_ref().and_then(|fields| fields.get(ADDRESS)?.parse().ok());
        if self.sources.len() >= SESSIONS_KNOWN_MAX {
            self.sources.clear();
        }
        self.sources.insert(person.sealed.clone(), source);
        Ok(source)
    }

    async fn person(&self, person: &EntryPerson) -> Result<Option<Fields>, Error> {
        let Some(subject) = subject_of(person) else { return Ok(None) };
        let key = record_key(&self.ring, subject);
        let Some(record) = self.vault.inner.storage.get(&[key]).await?.pop().flatten() else {
            return Ok(None);
        };
        let opened = open_key(&self.ring, subject, &record)?;
        // Sealed under a key that was destroyed, when there is a newer one.
        Ok(open_person(&self.ring, &opened, person).ok())
    }
}
