//! Random templates, plain values, removals and undone changes, read by who may read some of it, against a model that is nothing but
//! lists.

use std::collections::BTreeSet;

use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::limits::REFERENCES_DEPTH_MAX;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::Write;
use coffer_engine::version::Which;
use proptest::prelude::*;

use crate::support::{coded, path, text, write};

const SECRETS: usize = 6;
/// The model knows no depth.
const _: () = assert!(SECRETS <= REFERENCES_DEPTH_MAX);
const PATHS: [&str; SECRETS] = ["dev/A", "dev/db/B", "dev/db/C", "prod/A", "prod/db/B", "prod/C"];

/// A piece of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    /// A secret, named from the root or from the folder.
    Refers(usize, bool),
    Escaped,
}

#[derive(Debug, Clone)]
enum Step {
    Plain(usize, Vec<Piece>),
    Template(usize, Vec<Piece>),
    Remove(usize),
    Undo(usize),
    /// What the reader may read, and list besides, from here on.
    Grant([bool; SECRETS], [bool; SECRETS]),
    Read(usize),
}

/// A value as it was written: plain, or a template.
type Written = (bool, Vec<Piece>);

#[derive(Default)]
struct Secret {
    now: Option<Written>,
    undo: Vec<Option<Written>>,
}

struct Model {
    secrets: [Secret; SECRETS],
    reads: [bool; SECRETS],
    lists: [bool; SECRETS],
}

/// As it is written at a path.
fn spelled(at: usize, pieces: &[Piece]) -> String {
    let spelled = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Escaped => "$${".to_owned(),
        Piece::Refers(to, true) => format!("${{/{}}}", PATHS[*to]),
        Piece::Refers(to, false) => {
            let up = "../".repeat(PATHS[at].matches('/').count());
            format!("${{{up}{}}}", PATHS[*to])
        }
    };
    pieces.iter().map(spelled).collect()
}

impl Model {
    fn refers(&self, at: usize) -> BTreeSet<usize> {
        match &self.secrets[at].now {
            Some((true, pieces)) => refers(pieces),
            _ => BTreeSet::new(),
        }
    }

    /// All that a secret is filled in with, if it were this template.
    fn reached(&self, from: BTreeSet<usize>) -> BTreeSet<usize> {
        let (mut met, mut todo) = (BTreeSet::new(), from);
        while let Some(next) = todo.pop_first() {
            if met.insert(next) {
                todo.extend(self.refers(next));
            }
        }
        met
    }

    fn set(&mut self, at: usize, written: Written) -> Result<(), &'static str> {
        if written.0 {
            let refers = refers(&written.1);
            // Itself is there when it is written.
            if refers.iter().any(|to| *to != at && self.secrets[*to].now.is_none()) {
                return Err("reference.absent");
            }
            let reached = self.reached(refers);
            if reached.contains(&at) || reached.iter().any(|to| self.reached(self.refers(*to)).contains(to)) {
                return Err("reference.cycle");
            }
        }
        self.change(at, Some(written));
        Ok(())
    }

    fn change(&mut self, at: usize, now: Option<Written>) {
        let secret = &mut self.secrets[at];
        let before = std::mem::replace(&mut secret.now, now);
        secret.undo.push(before);
    }

    /// What the reader gets; or everything that may be said instead.
    fn read(&self, at: usize) -> Result<String, BTreeSet<&'static str>> {
        if !self.reads[at] {
            return Err(["access.denied"].into());
        }
        let Some(written) = &self.secrets[at].now else { return Err(["secret.not_found"].into()) };
        let mut wrong = BTreeSet::new();
        // What may not be read is not looked behind.
        let mut met = BTreeSet::new();
        let mut todo = self.refers(at);
        while let Some(next) = todo.pop_first() {
            if !self.reads[next] {
                wrong.insert(if self.lists[next] { "access.denied" } else { "reference.denied" });
            } else if self.secrets[next].now.is_none() {
                wrong.insert("reference.broken");
            } else if met.insert(next) {
                todo.extend(self.refers(next));
            }
        }
        if met.iter().any(|one| self.reached(self.refers(*one)).contains(one)) {
            wrong.insert("reference.cycle");
        }
        if wrong.is_empty() { Ok(self.filled(written)) } else { Err(wrong) }
    }

    fn filled(&self, (is_template, pieces): &Written) -> String {
        let filled = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Escaped => "${".to_owned(),
            Piece::Refers(to, _) => self.filled(self.secrets[*to].now.as_ref().unwrap()),
        };
        assert!(is_template | pieces.iter().all(|piece| matches!(piece, Piece::Text(_))));
        pieces.iter().map(filled).collect()
    }
}

fn refers(pieces: &[Piece]) -> BTreeSet<usize> {
    let to = |piece: &Piece| if let Piece::Refers(to, _) = piece { Some(*to) } else { None };
    pieces.iter().filter_map(to).collect()
}

fn place() -> impl Strategy<Value = usize> {
    0..SECRETS
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let piece = prop_oneof![
        2 => "[a-z}]{1,3}".prop_map(Piece::Text),
        4 => (place(), any::<bool>()).prop_map(|(to, absolute)| Piece::Refers(to, absolute)),
        1 => Just(Piece::Escaped),
    ];
    proptest::collection::vec(piece, 0..4)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let mostly = || proptest::array::uniform(prop_oneof![3 => Just(true), 1 => Just(false)]);
    let step = prop_oneof![
        // Of what is written without references the text is all there is.
        3 => (place(), pieces()).prop_map(|(at, pieces)| {
            Step::Plain(at, vec![Piece::Text(spelled(at, &pieces))])
        }),
        5 => (place(), pieces()).prop_map(|(at, pieces)| Step::Template(at, pieces)),
        1 => place().prop_map(Step::Remove),
        2 => place().prop_map(Step::Undo),
        1 => (mostly(), mostly()).prop_map(|(reads, lists)| Step::Grant(reads, lists)),
        5 => place().prop_map(Step::Read),
    ];
    proptest::collection::vec(step, 1..50)
}

async fn grant(vault: &TestVault, reads: &[bool], lists: &[bool]) -> Op {
    let of = |may: &[bool], role| {
        let may = PATHS.iter().zip(may.to_vec()).filter(|(_, may)| *may);
        may.map(|(path, _)| (role, *path)).collect::<Vec<_>>()
    };
    vault.member(9, &[of(reads, Role::Reader), of(lists, Role::Auditor)].concat()).await.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_templates_agree_with_the_model(steps in steps()) {
        block_on(async {
            let vault = TestVault::in_memory().await.unwrap();
            let owner = TestVault::op().unwrap();
            let mut model = Model { secrets: Default::default(), reads: [true; SECRETS], lists: [true; SECRETS] };
            let mut reader = grant(&vault, &model.reads, &model.lists).await;
            for step in steps {
                match step {
                    Step::Plain(at, ref pieces) | Step::Template(at, ref pieces) => {
                        let references = matches!(step, Step::Template(..));
                        let write = Write { references, ..write(PATHS[at], &spelled(at, pieces)) };
                        let said = coded(vault.vault.set(&owner, write).await.map(drop));
                        assert_eq!(said, model.set(at, (references, pieces.clone())));
                    }
                    Step::Remove(at) => {
                        let said = coded(vault.vault.remove(&owner, &path(PATHS[at])).await.map(drop));
                        let is_there = model.secrets[at].now.is_some();
                        assert_eq!(said.is_ok(), is_there);
                        if is_there {
                            model.change(at, None);
                        }
                    }
                    Step::Undo(at) => {
                        let said = vault.vault.undo(&owner, &path(PATHS[at])).await;
                        let before = model.secrets[at].undo.pop();
                        assert_eq!(said.is_ok(), before.is_some());
                        if let Some(before) = before {
                            model.secrets[at].now = before;
                        }
                    }
                    Step::Grant(reads, lists) => {
                        (model.reads, model.lists) = (reads, lists);
                        reader = grant(&vault, &reads, &lists).await;
                    }
                    Step::Read(at) => {
                        let said = vault.vault.get(&reader, &path(PATHS[at]), Which::CURRENT).await;
                        match (coded(said.map(|secret| text(&secret))), model.read(at)) {
                            (Ok(value), expected) => assert_eq!(Ok(value), expected),
                            (Err(code), Err(all)) => assert!(all.contains(code), "{code} is none of {all:?}"),
                            (Err(code), Ok(value)) => panic!("{code} instead of {value}"),
                        }
                    }
                }
            }
            // What refers to what is told as the model knows it.
            for at in (0..SECRETS).filter(|at| model.secrets[*at].now.is_some()) {
                let told = vault.vault.references(&owner, &path(PATHS[at])).await.unwrap();
                let names = |all: BTreeSet<usize>| -> BTreeSet<String> {
                    all.into_iter().filter(|one| *one != at).map(|one| PATHS[one].to_owned()).collect()
                };
                let paths = |side: &[coffer_engine::vault::Referred]| -> BTreeSet<String> {
                    side.iter().map(|one| one.path.to_string()).collect()
                };
                assert_eq!(paths(&told.refers_to), names(model.reached(model.refers(at))));
                let by = (0..SECRETS).filter(|one| model.reached(model.refers(*one)).contains(&at));
                assert_eq!(paths(&told.referred_by), names(by.collect()));
            }
        });
    }
}
