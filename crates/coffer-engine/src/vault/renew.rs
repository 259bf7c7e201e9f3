//! What has expired, and is to be rotated then, gets a new value: the vault does it by itself.
//!
//! The other system that a value opens is told nothing: it is for secrets whose users read them here.
//!
//! Nobody goes through all heads for this alone. Who counts what expires does, each minute of a server, for the tenants in use; and clearing
//! does, once a day, for every tenant. When the next end comes is kept in memory, and is no more than a reason to look.
//!
//! # Invariants
//! - One end, one new value: the end moves in the commit that adds the value, and that expects the head that was found due. So neither a
//!   crash nor another process makes a second one of it.
//! - A map of fields is left as it is, as is a file, and what the tenant's quota has no room for: whoever reads it is told that it has expired.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Vault;
use super::head::Head;
use super::held::Held;
use super::log::is_closed;
use super::once::Done;
use super::rotate::generated;
use super::round::Scope;
use super::set::{Answers, Expect, Plain};
use crate::access::Place;
use crate::action::Action;
use crate::error::{Error, ErrorKind};
use crate::fault::Corrupt;
use crate::limits::{RENEWAL_RETRY_SECONDS, RENEWED_LIFE_MIN_SECONDS, TENANTS_OPEN_MAX};
use crate::message::Message;
use crate::metadata::MetadataPatch;
use crate::op::Op;
use crate::path::SecretPath;
use crate::tenant::{TenantId, TenantName};
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// Why, as the entry and the version say it.
const WHY: &str = "it had expired";

/// When which tenant is to be looked at.
#[derive(Default)]
pub(super) struct Renewals(Mutex<HashMap<TenantId, Plan>>);

#[derive(Default)]
struct Plan {
    /// Something ends then.
    end: Option<Timestamp>,
    /// And is not tried before.
    not_before: Option<Timestamp>,
}

/// A secret that has expired, and what is to become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Due {
    path: SecretPath,
    version: VersionNumber,
    /// Until when the new version is good.
    end: Timestamp,
}

impl Vault {
    /// Gives new values where something is known to be due. How many.
    ///
    /// # Errors
    /// As for [`Vault::upkeep`].
    pub(super) async fn renew_due(&self, op: &Op) -> Result<u64, Error> {
        let mut renewed = 0_u64;
        for owner in self.inner.renewals.due(op.now) {
            let done = async {
                let op = Op { tenant: self.tenant_name(owner).await?, ..op.clone() };
                self.renew_expired(&op).await
            };
            match done.await {
                // It is locked, or gone: who has it back looks anew.
                Err(error) if is_closed(&error) => self.inner.renewals.forget(owner),
                done => renewed = renewed.saturating_add(done?),
            }
        }
        Ok(renewed)
    }

    /// Gives a new value to all in the operation's tenant that has expired and is to be rotated then. How many. In a tenant that is
    /// suspended nothing is: nobody could read it.
    ///
    /// # Errors
    /// As for [`Vault::upkeep`].
    pub(super) async fn renew_expired(&self, op: &Op) -> Result<u64, Error> {
        let tenant = self.load_tenant(op).await?;
        let (owner, renewals) = (tenant.id(), &self.inner.renewals);
        renewals.forget(owner);
        let mut all = Vec::new();
        self.each_head(tenant.ring(), |_, head| {
            all.extend(Due::of(&head, op.now)?);
            if let Some(end) = head.renewed_after().filter(|end| *end >= op.now) {
                renewals.plan(owner, end);
            }
            Ok(())
        })
        .await?;
        let op = &Op { message: Message::parse(WHY).ok(), ..op.clone() };
        let mut renewed = 0_u64;
        for due in &all {
            match self.renew(op, due).await {
                Ok(is_done) => renewed = renewed.saturating_add(u64::from(is_done)),
                Err(error) if matches!(error.kind(), ErrorKind::OverQuota(_)) => {
                    renewals.put_off(owner, op.now);
                    break;
                }
                Err(error) => return Err(error),
            }
            renewals.plan(owner, due.end);
        }
        Ok(renewed)
    }

    /// Rotates a secret, if it is still as it was found. Whether it did.
    async fn renew(&self, op: &Op, due: &Due) -> Result<bool, Error> {
        let _queue = self.inner.writers.enter([(op.tenant.clone(), due.path.clone())].into_iter()).await;
        let places = [Place::Secret(due.path.clone())];
        let write = [Plain {
            path: due.path.clone(),
            held: Some(Held::Value(generated()?)),
            template: None,
            expect: Expect::Version(due.version),
            metadata: MetadataPatch { expires: Some(Some(due.end)), ..MetadataPatch::default() },
            wipe_fields: false,
            merged: None,
        }];
        let write = &write;
        let done = self.change(op, Scope::Tenant, (Action::SecretRotate, &places), |round, first| {
            Box::pin(async move {
                let found = round.head(&due.path).await?.map(|head| Due::of(&head, op.now)).transpose()?;
                if round.tenant.suspended().is_some() || found.flatten().as_ref() != Some(due) {
                    // A tenant that was resumed elsewhere is looked at anew.
                    round.confirm().await?;
                    return Ok(Done { answer: Answers::new(), entries: Vec::new() });
                }
                round.commit_writes(first, Action::SecretRotate, write).await
            })
        });
        Ok(!done.await?.entries.is_empty())
    }

    /// What a tenant is called, as its own record says.
    async fn tenant_name(&self, owner: TenantId) -> Result<TenantName, Error> {
        let record = self.tenant_record(&*self.ring(owner).await?).await?;
        TenantName::parse(&record.name).map_err(|_| Corrupt::new("a tenant's record").into())
    }

    /// Whether something is known to be due by now.
    pub(super) fn renewal_is_due(&self, now: Timestamp) -> bool {
        !self.inner.renewals.due(now).is_empty()
    }
}

impl Due {
    /// What is to become of this secret by now, if something is.
    fn of(head: &Head, now: Timestamp) -> Result<Option<Self>, Corrupt> {
        let ended = head.renewed_after().filter(|end| *end < now).zip(head.current());
        let Some((end, version)) = ended else { return Ok(None) };
        let made = head.versions.get(version).map_or(end, |made| Timestamp::from_millis(made.created_ms));
        let end = next_end((made, end), head.state.metadata.rotate_every, now);
        Ok(Some(Self { path: head.secret_path()?, version, end }))
    }
}

/// Until when the next value is good, after one that was from then to then. With an interval so many of them later that it is to come; else
/// it lives as long as the one before. A minute at least.
fn next_end((made, end): (Timestamp, Timestamp), every: Option<u32>, now: Timestamp) -> Timestamp {
    let least = now.plus_seconds(RENEWED_LIFE_MIN_SECONDS);
    let Some(every) = every else {
        let life = end.millis().saturating_sub(made.millis());
        return Timestamp::from_millis(now.millis().saturating_add(life)).max(least);
    };
    let every_ms = u64::from(every).saturating_mul(1000);
    let late = least.millis().saturating_sub(end.millis());
    let periods = late.div_ceil(every_ms.max(1));
    Timestamp::from_millis(end.millis().saturating_add(every_ms.saturating_mul(periods))).max(least)
}

impl Renewals {
    /// Something of this tenant's ends then, and is to be rotated.
    pub(super) fn plan(&self, owner: TenantId, end: Timestamp) {
        let mut plans = self.plans();
        if plans.len() >= TENANTS_OPEN_MAX && !plans.contains_key(&owner) {
            // What is forgotten is found again by who counts next.
            plans.clear();
        }
        let plan = plans.entry(owner).or_default();
        plan.end = Some(plan.end.map_or(end, |known| known.min(end)));
    }

    /// It can't be done now.
    fn put_off(&self, owner: TenantId, now: Timestamp) {
        let later = now.plus_seconds(RENEWAL_RETRY_SECONDS);
        self.plans().insert(owner, Plan { end: Some(now), not_before: Some(later) });
    }

    /// It is looked at now; or it is gone.
    pub(super) fn forget(&self, owner: TenantId) {
        self.plans().remove(&owner);
    }

    fn due(&self, now: Timestamp) -> Vec<TenantId> {
        let plans = self.plans();
        let is_due = |plan: &Plan| plan.end.is_some_and(|end| end < now) && plan.not_before <= Some(now);
        let due = plans.iter().filter(|(_, plan)| is_due(plan));
        due.map(|(owner, _)| *owner).collect()
    }

    fn plans(&self) -> MutexGuard<'_, HashMap<TenantId, Plan>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
