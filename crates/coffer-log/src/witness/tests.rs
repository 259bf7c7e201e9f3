//! The examples of C2SP tlog-witness, and answers that are not to be believed.

use super::*;
use crate::checkpoint::{Checkpoint, Origin};
use crate::note::{KeyName, SignatureError, SignatureType};
use crate::{cosign, tree::leaf_hash};
use coffer_encryption::SigningKey;

/// The request of the specification: its note and its proof make its body.
#[test]
fn the_request_is_that_of_the_specification() {
    let hashes = [
        "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=",
        "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=",
        "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=",
        "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=",
    ];
    let note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n\
        — example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";
    let proof = hashes.map(|hash| Hash::from_base64(hash).unwrap());
    let body = add_checkpoint(20_852_014, &proof, &SignedNote::parse(note).unwrap()).unwrap();
    assert_eq!(body, format!("old 20852014\n{}\n\n{note}", hashes.join("\n")));
}

#[test]
fn a_proof_has_bounds() {
    let (note, hash) = (note().0, leaf_hash(b""));
    let body = add_checkpoint(0, &[], &note).unwrap();
    assert_eq!(body, format!("old 0\n\n{note}"));
    assert_eq!(add_checkpoint(0, &[hash], &note), Err(WitnessError::TooManyHashes));
    assert!(add_checkpoint(1, &[hash; 63], &note).is_ok());
    assert_eq!(add_checkpoint(1, &[hash; 64], &note), Err(WitnessError::TooManyHashes));
}

#[test]
fn what_known_witnesses_signed_joins_the_note() {
    let (note, checkpoint) = note();
    let [first, second, stranger] = std::array::from_fn(|_| SigningKey::generate().unwrap());
    let cosigned = |name, key, at| cosign(&checkpoint, &KeyName::parse(name).unwrap(), key, at).unwrap();
    let body = [
        cosigned("w1.example", &first, 11),
        cosigned("w1.example", &stranger, 12),
        cosigned("w2.example", &second, 13),
    ];
    let body: String = body.iter().map(ToString::to_string).collect();
    let keys = [verifier("w1.example", &first), verifier("w2.example", &second)];
    let joined = with_cosignatures(&note, &body, &keys).unwrap();
    assert_eq!(joined.signatures().len(), note.signatures().len() + 2);
    assert_eq!(joined.verify(&keys[0]).unwrap().time(), Some(11));
    assert_eq!(joined.verify(&keys[1]).unwrap().time(), Some(13));
    // Asked again, the newer one replaces the older.
    let later = cosigned("w1.example", &first, 14).to_string();
    let joined = with_cosignatures(&joined, &later, &keys).unwrap();
    assert_eq!(joined.signatures().len(), note.signatures().len() + 2);
    assert_eq!(joined.verify(&keys[0]).unwrap().time(), Some(14));
    // Of nobody known, nothing joins.
    assert_eq!(with_cosignatures(&note, &body, &[]), Ok(note));
}

#[test]
fn an_answer_that_does_not_fit_is_an_error() {
    let (note, checkpoint) = note();
    let key = SigningKey::generate().unwrap();
    let name = KeyName::parse("w.example").unwrap();
    let keys = [verifier("w.example", &key)];
    let other = Checkpoint { size: 2, ..checkpoint.clone() };
    let bad = cosign(&other, &name, &key, 5).unwrap().to_string();
    assert_eq!(with_cosignatures(&note, &bad, &keys), Err(NoteError::BadSignature(name.clone()).into()));
    let good = cosign(&checkpoint, &name, &key, 5).unwrap().to_string();
    let twice = with_cosignatures(&note, &format!("{good}{good}"), &keys);
    assert_eq!(twice, Err(NoteError::SignedTwice(name).into()));
    let form = NoteError::Line { line: 1, cause: SignatureError::Form };
    for (body, error) in [
        (String::new(), NoteError::Unfinished),
        (good.trim_end().to_owned(), NoteError::Unfinished),
        (format!("\n{good}"), form.clone()),
        (format!("{note}{good}"), form),
        (good.repeat(33), NoteError::TooManySignatures),
        ("x".repeat(70_000), NoteError::TooLong),
    ] {
        assert_eq!(parse_cosignatures(&body), Err(error.into()), "{body}");
    }
}

#[test]
fn a_conflict_names_a_size() {
    assert_eq!(parse_conflict("0\n"), Ok(0));
    assert_eq!(parse_conflict("20852163\n"), Ok(20_852_163));
    for bad in ["", "\n", "1", "1\n\n", "01\n", "1\r\n", "-1\n", "9223372036854775808\n", "size 1\n"] {
        assert_eq!(parse_conflict(bad), Err(WitnessError::Size), "{bad:?}");
    }
}

fn verifier(name: &str, key: &SigningKey) -> VerifierKey {
    let name = KeyName::parse(name).unwrap();
    VerifierKey::new(name, SignatureType::CosignatureV1, key.public().unwrap()).unwrap()
}

fn note() -> (SignedNote, Checkpoint) {
    let checkpoint =
        Checkpoint { origin: Origin::parse("log.example").unwrap(), size: 1, root: leaf_hash(b"") };
    (checkpoint.sign(&SigningKey::generate().unwrap(), 1).unwrap(), checkpoint)
}
