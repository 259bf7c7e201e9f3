//! What holds of every text that a parser accepts. The fuzz target `note` asks it too.

use std::sync::LazyLock;

use coffer_encryption::SigningKey;
use coffer_log::history::Takeover;
use coffer_log::tree::leaf_hash;
use coffer_log::witness::{add_checkpoint, parse_conflict, parse_cosignatures, with_cosignatures};
use coffer_log::{
    Backup, Checkpoint, Erasure, Hash, KeyHistory, KeyName, Origin, Proof, SignatureType, SignedNote,
    VerifierKey,
};

/// How many parsers accept `text`.
pub(crate) fn check(text: &str) -> usize {
    let mut shown = Vec::new();
    if let Ok(note) = SignedNote::parse(text) {
        assert!(note.to_string().starts_with(note.text()));
        // Nothing that can be parsed makes a check panic.
        let _checked = note.verify(&LOG.1);
        let _history =
            KeyHistory::from_notes(std::slice::from_ref(&note)).map(|history| history.check(&note).is_ok());
        let _erased = KeyHistory::from_notes(std::slice::from_ref(&note))
            .map(|history| history.check_erasure(&note).is_ok());
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
    shown.extend(Backup::parse(text).map(|backup| backup.text()));
    shown.extend(Erasure::parse(text).map(|erasure| erasure.text()));
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

/// A note, and the key that signed it.
pub(crate) static LOG: LazyLock<(SignedNote, VerifierKey)> = LazyLock::new(|| {
    let key = SigningKey::generate().unwrap();
    let origin = Origin::parse("log.example").unwrap();
    let verifier =
        VerifierKey::new(origin.name().clone(), SignatureType::Ed25519, key.public().unwrap()).unwrap();
    (Checkpoint { origin, size: 3, root: leaf_hash(b"") }.sign(&key, 1_800_000_000).unwrap(), verifier)
});
