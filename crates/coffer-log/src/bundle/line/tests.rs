use super::*;

const LEAF: &[u8] = br#"{"action":"secret_get","path":"prod/db","v":1}"#;

fn origin() -> Origin {
    Origin::parse("coffer.example/one").unwrap()
}

#[test]
fn a_line_gives_its_leaf_back() {
    for leaf in [LEAF, b"", b"\"leaf_hash\":\"", br#","log_index":3,"log_origin":"x"}"#] {
        let line = make(leaf, 17, &origin());
        assert_eq!(take_apart(&line, 17, &origin()), Ok((leaf, leaf_hash(leaf))));
        assert_eq!(index_of(&line), Some(17));
    }
}

#[test]
fn a_line_is_canonical_json() {
    let line = make(LEAF, 17, &origin());
    let value: serde_json::Value = serde_json::from_slice(&line).unwrap();
    assert_eq!(value["log_index"], 17);
    assert_eq!(value["entry"]["path"], "prod/db");
    let mut again = serde_json::to_vec(&value).unwrap();
    again.push(b'\n');
    assert_eq!(again, line); // serde_json sorts names
}

#[test]
fn every_changed_byte_shows() {
    let line = make(LEAF, 17, &origin());
    for at in 0..line.len() {
        for bit in 0..8 {
            let mut changed = line.clone();
            changed[at] ^= 1 << bit;
            assert!(take_apart(&changed, 17, &origin()).is_err(), "byte {at}, bit {bit}");
        }
    }
    for end in 0..line.len() {
        assert!(take_apart(&line[..end], 17, &origin()).is_err(), "cut at {end}");
    }
}

#[test]
fn a_fault_says_what_it_is() {
    let line = make(LEAF, 17, &origin());
    let fault = |line: &[u8], index, origin: &Origin| take_apart(line, index, origin).unwrap_err();
    assert_eq!(fault(&line[..line.len() - 1], 17, &origin()), LineFault::Cut);
    assert_eq!(fault(&line, 16, &origin()), LineFault::OtherIndex(17));
    assert_eq!(fault(&line, 17, &Origin::parse("coffer.example/two").unwrap()), LineFault::OtherLog);
    assert_eq!(fault(b"nonsense\n", 17, &origin()), LineFault::Form);
    let other = String::from_utf8(line).unwrap().replace("prod", "test");
    assert_eq!(fault(other.as_bytes(), 17, &origin()), LineFault::Hash);
    assert_eq!(fault(&make(&[b'x'; LEAF_MAX_BYTES + 1], 0, &origin()), 0, &origin()), LineFault::TooLong);
    assert!(take_apart(&make(&[b'x'; LEAF_MAX_BYTES], 0, &origin()), 0, &origin()).is_ok());
}
