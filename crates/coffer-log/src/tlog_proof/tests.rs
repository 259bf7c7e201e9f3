//! A proof to keep: made, shown, checked; each rule with a text that breaks it.

use super::*;
use crate::checkpoint::Origin;
use crate::history::make_genesis;
use crate::naive::Naive;
use crate::note::{KeyName, SignatureType};
use crate::{cosign, proof};
use coffer_encryption::SigningKey;

#[test]
fn a_proof_holds_for_its_leaf_and_no_other() {
    let log = Log::new();
    let proof = log.proof(3);
    let checkpoint = proof.verify(b"leaf 3", &[log.key()]).unwrap();
    assert_eq!(checkpoint, log.checkpoint);
    assert_eq!(proof.verify_in(b"leaf 3", &log.history).unwrap().checkpoint(), &log.checkpoint);
    let other_root = Err(TlogProofError::Proof(ProofError::OtherRoot { size: 7 }));
    assert_eq!(proof.verify(b"leaf 4", &[log.key()]), other_root);
    assert_eq!(Proof { index: 4, ..proof.clone() }.verify(b"leaf 3", &[log.key()]), other_root);
    let no_leaf = Err(TlogProofError::Proof(ProofError::NoSuchLeaf { index: 7, size: 7 }));
    assert_eq!(Proof { index: 7, ..proof }.verify(b"leaf 3", &[log.key()]), no_leaf);
}

#[test]
fn every_key_that_is_asked_for_has_signed() {
    let (log, witness) = (Log::new(), SigningKey::generate().unwrap());
    let name = KeyName::parse("witness.example").unwrap();
    let witness_key =
        VerifierKey::new(name.clone(), SignatureType::CosignatureV1, witness.public().unwrap()).unwrap();
    let keys = [log.key(), witness_key.clone()];
    let alone = log.proof(0);
    assert_eq!(alone.verify(b"leaf 0", &keys), Err(NoteError::NotSigned(name.clone()).into()));
    assert_eq!(alone.verify(b"leaf 0", &[]), Err(TlogProofError::NoLogKey));
    let cosignature = cosign(&log.checkpoint, &name, &witness, 9).unwrap();
    let checkpoint = alone.checkpoint.with_signature(cosignature).unwrap();
    let witnessed = Proof { checkpoint, ..alone };
    assert_eq!(witnessed.verify(b"leaf 0", &keys), Ok(log.checkpoint.clone()));
    assert_eq!(witnessed.verify(b"leaf 0", &[witness_key]), Err(TlogProofError::NoLogKey));
    let parsed = Proof::parse(&witnessed.to_string()).unwrap();
    assert_eq!(parsed, witnessed);
}

#[test]
fn another_history_does_not_accept_it() {
    let (log, other) = (Log::new(), Log::new());
    let refused = log.proof(0).verify_in(b"leaf 0", &other.history);
    assert!(
        matches!(refused, Err(TlogProofError::Check(CheckError::Note(NoteError::NotSigned(_))))),
        "{refused:?}"
    );
}

#[test]
fn texts_that_break_a_rule_are_refused() {
    use TlogProofError::{Extra, Form, Hash as NotHash, Index, TooManyHashes};
    let good = Log::new().proof(3).to_string();
    assert_eq!(Proof::parse(&good).unwrap().to_string(), good);
    let hash = good.split('\n').nth(2).unwrap();
    let no_note = NoteError::NoSignatures.into();
    for (text, error) in [
        (String::new(), Form),
        ("\n\n".to_owned(), Form),
        (good.replace("@v1", "@v2"), Form),
        (good.replace("@v1\n", "@v1 \n"), Form),
        (format!("\n{good}"), Form),
        (good.replace("index 3\n", ""), Index),
        (good.replace("index 3", "index 03"), Index),
        (good.replace("index 3", "index  3"), Index),
        (good.replace("index 3", "Index 3"), Index),
        (good.replace("index 3", "index 9223372036854775808"), Index),
        (good.replace("index 3", "extra AAAA\nindex 3"), Extra),
        (good.replace("index 3", "index 3\nindex 3"), NotHash),
        (good.replace(hash, &hash[1..]), NotHash),
        (good.replace(hash, &format!("{hash}\r")), NotHash),
        (good.replace(hash, &vec![hash; 62].join("\n")), TooManyHashes),
        (good.replacen("\n\n", "\n", 1), NotHash),
        (good.split_inclusive("\n\n").next().unwrap().to_owned(), no_note),
    ] {
        assert_eq!(Proof::parse(&text), Err(error), "{text}");
    }
    assert!(Proof::parse(&good.replace(hash, &vec![hash; 61].join("\n"))).is_ok(), "63 hashes");
    let head = "c2sp.org/tlog-proof@v1\n\n";
    assert_eq!(Proof::parse(&good.replacen("c2sp.org/tlog-proof@v1\nindex 3\n", head, 1)), Err(Form));
}

struct Log {
    naive: Naive,
    key: SigningKey,
    history: KeyHistory,
    checkpoint: Checkpoint,
}

impl Log {
    fn new() -> Self {
        let (naive, key) = (Naive::new(7), SigningKey::generate().unwrap());
        let origin = Origin::parse("log.example").unwrap();
        let history = KeyHistory::from_notes(&[make_genesis(&origin, &key).unwrap()]).unwrap();
        let checkpoint = Checkpoint { origin, size: 7, root: naive.root(7) };
        Self { naive, key, history, checkpoint }
    }

    fn key(&self) -> VerifierKey {
        self.history.genesis().clone()
    }

    fn proof(&self, index: u64) -> Proof {
        Proof {
            index,
            hashes: proof::inclusion_proof(index, 7, &self.naive.tiles(7)).unwrap(),
            checkpoint: self.checkpoint.sign(&self.key, 1).unwrap(),
        }
    }
}
