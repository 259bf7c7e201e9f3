//! Certificates that hold, and each way in which one does not.

use super::*;
use crate::history::make_genesis;
use crate::tree::leaf_hash;

/// A log whose key changed once, at size 10.
struct Log {
    origin: Origin,
    keys: [SigningKey; 2],
    history: KeyHistory,
}

fn log(origin: &str) -> Log {
    let origin = Origin::parse(origin).unwrap();
    let keys = [SigningKey::generate().unwrap(), SigningKey::generate().unwrap()];
    let genesis = make_genesis(&origin, &keys[0]).unwrap();
    let mut history = KeyHistory::from_notes(&[genesis]).unwrap();
    let takeover = history.make_takeover(10, leaf_hash(b"ten"), &keys[0], &keys[1]).unwrap();
    history.extend(&takeover).unwrap();
    Log { origin, keys, history }
}

fn erasure(log: &Log, size: u64) -> Erasure {
    Erasure {
        origin: log.origin.clone(),
        size,
        root: leaf_hash(b"root"),
        at: 5_000,
        tenant: "0123456789abcdef0123456789abcdef".to_owned(),
        name: "acme/eu".to_owned(),
        erased: 1_000,
        removed: Some(2_000),
        backups_until: 3_000,
        keys: 4,
        rows: 30,
        log_size: 17,
        log_root: leaf_hash(b"its own"),
    }
}

#[test]
fn a_certificate_says_what_it_says() {
    let log = log("log.example");
    let whole = erasure(&log, 12);
    assert_eq!(Erasure::parse(&whole.text()), Some(whole.clone()));
    let note = SignedNote::parse(&whole.sign(&log.keys[1]).unwrap().to_string()).unwrap();
    let checked = log.history.check_erasure(&note).unwrap();
    assert_eq!((checked.erasure(), checked.epoch()), (&whole, 1));
}

#[test]
fn the_state_follows_from_the_times() {
    let log = log("log.example");
    let whole = erasure(&log, 12);
    assert_eq!(whole.state(), ErasureState::Complete);
    for pending in [
        Erasure { removed: None, ..whole.clone() },
        Erasure { at: 2_999, ..whole.clone() },
        Erasure { at: 2_999, removed: None, ..whole.clone() },
    ] {
        assert_eq!(pending.state(), ErasureState::Pending);
        assert_eq!(Erasure::parse(&pending.text()), Some(pending.clone()));
        assert_eq!(Erasure::parse(&pending.text().replace("state pending", "state complete")), None);
    }
    assert_eq!(Erasure { at: 3_000, ..whole }.state(), ErasureState::Complete);
}

/// Who steals the newest key can't certify as of a time before it; nor does an old key, which is destroyed, say anything of now.
#[test]
fn no_key_certifies_outside_its_sizes() {
    let log = log("log.example");
    for (size, right) in [(1, 0), (9, 0), (11, 1), (500, 1)] {
        for (epoch, key) in log.keys.iter().enumerate() {
            let note = erasure(&log, size).sign(key).unwrap();
            assert_eq!(log.history.check_erasure(&note).is_ok(), epoch == right, "{size} {epoch}");
        }
    }
    let note = erasure(&log, 10).sign(&log.keys[0]).unwrap();
    assert_eq!(log.history.check_erasure(&note), Err(StatementError::OtherRoot { size: 10 }));
    let right = Erasure { root: leaf_hash(b"ten"), ..erasure(&log, 10) }.sign(&log.keys[0]).unwrap();
    assert!(log.history.check_erasure(&right).is_ok());
}

#[test]
fn what_another_log_signed_is_no_certificate_of_this_one() {
    let (log, other) = (log("log.example"), log("other.example"));
    let theirs = erasure(&other, 12).sign(&other.keys[1]).unwrap();
    assert_eq!(log.history.check_erasure(&theirs), Err(StatementError::Origin));
    let lent = erasure(&log, 12);
    let lent = SignedNote::new(&lent.text(), theirs.signatures().to_vec()).unwrap();
    assert!(matches!(log.history.check_erasure(&lent), Err(StatementError::Note(_))));
    let checkpoint = crate::Checkpoint { origin: log.origin.clone(), size: 12, root: leaf_hash(b"root") };
    let checkpoint = checkpoint.sign(&log.keys[1], 1).unwrap();
    assert_eq!(log.history.check_erasure(&checkpoint), Err(StatementError::Form));
    // Nor is a certificate a checkpoint.
    let note = erasure(&log, 12).sign(&log.keys[1]).unwrap();
    assert!(log.history.check(&note).is_err());
}

#[test]
fn texts_that_break_a_rule_are_no_certificate() {
    let log = log("log.example");
    let text = erasure(&log, 12).text();
    let lines = text.lines().count();
    assert_eq!(lines, 15);
    for at in 0..lines {
        let without: String =
            text.lines().enumerate().filter(|(n, _)| *n != at).map(|(_, l)| format!("{l}\n")).collect();
        assert_eq!(Erasure::parse(&without), None, "without line {at}");
        let edited: String = text
            .lines()
            .enumerate()
            .map(|(n, l)| if n == at { format!("{l} \n") } else { format!("{l}\n") })
            .collect();
        assert_eq!(Erasure::parse(&edited), None, "line {at}");
    }
    for (from, to) in [
        ("erasure/v1", "erasure/v2"),
        ("\n12\n", "\n012\n"),
        ("rows 30", "rows -30"),
        ("rows 30", "rows  30"),
        ("rows 30", "keys 30"),
        ("keys 4", "keys 9223372036854775808"),
        ("removed 2000", "removed never"),
        ("0123456789abcdef", "0123456789ABCDEF"),
        ("0123456789abcdef", "0123456789abcde"),
        ("name acme/eu", "name "),
        ("name acme/eu", "name acme eu"),
        ("state complete", "state done"),
    ] {
        let bad = text.replace(from, to);
        assert_ne!(bad, text, "{from}");
        assert_eq!(Erasure::parse(&bad), None, "{to}");
    }
    assert_eq!(Erasure::parse(&format!("{text}more\n")), None);
    assert_eq!(Erasure::parse(text.trim_end()), None);
}
