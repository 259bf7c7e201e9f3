//! Quotas, without a tenant.

use crate::limits::QUOTA_MAX;

use super::{Quota, QuotaChange, Resource, Tally, Used};

const TEN: Quota =
    Quota { secrets: Some(10), versions: None, bytes: Some(1000), requests: None, members: None };

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
    let change =
        QuotaChange { secrets: Some(None), versions: Some(Some(5)), bytes: None, ..QuotaChange::default() };
    assert_eq!(TEN.changed(change).unwrap(), Quota { secrets: None, versions: Some(5), ..TEN });
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

#[test]
fn nobody_gives_more_than_they_hold_and_what_is_kept_is_not_given() {
    let given = |before, given| TEN.check_given("acme", before, given).map_err(|error| error.code());
    let beyond = Err("quota.beyond_own");
    let none = Quota::default();
    assert_eq!(given(none, TEN), Ok(()));
    assert_eq!(given(none, Quota { members: Some(9), versions: None, ..TEN }), Ok(()));
    assert_eq!(given(none, Quota { secrets: Some(11), ..TEN }), beyond);
    assert_eq!(given(TEN, Quota { bytes: None, ..TEN }), beyond, "no limit is more than any");
    let large = Quota { secrets: Some(99), ..none };
    assert_eq!(given(large, Quota { versions: Some(1), ..large }), Ok(()), "it had that before");
    assert_eq!(given(large, Quota { secrets: Some(98), ..large }), beyond);
    for (field, (_, limit)) in (0..).zip(none.limits_by_name()) {
        assert_eq!(limit, None);
        let one = |most| Quota {
            secrets: (field == 0).then_some(most),
            versions: (field == 1).then_some(most),
            bytes: (field == 2).then_some(most),
            requests: (field == 3).then_some(most),
            members: (field == 4).then_some(most),
        };
        let holds = |given| one(5).check_given("acme", none, given).map_err(|error| error.code());
        assert_eq!(
            (holds(one(5)), holds(one(6)), one(5).limits_by_name()[field].1),
            (Ok(()), beyond, Some(5))
        );
        // What it kept, and had no limit before either, is no gift.
        assert_eq!(holds(none), Ok(()));
    }
}
