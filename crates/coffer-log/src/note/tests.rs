//! Each rule with a note that breaks it; T-C12: what must not pass for a signature.

use super::*;
use crate::checkpoint::{Checkpoint, Origin};
use crate::cosignature::cosign;
use crate::tree::leaf_hash;
use coffer_encryption::SigningKey;

/// The example of the Go implementation, from which the format comes.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const NOTE: &str = "If you think cryptography is the answer to your problem,\n\
    then you don't know what your problem is.\n\
    \n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
const SIGNATURE: &str = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

#[test]
fn a_known_note_verifies() {
    let key = VerifierKey::parse(KEY).unwrap();
    let note = SignedNote::parse(NOTE).unwrap();
    assert_eq!(note.verify(&key).unwrap().time(), None);
    assert_eq!(note.to_string(), NOTE);
    assert!(note.text().ends_with("is.\n") && note.signatures().len() == 1);
    assert_eq!(note.signatures()[0].to_string(), SIGNATURE);
    assert_eq!(note.unknown(std::slice::from_ref(&key)), Vec::<&NoteSignature>::new());
    assert_eq!(note.unknown(&[]).len(), 1);
    assert_eq!(
        (key.name().as_str(), key.id(), key.to_string()),
        ("PeterNeumann", 0xc74f_20a3, KEY.to_owned())
    );
}

#[test]
fn notes_that_break_a_rule_are_refused() {
    let line = SIGNATURE.trim_end();
    let with = |line: &str| format!("text\n\n{line}\n");
    let cause = |cause| NoteError::Line { line: 1, cause };
    let base64 = line.rsplit(' ').next().unwrap();
    for (note, error) in [
        (String::new(), NoteError::NoSignatures),
        ("text\n".to_owned(), NoteError::NoSignatures),
        (format!("text\n{line}\n"), NoteError::NoSignatures),
        (format!("\n{line}\n"), NoteError::NoSignatures),
        (format!("text\n\n{line}"), NoteError::Unfinished),
        ("text\n\n".to_owned(), NoteError::Unfinished),
        ("text\n\n\n".to_owned(), NoteError::Unfinished),
        (format!("te\txt\n\n{line}\n"), NoteError::Control),
        (format!("text\r\n\n{line}\n"), NoteError::Control),
        (format!("te\0xt\n\n{line}\n"), NoteError::Control),
        (with("not a signature"), cause(SignatureError::Form)),
        (with(&line.replace('—', "-")), cause(SignatureError::Form)),
        (with(&line.replace("— ", "—")), cause(SignatureError::Form)),
        (with(&line.replace("— ", "—  ")), cause(SignatureError::Name(KeyNameError::Empty))),
        (with(&line.replace("Peter", "Peter+")), cause(SignatureError::Name(KeyNameError::Character))),
        (with(&line.replace("Peter", "Peter\u{3000}")), cause(SignatureError::Name(KeyNameError::Character))),
        (with(&line.replace("Peter", "Peter\u{85}")), cause(SignatureError::Name(KeyNameError::Character))),
        (with(&line.replace("Neumann ", "Neumann  ")), cause(SignatureError::Base64)),
        (with(&line.replace("Peter", "Peter ")), cause(SignatureError::Base64)),
        (with(&format!("{line} ")), cause(SignatureError::Base64)),
        (with(&format!("{line}\r")), cause(SignatureError::Base64)),
        (with(line.trim_end_matches('=')), cause(SignatureError::Base64)),
        (with(&line.replace("M=", "N=")), cause(SignatureError::Base64)),
        (with("— name "), cause(SignatureError::TooShort)),
        (with("— name AAAA"), cause(SignatureError::TooShort)),
        (with("— name AAAAAA=="), cause(SignatureError::TooShort)),
        (with(&format!("{line}\n{base64}")), NoteError::Line { line: 2, cause: SignatureError::Form }),
        (format!("text\n\n{}", SIGNATURE.repeat(33)), NoteError::TooManySignatures),
        (format!("{}\n\n{SIGNATURE}", "x".repeat(NOTE_MAX_BYTES)), NoteError::TooLong),
        ("x".repeat(NOTE_MAX_BYTES + 1), NoteError::TooLong),
    ] {
        assert_eq!(SignedNote::parse(&note), Err(error), "{note:?}");
    }
    // And the bounds themselves are allowed.
    for note in [
        with(line),
        with("— name AAAAAAA="),
        format!("text\n\n{}", SIGNATURE.repeat(32)),
        format!("{}\n\n{SIGNATURE}", "x".repeat(NOTE_MAX_BYTES - 2 - SIGNATURE.len())),
    ] {
        assert_eq!(SignedNote::parse(&note).unwrap().to_string(), note);
    }
}

#[test]
fn the_last_blank_line_is_the_one_that_counts() {
    for text in ["\n", "a\n\nb\n", "a\n\n", "\n\n\n", &format!("a\n\n{SIGNATURE}")] {
        let note = format!("{text}\n{SIGNATURE}");
        let parsed = SignedNote::parse(&note).unwrap();
        assert_eq!((parsed.text(), parsed.to_string()), (text, note.clone()));
    }
}

#[test]
fn a_note_is_put_together_by_the_same_rules() {
    let signature = SignedNote::parse(NOTE).unwrap().signatures()[0].clone();
    assert_eq!(SignedNote::new("text", vec![signature.clone()]), Err(NoteError::Unfinished));
    assert_eq!(SignedNote::new("a\tb\n", vec![signature.clone()]), Err(NoteError::Control));
    assert_eq!(SignedNote::new("text\n", vec![]), Err(NoteError::NoSignatures));
    assert_eq!(SignedNote::new("text\n", vec![signature.clone(); 33]), Err(NoteError::TooManySignatures));
    let room = NOTE_MAX_BYTES - 1 - SIGNATURE.len();
    let text = |len: usize| format!("{}\n", "x".repeat(len - 1));
    assert!(SignedNote::new(&text(room), vec![signature.clone()]).is_ok());
    assert_eq!(SignedNote::new(&text(room + 1), vec![signature]), Err(NoteError::TooLong));
}

#[test]
fn a_second_signature_joins_and_a_renewed_one_replaces() {
    let (ours, theirs) = (Signer::new("log.example"), Signer::new("witness.example"));
    let checkpoint = checkpoint();
    let note = SignedNote::new(&checkpoint.text(), vec![ours.sign(&checkpoint.text())]).unwrap();
    let early = note.with_signature(theirs.cosign(&checkpoint, 5)).unwrap();
    let late = early.with_signature(theirs.cosign(&checkpoint, 6)).unwrap();
    assert_eq!((early.signatures().len(), late.signatures().len()), (2, 2));
    assert_eq!(early.verify(&theirs.cosigner()).unwrap().time(), Some(5));
    assert_eq!(late.verify(&theirs.cosigner()).unwrap().time(), Some(6));
    assert_eq!(late.verify(&ours.signer()).unwrap().time(), None);
    assert_eq!(late.unknown(&[ours.signer()]), [&late.signatures()[1]]);
    assert_eq!(late.unknown(&[ours.signer(), theirs.cosigner()]), Vec::<&NoteSignature>::new());
}

#[test]
fn only_the_key_that_signed_verifies() {
    let (key, other) = (Signer::new("log.example"), Signer::new("log.example"));
    let renamed = VerifierKey::signer(name("log2.example"), key.public());
    let note = SignedNote::new("text\n", vec![key.sign("text\n")]).unwrap();
    assert!(note.verify(&key.signer()).is_ok());
    for stranger in [other.signer(), renamed, key.cosigner()] {
        assert_eq!(note.verify(&stranger), Err(NoteError::NotSigned(stranger.name().clone())), "{stranger}");
    }
    let twice = SignedNote::new("text\n", vec![key.sign("text\n"); 2]).unwrap();
    assert_eq!(twice.verify(&key.signer()), Err(NoteError::SignedTwice(name("log.example"))));
}

#[test]
fn t_c12_a_signature_of_another_text_is_refused() {
    let key = Signer::new("log.example");
    let bad = Err(NoteError::BadSignature(name("log.example")));
    let note = SignedNote::new("other\n", vec![key.sign("text\n")]).unwrap();
    assert_eq!(note.verify(&key.signer()), bad);
    let good = SignedNote::new("text\n", vec![key.sign("text\n")]).unwrap();
    let shorter = key.with_bytes(&key.signer(), &good.signatures()[0].bytes()[..63]);
    assert_eq!(SignedNote::new("text\n", vec![shorter]).unwrap().verify(&key.signer()), bad);
    // A signature under the id of a key that did not make it.
    let other = Signer::new("log.example");
    let forged = key.with_bytes(&key.signer(), other.sign("text\n").bytes());
    assert_eq!(SignedNote::new("text\n", vec![forged]).unwrap().verify(&key.signer()), bad);
}

#[test]
fn t_c12_a_cosignature_is_no_signature_of_the_text() {
    let key = Signer::new("log.example");
    let (checkpoint, time) = (checkpoint(), 1_800_000_000);
    let bad = Err(NoteError::BadSignature(name("log.example")));
    let cosignature = key.cosign(&checkpoint, time);
    let (_time, signature) = cosignature.bytes().split_at(8);

    // Under the id of the plain key: with its time, without it.
    for bytes in [cosignature.bytes(), signature] {
        let relabelled = key.with_bytes(&key.signer(), bytes);
        let note = SignedNote::new(&checkpoint.text(), vec![relabelled]).unwrap();
        assert_eq!(note.verify(&key.signer()), bad);
    }
    // Beneath the very message that it signs: the signature fits, and does not count.
    let message = format!("cosignature/v1\ntime {time}\n{}", checkpoint.text());
    assert_eq!(coffer_encryption::verify(&key.public(), message.as_bytes(), signature), Ok(()));
    let relabelled = key.with_bytes(&key.signer(), signature);
    assert_eq!(SignedNote::new(&message, vec![relabelled]).unwrap().verify(&key.signer()), bad);
    // And nobody signs such a text.
    let signed = sign_note(&message, &name("log.example"), &key.key);
    assert_eq!(signed, Err(SignNoteError::Reserved));
    assert_eq!(sign_note("cosignature/v1\n", &name("a"), &key.key), Err(SignNoteError::Reserved));
    assert!(sign_note("cosignature/v10\n", &name("a"), &key.key).is_ok());
}

#[test]
fn t_c12_a_signature_of_the_text_is_no_cosignature() {
    let key = Signer::new("log.example");
    let checkpoint = checkpoint();
    let bad = Err(NoteError::BadSignature(name("log.example")));
    let plain = key.sign(&checkpoint.text());
    let with_time = [&5_u64.to_be_bytes()[..], plain.bytes()].concat();
    for bytes in [plain.bytes(), &with_time[..], &with_time[..8]] {
        let relabelled = key.with_bytes(&key.cosigner(), bytes);
        let note = SignedNote::new(&checkpoint.text(), vec![relabelled]).unwrap();
        assert_eq!(note.verify(&key.cosigner()), bad);
    }
}

/// A key with a name.
struct Signer {
    name: KeyName,
    key: SigningKey,
}

impl Signer {
    fn new(called: &str) -> Self {
        Self { name: name(called), key: SigningKey::generate().unwrap() }
    }

    fn public(&self) -> coffer_encryption::PublicKey {
        self.key.public().unwrap()
    }

    fn signer(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), SignatureType::Ed25519, self.public()).unwrap()
    }

    fn cosigner(&self) -> VerifierKey {
        VerifierKey::new(self.name.clone(), SignatureType::CosignatureV1, self.public()).unwrap()
    }

    fn sign(&self, text: &str) -> NoteSignature {
        sign_note(text, &self.name, &self.key).unwrap()
    }

    fn cosign(&self, checkpoint: &Checkpoint, time: u64) -> NoteSignature {
        cosign(checkpoint, &self.name, &self.key, time).unwrap()
    }

    /// These bytes as if `key` had made them.
    fn with_bytes(&self, key: &VerifierKey, bytes: &[u8]) -> NoteSignature {
        NoteSignature::made(key, bytes.to_vec())
    }
}

fn name(text: &str) -> KeyName {
    KeyName::parse(text).unwrap()
}

fn checkpoint() -> Checkpoint {
    Checkpoint { origin: Origin::parse("log.example").unwrap(), size: 7, root: leaf_hash(b"") }
}
