//! Opens every part of a log, for `doctor`.

use super::pass::Pass;
use super::read::LogReader;
use crate::action::Action;
use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::vault::Vault;
use crate::vault::check::CheckReport;
use crate::vault::round::Scope;

impl Vault {
    /// Counts the entries that open. What does not is in the report, not an error.
    pub(in crate::vault) async fn check_log(&self, op: &Op, report: &mut CheckReport) -> Result<(), Error> {
        let checked = match self.pass_again(op, Scope::Tenant, Action::StoreCheck).await {
            Ok(pass) => self.count_entries(pass, report).await,
            Err(error) => Err(error),
        };
        match checked {
            Err(error) if matches!(error.kind(), ErrorKind::Corrupt(_)) => {
                report.problems.push(error.to_string());
                Ok(())
            }
            checked => checked,
        }
    }

    async fn count_entries(&self, pass: Pass, report: &mut CheckReport) -> Result<(), Error> {
        let mut reader = LogReader::new(self, pass);
        for number in reader.first_pack()..reader.packs() {
            reader.summary(number).await?;
            let entries = reader.entries(number).await;
            match entries {
                Ok(entries) => report.entries = report.entries.saturating_add(entries.len()),
                Err(error) => report.problems.push(format!("pack {number} of the audit log: {error}")),
            }
        }
        Ok(())
    }
}
