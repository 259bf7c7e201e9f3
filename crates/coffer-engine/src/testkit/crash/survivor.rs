//! What a crash left, opened as ever, and the words for looking at it.

use std::collections::BTreeSet;

use super::disk::Image;
use crate::audit::{EntryFilter, LoggedEntry};
use crate::entry_id::EntryId;
use crate::error::Error;
use crate::op::Op;
use crate::path::SecretPath;
use crate::secret::Value;
use crate::tenant::TenantName;
use crate::testkit::{TestVault, block_on};
use crate::vault::Vault;
use crate::version::{VersionNumber, Which};

/// Fine, or what is wrong.
pub type Check = Result<(), String>;

/// A store that was opened after a crash.
pub struct Survivor {
    vault: TestVault,
    image: Image,
    /// The instance's log, then those of the tenants.
    log: Vec<LoggedEntry>,
    tenants: BTreeSet<TenantName>,
}

impl Survivor {
    /// Reads the logs of a store that has been opened; `image` is as it was found.
    pub(super) async fn meet(vault: TestVault, image: Image) -> Result<Self, Error> {
        let op = TestVault::op()?;
        let all = EntryFilter::default();
        let mut log = vault.vault.audit_query(&op, &all, None, usize::MAX, true).await?.entries;
        let mut tenants = BTreeSet::new();
        for tenant in vault.vault.tenant_list(&op).await?.into_iter().map(|tenant| tenant.name) {
            tenants.insert(tenant.clone());
            let op = Op { tenant, ..TestVault::op()? };
            log.extend(vault.vault.audit_query(&op, &all, None, usize::MAX, false).await?.entries);
        }
        Ok(Self { vault, image, log, tenants })
    }

    /// The vault, for checks that have no word here.
    #[must_use]
    pub fn vault(&self) -> &Vault {
        &self.vault.vault
    }

    /// Every entry of every log.
    #[must_use]
    pub fn log(&self) -> &[LoggedEntry] {
        &self.log
    }

    /// This version is there, and holds this text.
    ///
    /// # Errors
    /// What is there instead.
    pub fn holds(&self, path: &str, version: u64, text: &str) -> Check {
        let secret = self.get(path, Some(version)).map_err(|error| format!("{path} {version}: {error}"))?;
        match secret {
            Value::Bytes(found) if found.same_as(text.as_bytes()) => Ok(()),
            _ => Err(format!("{path} {version} holds another value")),
        }
    }

    /// Its current value is this text.
    ///
    /// # Errors
    /// What is there instead.
    pub fn holds_now(&self, path: &str, text: &str) -> Check {
        match self.get(path, None).map_err(|error| format!("{path}: {error}"))? {
            Value::Bytes(found) if found.same_as(text.as_bytes()) => Ok(()),
            _ => Err(format!("{path} holds another value")),
        }
    }

    /// This version is there, and holds a file of this content.
    ///
    /// # Errors
    /// What is there instead.
    pub fn holds_file(&self, path: &str, version: u64, content: &[u8]) -> Check {
        let found = self.get_file(path, version).map_err(|error| format!("{path} {version}: {error}"))?;
        if found == content { Ok(()) } else { Err(format!("{path} {version} holds another file")) }
    }

    /// This version, or (`None`) the secret, is not there.
    ///
    /// # Errors
    /// When it is, or nobody can tell.
    pub fn has_not(&self, path: &str, version: Option<u64>) -> Check {
        match self.get(path, version) {
            Err(error) if matches!(error.code(), "secret.not_found" | "version.not_found") => Ok(()),
            Err(error) => Err(format!("{path}: {error}")),
            Ok(_) => Err(format!("{path} is there")),
        }
    }

    /// The entry with this number is in a log, once.
    ///
    /// # Errors
    /// How often it is there instead.
    pub fn has_entry(&self, entry: EntryId) -> Check {
        let entry = entry.to_string();
        match self.log.iter().filter(|line| line.id == entry).count() {
            1 => Ok(()),
            times => Err(format!("entry {entry} is there {times} times")),
        }
    }

    /// At least so many entries say that this was done there.
    ///
    /// # Errors
    /// How many there are instead.
    pub fn has_done(&self, action: &str, path: &str, times: usize) -> Check {
        let says = |line: &&LoggedEntry| line.action == action && line.path == path && line.outcome == "done";
        match self.log.iter().filter(says).count() {
            found if found >= times => Ok(()),
            found => Err(format!("{found} entries of {action} {path}, wanted {times}")),
        }
    }

    /// There is a tenant of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn has_tenant(&self, name: &str) -> Check {
        let found = self.tenants.iter().any(|tenant| tenant.as_str() == name);
        if found { Ok(()) } else { Err(format!("there is no tenant {name}")) }
    }

    /// These bytes are in no file of the store, as it was found.
    ///
    /// # Errors
    /// When they are.
    pub fn has_no_trace_of(&self, bytes: &[u8]) -> Check {
        if self.image.has(bytes) { Err("the sealed bytes are still in a file".to_owned()) } else { Ok(()) }
    }

    /// Its tenants, by name.
    pub(super) fn tenants(&self) -> &BTreeSet<TenantName> {
        &self.tenants
    }

    /// Sets a text.
    pub(super) async fn write(&self, path: &str, text: &str) -> Result<(), Error> {
        self.vault.set(path, text).await.map(drop)
    }

    fn get_file(&self, path: &str, version: u64) -> Result<Vec<u8>, Error> {
        let (path, op) = (SecretPath::parse(path)?, TestVault::op()?);
        let which = VersionNumber::new(version).map_or(Which::CURRENT, Which::Number);
        block_on(async {
            let mut file = self.vault.vault.get_file(&op, &path, which).await?;
            let mut all = Vec::new();
            while let Some(piece) = file.next().await? {
                all.extend_from_slice(piece.expose());
            }
            Ok(all)
        })
    }

    fn get(&self, path: &str, version: Option<u64>) -> Result<Value, Error> {
        let which = match version {
            Some(number) => Which::Number(VersionNumber::new(number).unwrap_or(VersionNumber::FIRST)),
            None => Which::CURRENT,
        };
        let op = TestVault::op()?;
        Ok(block_on(self.vault.vault.get(&op, &SecretPath::parse(path)?, which))?.into_value())
    }
}
