//! Whatever bytes a parser is given, it does not panic; and what it accepts it shows again, byte for byte.
#![expect(clippy::unwrap_used, reason = "a test and its helpers")]

use std::sync::LazyLock;

use coffer_encryption::SigningKey;
use coffer_log::history::Takeover;
use coffer_log::tree::leaf_hash;
use coffer_log::witness::{add_checkpoint, parse_conflict, parse_cosignatures, with_cosignatures};
use coffer_log::{
    Checkpoint, Hash, KeyHistory, KeyName, Origin, Proof, SignatureType, SignedNote, VerifierKey, cosign,
    make_genesis,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

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

/// How many parsers accept `text`.
fn check(text: &str) -> usize {
    let mut shown = Vec::new();
    if let Ok(note) = SignedNote::parse(text) {
        assert!(note.to_string().starts_with(note.text()));
        // Nothing that can be parsed makes a check panic.
        let _checked = note.verify(&LOG.1);
        let _history =
            KeyHistory::from_notes(std::slice::from_ref(&note)).map(|history| history.check(&note).is_ok());
        assert!(note.unknown(&[]).len() == note.signatures().len());
        assert!(add_checkpoint(0, &[], &note).unwrap().ends_with(text));
        shown.push(note.to_string());
    }
    if let Ok(proof) = Proof::parse(text) {
        let _checked = proof.verify(b"leaf", std::slice::from_ref(&LOG.1));
        shown.push(proof.to_string());
    }
    if let Ok(lines) = parse_cosignatures(text) {
        let _joined = with_cosignatures(&LOG.0, text, std::slice::from_ref(&LOG.1));
        shown.push(lines.iter().map(ToString::to_string).collect());
    }
    shown.extend(Checkpoint::parse(text).ok().map(|checkpoint| checkpoint.text()));
    shown.extend(Takeover::parse(text).map(|takeover| takeover.text()));
    shown.extend(VerifierKey::parse(text).ok().map(|key| key.to_string()));
    shown.extend(Hash::from_base64(text).map(|hash| hash.to_base64()));
    shown.extend(KeyName::parse(text).ok().map(|name| name.to_string()));
    shown.extend(Origin::parse(text).ok().map(|origin| origin.to_string()));
    shown.extend(parse_conflict(text).ok().map(|size| format!("{size}\n")));
    for shown in &shown {
        assert_eq!(shown, text);
    }
    shown.len()
}

const PARTS: [&str; 24] = [
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
    "c2sp.org/tlog-proof@v1",
    "index ",
    "extra ",
    "\r",
    "\0",
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
];

/// A note, and the key that signed it.
static LOG: LazyLock<(SignedNote, VerifierKey)> = LazyLock::new(|| {
    let key = SigningKey::generate().unwrap();
    let origin = Origin::parse("log.example").unwrap();
    let verifier =
        VerifierKey::new(origin.name().clone(), SignatureType::Ed25519, key.public().unwrap()).unwrap();
    (Checkpoint { origin, size: 3, root: leaf_hash(b"") }.sign(&key, 1_800_000_000).unwrap(), verifier)
});

/// One of each kind of text.
static GOOD: LazyLock<Vec<String>> = LazyLock::new(|| {
    let (note, key) = &*LOG;
    let signer = SigningKey::generate().unwrap();
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    let genesis = make_genesis(&checkpoint.origin, &signer).unwrap();
    let cosignature = cosign(&checkpoint, &KeyName::parse("witness").unwrap(), &signer, 7).unwrap();
    let proof = Proof { index: 1, hashes: vec![leaf_hash(b"a"), leaf_hash(b"b")], checkpoint: note.clone() };
    vec![
        note.to_string(),
        note.text().to_owned(),
        key.to_string(),
        note.with_signature(cosignature.clone()).unwrap().to_string(),
        cosignature.to_string(),
        genesis.text().to_owned(),
        genesis.to_string(),
        proof.to_string(),
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
