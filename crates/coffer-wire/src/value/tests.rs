use serde_json::{from_str, to_string};

use super::Value;

#[test]
fn what_was_read_can_be_written_back() {
    let fields = |pairs: &[(&str, &[u8])]| {
        Value::Fields(pairs.iter().map(|(name, field)| ((*name).to_owned(), field.to_vec().into())).collect())
    };
    let values = [
        Value::Bytes(b"text".to_vec().into()),
        Value::Bytes(Vec::new().into()),
        Value::Bytes(vec![0xff, 0].into()),
        fields(&[("a", b"1")]),
        fields(&[("a", b"1"), ("b", &[0xff]), ("b_base64", b"text")]),
        fields(&[("b", &[0xff])]),
        fields(&[]),
    ];
    for value in values {
        let json = to_string(&value).unwrap();
        assert!(from_str::<Value>(&json).unwrap() == value, "{json}");
    }
}

#[test]
fn what_says_two_things_is_refused() {
    for json in [
        "{}",
        r#"{"value":"a","value_base64":"YQ=="}"#,
        r#"{"value":"a","fields":{"a":"b"}}"#,
        r#"{"fields":{"a":"b","a":"c"}}"#,
        r#"{"fields":{"a":"b"},"fields_base64":{"a":"YQ=="}}"#,
        r#"{"value_base64":"YQ"}"#,
        r#"{"value":"a","value":"b"}"#,
        r#"{"value":7}"#,
    ] {
        assert!(from_str::<Value>(json).is_err(), "{json}");
    }
}

#[test]
fn it_says_nothing_of_itself() {
    assert_eq!(format!("{:?}", Value::Bytes(b"marked".to_vec().into())), "Value(..)");
}
