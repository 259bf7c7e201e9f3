//! Tenants that get another name, that are locked and unlocked, that are erased, and what certifies that.

use super::{Client, ClientError, Target};
use crate::tenant::{
    EraseTenant, Erased, ErasureCertificate, LockedTenant, RenameTenant, Settings, SettingsChange, TenantLock,
};

impl Client {
    /// Calls a tenant by another name.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_rename(&self, name: &str, wanted: &RenameTenant) -> Result<(), ClientError> {
        let target = self.managing(Target::new("/api/v1/tenant/rename/").below(name));
        self.done(self.post(target).with(wanted))
    }

    /// Changes what is set of a tenant; as it is then.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_set(&self, name: &str, change: &SettingsChange) -> Result<Settings, ClientError> {
        let target = self.managing(Target::new("/api/v1/tenant/settings/").below(name));
        self.json(self.request("PATCH", target).with(change))
    }

    /// Locks the tenant that is asked, with this code.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_lock(&self, wanted: &TenantLock) -> Result<LockedTenant, ClientError> {
        self.json(self.post(Target::new("/api/v1/tenant/lock")).with(wanted).patient())
    }

    /// Unlocks the tenant that is asked. No token is needed for it: the code says enough.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn tenant_unlock(&self, shown: &TenantLock) -> Result<(), ClientError> {
        self.done(self.post(Target::new("/api/v1/tenant/unlock")).with(shown))
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
