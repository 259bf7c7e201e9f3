//! The files of `vectors/`: read, checked against the code, and written.
//!
//! `COFFER_TEST_WRITE_VECTORS=1 cargo test -p coffer-encryption --lib write_vectors` writes them anew, the same bytes
//! each time: salts are fixed. A change in a checked-in vector is a change of the format, which stored data does not
//! survive.

mod chunked_cases;
mod envelope_cases;
mod key_cases;
mod places;

use std::fs;
use std::path::{Path, PathBuf};

use crate::environment::is_set;

#[test]
fn chunked_vectors_hold() {
    check("chunked", chunked_cases::outcome, 25);
}

#[test]
fn envelope_vectors_hold() {
    check("envelope", envelope_cases::outcome, 100);
}

#[test]
fn key_vectors_hold() {
    check("keys", key_cases::outcome, 17);
}

/// What the code seals today is what is checked in.
#[test]
fn vectors_are_what_the_code_writes() {
    for (folder, cases) in all() {
        for case in &cases {
            let stored = fs::read_to_string(path(folder, &case.name)).unwrap_or_default();
            assert!(stored == case.text(), "{folder}/{}.txt is not what the code writes today", case.name);
        }
        assert_eq!(read(folder).len(), cases.len(), "vectors/{folder} has files nothing writes");
    }
}

/// Does nothing unless it is asked to: a run of the tests changes no file.
#[test]
fn write_vectors() {
    if !is_set("COFFER_TEST_WRITE_VECTORS") {
        return;
    }
    for (folder, cases) in all() {
        fs::create_dir_all(root().join(folder)).unwrap();
        for case in cases {
            fs::write(path(folder, &case.name), case.text()).unwrap();
        }
    }
}

/// One file: a name and `field: value` lines in order.
#[derive(Clone)]
struct Case {
    name: String,
    fields: Vec<(String, String)>,
}

impl Case {
    fn new(name: &str, about: &str) -> Self {
        Self { name: name.to_owned(), fields: Vec::new() }.with("about", about)
    }

    /// The case with one field added, or changed where it stands.
    fn with(mut self, field: &str, value: impl ToString) -> Self {
        let value = value.to_string();
        match self.fields.iter_mut().find(|(name, _)| name == field) {
            Some((_, old)) => *old = value,
            None => self.fields.push((field.to_owned(), value)),
        }
        self
    }

    fn renamed(mut self, name: String, about: &str) -> Self {
        self.name = name;
        self.with("about", about)
    }

    /// The case with plaintext that can be told in one line, whatever its length.
    fn with_plaintext(self, plaintext: &[u8]) -> Self {
        if plaintext.len() <= 64 {
            self.with("plaintext", to_hex(plaintext))
        } else {
            self.with("plaintext-pattern", plaintext.len())
        }
    }

    fn text(&self) -> String {
        self.fields.iter().map(|(name, value)| format!("{name}: {value}\n")).collect()
    }

    fn get(&self, field: &str) -> &str {
        let found = self.fields.iter().find(|(name, _)| name == field);
        &found.unwrap_or_else(|| panic!("{} has no field {field}", self.name)).1
    }

    fn has(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }

    fn bytes(&self, field: &str) -> Vec<u8> {
        from_hex(self.get(field))
    }

    fn array<const N: usize>(&self, field: &str) -> [u8; N] {
        self.bytes(field).try_into().unwrap_or_else(|_| panic!("{}: {field} is not {N} bytes", self.name))
    }

    fn number<T: std::str::FromStr>(&self, field: &str) -> T {
        self.get(field).parse().unwrap_or_else(|_| panic!("{}: {field} is not a number", self.name))
    }

    fn plaintext(&self) -> Vec<u8> {
        if self.has("plaintext-pattern") {
            crate::chunked::tests::pattern(self.number("plaintext-pattern"))
        } else {
            self.bytes("plaintext")
        }
    }
}

pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn from_hex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "odd hex");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..][..2], 16).unwrap()).collect()
}

/// What a case came to: `expect` is one of these.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The result is the one in the file.
    Ok,
    /// It opened or was derived, but to something else.
    Wrong,
    Refused,
    UnknownFormat,
}

fn all() -> [(&'static str, Vec<Case>); 3] {
    [("chunked", chunked_cases::all()), ("envelope", envelope_cases::all()), ("keys", key_cases::all())]
}

/// Every file of a folder comes to what it expects, and there are enough of both kinds.
fn check(folder: &str, outcome: impl Fn(&Case) -> Outcome, at_least: usize) {
    let cases = read(folder);
    assert!(cases.len() >= at_least, "vectors/{folder} has {} files", cases.len());
    let mut good = 0_usize;
    for case in &cases {
        let expected = match case.get("expect") {
            "ok" => Outcome::Ok,
            "refused" => Outcome::Refused,
            "unknown-format" => Outcome::UnknownFormat,
            other => panic!("{}: expect: {other}", case.name),
        };
        assert_eq!(outcome(case), expected, "{folder}/{}: {}", case.name, case.get("about"));
        good = good.saturating_add(usize::from(expected == Outcome::Ok));
    }
    assert!((1..cases.len()).contains(&good), "{folder} has {good} good cases");
}

fn read(folder: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let fields = text.lines().map(|line| {
                let (field, value) = line.split_once(": ").unwrap_or((line.trim_end_matches(':'), ""));
                (field.to_owned(), value.to_owned())
            });
            Case { name, fields: fields.collect() }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

fn path(folder: &str, name: &str) -> PathBuf {
    root().join(folder).join(name).with_extension("txt")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
}
