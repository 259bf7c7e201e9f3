//! Histories that hold, and each way in which one does not; T-C12: the past is not signed anew.

use super::*;
use crate::checkpoint::Checkpoint;
use crate::cosignature::cosign;
use crate::note::sign_note;
use crate::tree::{empty_root, leaf_hash};

#[test]
fn a_history_tells_which_key_signs_which_sizes() {
    let log = Log::with_starts(&[10, 25]);
    let history = log.history();
    for (size, epoch) in [(0, 0), (1, 0), (10, 0), (11, 1), (25, 1), (26, 2), (u64::MAX, 2)] {
        assert_eq!(history.key_at(size).number(), epoch, "{size}");
        assert_eq!(history.key_at(size).key().public(), &log.keys[epoch as usize].public().unwrap());
    }
    assert_eq!(history.genesis(), history.key_at(0).key());
    assert_eq!((history.origin(), history.last().number(), history.last().start()), (&log.origin, 2, 25));
    let anchors: Vec<(u64, Hash, u32)> = history.anchors().collect();
    assert_eq!(anchors, [(0, empty_root(), 0), (10, root(10), 1), (25, root(25), 2)]);
}

#[test]
fn a_checkpoint_of_its_epoch_is_accepted() {
    let log = Log::with_starts(&[10, 25]);
    for (size, epoch) in [(0, 0), (1, 0), (10, 0), (11, 1), (25, 1), (26, 2), (1000, 2)] {
        let note = log.checkpoint(size).sign(&log.keys[epoch], 1_000 + size).unwrap();
        let checked = log.history().check(&note).unwrap();
        assert_eq!((checked.epoch() as usize, checked.time()), (epoch, 1_000 + size));
        assert_eq!(checked.checkpoint(), &log.checkpoint(size));
    }
}

/// What a newer key signs about an older size does not count, nor the reverse.
#[test]
fn t_c12_no_key_signs_outside_its_sizes() {
    let log = Log::with_starts(&[10, 25]);
    for (size, right) in [(0, 0), (10, 0), (11, 1), (25, 1), (26, 2)] {
        for epoch in (0..3).filter(|epoch| *epoch != right) {
            let note = log.checkpoint(size).sign(&log.keys[epoch], 1).unwrap();
            let error = log.history().check(&note).unwrap_err();
            assert!(
                matches!(error, CheckError::OtherEpoch { epoch: e, size: s, .. } if e as usize == epoch && s == size)
            );
            // Also when the right key signed as well.
            let both = log.checkpoint(size).sign(&log.keys[right], 1).unwrap();
            let both =
                note.signatures().iter().fold(both, |both, line| both.with_signature(line.clone()).unwrap());
            assert_eq!(log.history().check(&both), Err(error));
        }
    }
    let told = |size: u64, epoch: usize| {
        log.history().check(&log.checkpoint(size).sign(&log.keys[epoch], 1).unwrap()).unwrap_err().to_string()
    };
    assert_eq!(
        told(10, 2),
        "the checkpoint of size 10 is signed by the key of epoch 2, which signs only trees larger than 25"
    );
    assert!(told(10, 1).ends_with("which signs only trees larger than 10, up to 25"));
    assert!(told(11, 0).ends_with("which signs only trees up to 10"));
}

/// The log signed two trees of one size: once in a checkpoint, once in a takeover.
#[test]
fn a_takeover_and_a_checkpoint_name_one_root() {
    let log = Log::with_starts(&[10, 25]);
    for (size, signer, epoch) in [(0, 0, 0), (10, 0, 1), (25, 1, 2)] {
        let other = Checkpoint { root: leaf_hash(b"other"), ..log.checkpoint(size) };
        let refused = log.history().check(&other.sign(&log.keys[signer], 1).unwrap());
        assert_eq!(refused, Err(CheckError::OtherRoot { epoch, size }));
    }
    // Of sizes in between it knows nothing: that is what consistency is for.
    let other = Checkpoint { root: leaf_hash(b"other"), ..log.checkpoint(11) };
    assert!(log.history().check(&other.sign(&log.keys[1], 1).unwrap()).is_ok());
}

#[test]
fn both_signatures_are_asked_for() {
    let log = Log::with_starts(&[10]);
    let checkpoint = log.checkpoint(5);
    let (text, name, key) = (checkpoint.text(), log.origin.name(), &log.keys[0]);
    let plain = sign_note(&text, name, key).unwrap();
    let timed = cosign(&checkpoint, name, key, 7).unwrap();
    let not_signed = || Err(CheckError::Note(NoteError::NotSigned(name.clone())));
    let check = |signatures| log.history().check(&SignedNote::new(&text, signatures).unwrap());
    assert_eq!(check(vec![plain.clone()]), not_signed());
    assert_eq!(check(vec![timed.clone()]), not_signed());
    assert_eq!(check(vec![timed.clone(), plain.clone()]).unwrap().time(), 7);
    let other = cosign(&log.checkpoint(6), name, key, 7).unwrap();
    assert_eq!(check(vec![plain.clone(), other]), Err(NoteError::BadSignature(name.clone()).into()));
    // Others may sign too.
    let witness = SigningKey::generate().unwrap();
    let witness = cosign(&checkpoint, &crate::KeyName::parse("witness").unwrap(), &witness, 9).unwrap();
    assert_eq!(check(vec![plain, timed, witness]).unwrap().time(), 7);
}

#[test]
fn what_is_no_checkpoint_of_this_log_is_refused() {
    let log = Log::with_starts(&[10]);
    let other = Checkpoint { origin: Origin::parse("other.example").unwrap(), ..log.checkpoint(5) };
    assert_eq!(log.history().check(&other.sign(&log.keys[0], 1).unwrap()), Err(CheckError::Origin));
    // T-C12: a takeover is signed by the same key, and is no checkpoint.
    for note in &log.notes {
        let refused = log.history().check(note);
        assert!(matches!(refused, Err(CheckError::Checkpoint(_))), "{refused:?}");
    }
    // Nor is a checkpoint a takeover.
    let checkpoint = log.checkpoint(5).sign(&log.keys[0], 1).unwrap();
    assert_eq!(KeyHistory::from_notes(&[checkpoint]), Err(HistoryError::Form { epoch: 0 }));
}

#[test]
fn epochs_follow_each_other() {
    let log = Log::with_starts(&[10, 25]);
    let [a, b, c] = &log.notes[..] else { panic!() };
    let of = |notes: &[&SignedNote]| {
        KeyHistory::from_notes(&notes.iter().copied().cloned().collect::<Vec<SignedNote>>())
    };
    assert!(of(&[a]).is_ok() && of(&[a, b]).is_ok() && of(&[a, b, c]).is_ok());
    assert_eq!(of(&[]), Err(HistoryError::Empty));
    assert_eq!(of(&[b]), Err(HistoryError::NotContiguous { epoch: 0 }));
    assert_eq!(of(&[a, c]), Err(HistoryError::NotContiguous { epoch: 1 }));
    assert_eq!(of(&[a, a]), Err(HistoryError::NotContiguous { epoch: 1 }));
    assert_eq!(of(&[a, b, b]), Err(HistoryError::NotContiguous { epoch: 2 }));
    assert_eq!(of(&[b, a]), Err(HistoryError::NotContiguous { epoch: 0 }));
    // One of another log in between.
    let other = Log::called("other.example", &[10]);
    assert_eq!(of(&[a, &other.notes[1]]), Err(HistoryError::Origin { epoch: 1 }));
    // One of the same name, from other keys: the old key did not sign it.
    let fork = Log::with_starts(&[10]);
    let lines = TakeoverSignatureError::Lines;
    assert_eq!(of(&[a, &fork.notes[1]]), Err(HistoryError::Signature { epoch: 1, cause: lines }));
}

#[test]
fn sizes_grow_and_keys_are_new() {
    let log = Log::with_starts(&[10]);
    let [first, second, third] = [&log.keys[0], &log.keys[1], &SigningKey::generate().unwrap()];
    let make = |start, old, new| log.history().make_takeover(start, root(start), old, new).map(drop);
    let lines = || Err(HistoryError::Signature { epoch: 2, cause: TakeoverSignatureError::Lines });
    assert_eq!(make(11, second, third), Ok(()));
    assert_eq!(make(10, second, third), Err(HistoryError::Start { epoch: 2 }));
    assert_eq!(make(0, second, third), Err(HistoryError::Start { epoch: 2 }));
    assert_eq!(make(11, second, second), Err(HistoryError::KeyTwice { epoch: 2 }));
    assert_eq!(make(11, second, first), Err(HistoryError::KeyTwice { epoch: 2 }));
    assert_eq!(make(11, first, third), lines());
    assert_eq!(make(11, third, third), lines());
    // Nothing of this has changed the history.
    assert_eq!(log.history().last().number(), 1);
}

#[test]
fn the_first_epoch_starts_with_nothing() {
    let (origin, key) = (Origin::parse("log.example").unwrap(), SigningKey::generate().unwrap());
    let make = |start, root| takeover::make(&origin, 0, start, root, &key, None).unwrap();
    assert!(KeyHistory::from_notes(&[make(0, empty_root())]).is_ok());
    let start = Err(HistoryError::Start { epoch: 0 });
    assert_eq!(KeyHistory::from_notes(&[make(1, root(1))]), start);
    assert_eq!(KeyHistory::from_notes(&[make(0, root(1))]), start);
    assert_eq!(KeyHistory::from_notes(&[make(1, empty_root())]), start);
}

#[test]
fn t_c12_a_takeover_is_signed_by_both_and_nobody_else() {
    let log = Log::with_starts(&[10]);
    let note = &log.notes[1];
    let [new, old] = note.signatures() else { panic!() };
    let text = note.text();
    let [first, second] = &log.keys[..] else { panic!() };
    let stranger = SigningKey::generate().unwrap();
    let signed = |key| sign_note(text, log.origin.name(), key).unwrap();
    let witness = sign_note(text, &crate::KeyName::parse("witness").unwrap(), &stranger).unwrap();
    let extend = |signatures: Vec<&crate::NoteSignature>| {
        let note = SignedNote::new(text, signatures.into_iter().cloned().collect()).unwrap();
        KeyHistory::from_notes(&[log.notes[0].clone(), note]).map(drop)
    };
    assert_eq!((&signed(second), &signed(first)), (new, old));
    assert_eq!(extend(vec![new, old]), Ok(()));
    let cause = TakeoverSignatureError::Lines;
    let lines = Err(HistoryError::Signature { epoch: 1, cause });
    for signatures in [
        vec![old, new],
        vec![new],
        vec![old],
        vec![new, new],
        vec![new, old, old],
        vec![new, old, &witness],
        vec![&witness, old],
        vec![new, &signed(&stranger)],
    ] {
        assert_eq!(extend(signatures.clone()), lines, "{signatures:?}");
    }
    // The right ids, and a signature of another note.
    let bad = || {
        Err(HistoryError::Signature {
            epoch: 1,
            cause: NoteError::BadSignature(log.origin.name().clone()).into(),
        })
    };
    let other_text = sign_note("other\n", log.origin.name(), first).unwrap();
    assert_eq!(extend(vec![new, &other_text]), bad());
    let other_text = sign_note("other\n", log.origin.name(), second).unwrap();
    assert_eq!(extend(vec![&other_text, old]), bad());
    // A signature with a time is not one of these.
    let edited = text.replace("\n10\n", "\n11\n");
    let edited = SignedNote::new(&edited, note.signatures().to_vec()).unwrap();
    let edited = KeyHistory::from_notes(&[log.notes[0].clone(), edited]);
    assert_eq!(edited.map(drop), bad());
}

#[test]
fn texts_that_break_a_rule_are_no_takeover() {
    let log = Log::with_starts(&[10]);
    let text = log.notes[1].text();
    assert_eq!(Takeover::parse(text).unwrap().text(), text);
    let key = text.lines().last().unwrap();
    let cosigner = log.history().last().cosigner().to_string();
    let renamed =
        VerifierKey::signer(crate::KeyName::parse("other.example").unwrap(), log.keys[1].public().unwrap());
    for bad in [
        String::new(),
        text.trim_end().to_owned(),
        format!("{text}\n"),
        format!("{text}more\n"),
        format!("\n{text}"),
        text.replace("key/v1", "key/v2"),
        text.replace("log.example\n1\n", "log.example\n01\n"),
        text.replace("log.example\n1\n", "log.example\n4294967296\n"),
        text.replace("log.example\n1\n", "log.example\n-1\n"),
        text.replace("log.example\n1\n", "log example\n1\n"),
        text.replace("log.example\n1\n", "cosignature/v1\n1\n"),
        text.replace("log.example\n1\n", "other.example\n1\n"),
        text.replace("\n10\n", "\n010\n"),
        text.replace("\n10\n", "\n9223372036854775808\n"),
        text.replace("=\n", "\n"),
        text.replace(key, &cosigner),
        text.replace(key, &renamed.to_string()),
        text.replace(key, &key.to_uppercase()),
    ] {
        assert_eq!(Takeover::parse(&bad), None, "{bad}");
    }
}

/// A log with its keys and the notes of its history.
struct Log {
    origin: Origin,
    keys: Vec<SigningKey>,
    notes: Vec<SignedNote>,
}

impl Log {
    fn with_starts(starts: &[u64]) -> Self {
        Self::called("log.example", starts)
    }

    fn called(origin: &str, starts: &[u64]) -> Self {
        let origin = Origin::parse(origin).unwrap();
        let mut keys = vec![SigningKey::generate().unwrap()];
        let mut notes = vec![make_genesis(&origin, &keys[0]).unwrap()];
        for start in starts {
            let new = SigningKey::generate().unwrap();
            let history = KeyHistory::from_notes(&notes).unwrap();
            let note = history.make_takeover(*start, root(*start), keys.last().unwrap(), &new).unwrap();
            notes.push(SignedNote::parse(&note.to_string()).unwrap());
            keys.push(new);
        }
        Self { origin, keys, notes }
    }

    fn history(&self) -> KeyHistory {
        KeyHistory::from_notes(&self.notes).unwrap()
    }

    fn checkpoint(&self, size: u64) -> Checkpoint {
        Checkpoint { origin: self.origin.clone(), size, root: root(size) }
    }
}

/// Some root that belongs to this size alone.
fn root(size: u64) -> Hash {
    if size == 0 { empty_root() } else { leaf_hash(&size.to_be_bytes()) }
}
