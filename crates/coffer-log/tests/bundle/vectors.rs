//! The files of `vectors/log`: read by both verifiers, compared with what the tests make, and written.
//!
//! `COFFER_TEST_WRITE_VECTORS=1 cargo test -p coffer-log --test bundle write_vectors` writes them anew, the same bytes
//! each time.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::agreement::{Question, verdict};
use crate::cases::{self, Case};
use crate::files::{self, Files};
use crate::python::Python;

/// Every case comes to what it expects, and both verifiers say the same.
#[test]
fn vectors_hold() {
    let mut python = Python::start();
    let (mut good, mut bad) = (0, 0);
    for (name, case) in stored("cases") {
        let dir = tempfile::tempdir().unwrap();
        let (question, expect) = lay_out(&case, dir.path());
        let answer = question.verify();
        assert_eq!(verdict(&answer), expect, "{name}: {answer:?}");
        assert_eq!(python.verify(&question.arguments()), expect, "{name}");
        *(if expect == "ok" { &mut good } else { &mut bad }) += 1;
    }
    assert!(good >= 8 && bad >= 60, "{good} good cases, {bad} bad ones");
}

#[test]
fn sound_bundles_are_sound() {
    let mut python = Python::start();
    let bundles = stored("bundles");
    assert_eq!(bundles.len(), 4);
    for name in bundles.keys() {
        let question = Question::about(&root().join("bundles").join(name));
        let report = question.verify().unwrap();
        assert_eq!(report.first, if name == "good-pruned" { 6 } else { 0 }, "{name}");
        assert_eq!(report.entries, report.size - report.first, "{name}");
        assert!(!report.anchored, "{name}");
        assert_eq!(python.verify(&question.arguments()), "ok", "{name}");
    }
}

/// What is checked in is what the tests make.
#[test]
fn vectors_are_what_the_tests_make() {
    let made = all();
    let stored = files::read(&root());
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&stored), names(&made));
    for (name, bytes) in &made {
        assert!(stored[name] == *bytes, "vectors/log/{name} is not what the tests make");
    }
}

/// Does nothing unless it is asked to: a run of the tests changes no file.
#[test]
#[expect(clippy::disallowed_methods, reason = "whether to write is for whoever runs the tests to say")]
fn write_vectors() {
    if std::env::var_os("COFFER_TEST_WRITE_VECTORS").is_some() {
        let _none_yet = fs::remove_dir_all(root());
        files::write(&root(), &all());
    }
}

/// Every file of `vectors/log`.
fn all() -> Files {
    let bases: BTreeMap<&str, Files> = cases::bases().into_iter().collect();
    let mut all = Files::new();
    for (name, bundle) in &bases {
        all.extend(bundle.iter().map(|(path, bytes)| (format!("bundles/{name}/{path}"), bytes.clone())));
    }
    for case in cases::all() {
        let earlier = all.len();
        let files = files_of(&case, &bases);
        let count = files.len();
        all.extend(files);
        assert_eq!(all.len(), earlier + count, "two cases are called {}", case.name);
    }
    all
}

/// The files of a case: `case.txt`, and what differs from the bundles that it is made from.
fn files_of(case: &Case, bases: &BTreeMap<&str, Files>) -> Files {
    let (mut text, mut files) = (format!("about: {}\nbase: {}\n", case.about, case.base), Files::new());
    let mut put =
        |path: String, bytes: &[u8]| files.insert(format!("cases/{}/{path}", case.name), bytes.to_vec());
    let (overlay, removed) = difference(&bases[case.base], &case.files);
    removed.iter().for_each(|path| text.push_str(&format!("remove: {path}\n")));
    overlay.iter().for_each(|(path, bytes)| drop(put(format!("overlay/{path}"), bytes)));
    if let Some(key) = &case.key {
        text.push_str(&format!("key: {key}\n"));
    }
    for (nth, known) in case.known.iter().enumerate() {
        text.push_str(&format!("known: known-{nth}\n"));
        put(format!("known-{nth}"), known.as_bytes());
    }
    if let Some(witness) = &case.witness {
        text.push_str(&format!("witness: {witness}\n"));
    }
    if let Some((base, system)) = &case.system {
        let (overlay, removed) = difference(&bases[base], system);
        assert!(removed.is_empty(), "{}: files are only removed from the bundle itself", case.name);
        text.push_str(&format!("system: {base}\n"));
        overlay.iter().for_each(|(path, bytes)| drop(put(format!("system-overlay/{path}"), bytes)));
    }
    text.push_str(&format!("expect: {}\n", case.expect));
    put("case.txt".to_owned(), text.as_bytes());
    files
}

/// The files that are new or other, and the paths of those that are not there any more.
fn difference(base: &Files, files: &Files) -> (Files, Vec<String>) {
    let new = files.iter().filter(|(path, bytes)| base.get(*path) != Some(bytes));
    let gone = base.keys().filter(|path| !files.contains_key(*path));
    (new.map(|(path, bytes)| (path.clone(), bytes.clone())).collect(), gone.cloned().collect())
}

/// Makes the bundles of a stored case in `dir`: what is asked of them, and what should be answered.
fn lay_out(case: &Path, dir: &Path) -> (Question, String) {
    let (bundle, system) = (dir.join("bundle"), dir.join("system"));
    let mut question = Question::about(&bundle);
    let mut expect = String::new();
    let sound = |name: &str| files::read(&root().join("bundles").join(name));
    let mut files = Files::new();
    for line in fs::read_to_string(case.join("case.txt")).unwrap().lines() {
        let (field, value) = line.split_once(": ").unwrap();
        match field {
            "about" => {}
            "base" => files = sound(value),
            "remove" => assert!(files.remove(value).is_some(), "{value}"),
            "key" => question.key = Some(value.to_owned()),
            "known" => question.known.push(case.join(value)),
            "witness" => question.witness = Some(value.to_owned()),
            "system" => {
                files::write(&system, &sound(value));
                question.system = Some(system.clone());
            }
            "expect" => value.clone_into(&mut expect),
            other => panic!("{}: {other}", case.display()),
        }
    }
    files::write(&bundle, &files);
    for (overlay, to) in [("overlay", &bundle), ("system-overlay", &system)] {
        if case.join(overlay).exists() {
            files::write(to, &files::read(&case.join(overlay)));
        }
    }
    (question, expect)
}

/// The folders below `vectors/log/<kind>`, by name.
fn stored(kind: &str) -> BTreeMap<String, PathBuf> {
    let folders = fs::read_dir(root().join(kind)).unwrap().map(|entry| entry.unwrap());
    folders.map(|entry| (entry.file_name().into_string().unwrap(), entry.path())).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/log")
}
