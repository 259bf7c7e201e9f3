//! T-C4: counts below the floor do not exist.

use super::*;

#[test]
fn t_c4_counts_outside_their_bounds_are_refused() {
    for count in [0, 1, 1_000, 99_999, 10_000_001, u32::MAX] {
        let error = Iterations::new(count).unwrap_err();
        assert_eq!(error, IterationsError { given: count, floor: 100_000, ceiling: 10_000_000 });
    }
    for count in [0, 1, 1_000, 100_000, 599_999, 10_000_001, u32::MAX] {
        let error = PassphraseIterations::new(count).unwrap_err();
        assert_eq!(error, IterationsError { given: count, floor: 600_000, ceiling: 10_000_000 });
    }
    for count in [100_000, 100_001, 10_000_000] {
        assert_eq!(Iterations::new(count).unwrap().get(), count);
    }
    for count in [600_000, 10_000_000] {
        assert_eq!(PassphraseIterations::new(count).unwrap().get(), count);
    }
}

#[test]
fn defaults_are_the_floors() {
    assert_eq!(Iterations::default(), Iterations::new(Iterations::FLOOR).unwrap());
    assert_eq!(
        PassphraseIterations::default(),
        PassphraseIterations::new(PassphraseIterations::FLOOR).unwrap()
    );
}

#[cfg(not(feature = "testkit"))]
#[test]
fn t_c4_the_cheap_count_of_tests_is_refused() {
    assert!(Iterations::new(2).is_err());
    assert!(PassphraseIterations::new(2).is_err());
}

#[cfg(feature = "testkit")]
#[test]
fn the_cheap_count_of_tests_is_one_value() {
    assert_eq!(Iterations::new(2), Ok(Iterations::cheap_for_tests()));
    assert_eq!(PassphraseIterations::new(2), Ok(PassphraseIterations::cheap_for_tests()));
    assert!(Iterations::new(3).is_err());
    assert!(PassphraseIterations::new(3).is_err());
}
