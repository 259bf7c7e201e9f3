//! Eight processes write and read one store at once: nothing is lost, and nobody starves.

use std::path::Path;
use std::time::Instant;

use coffer_engine::testkit::{TestVault, block_on};

use super::child::{Running, get, open, path, say, set, start, text};

const PROCESSES: usize = 8;
const ROUNDS: usize = 60;

#[test]
fn eight_processes_write_and_read_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    // No store yet: they all make it at once, too.
    let mut children: Vec<Running> =
        (0..PROCESSES).map(|number| start("mixed", &store, number, &ROUNDS.to_string())).collect();
    let mut worst = 0;
    for running in &mut children {
        let said = running.rest();
        assert!(running.child.wait().unwrap().success());
        let wait: u128 = said.last().unwrap().parse().unwrap();
        worst = worst.max(wait);
    }
    println!("worst wait of one operation: {:.1} ms", worst as f64 / 1000.0);
    let vault = open(&store, false);
    let op = TestVault::op().unwrap();
    for number in 0..PROCESSES {
        assert_eq!(text(&get(&vault, &op, &format!("dev/own/P{number}"))), format!("{}", ROUNDS - 1));
        let history = block_on(vault.vault.history(&op, &path(&format!("dev/own/P{number}")))).unwrap();
        assert_eq!(history.versions.len(), ROUNDS);
    }
    // Every process added its versions to the one secret that they share: none overwrote another's.
    let shared = block_on(vault.vault.history(&op, &path("dev/shared/HOT"))).unwrap();
    let newest = shared.versions.last().unwrap().number.get();
    assert_eq!(newest, (PROCESSES * ROUNDS) as u64, "numbered one by one, though not all are kept");
}

/// A child: writes its own secret and a shared one, and reads both. Prints its worst wait in microseconds.
pub(super) fn mixed(folder: &Path, number: usize, rounds: &str) {
    let vault = open(folder, false);
    let op = TestVault::op().unwrap();
    let own = format!("dev/own/P{number}");
    let mut worst = 0;
    for round in 0..rounds.parse::<usize>().unwrap() {
        #[expect(clippy::disallowed_methods, reason = "the wait is printed, not judged")]
        let begun = Instant::now();
        set(&vault, &op, &own, &round.to_string());
        worst = worst.max(begun.elapsed().as_micros());
        assert_eq!(text(&get(&vault, &op, &own)), round.to_string());
        set(&vault, &op, "dev/shared/HOT", &format!("{number}/{round}"));
        get(&vault, &op, "dev/shared/HOT");
    }
    say(&worst.to_string());
}
