//! Proof that somebody may read a log, and that the entry which says so is durable.

use std::sync::Arc;

use crate::access::{Permit, Place};
use crate::action::Action;
use crate::audit::log::head::LogHead;
use crate::audit::{Detail, Draft, Outcome, Receipt};
use crate::error::{Error, ErrorKind};
use crate::op::Op;
use crate::storage::StorageError;
use crate::storage::keyring::KeyRing;
use crate::vault::Vault;
use crate::vault::round::Scope;

use super::integrate::Turn;

/// May read this log, and is in it.
pub(in crate::vault) struct Pass {
    pub(super) ring: Arc<KeyRing>,
    /// The log as it was when the pass was given, the reader's own entry included, and signed.
    pub(super) head: LogHead,
    _permit: Permit,
    _receipt: Option<Receipt>,
}

impl Pass {
    /// For who decided by himself.
    pub(super) fn given(ring: Arc<KeyRing>, head: LogHead, permit: Permit) -> Self {
        Self { ring, head, _permit: permit, _receipt: None }
    }
}

impl Vault {
    /// Decides, writes the reader's own entry, and brings the log up to date.
    pub(super) async fn pass(
        &self,
        op: &Op,
        scope: Scope,
        action: Action,
        path: &str,
        detail: Option<Detail>,
    ) -> Result<Pass, Error> {
        let detail = &detail;
        let (ring, permit, receipt) = self
            .decide(op, scope, |round| {
                Box::pin(async move {
                    let permit = round.permit(action, Place::Tenant)?;
                    let draft = Draft { detail: detail.clone(), ..Draft::new(action, path, Outcome::Done) };
                    let receipt = round.note(draft).await?;
                    Ok((round.ring(), permit, receipt))
                })
            })
            .await?;
        let head = self.integrate(&ring, op.now, Turn::Wait).await?;
        Ok(Pass { ring, head, _permit: permit, _receipt: Some(receipt) })
    }

    /// Decides anew for who reads on after a pass. What is allowed leaves no entry: the first one said that reading goes on. A refusal does.
    pub(super) async fn pass_again(&self, op: &Op, scope: Scope, action: Action) -> Result<Pass, Error> {
        let (ring, permit) = self
            .decide(op, scope, |round| {
                Box::pin(async move {
                    let permit = round.permit(action, Place::Tenant)?;
                    round.confirm().await?;
                    Ok((round.ring(), permit))
                })
            })
            .await?;
        let head = self.integrate(&ring, op.now, Turn::Wait).await?;
        Ok(Pass::given(ring, head, permit))
    }
}

/// The log could not be written.
pub(super) fn unrecorded(error: StorageError) -> Error {
    ErrorKind::Unrecorded(error).into()
}
