//! A reader in another process, with everything cached, never answers what was withdrawn before it was asked.
//!
//! The control runs the same with expectations switched off: there the checker must find stale answers, or it could not.

use std::path::Path;

use coffer_engine::testkit::TestVault;
use rustix::time::{ClockId, clock_gettime};

use super::child::{get, open, say, set, start};

const WRITES: u64 = 600;

#[test]
fn no_process_answers_a_stale_read() {
    assert_eq!(stale_answers(false), 0);
}

#[test]
fn the_control_without_expectations_finds_stale_reads() {
    assert!(stale_answers(true) > 0, "the checker can't see a stale answer");
}

/// Writes versions in this process while another reads; the answers that were older than what was acknowledged before they
/// were asked for.
fn stale_answers(ignore_expectations: bool) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let vault = open(&store, false);
    let op = TestVault::op().unwrap();
    set(&vault, &op, "dev/HOT", "x");
    let mut reader = start("read", &store, 0, if ignore_expectations { "ignore" } else { "expect" });
    assert_eq!(reader.line().as_deref(), Some("ready"));
    let mut acknowledged = vec![(now(), 1)];
    for _ in 0..WRITES {
        let version = set(&vault, &op, "dev/HOT", "x");
        acknowledged.push((now(), version));
    }
    vault_end(&store);
    // Each line: when the read began, and the version that it answered.
    let stale = |line: &String| {
        let (begun, version) = line.split_once(' ').unwrap();
        let (begun, version): (u128, u64) = (begun.parse().unwrap(), version.parse().unwrap());
        acknowledged.iter().any(|(when, newer)| *when < begun && *newer > version)
    };
    let answers = reader.rest();
    assert!(answers.len() > 100, "the reader answered {} times", answers.len());
    println!("{} reads beside {WRITES} writes", answers.len());
    answers.iter().filter(|line| stale(line)).count()
}

/// Tells the reader to end.
fn vault_end(store: &Path) {
    std::fs::write(store.with_extension("end"), b"").unwrap();
}

/// A child: reads until it is told to end.
pub(super) fn read(folder: &Path, mode: &str) {
    let vault = open(folder, mode == "ignore");
    let op = TestVault::op().unwrap();
    get(&vault, &op, "dev/HOT");
    say("ready");
    let mut answers = Vec::new();
    // The end file, or a bound in case the parent died.
    while !folder.with_extension("end").exists() && answers.len() < 1_000_000 {
        let begun = now();
        let secret = get(&vault, &op, "dev/HOT");
        answers.push((begun, secret.version().get()));
    }
    answers.iter().for_each(|(begun, version)| say(&format!("{begun} {version}")));
}

/// Nanoseconds on the clock that all processes of the machine share.
fn now() -> u128 {
    let time = clock_gettime(ClockId::Monotonic);
    u128::try_from(time.tv_sec).unwrap() * 1_000_000_000 + u128::try_from(time.tv_nsec).unwrap()
}
