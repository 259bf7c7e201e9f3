//! What the engine does, counted as it says so: on the way of requests, with a clock of its own.

use coffer_engine::monitoring::{Commit, Moment, Observer, Sealed};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};
use tokio::time::Instant;

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Encryption {
    operation: &'static str,
    what: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct What {
    what: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Durability {
    durability: &'static str,
}

/// Histograms are looked up once, here, and not for each event.
pub(super) struct Engine {
    start: Instant,
    value: Sealing,
    record: Sealing,
    row: Sealing,
    written: Histogram,
    synced: Histogram,
    batches: Histogram,
    entries: Histogram,
    conflicts: Counter,
    failures: Counter,
    wrong_passwords: Counter,
    lockouts: Counter,
    suspensions: Counter,
    violations_observed: Counter,
}

/// Of one kind of thing.
struct Sealing {
    seal: Histogram,
    open: Histogram,
    failures: Counter,
}

impl Engine {
    pub(super) fn new(registry: &mut Registry) -> Self {
        let times: Family<Encryption, Histogram> = Family::new_with_constructor(
            // From 1 us: a record takes one or two; a value of a megabyte a millisecond.
            || Histogram::new(exponential_buckets(0.000_001, 4.0, 10)),
        );
        let help = "Time of one encryption or decryption, with what it needs of keys";
        registry.register_with_unit("encryption_duration", help, Unit::Seconds, times.clone());
        let failures: Family<What, Counter> = Family::default();
        let help = "What did not open: it is not what was sealed there";
        registry.register("encryption_failures", help, failures.clone());
        let sealing = |what: Sealed| {
            let time = |operation| times.get_or_create_owned(&Encryption { operation, what: what.name() });
            let failures = failures.get_or_create_owned(&What { what: what.name() });
            Sealing { seal: time("seal"), open: time("open"), failures }
        };
        let (value, record, row) = (sealing(Sealed::Value), sealing(Sealed::Record), sealing(Sealed::Row));
        let times: Family<Durability, Histogram> =
            Family::new_with_constructor(super::duration as fn() -> Histogram);
        registry.register_with_unit("commit_duration", "Time of one commit", Unit::Seconds, times.clone());
        let time = |durability| times.get_or_create_owned(&Durability { durability });
        let (written, synced) = (time("written"), time("synced"));
        let batches = Histogram::new(exponential_buckets(1.0, 2.0, 9));
        registry.register("commit_batches", "Operations that shared one commit", batches.clone());
        let entries = Histogram::new(exponential_buckets(1.0, 4.0, 8));
        registry.register("commit_entries", "Audit entries that one commit made durable", entries.clone());
        let conflicts = Counter::default();
        let help = "Operations that found something changed when they were committed, and began again";
        registry.register("commit_conflicts", help, conflicts.clone());
        let failures = Counter::default();
        let help = "Commits that failed: nothing happened, and nobody was answered";
        registry.register("commit_failures", help, failures.clone());
        let wrong_passwords = Counter::default();
        let help = "Passwords that signed nobody in: wrong, or of nobody";
        registry.register("passwords_wrong", help, wrong_passwords.clone());
        let lockouts = Counter::default();
        let help = "Members who were locked out at one source, after so many wrong passwords";
        registry.register("lockouts", help, lockouts.clone());
        let suspensions = Counter::default();
        let help =
            "Members who were suspended, after so many different things that they were refused in a day";
        registry.register("suspensions", help, suspensions.clone());
        let violations_observed = Counter::default();
        let help = "Members who were refused as much, and were not suspended";
        registry.register("violations_observed", help, violations_observed.clone());
        Self {
            start: Instant::now(),
            value,
            record,
            row,
            written,
            synced,
            batches,
            entries,
            conflicts,
            failures,
            wrong_passwords,
            lockouts,
            suspensions,
            violations_observed,
        }
    }

    fn of(&self, what: Sealed) -> &Sealing {
        match what {
            Sealed::Value => &self.value,
            Sealed::Record => &self.record,
            Sealed::Row => &self.row,
        }
    }

    fn seconds_since(&self, began: Moment) -> f64 {
        let nanos = self.began().0.saturating_sub(began.0);
        std::time::Duration::from_nanos(nanos).as_secs_f64()
    }
}

impl Observer for Engine {
    fn began(&self) -> Moment {
        Moment(u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn sealed(&self, what: Sealed, began: Moment) {
        self.of(what).seal.observe(self.seconds_since(began));
    }

    fn opened(&self, what: Sealed, began: Moment, well: bool) {
        let sealing = self.of(what);
        sealing.open.observe(self.seconds_since(began));
        if !well {
            sealing.failures.inc();
        }
    }

    fn password_failed(&self, locks: bool) {
        self.wrong_passwords.inc();
        if locks {
            self.lockouts.inc();
        }
    }

    fn violated(&self, suspended: bool) {
        let told = if suspended { &self.suspensions } else { &self.violations_observed };
        told.inc();
    }

    fn committed(&self, commit: Commit, began: Moment) {
        if commit.failed {
            self.failures.inc();
            return;
        }
        let time = if commit.synced { &self.synced } else { &self.written };
        time.observe(self.seconds_since(began));
        self.batches.observe(count(commit.batches));
        self.entries.observe(count(commit.entries));
        self.conflicts.inc_by(u64::try_from(commit.conflicts).unwrap_or(u64::MAX));
    }
}

/// A count as histograms want it. It is never so large that this would matter.
fn count(many: usize) -> f64 {
    f64::from(u32::try_from(many).unwrap_or(u32::MAX))
}
