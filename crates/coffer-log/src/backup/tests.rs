//! What is signed of a backup, and each way in which it is not.

use super::*;
use crate::history::make_genesis;
use crate::tree::leaf_hash;

fn backup(origin: &Origin, size: u64) -> Backup {
    Backup {
        origin: origin.clone(),
        size,
        root: leaf_hash(b"root"),
        instance: "0123456789abcdef0123456789abcdef".to_owned(),
        backup: "fedcba9876543210fedcba9876543210".to_owned(),
        made: 1_000,
        expires: 2_000,
        records: 30,
        pending: 4,
        tenants: 2,
        file_size: 70_000,
        file_sha256: "ab".repeat(32),
        manifest_sha256: "cd".repeat(32),
    }
}

#[test]
fn a_backup_is_signed_by_the_key_of_its_size() {
    let origin = Origin::parse("log.example").unwrap();
    let keys = [SigningKey::generate().unwrap(), SigningKey::generate().unwrap()];
    let mut history = KeyHistory::from_notes(&[make_genesis(&origin, &keys[0]).unwrap()]).unwrap();
    history.extend(&history.make_takeover(10, leaf_hash(b"ten"), &keys[0], &keys[1]).unwrap()).unwrap();
    for (size, right) in [(1, 0), (9, 0), (11, 1)] {
        for (epoch, key) in keys.iter().enumerate() {
            let said = backup(&origin, size);
            let note = SignedNote::parse(&said.sign(key).unwrap().to_string()).unwrap();
            assert_eq!(history.check_backup(&note).ok(), (epoch == right).then_some(said), "{size} {epoch}");
        }
    }
    let forked = backup(&origin, 10).sign(&keys[0]).unwrap();
    assert_eq!(history.check_backup(&forked), Err(StatementError::OtherRoot { size: 10 }));
    let other = backup(&Origin::parse("other.example").unwrap(), 12).sign(&keys[1]).unwrap();
    assert_eq!(history.check_backup(&other), Err(StatementError::Origin));
    let checkpoint = crate::Checkpoint { origin, size: 12, root: leaf_hash(b"root") };
    let checkpoint = checkpoint.sign(&keys[1], 1).unwrap();
    assert_eq!(history.check_backup(&checkpoint), Err(StatementError::Form));
}

#[test]
fn texts_that_break_a_rule_say_nothing() {
    let text = backup(&Origin::parse("log.example").unwrap(), 12).text();
    assert_eq!(Backup::parse(&text).map(|said| said.text()), Some(text.clone()), "the control");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 14);
    for at in 0..lines.len() {
        let edited = |edit: &dyn Fn(usize, &str) -> String| -> String {
            lines.iter().enumerate().map(|(n, line)| edit(n, line)).collect()
        };
        let without = edited(&|n, line| if n == at { String::new() } else { format!("{line}\n") });
        assert_eq!(Backup::parse(&without), None, "without line {at}");
        let longer = edited(&|n, line| format!("{line}{}\n", if n == at { " " } else { "" }));
        assert_eq!(Backup::parse(&longer), None, "line {at}");
    }
    for (from, to) in [
        ("backup/v1", "backup/v2"),
        ("made 1000", "made 01000"),
        ("instance 0123", "instance 012"),
        ("instance 0123456789abcdef", "instance 0123456789ABCDEF"),
        ("file-sha256 ab", "file-sha256 "),
        ("tenants 2", "tenants -2"),
        ("\n", "\r\n"),
    ] {
        assert!(text.contains(from), "{from}");
        assert_eq!(Backup::parse(&text.replacen(from, to, 1)), None, "{from}");
    }
}
