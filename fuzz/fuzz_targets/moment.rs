//! Moments and spans as people write them, and moments of the API: two readers of RFC 3339 agree, and a span ahead is the
//! same span ago.
#![no_main]

use coffer_cli::args::{Moment, moment, seconds as span_seconds};
use coffer_engine::time::Timestamp;
use libfuzzer_sys::fuzz_target;

const NOW: u64 = 1_800_000_000_000;

fuzz_target!(|text: &str| {
    let now = Timestamp::from_millis(NOW);
    let ahead = Moment::Ahead.parse(text, now).map(Timestamp::millis);
    let ago = Moment::Ago.parse(text, now).map(Timestamp::millis);
    assert_eq!(moment(text, now).map(Timestamp::millis), ahead);

    if let Ok(seconds) = span_seconds("--span", text) {
        let millis = seconds.checked_mul(1000).unwrap();
        assert_eq!(ahead, NOW.checked_add(millis));
        assert_eq!(ago, Some(NOW.saturating_sub(millis)));
        let (count, unit) = text.split_at(text.len() - 1);
        let unit = [("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60), ("w", 7 * 24 * 60 * 60)]
            .into_iter()
            .find_map(|(name, seconds)| (name == unit).then_some(seconds));
        assert!(
            count.bytes().all(|digit| digit.is_ascii_digit()),
            "digits and a unit, and nothing else: {text}"
        );
        assert_eq!(count.parse::<u64>().unwrap().checked_mul(unit.unwrap()), Some(seconds));
        return;
    }
    assert_eq!(ahead, ago, "what is no span is a moment, from wherever it is seen");
    let wire = coffer_wire::Moment::parse(text).map(coffer_wire::Moment::millis);
    if text.len() != 10 {
        assert_eq!(ahead, wire, "the command line and the API read the same");
    }
    if let Some(millis) = wire.or(ahead) {
        let shown = coffer_wire::Moment::from_millis(millis);
        assert_eq!(coffer_wire::Moment::parse(&shown.to_string()), Some(shown), "{shown}");
    }
});
