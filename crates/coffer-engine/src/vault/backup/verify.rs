//! A restored copy is asked whether it is a store: every record opens, every log is the one that was signed, and a value of each tenant
//! comes out of the one door.
//!
//! # Invariants
//! - What is done here is done in the copy, through the same verbs as anywhere; its entries are in the copy alone.
//! - No value, and no name of a secret, is in what is answered.

use super::file::LoadedBackup;
use crate::error::{Conflict, Error, ErrorKind};
use crate::limits::{CANARIES_TRIED_MAX, SCAN_PAGE_MAX};
use crate::op::Op;
use crate::path::SecretPath;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::open_record;
use crate::tenant::{TenantId, TenantName};
use crate::vault::Vault;
use crate::vault::head::Head;
use crate::vault::log::SignedRoot;
use crate::vault::tenants::TenantInfo;
use crate::version::{Stage, Which};

/// What a copy that was restored is found to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifiedBackup {
    /// Each tenant, by name.
    pub tenants: Vec<VerifiedTenant>,
    /// Those that their members have locked: nothing of them opens, here as anywhere.
    pub locked: Vec<TenantName>,
    /// Entries in the instance's own log.
    pub instance_entries: u64,
    /// What is wrong, one line each; never a value.
    pub problems: Vec<String>,
}

/// What was found of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedTenant {
    /// Which.
    pub name: TenantName,
    /// Secrets that open.
    pub secrets: usize,
    /// Versions whose data keys open.
    pub versions: usize,
    /// Entries in its log.
    pub entries: u64,
    /// Whether a value was decrypted; `false`: there is none that may be read.
    pub canary: bool,
}

impl Vault {
    /// Asks a copy that was loaded from a backup, and opened, whether it is whole. `progress` is told how many tenants are done.
    ///
    /// # Errors
    /// Storage errors as for every verb. What does not open is in the answer, not an error.
    pub async fn backup_verify(
        &self,
        op: &Op,
        loaded: &LoadedBackup,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<VerifiedBackup, Error> {
        let mut verified = VerifiedBackup::default();
        if !self.log_begins_with(loaded.keys.genesis()).await? {
            verified.problems.push("the backup was signed in the name of another log".to_owned());
        }
        let signed = signed_root(loaded, TenantId::INSTANCE);
        let log = self.audit_verify_with(op, &[], signed.as_slice(), true, &|_| {}).await?;
        verified.instance_entries = log.size;
        verified.problems.extend(log.problems.into_iter().map(|problem| format!("the instance: {problem}")));
        let tenants = self.directory().await?;
        let counted = u64::try_from(tenants.len()).unwrap_or(u64::MAX);
        if counted != loaded.manifest.tenants {
            let wanted = loaded.manifest.tenants;
            verified.problems.push(format!("there are {counted} tenants, and the manifest has {wanted}"));
        }
        for (done, (id, tenant)) in (1..).zip(&tenants) {
            match self.verify_tenant(op, loaded, (*id, tenant), &mut verified.problems).await {
                Ok(found) => verified.tenants.push(found),
                Err(error) if matches!(error.kind(), ErrorKind::TenantLocked(_)) => {
                    verified.locked.push(tenant.name.clone());
                }
                Err(error) if matches!(error.kind(), ErrorKind::Corrupt(_)) => {
                    verified.problems.push(format!("{}: {error}", tenant.name.as_str()));
                }
                Err(error) => return Err(error),
            }
            progress(done);
        }
        Ok(verified)
    }

    async fn verify_tenant(
        &self,
        op: &Op,
        loaded: &LoadedBackup,
        (id, tenant): (TenantId, &TenantInfo),
        problems: &mut Vec<String>,
    ) -> Result<VerifiedTenant, Error> {
        let op = &Op { tenant: tenant.name.clone(), ..op.clone() };
        let report = self.check(op, &|_| {}).await?;
        let signed = signed_root(loaded, id);
        let log = self.audit_verify_with(op, &[], signed.as_slice(), false, &|_| {}).await?;
        let all = report.problems.into_iter().chain(log.problems);
        problems.extend(all.map(|problem| format!("{}: {problem}", tenant.name.as_str())));
        if tenant.suspended.is_some() {
            // In the copy: nothing in a tenant that is suspended is answered.
            self.tenant_resume(op, &tenant.name).await?;
        }
        let canary = self.canary(op, id).await?;
        Ok(VerifiedTenant {
            name: tenant.name.clone(),
            secrets: report.secrets,
            versions: report.versions,
            entries: log.size,
            canary,
        })
    }

    /// Decrypts the current value of one secret, the first that may be read, and shows it to nobody.
    async fn canary(&self, op: &Op, owner: TenantId) -> Result<bool, Error> {
        let ring = self.ring(owner).await?;
        let prefix = keyspace::all_of(owner, Table::Head);
        let (mut after, mut tried) = (None, 0_usize);
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let Ok(head) = open_record::<Head>(&ring, key, record) else { continue };
                let Some(path) = SecretPath::parse(&head.path).ok().filter(|_| head.is_live()) else {
                    continue;
                };
                if self.decrypts(op, &path).await? {
                    return Ok(true);
                }
                tried = tried.saturating_add(1);
                if tried >= CANARIES_TRIED_MAX {
                    return Ok(false);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(false);
            }
        }
    }

    /// Whether the current value comes out of the door. One that has expired, or has no version, is no canary.
    async fn decrypts(&self, op: &Op, path: &SecretPath) -> Result<bool, Error> {
        let current = || Which::Stage(Stage::Current);
        match self.get_as_written(op, &[(path.clone(), current())]).await {
            Ok(_) => Ok(true),
            Err(error) => match error.kind() {
                ErrorKind::Conflict(Conflict::HoldsFile) => {
                    let mut file = self.get_file(op, path, current()).await?;
                    while file.next().await?.is_some() {}
                    Ok(true)
                }
                ErrorKind::Expired(_) | ErrorKind::NotFound(_) => Ok(false),
                _ => Err(error),
            },
        }
    }
}

fn signed_root(loaded: &LoadedBackup, owner: TenantId) -> Option<SignedRoot> {
    let (size, root) = loaded.manifest.log_of(owner)?;
    Some(("the manifest of the backup".to_owned(), size, root))
}
