#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

use super::*;

const DAY_MS: u64 = DAY_MINUTES * MINUTE_MS;

/// 2026-11-30 is a Monday: so many days after 1970-01-01.
const MONDAY: u64 = 20_787;

fn at(day: u64, hour: u64, minute: u64) -> Timestamp {
    Timestamp::from_millis((MONDAY + day) * DAY_MS + (hour * 60 + minute) * MINUTE_MS)
}

#[test]
fn hours_are_read_as_they_are_written() {
    for text in ["mon-fri 08:00-18:00", "sun 00:00-24:00", "sat-mon 22:30-23:59"] {
        assert_eq!(Hours::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "",
        "fri-fri 08:15-18:00",
        "mon",
        "mon 8:00-18:00",
        "mon 18:00-08:00",
        "mon 08:00-08:00",
        "mon 08:60-09:00",
        "mon 00:00-24:01",
        "Mon 08:00-09:00",
        "mon  08:00-09:00",
        "mon +8:00-09:00",
        "mon-tue-wed 08:00-09:00",
    ] {
        assert!(Hours::parse(text).is_err(), "{text}");
    }
}

#[test]
fn the_week_goes_round_and_ends_are_exact() {
    let work = Hours::parse("mon-fri 08:00-18:00").unwrap();
    assert!(work.has(at(0, 8, 0)) && work.has(at(4, 17, 59)));
    assert!(!work.has(at(0, 7, 59)) && !work.has(at(0, 18, 0)) && !work.has(at(5, 12, 0)));
    let weekend = Hours::parse("sat-mon 00:00-24:00").unwrap();
    assert!(weekend.has(at(5, 0, 0)) && weekend.has(at(6, 23, 59)) && weekend.has(at(7, 3, 0)));
    assert!(!weekend.has(at(1, 0, 0)) && !weekend.has(at(4, 23, 59)));
}

/// Between a moment and the turn after it nothing changes, minute by minute over a week.
#[test]
fn nothing_changes_before_a_turn() {
    for text in ["mon-fri 08:00-18:00", "sun 00:00-24:00", "fri-tue 22:30-23:59"] {
        let hours = Hours::parse(text).unwrap();
        for minute in 0..7 * DAY_MINUTES {
            let now = Timestamp::from_millis(MONDAY * DAY_MS + minute * MINUTE_MS);
            let turn = hours.turns_after(now);
            assert!(turn >= now);
            assert_eq!(hours.has(now), hours.has(turn), "{text} at minute {minute}");
        }
    }
}
