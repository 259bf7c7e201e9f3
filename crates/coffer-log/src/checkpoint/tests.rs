//! The example of C2SP tlog-checkpoint, and each rule with a text that breaks it.

use super::*;
use crate::note::{NoteError, SignatureType, VerifierKey};
use crate::tree::leaf_hash;

const TEXT: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

#[test]
fn the_example_of_the_specification() {
    let checkpoint = Checkpoint::parse(TEXT).unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.text(), TEXT);
}

#[test]
fn texts_that_break_a_rule_are_refused() {
    use CheckpointError::{Lines, Root, Size};
    let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    for (text, error) in [
        (String::new(), Lines),
        (TEXT.trim_end().to_owned(), Lines),
        (format!("{TEXT}\n"), Lines),
        (format!("{TEXT}extension\n"), Lines),
        ("example.com\n1\n".to_owned(), Lines),
        (format!("\n1\n{root}\n"), OriginError::Name(KeyNameError::Empty).into()),
        (format!("two words\n1\n{root}\n"), OriginError::Name(KeyNameError::Character).into()),
        (format!("a+b\n1\n{root}\n"), OriginError::Name(KeyNameError::Character).into()),
        (format!("a\r\n1\n{root}\n"), OriginError::Name(KeyNameError::Character).into()),
        (format!("cosignature/v1\n1\n{root}\n"), OriginError::Reserved.into()),
        (format!("coffer-log-key/v1\n1\n{root}\n"), OriginError::Reserved.into()),
        (format!("coffer-erasure/v1\n1\n{root}\n"), OriginError::Reserved.into()),
        (format!("a\n\n{root}\n"), Size),
        (format!("a\n01\n{root}\n"), Size),
        (format!("a\n+1\n{root}\n"), Size),
        (format!("a\n-1\n{root}\n"), Size),
        (format!("a\n1 \n{root}\n"), Size),
        (format!("a\n9223372036854775808\n{root}\n"), Size),
        ("a\n1\n\n".to_owned(), Root),
        (format!("a\n1\n{}\n", &root[..43]), Root),
        (format!("a\n1\n{}\n", root.replace("2I=", "2J=")), Root),
        (format!("a\n1\n{root} \n"), Root),
    ] {
        assert_eq!(Checkpoint::parse(&text), Err(error), "{text:?}");
    }
    let largest = format!("a\n9223372036854775807\n{root}\n");
    assert_eq!(Checkpoint::parse(&largest).unwrap().text(), largest);
}

#[test]
fn a_log_signs_its_checkpoint_twice() {
    let key = SigningKey::generate().unwrap();
    let origin = Origin::parse("log.example").unwrap();
    let checkpoint = Checkpoint { origin: origin.clone(), size: 1, root: leaf_hash(b"") };
    let note = checkpoint.sign(&key, 77).unwrap();
    let verifier = |kind| VerifierKey::new(origin.name().clone(), kind, key.public().unwrap()).unwrap();
    assert_eq!(note.signatures().len(), 2);
    assert_eq!(note.verify(&verifier(SignatureType::Ed25519)).unwrap().time(), None);
    assert_eq!(note.verify(&verifier(SignatureType::CosignatureV1)).unwrap().time(), Some(77));
    assert_eq!(Checkpoint::parse(note.text()), Ok(checkpoint.clone()));
    // Another size: neither fits any more.
    let other = Checkpoint { size: 2, ..checkpoint };
    let moved = SignedNote::new(&other.text(), note.signatures().to_vec()).unwrap();
    for kind in [SignatureType::Ed25519, SignatureType::CosignatureV1] {
        assert_eq!(moved.verify(&verifier(kind)), Err(NoteError::BadSignature(origin.name().clone())));
    }
}
