//! Checks every record of a tenant: does it open where it lies? For `doctor`. No value is opened.

use std::sync::Arc;

use super::Vault;
use super::disclose::{Kind, Row, SealedVersion, part_bytes, parts_of};
use super::head::Head;
use super::round::{Round, Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::content::FileInfo;
use crate::error::Error;
use crate::limits::SCAN_PAGE_MAX;
use crate::op::Op;
use crate::path::SecretPath;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{decode, open_record};
use crate::storage::{Key, Record};
use crate::version::VersionNumber;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Secrets whose head opens.
    pub secrets: usize,
    /// Versions whose data key opens, with all the parts of their files.
    pub versions: usize,
    /// Audit entries that open.
    pub entries: usize,
    /// What is wrong, one line each; never a value.
    pub problems: Vec<String>,
}

impl Vault {
    /// Opens every head, data key and entry of the tenant, and asks the storage about damage of its own. Whether the log is also the
    /// right one is a question for [`Vault::audit_verify`].
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb. What does not open is in the report, not an error.
    pub async fn check(&self, op: &Op, progress: &(dyn Fn(usize) + Sync)) -> Result<CheckReport, Error> {
        let mut report = self
            .decide(op, Scope::Tenant, |round| {
                Box::pin(async move {
                    round.permit(Action::StoreCheck, Place::Tenant)?;
                    round.note(Draft::new(Action::StoreCheck, "", Outcome::Done)).await?;
                    let problems = round.vault.inner.storage.inspect().await?;
                    let mut report = CheckReport { problems, ..CheckReport::default() };
                    round.check_heads(&mut report, progress).await?;
                    Ok(report)
                })
            })
            .await?;
        self.check_log(op, &mut report).await?;
        Ok(report)
    }
}

impl Round<'_> {
    async fn check_heads(
        &self,
        report: &mut CheckReport,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<(), Stop> {
        let prefix = keyspace::all_of(self.tenant.id(), Table::Head);
        let mut after = None;
        loop {
            let page = self.vault.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                self.check_head(key, record, report).await?;
                progress(report.secrets);
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    async fn check_head(&self, key: &Key, record: &Record, report: &mut CheckReport) -> Result<(), Stop> {
        let ring = self.tenant.ring();
        let Ok(head) = open_record::<Head>(ring, key, record) else {
            report.problems.push(format!("the head of a secret does not open (key {key:?})"));
            return Ok(());
        };
        report.secrets = report.secrets.saturating_add(1);
        let Ok(path) = SecretPath::parse(&head.path) else {
            report.problems.push(format!("the head of a secret has no path (key {key:?})"));
            return Ok(());
        };
        for (number, file) in head.stored() {
            let key_fits = self.key_fits(&path, *head.id, (number, file)).await?;
            if key_fits && self.has_all_parts(*head.id, number, file).await? {
                report.versions = report.versions.saturating_add(1);
            } else {
                report.problems.push(format!("version {number} of {path} does not open, or is not there"));
            }
        }
        Ok(())
    }

    /// Whether a version's data key unwraps where it lies.
    async fn key_fits(
        &self,
        path: &SecretPath,
        secret: [u8; 16],
        (number, file): (VersionNumber, Option<&FileInfo>),
    ) -> Result<bool, Stop> {
        let key = keyspace::version(self.tenant.id(), secret, number);
        let row = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
        let Some(row) = row.and_then(|record| decode::<Row>(&record.value).ok()) else { return Ok(false) };
        let kind = if file.is_some() { Kind::Content } else { Kind::Version };
        let sealed = SealedVersion::stored(self.ring(), path.clone(), secret, number, kind, Arc::new(row));
        Ok(sealed.key_fits().is_ok())
    }

    /// Whether every part of a version's file is there, as long as it should be. One after the other: a file is large.
    async fn has_all_parts(
        &self,
        secret: [u8; 16],
        number: VersionNumber,
        file: Option<&FileInfo>,
    ) -> Result<bool, Stop> {
        let Some(file) = file else { return Ok(true) };
        for part in 0..parts_of(file) {
            let key = keyspace::part(self.tenant.id(), secret, number, part);
            let found = self.vault.inner.storage.get(&[key]).await?.pop().flatten();
            if found.is_none_or(|record| record.value.len() != part_bytes(file, part)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
