use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const ALPHABETS: [Alphabet; 2] = [Alphabet::LettersAndDigits, Alphabet::Hex];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_as_long_as_asked_and_of_its_alphabet(
        characters in 0_usize..500,
        alphabet in prop::sample::select(ALPHABETS.to_vec()),
    ) {
        let value = generate(characters, alphabet).unwrap();
        prop_assert_eq!(value.len(), characters);
        prop_assert!(value.expose().iter().all(|byte| alphabet.characters().contains(byte)));
    }
}

/// 62 does not divide 256: were bytes folded without drawing again, eight characters would come a quarter more often.
#[test]
fn every_character_occurs_about_as_often_as_every_other() {
    for alphabet in ALPHABETS {
        const DRAWN: usize = 200_000;
        let value = generate(DRAWN, alphabet).unwrap();
        let letters = alphabet.characters();
        let even = DRAWN / letters.len();
        for letter in letters {
            let count = value.expose().iter().filter(|byte| *byte == letter).count();
            // More than six standard deviations either way, and less than a quarter.
            assert!(count.abs_diff(even) < even * 12 / 100, "{} comes {count} times", char::from(*letter));
        }
    }
}

#[test]
fn no_value_comes_twice() {
    let values: BTreeSet<_> =
        (0..1000).map(|_| generate(32, Alphabet::LettersAndDigits).unwrap().expose().to_vec()).collect();
    assert_eq!(values.len(), 1000);
}
