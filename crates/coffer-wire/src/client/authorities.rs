//! Authorities of client certificates that are trusted: of the tenant, or of the instance itself when `instance` is true.

use super::{Client, ClientError, Target};
use crate::access::RulesUndone;
use crate::authority::{Authorities, Authority, AuthorityChange};

const AUTHORITIES: &str = "/api/v1/authorities";
const AUTHORITY: &str = "/api/v1/authorities/";

impl Client {
    /// All of them, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authority_list(&self, instance: bool) -> Result<Vec<Authority>, ClientError> {
        self.pages(|most, cursor| {
            let target = Target::new(AUTHORITIES).when("instance", instance);
            let target = target.with("limit", Some(most)).with("cursor", cursor);
            let page: Authorities = self.json(self.get(target))?;
            Ok((page.authorities, page.next))
        })
    }

    /// Trusts one, or changes what it says.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authority_set(
        &self,
        name: &str,
        wanted: &AuthorityChange,
        instance: bool,
    ) -> Result<(), ClientError> {
        let target = Target::new(AUTHORITY).below(name).when("instance", instance);
        self.done(self.request("PUT", target).with(wanted))
    }

    /// Trusts it no more.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authority_remove(&self, name: &str, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("DELETE", Target::new(AUTHORITY).below(name).when("instance", instance)))
    }

    /// Takes back the last change of one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn authority_undo(&self, name: &str, instance: bool) -> Result<RulesUndone, ClientError> {
        self.json(self.post(Target::new("/api/v1/authority/undo/").below(name).when("instance", instance)))
    }
}
