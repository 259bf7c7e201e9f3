use serde_json::{from_str, to_string};

use super::{BatchItem, Given, MetadataChange, SecretWrite};
use crate::{Moment, Patch, Value};

#[test]
fn a_write_comes_back_as_it_was() {
    let metadata = MetadataChange {
        owner: Patch::Clear,
        expires: Patch::Set(Moment::from_millis(1_767_225_600_000)),
        add_tags: ["a".to_owned()].into(),
        ..MetadataChange::default()
    };
    let write = SecretWrite {
        value: Some(Value::Bytes(b"v".to_vec().into())),
        replace: true,
        remove_fields: ["x".to_owned()].into(),
        metadata,
        references: true,
        generate: None,
    };
    let json = to_string(&write).unwrap();
    assert!(
        json.contains(r#""expires":"2026-01-01T00:00:00.000Z""#) && json.contains(r#""owner":null"#),
        "{json}"
    );
    assert_eq!(from_str::<SecretWrite>(&json).unwrap(), write);
}

#[test]
fn what_is_misspelt_is_refused() {
    for json in [
        r#"{"valeu":"a"}"#,
        r#"{"metadata":{"ower":"a"}}"#,
        r#"{"path":"a"}"#,
        r#"{"value":"a","value":"b"}"#,
    ] {
        assert!(from_str::<SecretWrite>(json).is_err(), "{json}");
    }
}

#[test]
fn an_item_of_a_batch_says_what_it_expects_and_what_is_known() {
    let item: BatchItem =
        from_str(r#"{"path":"a/b","value":"x","references":true,"replace":true,"if_version":0,"metadata":{"owner":"maya"}}"#)
            .unwrap();
    assert_eq!((item.references, item.replace, item.if_version), (true, true, Some(0)));
    let json = to_string(&item).unwrap();
    assert_eq!(from_str::<BatchItem>(&json).unwrap(), item);
    let plain = to_string(&BatchItem::new("a/b", item.value)).unwrap();
    assert_eq!(plain, r#"{"path":"a/b","value":"x","overwrite":true}"#);
    for elsewhere in [
        r#"{"value":"x","if_version":1}"#,
        r#"{"if_version":1}"#,
        r#"{"value":"x","overwrite":true}"#,
        r#"{"overwrite":false}"#,
    ] {
        assert!(from_str::<SecretWrite>(elsewhere).is_err() && from_str::<Given>(elsewhere).is_err());
    }
}

#[test]
fn an_item_of_a_batch_has_a_path_and_a_value() {
    let item: BatchItem = from_str(r#"{"path":"a/b","fields":{"x":"1"}}"#).unwrap();
    assert!(matches!(item.value, Value::Fields(ref fields) if fields.len() == 1));
    for wrong in [
        r#"{"path":"a/b"}"#,
        r#"{"value":"x"}"#,
        r#"{"path":"a/b","value":"x","generate":{}}"#,
        r#"{"path":"a/b","fields":{"x":"1"},"remove_fields":["y"]}"#,
        r#"{"path":"a/b","value":"x","if_version":null}"#,
        r#"{"path":"a/b","value":"x","if_version":-1}"#,
        r#"{"path":"a/b","value":"x","vlaue":"y"}"#,
    ] {
        assert!(from_str::<BatchItem>(wrong).is_err(), "{wrong}");
    }
}
