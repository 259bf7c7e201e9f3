use std::collections::BTreeMap;

use coffer_wire::Value;
use coffer_wire::secret::Secret;
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use super::document::Document;
use super::{compare, text};

fn one(bytes: &[u8]) -> Value {
    Value::Bytes(Zeroizing::new(bytes.to_vec()))
}

fn fields(fields: &[(&str, &[u8])]) -> Value {
    let field = |(name, value): &(&str, &[u8])| ((*name).to_owned(), Zeroizing::new(value.to_vec()));
    Value::Fields(fields.iter().map(field).collect::<BTreeMap<_, _>>())
}

fn secret(version: u64, value: Value) -> Secret {
    let (path, expires) = ("dev/DB".to_owned(), None);
    Secret { path, version, value, references: false, expires, own: false }
}

fn shown(from: Value, to: Value, reveal: bool) -> (String, Json) {
    let (from, to) = (secret(1, from), secret(2, to));
    let lines = compare(&from.value, &to.value);
    let same = lines.iter().all(|line| line.from == line.to);
    let text = String::from_utf8(text(&from, (&to, None), &lines, reveal).expose().to_vec()).unwrap();
    let text = text.strip_prefix("--- dev/DB, version 1\n+++ dev/DB, version 2\n").unwrap().to_owned();
    let json = serde_json::to_value(Document { from: &from, to: &to, lines: &lines, same, reveal }).unwrap();
    (text, json)
}

#[test]
fn fields_are_compared_one_by_one() {
    let before = || fields(&[("host", b"db"), ("password", b"old"), ("port", b"1"), ("key", b"\xff\xfe")]);
    let after = || fields(&[("host", b"db"), ("password", b"new\nline"), ("user", b""), ("key", b"\xff")]);
    let (text, json) = shown(before(), after(), false);
    let wanted = "  host      the same\n- key       no text, 2 bytes\n+ key       no text, 1 byte\n- password  ********\n\
                  + password  ********\n- port      ********\n+ user      empty\n";
    assert_eq!(text, wanted);
    let hidden = json!({ "text": true });
    let wanted = json!({
        "from": { "path": "dev/DB", "version": 1, "references": false },
        "to": { "path": "dev/DB", "version": 2, "references": false },
        "same": false,
        "values": [
            { "field": "host", "state": "same" },
            { "field": "key", "state": "differs", "from": { "text": false, "bytes": 2 }, "to": { "text": false, "bytes": 1 } },
            { "field": "password", "state": "differs", "from": hidden, "to": hidden },
            { "field": "port", "state": "only_from", "from": hidden, "to": null },
            { "field": "user", "state": "only_to", "from": null, "to": hidden },
        ],
    });
    assert_eq!(json, wanted);
    let (text, json) = shown(before(), after(), true);
    let wanted = "  host      the same\n- key       no text, 2 bytes\n+ key       no text, 1 byte\n- password  old\n\
                  + password  new\\nline\n- port      1\n+ user      empty\n";
    assert_eq!(text, wanted);
    assert_eq!(json["values"][2]["to"], json!({ "text": true, "value": "new\nline" }));
    assert_eq!(
        json["values"][0],
        json!({ "field": "host", "state": "same" }),
        "what is the same is not told"
    );
}

#[test]
fn one_value_is_not_the_field_of_another_secret() {
    let (text, json) = shown(one(b"a"), fields(&[("(value", b"a")]), true);
    assert_eq!(text, "- (value)  a\n+ (value   a\n");
    assert_eq!(json["same"], false);
    let (text, json) = shown(one(b"a"), one(b"a"), true);
    assert_eq!((text.as_str(), &json["same"]), ("  (value)  the same\n", &json!(true)));
    assert_eq!(json["values"], json!([{ "field": null, "state": "same" }]));
}

/// A value can't drive the terminal, nor look like another line.
#[test]
fn what_is_revealed_is_escaped() {
    let (text, _) = shown(one("\u{1b}[2J\n+ (value)  b\u{202e}".as_bytes()), one(b""), true);
    assert_eq!(text, "- (value)  \\u{1b}[2J\\n+ (value)  b\\u{202e}\n+ (value)  empty\n");
}
