//! `vectors/envelope`: each place, and what must not open there.
#![expect(clippy::arithmetic_side_effects, reason = "small fixed numbers")]

use super::places::{Visit, visit};
use super::{Case, Outcome, to_hex};
use crate::chunked::tests::{fixed_salt, pattern};
use crate::envelope::{OpenError, open, seal_with_salt};
use crate::place::Place;

pub(super) fn outcome(case: &Case) -> Outcome {
    match visit(case, Open(&case.bytes("sealed"))) {
        Err(OpenError::Refused) => Outcome::Refused,
        Err(OpenError::UnknownFormat) => Outcome::UnknownFormat,
        Ok(plaintext) if case.get("expect") == "ok" && plaintext == case.plaintext() => Outcome::Ok,
        Ok(_) => Outcome::Wrong,
    }
}

pub(super) fn all() -> Vec<Case> {
    let mut cases: Vec<Case> = [places(), log_places()].iter().flat_map(|family| moved(family)).collect();
    cases.extend(content());
    cases.extend(backup());
    cases.extend(lock());
    cases.push(instance_wrap());
    let downgraded = cases[cases.len() - 1].clone().with("kdf", 2).with("iterations", 100_000);
    let downgraded = downgraded.with("kdf-salt", to_hex(&[0; 32]));
    cases.push(refused(downgraded, "owner-wrap-other-kdf", "the derivation was changed"));
    cases.extend(damaged());
    cases
}

/// Each place of a family with all that must not open there: also what was sealed for the next one of the family.
fn moved(places: &[Case]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (nth, place) in places.iter().enumerate() {
        let name = place.get("place").to_owned();
        let good = sealed(place.clone().renamed(name.clone(), "opens"), &pattern(32));
        cases.push(good.clone());
        let wrong_key = good.clone().with("key", to_hex(&[0xEE; 32]));
        cases.push(refused(wrong_key, &format!("{name}-wrong-key"), "the key of someone else"));
        for (field, value) in &place.fields {
            if !["about", "place", "key", "kdf"].contains(&field.as_str()) {
                let moved = good.clone().with(field, changed(value));
                cases.push(refused(moved, &format!("{name}-wrong-{field}"), "sealed for another place"));
            }
        }
        let next = &places[(nth + 1) % places.len()];
        let other = sealed(next.clone().renamed(format!("{name}-wrong-purpose"), ""), &pattern(32));
        let swapped = good.with("sealed", other.get("sealed"));
        cases.push(refused(swapped, &other.name, "an envelope of another kind, under the same key"));
    }
    cases
}

struct Open<'a>(&'a [u8]);

impl Visit for Open<'_> {
    type Out = Result<Vec<u8>, OpenError>;

    fn at<P: Place>(self, key: &P::Key, place: &P) -> Self::Out {
        open(key, place, self.0).map(|plaintext| plaintext.expose().to_vec())
    }
}

struct Seal<'a>([u8; 24], &'a [u8]);

impl Visit for Seal<'_> {
    type Out = Vec<u8>;

    fn at<P: Place>(self, key: &P::Key, place: &P) -> Self::Out {
        seal_with_salt(key, place, &self.0, self.1).unwrap()
    }
}

/// One of each place, all under the same key.
fn places() -> Vec<Case> {
    vec![
        place("root-wrap").with("unlocker", id(0xB0)).with("generation", 7),
        owner("owner-wrap")
            .with("root-generation", 3)
            .with("kdf", 2)
            .with("iterations", 100_000)
            .with("kdf-salt", to_hex(&[0xC0; 32])),
        owner("index-wrap"),
        tenant("data-wrap")
            .with("generation", 7)
            .with("secret", id(0xC0))
            .with("version", 9)
            .with("path-hash", to_hex(&[0xD0; 32]))
            .with("kind", 1)
            .with("flags", 0),
        tenant("value").with("secret", id(0xC0)).with("version", 9),
        owner("record").with("table", 4).with("row-key", to_hex(b"row/1")).with("revision", id(0xC0)),
        tenant("entry-row").with("generation", 7).with("row", id(0xC0)),
    ]
}

/// The same for the places of the audit log. A family of their own: the files of the first stay as they are.
fn log_places() -> Vec<Case> {
    vec![
        owner("signing-wrap").with("epoch", 5),
        tenant("subject-wrap").with("generation", 7).with("subject", id(0xC0)),
        tenant("personal").with("subject", id(0xC0)).with("session", id(0xD0)),
    ]
}

/// The content of a file, and a value under the same key, which it is not taken for. Values have their own files.
fn content() -> impl Iterator<Item = Case> {
    let family = [tenant("content"), places().swap_remove(4)];
    moved(&family).into_iter().filter(|case| case.name.starts_with("content"))
}

/// The body of a backup, and a file's content under the same key, which it is not taken for.
fn backup() -> impl Iterator<Item = Case> {
    let body = place("backup").with("backup", id(0xB0)).with("generation", 7);
    let family = [body.with("head", to_hex(&[0xC0; 32])), tenant("content")];
    moved(&family).into_iter().filter(|case| case.name.starts_with("backup"))
}

/// An owner key under a lock code's key, and one under a wrapping key, which it is not taken for.
fn lock() -> impl Iterator<Item = Case> {
    let family = [owner("lock-wrap"), places().swap_remove(1)];
    moved(&family).into_iter().filter(|case| case.name.starts_with("lock-wrap"))
}

fn id(byte: u8) -> String {
    to_hex(&[byte; 16])
}

fn place(name: &str) -> Case {
    Case::new(name, "").with("place", name).with("key", to_hex(&[0x22; 32])).with("instance", id(0xA0))
}

fn owner(name: &str) -> Case {
    place(name).with("owner", id(0xB0)).with("generation", 7)
}

fn tenant(name: &str) -> Case {
    place(name).with("tenant", id(0xB0))
}

/// The owner wrap of the instance itself, which has no PBKDF2.
fn instance_wrap() -> Case {
    let mut case =
        places().swap_remove(1).renamed("owner-wrap-instance".to_owned(), "the instance's own key");
    case.fields.retain(|(field, _)| field != "iterations" && field != "kdf-salt");
    sealed(case.with("owner", to_hex(&[0; 16])).with("kdf", 1), &pattern(32))
}

/// Damage and downgrade, on a value.
fn damaged() -> Vec<Case> {
    let value = |name: &str| places().swap_remove(4).renamed(name.to_owned(), "opens");
    let mut cases: Vec<Case> =
        [0, 64, 1000].iter().map(|len| sealed(value(&format!("value-size-{len}")), &pattern(*len))).collect();
    let good = sealed(value("value"), &pattern(32));
    let bytes = good.bytes("sealed");
    let mut edit = |name: &str, about: &str, expect: &str, at: usize, byte: u8| {
        let mut edited = bytes.clone();
        edited[at] = byte;
        let case = good.clone().with("sealed", to_hex(&edited));
        cases.push(refused(case, name, about).with("expect", expect));
    };
    edit("header-magic", "another magic", "unknown-format", 1, b'X');
    edit("header-version-0", "a version there never was", "unknown-format", 2, 0);
    edit("header-version-2", "a version to come", "unknown-format", 2, 2);
    edit("header-algorithm-0", "no algorithm", "unknown-format", 3, 0);
    edit("header-algorithm-2", "a reserved algorithm", "unknown-format", 3, 2);
    edit("header-algorithm-3", "a reserved algorithm", "unknown-format", 3, 3);
    edit("header-purpose-4", "relabelled as a data wrap", "refused", 4, 4);
    edit("header-purpose-0", "a purpose there never was", "refused", 4, 0);
    edit("header-flags-1", "a flag that means nothing", "refused", 5, 1);
    edit("header-generation-1", "a value has no key generation", "refused", 9, 1);
    for (part, at) in [("salt", 10), ("commitment", 34), ("ciphertext", 66), ("tag", 66 + 32)] {
        edit(&format!("flipped-{part}"), "one bit is flipped", "refused", at, bytes[at] ^ 0x80);
    }
    let mut replace = |name: &str, about: &str, bytes: &[u8]| {
        cases.push(refused(good.clone().with("sealed", to_hex(bytes)), name, about));
    };
    replace("truncated-to-nothing", "nothing at all", &[]);
    replace("truncated-in-header", "half a header", &bytes[..9]);
    replace("truncated-to-header", "a header and nothing else", &bytes[..10]);
    replace("truncated-to-commitment", "there is no chunk", &bytes[..66]);
    replace("truncated-by-one", "the last byte is missing", &bytes[..bytes.len() - 1]);
    replace("extended-by-one", "a byte more", &[&bytes[..], &[0]].concat());
    replace("doubled", "the envelope twice", &bytes.repeat(2));
    let message = good.with("sealed", to_hex(&bytes[10..]));
    cases.push(refused(message, "header-missing", "the message alone").with("expect", "unknown-format"));
    cases
}

/// The case with an envelope made at its place, with a salt that follows from its name.
fn sealed(case: Case, plaintext: &[u8]) -> Case {
    let sealed = visit(&case, Seal(fixed_salt(&case.name), plaintext));
    case.with("sealed", to_hex(&sealed)).with("expect", "ok").with_plaintext(plaintext)
}

fn refused(case: Case, name: &str, about: &str) -> Case {
    let mut case = case.renamed(name.to_owned(), about).with("expect", "refused");
    case.fields.retain(|(field, _)| !field.starts_with("plaintext"));
    case
}

/// Another value of the same shape.
fn changed(value: &str) -> String {
    match value.parse::<u64>() {
        Ok(number) if value.len() < 8 => (number + 1).to_string(),
        _ => format!("{}{}", &value[..value.len() - 1], if value.ends_with('0') { '1' } else { '0' }),
    }
}
