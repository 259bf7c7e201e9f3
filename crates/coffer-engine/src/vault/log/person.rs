//! Who an entry's actor was in the world.

use std::collections::BTreeMap;

use super::read::LogReader;
use crate::action::Action;
use crate::audit::LoggedEntry;
use crate::audit::person::{open_key, open_person, record_key, subject_of};
use crate::error::Error;
use crate::op::Op;
use crate::vault::Vault;
use crate::vault::round::Scope;

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
    ) -> Result<Option<BTreeMap<String, String>>, Error> {
        let Some(person) = &entry.actor.person else { return Ok(None) };
        let reader =
            LogReader::new(self, self.pass_again(op, Scope::of(instance), Action::AuditQuery).await?);
        let Some(subject) = subject_of(person) else { return Ok(None) };
        let key = record_key(&reader.ring, subject);
        let Some(record) = self.inner.storage.get(&[key]).await?.pop().flatten() else { return Ok(None) };
        let opened = open_key(&reader.ring, subject, &record)?;
        // Sealed under a key that was destroyed, when there is a newer one.
        Ok(open_person(&reader.ring, &opened, person).ok())
    }
}
