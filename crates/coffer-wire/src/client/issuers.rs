//! Issuers of tokens that are trusted: of the tenant, or of the instance itself when `instance` is true.

use super::{Client, ClientError, Target};
use crate::access::RulesUndone;
use crate::issuer::{Issuer, IssuerChange, Issuers, NewIssuer};

const ISSUERS: &str = "/api/v1/issuers";
const ISSUER: &str = "/api/v1/issuers/";

impl Client {
    /// All of them, all pages.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn issuer_list(&self, instance: bool) -> Result<Vec<Issuer>, ClientError> {
        self.pages(|most, cursor| {
            let target = Target::new(ISSUERS).when("instance", instance);
            let target = target.with("limit", Some(most)).with("cursor", cursor);
            let page: Issuers = self.json(self.get(target))?;
            Ok((page.issuers, page.next))
        })
    }

    /// Trusts one. Its tokens mean nobody yet.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn issuer_create(&self, wanted: &NewIssuer, instance: bool) -> Result<(), ClientError> {
        self.done(self.post(Target::new(ISSUERS).when("instance", instance)).with(wanted))
    }

    /// Changes what its tokens have to be like, and whom they mean.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn issuer_change(
        &self,
        name: &str,
        wanted: &IssuerChange,
        instance: bool,
    ) -> Result<(), ClientError> {
        let target = Target::new(ISSUER).below(name).when("instance", instance);
        self.done(self.request("PATCH", target).with(wanted))
    }

    /// Trusts it no more.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn issuer_remove(&self, name: &str, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("DELETE", Target::new(ISSUER).below(name).when("instance", instance)))
    }

    /// Takes back the last change of it; whether it is trusted then.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn issuer_undo(&self, name: &str, instance: bool) -> Result<RulesUndone, ClientError> {
        self.json(self.post(Target::new("/api/v1/issuer/undo/").below(name).when("instance", instance)))
    }
}
