//! Every error has a code. Each code of the sources is met by a call of a play, or stands here with the reason why no
//! call can meet it: so that an error that is new is driven with marked values too.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What looks like a code and is none.
const NO_CODES: [&str; 18] = [
    "audit.export_dir",
    "audit.log_path",
    "audit.read_durability",
    "audit.retention_days",
    "coffer.db",
    "coffer.lock",
    "coffer.next",
    "coffer.toml",
    "dev.pem",
    "entries.jsonl",
    "master.key",
    "server.issuer_networks",
    "server.listen",
    "server.metrics_enabled",
    "server.metrics_listen",
    "server.tls_certificate",
    "server.tls_key",
    "unfinished.new",
];

/// Codes that no call of the binary can meet today.
const OUT_OF_REACH: &[(&str, &str)] = &[
    ("server.busy", "more than 2048 requests at once"),
    ("store.slow", "a probe of a server that takes seconds: `store.locked` comes first, or not"),
    (
        "server.no_answer",
        "a server that keeps silent for a minute: `coffer-wire` has a test with less patience",
    ),
    ("answer.too_long", "an answer of more than 512 MiB"),
    ("server.failed", "the system gives no threads, or a request of another test panics"),
    ("audit.not_sealed", "the system gives no random bytes"),
    ("access.two_places", "no verb names both a secret and a folder"),
    ("access.too_many", "4,096 roles, policies or groups"),
    ("access.too_many_rules", "16,384 grants and rules of one member"),
    ("role.empty", "the command line wants a right"),
    ("backup.unsound", "a store that was changed from outside before: the engine has a test"),
    ("backup.unwritten", "a device that is full: the engine has a test"),
    ("code.none", "no verb signs in without a code"),
    ("entry.unreadable", "an entry that is no JSON, and sealed all the same"),
    ("file.busy", "more than eight files that are taken in at once, or 64 that are given out"),
    ("file.no_bytes", "`import` seals bytes only"),
    ("key_file.missing", "another unlocker is tried, and `unlock.none_fits` said"),
    ("list.too_many", "more than 100,000 folders"),
    ("output.closed", "it is not said, since nobody reads"),
    ("output.json", "a document that can't be written"),
    ("override.too_many", "64 members with a value of their own"),
    ("passphrase.weak_derivation", "a row of the store edited by hand"),
    ("request.too_many", "more than 4096 secrets"),
    ("request.twice", "no verb names a secret twice"),
    ("run.lost", "a command that can't be waited for"),
    ("run.mask", "patterns beyond what the search of a masker holds"),
    ("run.nothing", "the parser wants a command"),
    ("search.too_much", "more than 4,000,000 entries in the log of one tenant"),
    ("store.too_old", "tables of an older version: there is none yet"),
    ("store.contended", "eight conflicts in a row"),
    ("store.interrupted", "a commit whose thread died"),
    ("storage.differs", "a source that something else writes to while it is out of service"),
    (
        "storage.unsound",
        "a store that was changed from outside before: the engine has a test of what is said",
    ),
    ("store.displaced", "two that copy into one place at once: the engine has a test"),
    ("store.overtaken", "48 MiB that are written while a backup is: the storage has a test"),
    ("store.overloaded", "more than 16,384 operations at once in one process"),
    ("system.no_entropy", "the system gives no random bytes"),
    ("token.counted", "no verb of the command line takes a token"),
    ("token.none", "the same"),
    ("token.too_deep", "the same"),
];

#[test]
fn t_l1_every_error_is_met_by_a_play() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut met =
        literals(&crates.join("coffer-cli/tests/cli"), &|path| path.file_name().unwrap() != "codes.rs");
    // What is met over HTTP, with marked values in `canary.rs` there too.
    met.extend(literals(&crates.join("coffer-server/tests/api"), &|_| true));
    met.extend(literals(&crates.join("coffer-server/src"), &|path| {
        path.ends_with("body.rs") || path.ends_with("target.rs")
    }));
    let out_of_reach: BTreeSet<String> = OUT_OF_REACH.iter().map(|(code, _)| (*code).to_owned()).collect();
    let known: BTreeSet<String> = NO_CODES.iter().map(|name| (*name).to_owned()).collect();
    let mut codes = BTreeSet::new();
    for entry in fs::read_dir(&crates).unwrap() {
        codes.extend(literals(&entry.unwrap().path().join("src"), &|path| !path.ends_with("tests.rs")));
    }
    let unmet: Vec<_> = codes
        .iter()
        .filter(|code| ![&met, &out_of_reach, &known].iter().any(|all| all.contains(*code)))
        .collect();
    assert!(
        unmet.is_empty(),
        "no call of a play ends with {unmet:?}: add one, or say here why there can be none"
    );
    let stale: Vec<_> =
        OUT_OF_REACH.iter().filter(|(code, _)| !codes.contains(*code) || met.contains(*code)).collect();
    assert!(stale.is_empty(), "not out of reach, or not there any more: {stale:?}");
}

/// All texts `word.word` in the Rust files below a folder that `wanted` wants.
fn literals(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Ok(entries) = fs::read_dir(folder) else { return found };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            found.extend(literals(&path, wanted));
        } else if path.extension().is_some_and(|ending| ending == "rs") && wanted(&path) {
            let text = fs::read_to_string(&path).unwrap();
            found.extend(text.split('"').filter(|text| is_code(text)).map(str::to_owned));
        }
    }
    found
}

fn is_code(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.split_once('.').is_some_and(|(noun, problem)| is_word(noun) && is_word(problem))
}
