use super::*;

fn said(leaf: &str) -> Result<Saying, BadDetail> {
    read(leaf.as_bytes(), Some(&Origin::parse("t/one").unwrap()))
}

fn root() -> Hash {
    Hash::from_bytes([7; 32])
}

#[test]
fn a_leaf_says_what_its_detail_says() {
    let takeover = r#"{"action":"audit_key","detail":{"epoch":1,"key":"k"},"outcome":"done","v":1}"#;
    assert_eq!(said(takeover), Ok(Saying::Takeover { epoch: 1, key: "k".to_owned() }));
    assert_eq!(said(r#"{"action":"audit_prune","detail":{"below":40}}"#), Ok(Saying::Pruned(40)));
    let root64 = root().to_base64();
    let heads = format!(
        r#"{{"action":"audit_heads","detail":{{"heads":[{{"origin":"t/one","root":"{root64}","size":3}},{{"origin":"t/two","root":"","size":0}}]}}}}"#
    );
    assert_eq!(said(&heads), Ok(Saying::Heads(vec![(3, root())])));
    assert_eq!(read(heads.as_bytes(), None), Ok(Saying::Nothing));
}

#[test]
fn others_say_nothing() {
    for leaf in [
        r#"{"action":"secret_get","detail":{"below":40}}"#,
        r#"{"action":"audit_pruned","detail":{"below":40}}"#,
        r#"{"action":"audit_prune"}"#,
        r#"{"action":"audit_prune","detail":{"days":30}}"#,
        r#"{"action":"audit_key","detail":{"epoch":1}}"#,
        "not json",
        "",
    ] {
        assert_eq!(said(leaf), Ok(Saying::Nothing), "{leaf}");
    }
}

/// An attempt that was refused prunes nothing.
#[test]
fn what_did_not_happen_says_nothing() {
    for outcome in ["refused", "absent", "corrupt", ""] {
        let leaf = format!(r#"{{"action":"audit_prune","detail":{{"below":40}},"outcome":"{outcome}"}}"#);
        assert_eq!(said(&leaf), Ok(Saying::Nothing), "{outcome}");
    }
}

#[test]
fn another_form_is_an_error() {
    for leaf in [
        r#"{"action":"audit_key""#,
        r#"{"action":"audit_prune","detail":{"below":-1}}"#,
        r#"{"action":"audit_prune","detail":{"below":1.0}}"#,
        r#"{"action":"audit_prune","detail":{"below":"1"}}"#,
        r#"{"action":"audit_prune","detail":[]}"#,
        r#"{"action":"audit_key","detail":{"key":"k"}}"#,
        r#"{"action":"audit_key","detail":{"epoch":1,"key":1}}"#,
        r#"{"action":"audit_heads","detail":{"heads":{}}}"#,
        r#"{"action":"audit_heads","detail":{"heads":[{}]}}"#,
        r#"{"action":"audit_heads","detail":{"heads":[{"origin":"t/one","root":"x","size":3}]}}"#,
    ] {
        assert_eq!(said(leaf), Err(BadDetail), "{leaf}");
    }
}
