//! All cuts of one recording, on all processors.

use std::fmt;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{available_parallelism, scope};

use super::cuts::{self, Crash, Cut};
use super::disk::{Disk, Operation};
use super::story::Story;
use super::verdict;

/// Failures that are told in full.
const TOLD: usize = 12;

/// How much is tried beside the cuts that are always visited.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Seeds of the torn images.
    pub seeds: Range<u64>,
    /// Torn images for each seed.
    pub torn_images: u64,
}

/// How many images there were of each kind.
pub(super) struct Seen {
    operations: usize,
    kills: usize,
    losses: usize,
    torn: usize,
    seeds: Range<u64>,
}

/// What did not hold, and where.
pub(super) struct Failures {
    seen: Seen,
    found: Vec<(Cut, String)>,
}

/// Visits every cut.
pub(super) fn run(operations: &[Operation], story: &Story, plan: &Plan) -> Result<Seen, Failures> {
    let mut all = cuts::in_order(operations, story);
    let torn = |seed| cuts::torn(operations, story, seed, plan.torn_images);
    all.extend(plan.seeds.clone().flat_map(torn));
    // In this order a worker's disk only ever moves on.
    all.sort_by_key(|cut| cut.at);
    let seen = Seen::of(operations.len().saturating_sub(story.begin), &all, plan);
    let found = visit(operations, story, &all);
    if found.is_empty() { Ok(seen) } else { Err(Failures { seen, found }) }
}

fn visit(operations: &[Operation], story: &Story, all: &[Cut]) -> Vec<(Cut, String)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut disk, mut at, mut found) = (Disk::default(), 0, Vec::new());
        while let Some(cut) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
            operations.iter().take(cut.at).skip(at).for_each(|operation| disk.take(operation));
            at = cut.at;
            if let Some(problem) = problem(story, *cut, &disk) {
                found.push((*cut, problem));
            }
        }
        found
    };
    let workers = available_parallelism().map_or(1, usize::from);
    let mut found: Vec<_> = scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect()
    });
    found.sort_by_key(|(cut, _)| cut.at);
    found
}

/// What does not hold after this cut. A panic is a problem like any other, of this cut.
fn problem(story: &Story, cut: Cut, disk: &Disk) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| verdict::judge(story, cut, cut.crash.image(disk)).err()))
        .unwrap_or_else(|_| Some("it panics".to_owned()))
}

impl Seen {
    fn of(operations: usize, all: &[Cut], plan: &Plan) -> Self {
        let count = |wanted: fn(&Crash) -> bool| all.iter().filter(|cut| wanted(&cut.crash)).count();
        Self {
            operations,
            kills: count(|crash| matches!(crash, Crash::Kill)),
            losses: count(|crash| matches!(crash, Crash::Power { .. })),
            torn: count(|crash| matches!(crash, Crash::Torn { .. })),
            seeds: plan.seeds.clone(),
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} operations; {} kills, {} losses of power in order, {} torn (seeds {:?})",
            self.operations, self.kills, self.losses, self.torn, self.seeds
        )
    }
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cuts leave something wrong; {}", self.found.len(), self.seen)?;
        self.found.iter().take(TOLD).try_for_each(|(cut, problem)| write!(f, "\n  {cut}: {problem}"))
    }
}
