//! How often the members of a tenant ask, all together, where its quota says how often they may: a bucket that fills with time.
//!
//! # Invariants
//! - Only who has proved to be a member is counted: a stranger uses up nothing of anybody's.
//! - A request is counted once, however often it is decided; one that is too many is not decided, and leaves no entry: the log of a tenant
//!   must not grow with what is refused to it.
//! - Each process counts for itself. It is a bound on load, which is each process's own.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use super::round::Round;
use crate::error::ErrorKind;
use crate::op::Actor;
use crate::tenant::TenantId;
use crate::time::Timestamp;

/// Thousandths of a request: what one request in a second gains in a millisecond.
const ONE: u64 = 1000;

/// Buckets of tenants that have such a quota.
#[derive(Default)]
pub(super) struct Paces(Mutex<HashMap<TenantId, Bucket>>);

/// Holds as much as a second brings.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    left: u64,
    at: Timestamp,
}

impl Paces {
    /// Takes one request. `false`: there is none left now.
    fn take(&self, tenant: TenantId, per_second: u64, now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = per_second.saturating_mul(ONE);
        let bucket = buckets.entry(tenant).or_insert(Bucket { left: full, at: now });
        // Requests come here in another order than they came in: the bucket's time never goes back.
        let passed = now.millis().saturating_sub(bucket.at.millis());
        let filled = bucket.left.saturating_add(passed.saturating_mul(per_second)).min(full);
        let left = filled.checked_sub(ONE);
        *bucket = Bucket { left: left.unwrap_or(filled), at: bucket.at.max(now) };
        left.is_some()
    }

    /// Forgets those of these tenants.
    pub(super) fn let_go(&self, gone: &BTreeSet<TenantId>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| !gone.contains(id));
    }
}

impl Round<'_> {
    /// Counts the request among those of the tenant's members, where these are limited.
    pub(super) fn keep_pace(&self) -> Result<(), ErrorKind> {
        let Some(per_second) = self.tenant.quota().requests.filter(|_| self.is_of_member()) else {
            return Ok(());
        };
        if self.op.trail.as_ref().is_some_and(|trail| trail.pace()) {
            return Ok(());
        }
        let has = self.vault.inner.tenants.paces().take(self.tenant.id(), per_second, self.op.now);
        if has { Ok(()) } else { Err(ErrorKind::TooOften(self.op.tenant.as_str().to_owned())) }
    }

    /// Whether a member asks, who was proved to be one. Whoever opened the store, and the vault itself, are none.
    fn is_of_member(&self) -> bool {
        match self.op.actor {
            Actor::Local | Actor::System | Actor::Stranger => false,
            Actor::Identity(_) => true,
            Actor::Token(_) | Actor::Code(_) | Actor::Client(_) | Actor::Proved(_) => {
                !self.credential.has_ended
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_tenant_gets_what_a_second_brings_and_no_more() {
        let (paces, one, other) =
            (Paces::default(), TenantId::from_bytes([1; 16]), TenantId::from_bytes([2; 16]));
        let taken =
            |tenant, from: u64, to: u64| (from..to).filter(|now| paces.take(tenant, 10, at(*now))).count();
        assert_eq!(taken(one, 5000, 5050), 10, "what was full is empty");
        assert_eq!(taken(one, 5050, 6050), 10, "and fills within a second");
        assert_eq!(taken(other, 6049, 6050), 1, "of each for itself");
        assert!(!paces.take(one, 10, at(6000)), "a moment that has passed brings nothing");
        assert_eq!(taken(one, 3_600_000, 3_600_001), 1);
        assert_eq!(taken(one, 3_600_001, 3_600_100), 9, "an hour brings no more than a second");
    }

    #[test]
    fn the_largest_quota_does_not_overflow() {
        let (paces, tenant) = (Paces::default(), TenantId::from_bytes([1; 16]));
        assert!(paces.take(tenant, u64::MAX, at(0)) && paces.take(tenant, u64::MAX, at(u64::MAX)));
    }
}
