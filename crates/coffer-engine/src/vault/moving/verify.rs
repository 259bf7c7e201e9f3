//! A copy is asked whether it is a store, before it is one: every record opens, and is what its log says.
//!
//! # Invariants
//! - What is asked is asked through the same verbs as anywhere. Its entries are in the copy, and stay there: somebody has looked.

use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::tenant::TenantName;
use crate::vault::Vault;

/// What a copy was found to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VerifiedStore {
    /// Tenants whose records open, and whose logs are theirs.
    pub tenants: u64,
    /// Those that their members have locked: nothing of them opens, here as anywhere.
    pub locked: Vec<TenantName>,
    /// Entries in all logs.
    pub entries: u64,
    /// What is wrong, one line each; never a value.
    pub problems: Vec<String>,
}

impl Vault {
    /// Opens every head, data key and entry of each tenant, and compares every record with what its log says. `progress` is told how many
    /// tenants are done.
    ///
    /// # Errors
    /// Storage errors as for every verb. What does not open is in the answer, not an error.
    pub async fn store_verify(
        &self,
        op: &Op,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<VerifiedStore, Error> {
        let mut verified = VerifiedStore::default();
        let log = self.audit_verify(op, &[], true, &|_| {}).await?;
        verified.entries = log.size;
        verified.problems.extend(log.problems.into_iter().map(|problem| format!("the instance: {problem}")));
        for (done, (_, tenant)) in (1..).zip(self.directory().await?) {
            let op = &Op { tenant: tenant.name.clone(), ..op.clone() };
            match self.verify_one(op, &mut verified).await {
                Ok(()) => verified.tenants = verified.tenants.saturating_add(1),
                Err(error) if matches!(error.kind(), ErrorKind::TenantLocked(_)) => {
                    verified.locked.push(tenant.name);
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

    async fn verify_one(&self, op: &Op, verified: &mut VerifiedStore) -> Result<(), Error> {
        let report = self.check(op, &|_| {}).await?;
        let log = self.audit_verify(op, &[], false, &|_| {}).await?;
        verified.entries = verified.entries.saturating_add(log.size);
        let all = report.problems.into_iter().chain(log.problems);
        verified.problems.extend(all.map(|problem| format!("{}: {problem}", op.tenant.as_str())));
        Ok(())
    }
}
