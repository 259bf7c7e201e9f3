//! What was erased is certified, as often as somebody asks: with what is so by then.

use coffer_log::{Erasure, ErasureState, Hash};

use super::record::ErasedRecord;
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Detail, Draft, Outcome};
use crate::error::{Error, NotFound};
use crate::fault::Corrupt;
use crate::op::Op;
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;
use crate::vault::Vault;
use crate::vault::log::Certificate;
use crate::vault::round::{Scope, Stop};

impl Vault {
    /// Certifies that a tenant of this name was erased: the one with this id, or the last one.
    ///
    /// # Errors
    /// [`NotFound::Erasure`]; refusals and storage errors as for every verb.
    pub async fn tenant_certificate(
        &self,
        op: &Op,
        name: &TenantName,
        id: Option<TenantId>,
    ) -> Result<Certificate, Error> {
        let record = self
            .decide(op, Scope::Instance, |round| {
                Box::pin(async move {
                    round.permit(Action::TenantCertificate, Place::Tenant)?;
                    let draft = |outcome| Draft::new(Action::TenantCertificate, name.as_str(), outcome);
                    let all = round.vault.all_erased(name).await?;
                    let wanted = |record: &ErasedRecord| id.is_none_or(|id| record.id() == id);
                    let Some(record) = all.into_iter().rfind(wanted) else {
                        let absent = NotFound::Erasure(name.as_str().to_owned());
                        return Err(Stop::recorded(draft(Outcome::Absent), absent));
                    };
                    let record = round.vault.as_backed_up(record).await?;
                    let tenant = base16ct::lower::encode_string(record.tenant.as_slice());
                    let detail = Detail::Certificate { state: record.state(op.now).name(), tenant };
                    round.note(draft(Outcome::Done).detail(detail)).await?;
                    Ok(record)
                })
            })
            .await?;
        self.certify(&record, op.now).await
    }

    async fn certify(&self, record: &ErasedRecord, now: Timestamp) -> Result<Certificate, Error> {
        let log_root = Hash::from_base64(&record.log_root);
        let log_root = log_root.ok_or(Corrupt::new("the record of an erased tenant"))?;
        self.sign_as_instance(now, |checkpoint, key| {
            Erasure {
                origin: checkpoint.origin,
                size: checkpoint.size,
                root: checkpoint.root,
                at: now.millis(),
                tenant: base16ct::lower::encode_string(record.tenant.as_slice()),
                name: record.name.clone(),
                erased: record.erased_ms,
                removed: record.removed_ms,
                backups_until: record.backups_until_ms,
                keys: record.keys,
                rows: record.rows,
                log_size: record.log_size,
                log_root,
            }
            .sign(key)
        })
        .await
    }
}

impl ErasedRecord {
    /// How far it has come by now.
    fn state(&self, now: Timestamp) -> ErasureState {
        if self.removed_ms.is_some() && now.millis() >= self.backups_until_ms {
            ErasureState::Complete
        } else {
            ErasureState::Pending
        }
    }
}
