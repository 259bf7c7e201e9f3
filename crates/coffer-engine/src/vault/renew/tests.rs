//! Until when a value is good that the vault has made, and when a tenant is looked at.

use proptest::prelude::*;

use super::{Renewals, next_end};
use crate::limits::{RENEWAL_RETRY_SECONDS, RENEWED_LIFE_MIN_SECONDS};
use crate::tenant::TenantId;
use crate::time::Timestamp;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn next(made: u64, end: u64, every: Option<u32>, now: u64) -> u64 {
    next_end((at(made), at(end)), every, at(now)).millis()
}

#[test]
fn with_an_interval_the_end_moves_by_it_however_often_it_was_missed() {
    let hourly = Some(3600);
    assert_eq!(next(0, HOUR, hourly, HOUR + 1), 2 * HOUR);
    assert_eq!(next(0, HOUR, hourly, 5 * HOUR + 1), 6 * HOUR, "once, beyond now");
    assert_eq!(next(0, HOUR, hourly, 6 * HOUR - MINUTE), 6 * HOUR);
    assert_eq!(next(0, HOUR, hourly, 6 * HOUR - MINUTE + 1), 7 * HOUR, "an end within a minute is none");
}

#[test]
fn without_one_the_next_lives_as_long_as_the_one_before() {
    assert_eq!(next(10 * HOUR, 12 * HOUR, None, 13 * HOUR), 15 * HOUR);
    assert_eq!(next(0, 5, None, 6), 6 + MINUTE, "a minute at least");
    assert_eq!(next(HOUR, 5, None, 2 * HOUR), 2 * HOUR + MINUTE, "one that was made after its end");
}

proptest! {
    #[test]
    fn the_next_end_is_to_come_whatever_the_clock_says(
        made: u64, end: u64, every in prop::option::of(any::<u32>()), now in 0..u64::MAX - 2 * MINUTE,
    ) {
        let next = next(made, end, every, now);
        prop_assert!(next >= now.saturating_add(RENEWED_LIFE_MIN_SECONDS * 1000));
    }
}

#[test]
fn a_tenant_is_due_once_something_has_ended_and_not_while_it_is_put_off() {
    let (renewals, one, other) =
        (Renewals::default(), TenantId::from_bytes([1; 16]), TenantId::from_bytes([2; 16]));
    renewals.plan(one, at(50));
    renewals.plan(one, at(90));
    renewals.plan(other, at(1000));
    assert_eq!((renewals.due(at(50)), renewals.due(at(51))), (vec![], vec![one]));
    renewals.put_off(one, at(60));
    renewals.plan(one, at(50));
    let later = 60 + RENEWAL_RETRY_SECONDS * 1000;
    assert!(!renewals.due(at(later - 1)).contains(&one) && renewals.due(at(later)).contains(&one));
    renewals.forget(one);
    assert_eq!(renewals.due(at(later)), vec![other]);
}
