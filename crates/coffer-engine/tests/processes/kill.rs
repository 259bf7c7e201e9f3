//! The store survives `kill -9` of everybody at any moment: what was acknowledged is there, with its entry.

use std::collections::BTreeSet;
use std::path::Path;

use coffer_engine::audit::EntryFilter;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::version::{VersionNumber, Which};

use super::child::{Running, open, path, say, start, text, write_one};

const PROCESSES: usize = 8;
/// Writes that each process would make if it lived.
const WRITES_EACH: usize = 1250;
/// Rounds in the ordinary run; `cargo xtask crash` sets `COFFER_KILL_ROUNDS=50`.
const ROUNDS: usize = 2;

#[expect(clippy::disallowed_methods, reason = "the long run is asked for from outside")]
fn rounds() -> usize {
    std::env::var("COFFER_KILL_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS)
}

#[test]
fn kill_9_in_the_midst_of_10_000_writes_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    drop(open(&store, false));
    let (mut total, mut position) = (0, None);
    for round in 0..rounds() {
        let mut children: Vec<Running> =
            (0..PROCESSES).map(|number| start("write", &store, number, &round.to_string())).collect();
        // The moment differs from round to round: after so many acknowledgements of the first child.
        let moment = 5 + (round * 137) % 600;
        let mut acknowledged: Vec<String> = (0..moment).filter_map(|_| children[0].line()).collect();
        for running in &mut children {
            running.child.kill().unwrap();
        }
        for running in &mut children {
            acknowledged.extend(running.rest());
            assert!(!running.child.wait().unwrap().success(), "the child ended before it was killed");
        }
        assert!(acknowledged.len() >= moment);
        total += acknowledged.len();
        position = verify(&store, &acknowledged, position);
    }
    let vault = open(&store, false);
    let report = block_on(vault.vault.check(&TestVault::op().unwrap(), &|_| {})).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    println!("{} rounds, {total} acknowledged writes, none lost", rounds());
}

/// Each acknowledged line is `path version entry`. `after` is where the log ended before this round.
fn verify(store: &Path, acknowledged: &[String], after: Option<u64>) -> Option<u64> {
    let vault = open(store, false);
    let op = TestVault::op().unwrap();
    let log =
        block_on(vault.vault.audit_query(&op, &EntryFilter::default(), after, usize::MAX, false)).unwrap();
    let entries: BTreeSet<&str> = log.entries.iter().map(|entry| entry.id.as_str()).collect();
    let mut wanted = BTreeSet::new();
    for line in acknowledged {
        let words: Vec<&str> = line.split(' ').collect();
        let [name, version, entry] = words[..] else { panic!("no acknowledgement: {line}") };
        assert!(entries.contains(entry), "the entry of {name} version {version} is lost");
        wanted.insert((name, version.parse::<u64>().unwrap()));
    }
    for (name, version) in &wanted {
        let which = Which::Number(VersionNumber::new(*version).unwrap());
        let secret = block_on(vault.vault.get(&op, &path(name), which)).unwrap();
        assert_eq!(text(&secret), format!("value of {name}"), "version {version} of {name}");
    }
    Some(log.next)
}

/// A child: writes until it is killed.
pub(super) fn write(folder: &Path, number: usize, round: &str) {
    let vault = open(folder, false);
    let op = TestVault::op().unwrap();
    for write in 0..WRITES_EACH {
        // Some names are the process's own, some are shared by all.
        let name = if write % 4 == 0 {
            format!("dev/shared/R{round}N{}", write % 16)
        } else {
            format!("dev/p{number}/R{round}N{}", write % 50)
        };
        let written = write_one(&vault, &op, &name, &format!("value of {name}"));
        say(&format!("{name} {} {}", written.version, written.entry));
    }
}
