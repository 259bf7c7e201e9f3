//! Whatever bytes a parser is given, it does not panic; and what it accepts it shows again, byte for byte.
#![expect(clippy::unwrap_used, reason = "a test and its helpers")]

use std::sync::LazyLock;

use check::{LOG, check};
use coffer_encryption::SigningKey;
use coffer_log::tree::leaf_hash;
use coffer_log::{Backup, Checkpoint, Erasure, KeyName, Proof, cosign, make_genesis};
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[path = "parsers/check.rs"]
mod check;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    /// Text of the characters that mean something.
    #[test]
    fn likely_text(parts in prop::collection::vec(select(&PARTS[..]), 0..24)) {
        check(&parts.concat());
    }

    /// What is good, with some edits.
    #[test]
    fn edited_text(good in select(GOOD.as_slice()), edits in prop::collection::vec(edit(), 0..4)) {
        let edited = edits.iter().fold(good.clone(), |text, edit| edit.apply(&text));
        check(&edited);
    }

    /// Any bytes, as far as they are text.
    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&String::from_utf8_lossy(&bytes));
    }
}

/// The control: what the edits start from is accepted, by at least one parser each.
#[test]
fn what_is_good_is_accepted() {
    for good in GOOD.iter() {
        assert!(check(good) > 0, "{good}");
    }
}

const PARTS: [&str; 26] = [
    "\n",
    "\n\n",
    "\u{2014} ",
    "\u{2014}",
    " ",
    "+",
    "=",
    "==",
    "AAAA",
    "AAAAAAA=",
    "name",
    "log.example",
    "0",
    "1",
    "00",
    "9223372036854775808",
    "cosignature/v1",
    "coffer-log-key/v1",
    "coffer-erasure/v1",
    "state complete",
    "c2sp.org/tlog-proof@v1",
    "index ",
    "extra ",
    "\r",
    "\0",
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
];

/// One of each kind of text.
static GOOD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let (note, key) = &*LOG;
    let signer = SigningKey::generate().unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    let genesis = make_genesis(&checkpoint.origin, &signer).unwrap();
    let cosignature = cosign(&checkpoint, &KeyName::parse("witness").unwrap(), &signer, 7).unwrap();
    let proof = Proof { index: 1, hashes: vec![leaf_hash(b"a"), leaf_hash(b"b")], checkpoint: note.clone() };
    let erasure = Erasure {
        origin: checkpoint.origin.clone(),
        size: 3,
        root: checkpoint.root,
        at: 1_800_000_000_000,
        tenant: "0123456789abcdef0123456789abcdef".to_owned(),
        name: "acme/eu".to_owned(),
        erased: 1_700_000_000_000,
        removed: Some(1_700_000_000_001),
        backups_until: 1_700_000_000_000,
        keys: 4,
        rows: 30,
        log_size: 17,
        log_root: leaf_hash(b"a"),
    };
    let backup = Backup {
        origin: checkpoint.origin.clone(),
        size: 3,
        root: checkpoint.root,
        instance: "0123456789abcdef0123456789abcdef".to_owned(),
        backup: "fedcba9876543210fedcba9876543210".to_owned(),
        made: 1_700_000_000_000,
        expires: 1_800_000_000_000,
        records: 30,
        pending: 4,
        tenants: 2,
        file_size: 70_000,
        file_sha256: "ab".repeat(32),
        manifest_sha256: "cd".repeat(32),
    };
    vec![
        note.to_string(),
        note.text().to_owned(),
        key.to_string(),
        note.with_signature(cosignature.clone()).unwrap().to_string(),
        cosignature.to_string(),
        genesis.text().to_owned(),
        genesis.to_string(),
        proof.to_string(),
        backup.text(),
        backup.sign(&signer).unwrap().to_string(),
        erasure.text(),
        erasure.sign(&signer).unwrap().to_string(),
        checkpoint.root.to_base64(),
        "20852163\n".to_owned(),
    ]
});

/// A change of a text.
#[derive(Clone, Debug)]
enum Edit {
    Remove(Index),
    Insert(Index, String),
    Replace(Index, String),
    Truncate(Index),
    RepeatLine(Index),
    RemoveLine(Index),
    SwapLines(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let piece =
        || prop_oneof![select(&PARTS[..]).prop_map(str::to_owned), any::<char>().prop_map(String::from)];
    let at = any::<Index>;
    prop_oneof![
        at().prop_map(Edit::Remove),
        (at(), piece()).prop_map(|(at, piece)| Edit::Insert(at, piece)),
        (at(), piece()).prop_map(|(at, piece)| Edit::Replace(at, piece)),
        at().prop_map(Edit::Truncate),
        at().prop_map(Edit::RepeatLine),
        at().prop_map(Edit::RemoveLine),
        (at(), at()).prop_map(|(a, b)| Edit::SwapLines(a, b)),
    ]
}

impl Edit {
    fn apply(&self, text: &str) -> String {
        let mut chars: Vec<String> = text.chars().map(String::from).collect();
        let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        if chars.is_empty() {
            return text.to_owned();
        }
        match self {
            Self::Remove(at) => drop(chars.remove(at.index(chars.len()))),
            Self::Insert(at, piece) => chars.insert(at.index(chars.len()), piece.clone()),
            Self::Replace(at, piece) => at.get_mut(&mut chars).clone_from(piece),
            Self::Truncate(at) => chars.truncate(at.index(chars.len())),
            Self::RepeatLine(at) => {
                lines.insert(at.index(lines.len()), at.get(&lines).clone());
                return lines.concat();
            }
            Self::RemoveLine(at) => {
                lines.remove(at.index(lines.len()));
                return lines.concat();
            }
            Self::SwapLines(a, b) => {
                let (a, b) = (a.index(lines.len()), b.index(lines.len()));
                lines.swap(a, b);
                return lines.concat();
            }
        }
        chars.concat()
    }
}
