use super::{Consumer, Label};

#[test]
fn a_label_is_no_number_and_no_stage() {
    for good in ["stable", "v2", "q3.1-2026", "a_b"] {
        assert_eq!(Label::parse(good).unwrap().as_str(), good);
    }
    for bad in ["", "7", "current", "pending", "previous", "Stable", "-a", "a b", "a/b", "é", &"a".repeat(65)]
    {
        assert!(Label::parse(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn a_consumer_is_a_plain_text() {
    assert_eq!(Consumer::parse("billing / eu").unwrap().as_str(), "billing / eu");
    for bad in ["", "a\nb", "a*", &"a".repeat(129)] {
        assert!(Consumer::parse(bad).is_err(), "{bad:?}");
    }
}
