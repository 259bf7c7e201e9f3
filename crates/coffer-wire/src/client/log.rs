//! The audit log.

use std::io::Read;

use super::{Client, ClientError, Target};
use crate::Moment;
use crate::audit::{
    Checkpoint, Consistency, Entries, Followed, Forget, Forgotten, Hold, LogKeys, OneEntry, ProvedEntry,
    Prune, Pruned, Publication, Report, Verify,
};

/// Which entries of a log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntriesWanted {
    /// Of the instance's log.
    pub instance: bool,
    /// From this place in the log on.
    pub from: Option<u64>,
    /// At most so many, the newest; not said: as many as the server gives unasked.
    pub limit: Option<usize>,
    /// Not before.
    pub since: Option<Moment>,
    /// Not after.
    pub until: Option<Moment>,
    /// Of this action.
    pub action: Option<String>,
    /// Of this secret, or of what is below this folder.
    pub path: Option<String>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// Of this actor.
    pub actor: Option<String>,
    /// Decided so: `allowed` or `refused`.
    pub decision: Option<String>,
    /// Asked from this address, or this network.
    pub source: Option<String>,
    /// With the leaves themselves.
    pub leaves: bool,
}

impl Client {
    /// The newest entries of the log that fit.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_query(&self, wanted: &EntriesWanted) -> Result<Entries, ClientError> {
        self.json(self.get(wanted.target("/api/v1/audit/entries")).patient())
    }

    /// The entries from a place in the log on, the oldest first. Whoever asks on from there leaves no entry for each time.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_follow(&self, wanted: &EntriesWanted) -> Result<Followed, ClientError> {
        self.json(self.get(wanted.target("/api/v1/audit/follow")).patient())
    }

    /// One entry, by its index or its number, and what is known of who acted.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_entry(&self, entry: &str, instance: bool) -> Result<OneEntry, ClientError> {
        let target = Target::new("/api/v1/audit/entries/").below(entry).when("instance", instance);
        self.json(self.get(target).patient())
    }

    /// The proof that an entry, by its index or its number, is in the log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_proof(&self, entry: &str, instance: bool) -> Result<ProvedEntry, ClientError> {
        let target = Target::new("/api/v1/audit/proof/").below(entry).when("instance", instance);
        self.json(self.get(target).patient())
    }

    /// The proof that the log of `new` entries goes on from the one that had `old`.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_consistency(&self, old: u64, new: u64, instance: bool) -> Result<Consistency, ClientError> {
        let target = Target::new("/api/v1/audit/consistency")
            .with("old", Some(old))
            .with("new", Some(new))
            .when("instance", instance);
        self.json(self.get(target).patient())
    }

    /// The keys that sign the log.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_keys(&self, instance: bool) -> Result<LogKeys, ClientError> {
        self.json(self.get(of("keys", instance)).patient())
    }

    /// The newest signed checkpoint, on its way to somebody.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_checkpoint(&self, to: &str, instance: bool) -> Result<Checkpoint, ClientError> {
        self.json(self.get(of("checkpoint", instance).with("to", Some(to))).patient())
    }

    /// Says that a checkpoint went to somebody, and what they signed.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_publish(&self, sent: &Publication, instance: bool) -> Result<(), ClientError> {
        self.done(self.post(of("publish", instance)).with(sent).patient())
    }

    /// The log as a bundle in a tar archive, or what a bundle of its first `from` entries lacks: as it comes.
    ///
    /// # Errors
    /// [`ClientError`]. An archive that breaks off fails as it is read.
    pub fn audit_export(&self, from: u64, instance: bool) -> Result<impl Read + use<>, ClientError> {
        self.stream(self.get(of("export", instance).with("from", Some(from))).patient())
    }

    /// Removes entries from before a moment.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_prune(&self, wanted: &Prune, instance: bool) -> Result<Pruned, ClientError> {
        self.json(self.post(of("prune", instance)).with(wanted).patient())
    }

    /// Holds the log, or ends that.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_hold(&self, wanted: &Hold, instance: bool) -> Result<(), ClientError> {
        self.done(self.request("PUT", of("hold", instance)).with(wanted))
    }

    /// Forgets somebody.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_forget(&self, wanted: &Forget, instance: bool) -> Result<Forgotten, ClientError> {
        self.json(self.post(of("forget", instance)).with(wanted))
    }

    /// Checks the whole log against itself, the store, and checkpoints that were kept elsewhere.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn audit_verify(&self, wanted: &Verify, instance: bool) -> Result<Report, ClientError> {
        self.json(self.post(of("verify", instance)).with(wanted).patient())
    }
}

impl EntriesWanted {
    fn target(&self, route: &str) -> Target {
        Target::new(route)
            .when("instance", self.instance)
            .with("from", self.from)
            .with("limit", self.limit)
            .with("since", self.since)
            .with("until", self.until)
            .with("action", self.action.as_ref())
            .with("path", self.path.as_ref())
            .with("outcome", self.outcome.as_ref())
            .with("actor", self.actor.as_ref())
            .with("decision", self.decision.as_ref())
            .with("source", self.source.as_ref())
            .when("leaves", self.leaves)
    }
}

fn of(route: &str, instance: bool) -> Target {
    Target::new(&format!("/api/v1/audit/{route}")).when("instance", instance)
}
