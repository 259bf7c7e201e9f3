//! Tenants that get another name, that are erased, and what certifies that.

use super::{Client, ClientError, Target};
use crate::tenant::{EraseTenant, Erased, ErasureCertificate, RenameTenant};

impl Client {
    /// Calls a tenant by another name.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_rename(&self, name: &str, wanted: &RenameTenant) -> Result<(), ClientError> {
        let target = self.managing(Target::new("/api/v1/tenant/rename/").below(name));
        self.done(self.post(target).with(wanted))
    }

    /// Destroys a tenant's keys, and then removes all that is left of it.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_erase(&self, name: &str, wanted: EraseTenant) -> Result<Erased, ClientError> {
        let target = self.managing(Target::new("/api/v1/tenant/erase/").below(name));
        self.json(self.post(target).with(&wanted).patient())
    }

    /// Certifies that a tenant of this name was erased: the one with this id, or the last one.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_certificate(
        &self,
        name: &str,
        id: Option<&str>,
    ) -> Result<ErasureCertificate, ClientError> {
        let target = Target::new("/api/v1/tenant/certificate/").below(name).of_instance().with("id", id);
        self.json(self.get(target).patient())
    }
}
