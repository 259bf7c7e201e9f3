//! Quotas, without a tenant.

use crate::limits::QUOTA_MAX;

use super::{Quota, QuotaChange, Resource, Tally, Used};

const TEN: Quota = Quota { secrets: Some(10), versions: None, bytes: Some(1000), requests: None };

fn tally(secrets: u64, versions: u64, bytes: u64) -> Tally {
    Tally { secrets, versions, bytes }
}

#[test]
fn a_limit_may_be_reached_and_not_passed() {
    let passed = |used: Tally, added: Tally| {
        TEN.passed(used, added).map(|(used, added)| (used.resource, used.used, added))
    };
    assert_eq!(passed(tally(9, 9, 0), tally(1, 1, 1000)), None, "the last one");
    assert_eq!(passed(tally(10, 10, 0), tally(1, 1, 1)), Some((Resource::Secrets, 10, 1)));
    assert_eq!(passed(tally(1, 1, 999), tally(0, 1, 2)), Some((Resource::Bytes, 999, 2)));
    assert_eq!(passed(tally(1, u64::MAX, 0), tally(0, u64::MAX, 0)), None, "what has no limit");
    assert_eq!(passed(tally(0, 0, u64::MAX), tally(0, 0, 1)), Some((Resource::Bytes, u64::MAX, 1)));
}

#[test]
fn what_adds_nothing_passes_no_limit_that_is_passed_already() {
    assert_eq!(TEN.passed(tally(99, 99, 99_999), tally(0, 1, 0)), None);
    assert!(!TEN.limits(tally(0, 1, 0)) && TEN.limits(tally(0, 0, 1)));
    assert!(!Quota::default().limits(tally(1, 1, 1)) && Quota::default().is_none());
}

#[test]
fn a_change_leaves_what_it_does_not_name() {
    let change = QuotaChange { secrets: Some(None), versions: Some(Some(5)), bytes: None, requests: None };
    assert_eq!(
        TEN.changed(change).unwrap(),
        Quota { secrets: None, versions: Some(5), bytes: Some(1000), requests: None }
    );
    assert_eq!(TEN.changed(QuotaChange::default()).unwrap(), TEN);
    let limit = |bytes| TEN.changed(QuotaChange { bytes: Some(Some(bytes)), ..QuotaChange::default() });
    assert_eq!(limit(QUOTA_MAX).unwrap().bytes, Some(QUOTA_MAX));
    assert_eq!(limit(QUOTA_MAX + 1).unwrap_err().code(), "quota.too_large");
}

#[test]
fn eight_tenths_are_near() {
    let near = |used, limit| Used { resource: Resource::Bytes, used, limit }.is_near();
    assert!(!near(79, 100) && near(80, 100) && near(101, 100));
    assert!(near(0, 0), "where nothing may be, nothing is too much");
    assert!(near(u64::MAX, u64::MAX) && !near(0, u64::MAX));
}
