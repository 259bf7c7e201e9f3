//! The layers of the engine, read from its sources: who may use whom, and who may touch the world outside.
//!
//! Unit tests (`tests.rs`) and comments are not looked at.
#![cfg(test)]
#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The nouns: they use each other, and everybody uses them.
const NOUNS: &[&str] = &[
    "action",
    "block_on",
    "client",
    "code",
    "content",
    "copied",
    "entry_id",
    "fault",
    "generate",
    "identity",
    "jwt",
    "limits",
    "lock_code",
    "message",
    "metadata",
    "network",
    "once",
    "own_thread",
    "path",
    "private_dir",
    "proof",
    "quota",
    "reference",
    "secret",
    "slug",
    "tenant",
    "time",
    "token",
    "version",
    "version_name",
    "x509",
    "yield_once",
];

/// What every other module may use besides itself and the nouns. A module that is in neither list fails the test, so a new one
/// gets its line.
const LAYERS: &[(&str, &[&str])] = &[
    // The operation, whose maker may fail with an error of the roof.
    ("op", &["error"]),
    // The floor, and what stands on it.
    ("monitoring", &[]),
    ("storage", &["monitoring"]),
    ("unlock", &["storage"]),
    ("access", &[]),
    ("audit", &["monitoring", "op", "storage"]),
    // The roof names every layer's errors.
    ("error", &["access", "storage", "unlock"]),
    // Words only.
    ("manual", &[]),
    // The conductor, and what is around it.
    ("vault", EVERYTHING),
    ("testkit", EVERYTHING),
];
const EVERYTHING: &[&str] = &["access", "audit", "error", "monitoring", "op", "storage", "unlock", "vault"];

/// Of `storage`, `unlock` may use one type: what its asynchronous verbs return.
const UNLOCK_MAY_USE_OF_STORAGE: &str = "BoxFuture";

/// What only some files may say: a word of the sources, and the files (or folders) that may have it in them.
const WORDS: &[(&str, &[&str])] = &[
    // One module a line: else the words below could hide in a group.
    ("std::{", &[]),
    ("std::fs", &["private_dir.rs", "storage/sqlite/", "testkit/crash/", "unlock/file.rs"]),
    ("std::net", &[]),
    ("std::env", &[]),
    ("std::process", &[]),
    ("SystemTime", &[]),
    ("Instant", &[]),
    (
        "std::thread",
        &["block_on.rs", "own_thread.rs", "storage/committer/driver.rs", "storage/sqlite/", "testkit/"],
    ),
    ("rusqlite", &["storage/sqlite/", "testkit/crash/vfs.rs"]),
    ("rustix", &["own_thread.rs", "storage/sqlite/", "unlock/file.rs"]),
    ("quick_cache", &["storage/cache.rs"]),
    // It has a clock, too.
    ("jiff::", &["time.rs"]),
    ("serde_json", &["audit/", "jwt/json.rs", "testkit/crash/entries.rs"]),
    // Stored bytes are made and read in one place, a secret's value in another; types elsewhere only derive, but for parts of a head, which
    // lie closer together in memory than a derived type would.
    ("minicbor::encode", &["storage/record.rs", "vault/head/said.rs", "vault/head/versions.rs"]),
    ("minicbor::decode", &["vault/head/said.rs", "vault/head/steps.rs", "vault/head/versions.rs"]),
    ("minicbor::to_vec", &[]),
    ("Encoder", &["vault/head/said.rs", "vault/head/versions.rs"]),
    (
        "Decoder",
        &[
            "storage/record.rs",
            "vault/disclose/sealed.rs",
            "vault/head/said.rs",
            "vault/head/steps.rs",
            "vault/head/versions.rs",
        ],
    ),
    // The one door, and what goes through it.
    ("open_value", &["vault/disclose/"]),
    ("open_content", &["vault/disclose/"]),
    // Nor does what lies sealed in a backup become plaintext by that: records are sealed in it as they are in the store.
    ("OpenStream", &["vault/backup/body.rs", "vault/disclose/content.rs"]),
    ("SealStream", &["vault/backup/body.rs", "vault/disclose/content.rs"]),
    ("disclose(", &["vault/disclose/mod.rs", "vault/file.rs", "vault/get.rs"]),
    ("disclose_file(", &["vault/disclose/mod.rs", "vault/get_file.rs"]),
    ("Secret::new", &["vault/disclose/mod.rs"]),
    ("Permit::grant", &["access/decide.rs"]),
    ("Receipt::issue", &["vault/round.rs"]),
];

#[test]
fn every_module_uses_only_what_lies_below_it() {
    let complaints: Vec<String> = sources().iter().flat_map(complaints_about_layers).collect();
    assert!(
        complaints.is_empty(),
        "see the table in this file and ARCHITECTURE.md:\n{}",
        complaints.join("\n")
    );
}

#[test]
fn only_listed_files_touch_the_world_outside() {
    let complaints: Vec<String> = sources().iter().flat_map(complaints_about_words).collect();
    assert!(complaints.is_empty(), "see WORDS in this file:\n{}", complaints.join("\n"));
}

/// What looks at a proof, and how: in time that does not tell how much of it is right. Tokens and codes are found by their hashes.
const COMPARED: &[(&str, &str)] = &[
    ("access/client_secret.rs", "same(&*self.hash, secret.bytes())"),
    ("access/token.rs", "same(shown.bytes(), wanted.as_slice())"),
    ("../../coffer-encryption/src/password.rs", "same(&*self.0, &*other.0)"),
    ("../../coffer-encryption/src/totp.rs", "same(self.code(step).as_bytes(), code.as_bytes())"),
    ("../../coffer-encryption/src/secret.rs", "same(&self.0, other)"),
];
/// Hashes of proofs, which nothing compares but for finding their records.
const HASHES: &[&str] =
    &["hash.bytes() ==", "== hash.bytes()", "secret.bytes() ==", "== secret.bytes()", ".expose() =="];

/// GHSA-34fc-gh42-pj53: a comparison that ended at the first byte that differs.
#[test]
fn t_a13_proofs_are_compared_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (name, comparison) in COMPARED {
        let text = fs::read_to_string(root.join(name)).unwrap();
        assert!(text.contains(comparison), "{name} compares in another way");
    }
    for source in sources() {
        for hash in HASHES {
            assert!(!source.text.contains(hash), "{} says `{hash}`", source.name);
        }
    }
}

/// A rule for a file that is gone guards nothing.
#[test]
fn every_rule_still_meets_a_file() {
    let sources = sources();
    for module in LAYERS.iter().map(|(module, _)| module).chain(NOUNS) {
        assert!(
            sources.iter().any(|source| source.module() == *module),
            "there is no module {module} any more"
        );
    }
    for (word, places) in WORDS {
        for place in *places {
            let met =
                sources.iter().any(|source| source.name.starts_with(place) && source.text.contains(word));
            assert!(met, "{place} may say `{word}` and does not");
        }
    }
}

#[test]
fn a_breach_is_found_however_it_is_written() {
    let breaches = [
        ("access/decide.rs", "use crate::vault::Vault;"),
        ("access/decide.rs", "fn f() { let _ = crate::storage::Key::new; }"),
        ("access/decide.rs", "use crate::{action::Action, vault::{self, Vault}};"),
        ("access/decide.rs", "use super::super::storage::Key;"),
        ("storage/committer/mod.rs", "use super::super::vault::Vault;"),
        ("storage/sqlite/mod.rs", "use crate::Vault;"),
        ("unlock/file.rs", "use crate::storage::Key;"),
        ("unlock/file.rs", "use crate::storage::{BoxFuture, Key};"),
        ("time.rs", "use crate::op::Op;"),
        ("time.rs", "use super::op::Op;"),
        ("fault.rs", "use crate::Error;"),
        ("novel.rs", "use crate::time::Timestamp;"),
    ];
    for (name, text) in breaches {
        assert!(!complaints_about_layers(&Source::new(name, text)).is_empty(), "in {name}: {text}");
    }
    let fine = [
        ("access/decide.rs", "use super::permit::Permit; // not crate::vault"),
        ("access/decide.rs", "/// See [`crate::vault`].\nuse crate::{path::FolderPath, time};"),
        ("storage/committer/rows.rs", "use super::super::Batch; use super::Decided;"),
        ("unlock/file.rs", "use crate::storage::BoxFuture;"),
        ("vault/get.rs", "use crate::{access, audit, storage};"),
    ];
    for (name, text) in fine {
        assert_eq!(
            complaints_about_layers(&Source::new(name, text)),
            Vec::<String>::new(),
            "in {name}: {text}"
        );
    }
    assert_eq!(complaints_about_words(&Source::new("vault/get.rs", "std::env::var(x)")).len(), 1);
    assert_eq!(complaints_about_words(&Source::new("unlock/file.rs", "std::fs::read(x)")).len(), 0);
}

/// A source file without its comments.
struct Source {
    /// Its path below `src`.
    name: String,
    text: String,
}

impl Source {
    fn new(name: &str, text: &str) -> Self {
        let code = |line: &str| line.split("//").next().unwrap_or_default().to_owned();
        Self { name: name.to_owned(), text: text.lines().map(code).collect::<Vec<_>>().join("\n") }
    }

    /// The module of the crate that it belongs to.
    fn module(&self) -> &str {
        self.name.split('/').next().unwrap_or_default().trim_end_matches(".rs")
    }

    /// How many `super` lead from it to the crate.
    fn depth(&self) -> usize {
        let parts = self.name.split('/').count();
        if self.name.ends_with("/mod.rs") { parts - 1 } else { parts }
    }

    /// Every name of the crate's root that it uses, and what follows: `("storage", "Key")`.
    fn uses(&self) -> BTreeSet<(String, String)> {
        let up = vec!["super::"; self.depth()].concat();
        let mut found = BTreeSet::new();
        for root in ["crate::", &up] {
            for (at, _) in self.text.match_indices(root) {
                let before = self.text[..at].chars().next_back();
                // A part of a longer chain of `super`, or of another word.
                if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | ':' | '$')) {
                    continue;
                }
                names(&self.text[at + root.len()..], &mut found);
            }
        }
        found
    }
}

/// The names that a path goes on with: one, or those of a group.
fn names(rest: &str, found: &mut BTreeSet<(String, String)>) {
    for part in parts(rest) {
        let (name, behind) = word(part);
        let behind = behind.strip_prefix("::").unwrap_or_default();
        for part in parts(behind) {
            found.insert((name.to_owned(), word(part).0.to_owned()));
        }
    }
}

/// The text itself, or, where it begins with `{`, the parts of that group.
fn parts(text: &str) -> Vec<&str> {
    let Some(group) = text.strip_prefix('{') else { return vec![text] };
    let (mut depth, mut start, mut parts) = (0_u32, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                parts.push(group[start..at].trim());
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    parts.into_iter().filter(|part| !part.is_empty()).collect()
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    text.split_at(end)
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !name.ends_with("tests.rs") && !name.contains("/tests/") && name != "lib.rs" {
                sources.push(Source::new(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(sources.len() > 50, "the sources are where they were");
    sources
}

/// The module behind a name of the crate's root: what `lib.rs` re-exports has another.
fn home(name: &str) -> &str {
    match name {
        "Error" => "error",
        "Actor" | "Op" | "RequestId" => "op",
        "Vault" => "vault",
        name => name,
    }
}

fn complaints_about_layers(source: &Source) -> Vec<String> {
    let module = source.module();
    let may = match LAYERS.iter().find(|(name, _)| *name == module) {
        Some((_, may)) => may,
        None if NOUNS.contains(&module) => &[][..],
        None => return vec![format!("{module} has no line in the table")],
    };
    let allowed = |name: &str| name == module || NOUNS.contains(&name) || may.contains(&name);
    let mut complaints = Vec::new();
    for (name, of) in source.uses() {
        let name = home(&name);
        if !allowed(name) {
            complaints.push(format!("{} uses {name}", source.name));
        } else if module == "unlock" && name == "storage" && of != UNLOCK_MAY_USE_OF_STORAGE {
            complaints.push(format!("{} uses {of} of storage", source.name));
        }
    }
    complaints
}

fn complaints_about_words(source: &Source) -> Vec<String> {
    let says = |word: &str| {
        source.text.match_indices(word).any(|(at, _)| {
            let before = source.text[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && c != '_')
        })
    };
    WORDS
        .iter()
        .filter(|(word, places)| says(word) && !places.iter().any(|place| source.name.starts_with(place)))
        .map(|(word, _)| format!("{} says `{word}`", source.name))
        .collect()
}
