//! The environment of the process as a value, with the passphrase, the token and the storage's password set apart.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

use coffer_encryption::SecretBytes;

use super::key::{coffer_variables, suggestion};
use crate::error::{CliError, Exit};

/// Variables and their values. Those of `MASTER_SECRET_KEY`, `COFFER_TOKEN` and `COFFER_STORAGE_PASSWORD` are wiped when dropped; the first
/// two are taken out once.
#[derive(Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    master_key: Option<SecretBytes>,
    token: Option<SecretBytes>,
    storage_password: Option<Arc<SecretBytes>>,
}

impl Environment {
    /// From the pairs that the operating system holds.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in pairs {
            if name == "MASTER_SECRET_KEY" {
                environment.master_key = Some(SecretBytes::from_vec(value.into_vec()));
            } else if name == "COFFER_TOKEN" {
                environment.token = Some(SecretBytes::from_vec(value.into_vec()));
            } else if name == "COFFER_STORAGE_PASSWORD" {
                environment.storage_password = Some(Arc::new(SecretBytes::from_vec(value.into_vec())));
            } else {
                environment.variables.insert(name, value);
            }
        }
        environment
    }

    /// The value of `name`. `MASTER_SECRET_KEY`, `COFFER_TOKEN` and `COFFER_STORAGE_PASSWORD` are not found here.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// Every variable but `MASTER_SECRET_KEY`, `COFFER_TOKEN` and `COFFER_STORAGE_PASSWORD`.
    pub fn iter(&self) -> impl Iterator<Item = (&OsStr, &OsStr)> {
        self.variables.iter().map(|(name, value)| (name.as_os_str(), value.as_os_str()))
    }

    /// The value of `MASTER_SECRET_KEY`; there the first time only.
    pub fn take_master_key(&mut self) -> Option<SecretBytes> {
        self.master_key.take()
    }

    /// The value of `COFFER_TOKEN`; there the first time only.
    pub fn take_token(&mut self) -> Option<SecretBytes> {
        self.token.take()
    }

    /// The value of `COFFER_STORAGE_PASSWORD`; it is needed for each connection.
    #[must_use]
    pub fn storage_password(&self) -> Option<Arc<SecretBytes>> {
        self.storage_password.clone()
    }

    /// Refuses `COFFER_*` variables that are no setting: they are misspelt.
    ///
    /// # Errors
    /// `settings.unknown` names the first one, not its value.
    pub fn check_names(&self) -> Result<(), CliError> {
        for name in self.variables.keys().map(|name| name.to_string_lossy()) {
            if name.starts_with("COFFER_") && !coffer_variables().any(|known| known == name) {
                return Err(CliError::new(
                    Exit::Usage,
                    "settings.unknown",
                    format!(
                        "{name} is set, and is no setting of Coffer{}",
                        suggestion(&name, coffer_variables())
                    ),
                    format!("unset {name}, or correct its name"),
                ));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment(..)")
    }
}
