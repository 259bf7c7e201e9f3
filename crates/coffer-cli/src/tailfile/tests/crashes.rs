//! Exactly once, whatever happens between any two calls.
#![expect(clippy::arithmetic_side_effects, reason = "an overflow fails the test, as it should")]

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;

use proptest::prelude::*;

use super::*;

const LOGS: [&str; 3] = ["coffer.example/a", "coffer.example/b", "c"];

/// What happens next.
#[derive(Debug, Clone)]
enum Step {
    /// The next entries of these logs are appended, in one call.
    Append(Vec<usize>),
    /// Synced, and stored.
    Sync,
    /// Synced, and the process dies before it is stored.
    SyncAndCrash,
    /// The process dies. Of what was not synced this many bytes are on the device, and then perhaps rubbish.
    Crash { kept: usize, rubbish: Option<Vec<u8>> },
    /// The file is renamed.
    Rotate,
    /// The file is renamed, and an empty one is put in its place.
    RotateAndMake,
}

fn step() -> impl Strategy<Value = Step> {
    let rubbish = prop_oneof![
        Just(vec![0; 5000]),
        Just(b"{\"entry\":{".to_vec()),
        Just(b"\0\0\n{\"entry\":{}}\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..50),
    ];
    prop_oneof![
        6 => prop::collection::vec(0..LOGS.len(), 0..8).prop_map(Step::Append),
        3 => Just(Step::Sync),
        1 => Just(Step::SyncAndCrash),
        2 => (0_usize..2000, prop::option::of(rubbish)).prop_map(|(kept, rubbish)| Step::Crash { kept, rubbish }),
        1 => Just(Step::Rotate),
        1 => Just(Step::RotateAndMake),
    ]
}

/// What the caller keeps in a durable place.
#[derive(Default, Clone)]
struct Stored {
    next: BTreeMap<&'static str, u64>,
    at: Option<FilePosition>,
}

/// The caller, as the documentation of the module tells him to be.
struct Caller {
    place: Place,
    stored: Stored,
    next: BTreeMap<&'static str, u64>,
    tail: Option<TailFile>,
    rotated: usize,
}

impl Caller {
    fn new() -> Self {
        let (place, stored) = (Place::new(), Stored::default());
        let mut caller = Self { place, stored, next: BTreeMap::new(), tail: None, rotated: 0 };
        caller.start();
        caller
    }

    fn start(&mut self) {
        let tail = self.place.open(self.stored.at).unwrap();
        self.next.clone_from(&self.stored.next);
        for origin in LOGS {
            let next = self.next.entry(origin).or_default();
            *next = tail.next_index(origin).unwrap_or(0).max(*next);
        }
        self.stored = Stored { next: self.next.clone(), at: Some(tail.position()) };
        self.tail = Some(tail);
    }

    fn step(&mut self, step: Step) {
        let tail = self.tail.as_mut().unwrap();
        match step {
            Step::Append(logs) => {
                let mut lines = String::new();
                for log in logs {
                    let next = self.next.get_mut(LOGS[log]).unwrap();
                    lines += &line(LOGS[log], *next);
                    *next += 1;
                }
                tail.append(lines.as_bytes()).unwrap();
            }
            Step::Sync => {
                let at = Some(tail.sync().unwrap());
                self.stored = Stored { next: self.next.clone(), at };
            }
            Step::SyncAndCrash => {
                tail.sync().unwrap();
                self.tail = None;
                self.start();
            }
            Step::Crash { kept, rubbish } => {
                self.tail = None;
                self.lose(kept, rubbish);
                self.start();
            }
            Step::Rotate => self.rotate(),
            Step::RotateAndMake => {
                self.rotate();
                if !self.place.path().exists() {
                    fs::write(self.place.path(), "").unwrap();
                }
            }
        }
    }

    fn rotate(&mut self) {
        if self.place.path().exists() {
            fs::rename(self.place.path(), self.place.at(&format!("audit.jsonl.{}", self.rotated))).unwrap();
            self.rotated += 1;
        }
    }

    /// Every file that there is, the oldest first.
    fn files(&self) -> Vec<PathBuf> {
        let rotated = (0..self.rotated).map(|number| self.place.at(&format!("audit.jsonl.{number}")));
        rotated.chain([self.place.path()]).filter(|path| path.exists()).collect()
    }

    /// What a loss of power does to the file that was written to: any part of what was not synced is lost.
    fn lose(&self, kept: usize, rubbish: Option<Vec<u8>>) {
        let at = self.stored.at.unwrap();
        let written = self.files().into_iter().find(|path| at.is_of(&fs::metadata(path).unwrap())).unwrap();
        let mut file = OpenOptions::new().append(true).open(written).unwrap();
        let unsynced = file.metadata().unwrap().len().checked_sub(at.length()).unwrap();
        file.set_len(at.length() + u64::try_from(kept).unwrap() % (unsynced + 1)).unwrap();
        file.write_all(&rubbish.unwrap_or_default()).unwrap();
    }

    /// What is wrong with all that was written, once everything is.
    fn faults(mut self) -> Option<String> {
        self.step(Step::Sync);
        let all: String = self.files().iter().map(|path| read(path)).collect();
        faults(&all, &self.stored.next)
    }
}

/// What is wrong with these lines, which should be those of each log up to `next`.
fn faults(all: &str, next: &BTreeMap<&'static str, u64>) -> Option<String> {
    let mut wanted = BTreeMap::new();
    for found in all.split_inclusive('\n') {
        let Some(origin) = LOGS.iter().find(|origin| found.ends_with(&format!("\"{origin}\"}}\n"))) else {
            return Some(format!("torn or foreign: {found:?}"));
        };
        let index = wanted.entry(*origin).or_insert(0);
        if found != line(origin, *index) {
            return Some(format!("not entry {index} of {origin}: {found:?}"));
        }
        *index += 1;
    }
    let short = next.iter().find(|(origin, next)| wanted.get(*origin).copied().unwrap_or(0) != **next);
    short.map(|(origin, next)| format!("{origin} does not end before {next}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn each_entry_is_in_the_files_once_and_in_order(steps in prop::collection::vec(step(), 1..40)) {
        let mut caller = Caller::new();
        steps.into_iter().for_each(|step| caller.step(step));
        prop_assert_eq!(caller.faults(), None);
    }
}

/// The control: the check sees each of the faults, and a caller who forgets the position makes one.
#[test]
fn faults_are_seen() {
    let next = |to: u64| BTreeMap::from([(LOGS[0], to)]);
    assert_eq!(faults(&lines(LOGS[0], 0..3), &next(3)), None);
    assert!(faults(&lines(LOGS[0], 0..3), &next(4)).is_some());
    assert!(faults(&(lines(LOGS[0], 0..3) + &line(LOGS[0], 2)), &next(3)).is_some());
    assert!(faults(&lines(LOGS[0], 1..3), &next(3)).is_some());
    assert!(faults(lines(LOGS[0], 0..3).trim_end(), &next(3)).is_some());

    let mut caller = Caller::new();
    caller.step(Step::Append(vec![0, 0]));
    caller.step(Step::Rotate);
    caller.stored.at = None;
    caller.tail = None;
    caller.start();
    caller.step(Step::Append(vec![0]));
    assert!(caller.faults().is_some());
}
