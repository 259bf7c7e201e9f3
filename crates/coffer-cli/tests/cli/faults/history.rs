//! What was asked and answered, by whom and when, on the one clock of the test.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::client::Reply;

/// When something was asked of whom, and when it was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) node: usize,
    pub(super) at: Duration,
    pub(super) answered: Duration,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A change was acknowledged. The entry that the answer names, and whether it had been done before, for an earlier request of the same key.
    Changed { entry: String, replayed: bool },
    /// One who alone writes a secret has written it, for the time that passes without.
    Wrote { writer: usize },
    /// A version was acknowledged, and the entry of the write.
    Version { path: String, entry: String },
    /// One who alone writes a secret has read it.
    Found { path: String, wanted: Option<String>, found: Option<String> },
    /// A secret was read in some way; the entry that says so, unless it is in another tenant's log.
    Read { way: u64, entry: Option<String> },
    /// The same was refused.
    Refused { way: u64 },
    /// A way to read was withdrawn.
    Withdrawn { way: u64, what: &'static str },
    /// It is about to be laid again.
    Restored { way: u64 },
    /// A way ends by itself, at the moment at which this was said to be asked.
    Ends { way: u64 },
    /// A checkpoint was given.
    Checkpoint { size: u64, root: String, note: String },
    /// Something went wrong that should not.
    Strange(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) asked: Asked,
    pub(super) what: What,
}

pub(super) struct History {
    began: Instant,
    numbers: AtomicU64,
    events: Mutex<Vec<Event>>,
    over: AtomicBool,
}

impl History {
    #[expect(clippy::disallowed_methods, reason = "a test measures itself")]
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            numbers: AtomicU64::new(0),
            events: Mutex::default(),
            over: AtomicBool::new(false),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// A name that nothing else in this run has.
    pub(super) fn unique(&self, kind: &str) -> String {
        format!("{kind}{}", self.number())
    }

    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn add(&self, asked: Asked, what: What) {
        self.events.lock().unwrap().push(Event { asked, what });
    }

    pub(super) fn acknowledged(&self, reply: &Reply) {
        self.add(reply.asked, What::Changed { entry: reply.entry.clone(), replayed: reply.replayed });
    }

    pub(super) fn strange(&self, text: String) {
        eprintln!("strange: {text}");
        let now = self.now();
        self.add(Asked { node: 0, at: now, answered: now }, What::Strange(text));
    }

    /// How many writers have written something since that moment: what was asked for after it, and was acknowledged.
    pub(super) fn writers_since(&self, moment: Duration) -> usize {
        let events = self.events.lock().unwrap();
        let since =
            events.iter().rev().take_while(|event| event.asked.answered + Duration::from_secs(20) > moment);
        let mut writers: Vec<usize> = since
            .filter(|event| event.asked.at >= moment)
            .filter_map(|event| if let What::Wrote { writer } = event.what { Some(writer) } else { None })
            .collect();
        writers.sort_unstable();
        writers.dedup();
        writers.len()
    }

    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events.into_inner().unwrap()
    }
}
