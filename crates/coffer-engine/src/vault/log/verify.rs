//! Verifies the log where it lies, and the store against it.
//!
//! What a bundle's verifier checks offline is checked here on the stored log: the tree, the keys, every signature. And then what only
//! somebody with the keys can check: that each record is the one that the log says was written last. A record that was put back, changed,
//! lost, or slipped in has another revision or hash than the log says, or none.
//!
//! A whole old store put back agrees with itself. It is found by a checkpoint that somebody kept: `known`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coffer_encryption::hash;
use coffer_log::{KeyHistory, SignedNote};

use super::integrate::Turn;
use super::read::LogReader;
use super::replay::{Replay, Said};
use crate::action::Action;
use crate::audit::log::index::Term;
use crate::error::Error;
use crate::limits::SCAN_PAGE_MAX;
use crate::op::Op;
use crate::storage::Key;
use crate::storage::keyspace::{self, Table};
use crate::tenant::TenantId;
use crate::vault::Vault;
use crate::vault::round::Scope;

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogReport {
    /// Leaves in the tree.
    pub size: u64,
    /// Entries that are still there.
    pub entries: u64,
    /// Records that are as the log says.
    pub records: u64,
    /// What is wrong, one line each, with the place; never a value.
    pub problems: Vec<String>,
}

impl Vault {
    /// Verifies the stored log against its own signatures and the checkpoints `known`, and every record against the log.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb, and [`crate::fault::Corrupt`] where the log can't be read at all. What is
    /// readable and wrong is in the report.
    pub async fn audit_verify(
        &self,
        op: &Op,
        known: &[SignedNote],
        instance: bool,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<LogReport, Error> {
        self.audit_verify_with(op, known, &[], instance, progress).await
    }

    /// The same, and against roots whose signature was checked elsewhere.
    pub(in crate::vault) async fn audit_verify_with(
        &self,
        op: &Op,
        known: &[SignedNote],
        signed: &[SignedRoot],
        instance: bool,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<LogReport, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditVerify, "", None).await?;
        let reader = LogReader::new(self, pass);
        let mut report = LogReport { size: reader.size(), ..LogReport::default() };
        let (history, mut checkpoints) = reader.signatures(known, &mut report).await?;
        checkpoints.extend(signed.iter().cloned());
        let anchors = history.iter().flat_map(KeyHistory::anchors).map(|(size, ..)| size);
        let sizes: BTreeSet<u64> = anchors.chain(checkpoints.iter().map(|(_, size, _)| *size)).collect();
        let replay = reader.replay(&sizes, progress).await?;
        report.entries = replay.entries;
        reader.compare_roots(history.as_ref(), &checkpoints, &replay, &mut report);
        self.compare_records(op, &reader, replay, &mut report).await?;
        Ok(report)
    }

    async fn compare_records(
        &self,
        op: &Op,
        reader: &LogReader,
        replay: Replay,
        report: &mut LogReport,
    ) -> Result<(), Error> {
        let owner = reader.ring.owner();
        let mut said = replay.said;
        let mut odd = Vec::new();
        for table in keyspace::named_in_entries(owner) {
            self.compare_table(&table, &mut said, &mut odd, report).await?;
        }
        // Of what is left the log says that it is there, and the table has no such record.
        let mine = |hex: &str| hex.starts_with(&base16ct::lower::encode_string(owner.bytes()));
        odd.extend(
            said.into_iter().filter(|(key, said)| said.written.is_some() && mine(key)).map(|(key, _)| key),
        );
        for key in odd {
            self.look_again(op, reader, &key, report).await?;
        }
        Ok(())
    }

    /// Takes the records of a table out of `said`; those that are not as was said go to `odd`.
    async fn compare_table(
        &self,
        table: &[u8],
        said: &mut BTreeMap<String, Said>,
        odd: &mut Vec<String>,
        report: &mut LogReport,
    ) -> Result<(), Error> {
        let mut after = None;
        loop {
            let page = self.inner.storage.scan(table, after, SCAN_PAGE_MAX).await?;
            for (key, record) in &page.records {
                let hex = base16ct::lower::encode_string;
                let key = hex(key.as_bytes());
                let stored = (hex(&hash::sha256(&record.value)), hex(&record.revision.0));
                if said.remove(&key).and_then(|said| said.written) == Some(stored) {
                    report.records = report.records.saturating_add(1);
                } else {
                    odd.push(key);
                }
            }
            after = page.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// A record that is not as was said may have been written since, or by the instance. What the log says of it now, compared with
    /// what is stored now.
    async fn look_again(
        &self,
        op: &Op,
        reader: &LogReader,
        key: &str,
        report: &mut LogReport,
    ) -> Result<(), Error> {
        let head = self.integrate(&reader.ring, op.now, Turn::Wait).await?;
        let mut said = self.said_of(&mut reader.with_head(head), key).await?;
        if reader.ring.owner() != TenantId::INSTANCE {
            let instance = self.load_instance().await?;
            let head = self.integrate(instance.ring(), op.now, Turn::Wait).await?;
            let by_instance = self.said_of(&mut reader.of(Arc::clone(instance.ring()), head), key).await?;
            let later = by_instance.filter(|by| said.as_ref().is_none_or(|said| by.ts > said.ts));
            said = later.or(said);
        }
        let stored = match decode_key(key) {
            Some(key) => self.inner.storage.get(&[key]).await?.pop().flatten(),
            None => None,
        };
        let hex = base16ct::lower::encode_string;
        let stored = stored.map(|record| (hex(&hash::sha256(&record.value)), hex(&record.revision.0)));
        let problem = match (said, stored) {
            (Some(Said { written: Some(written), .. }), Some(stored)) if written == stored => {
                report.records = report.records.saturating_add(1);
                return Ok(());
            }
            (None | Some(Said { written: None, .. }), None) => return Ok(()),
            (None, Some(_)) => format!("record {key} is in the store, and no entry says that it was written"),
            (Some(said), None) => {
                format!("record {key} was written in entry {}, and is not in the store", said.index)
            }
            (Some(Said { written: None, index, .. }), Some(_)) => {
                format!("record {key} was deleted in entry {index}, and is in the store")
            }
            (Some(said), Some(_)) => {
                format!("record {key} is not the one that was last written, in entry {}", said.index)
            }
        };
        report.problems.push(problem);
        Ok(())
    }

    /// What a log last says of a record.
    async fn said_of(&self, reader: &mut LogReader, key: &str) -> Result<Option<Said>, Error> {
        let mut replay = Replay::default();
        for number in reader.first_pack()..reader.packs() {
            if reader.summary(number).await?.is_some_and(|summary| !summary.may_hold(&[Term::Record(key)])) {
                continue;
            }
            reader.entries(number).await?.into_iter().for_each(|entry| replay.take(entry));
        }
        Ok(replay.said.remove(key))
    }
}

/// A root whose signature is right: what to call it, its size, the root.
pub(in crate::vault) type SignedRoot = (String, u64, coffer_log::Hash);

impl LogReader {
    /// The keys of the log, and all checkpoints that are rightly signed.
    async fn signatures(
        &self,
        known: &[SignedNote],
        report: &mut LogReport,
    ) -> Result<(Option<KeyHistory>, Vec<SignedRoot>), Error> {
        let history = match KeyHistory::from_notes(&self.notes(Table::LogKey).await?) {
            Ok(history) => history,
            Err(error) => {
                report.problems.push(format!("the keys of the log: {error}"));
                return Ok((None, Vec::new()));
            }
        };
        let mut checked = Vec::new();
        let mut check = |name: &str, note: &SignedNote| match history.check(note) {
            Ok(right) => {
                let checkpoint = right.checkpoint();
                checked.push((name.to_owned(), checkpoint.size, checkpoint.root));
            }
            Err(error) => report.problems.push(format!("{name}: {error}")),
        };
        for note in self.notes(Table::LogCheckpoint).await? {
            check("a kept checkpoint", &note);
        }
        check("the newest checkpoint", &self.checkpoint().await?);
        for note in known {
            check("the known checkpoint", note);
        }
        Ok((Some(history), checked))
    }

    /// Every root that somebody signed is a root that the tree had.
    fn compare_roots(
        &self,
        history: Option<&KeyHistory>,
        checkpoints: &[SignedRoot],
        replay: &Replay,
        report: &mut LogReport,
    ) {
        let anchors = history.into_iter().flat_map(KeyHistory::anchors);
        let anchors =
            anchors.map(|(size, root, epoch)| (format!("the takeover of signing key {epoch}"), size, root));
        for (name, size, root) in anchors.chain(checkpoints.iter().cloned()) {
            match replay.roots.get(&size) {
                None => report.problems.push(format!(
                    "{name}: it is of a log of {size} entries, and this one has {}: an older store was put back",
                    self.size()
                )),
                Some(found) if *found != root => report.problems.push(format!(
                    "{name}: the first {size} entries are not those that were signed: the log was forked or changed"
                )),
                Some(_) => {}
            }
        }
        let first = self.head.first;
        if first > 0 && replay.pruned_below != Some(first) {
            report.problems.push(format!(
                "the first {first} entries are missing, and no entry says that they were pruned"
            ));
        }
    }

    /// The same log, as it is now.
    fn with_head(&self, head: crate::audit::log::head::LogHead) -> Self {
        self.of(Arc::clone(&self.ring), head)
    }
}

fn decode_key(hex: &str) -> Option<Key> {
    let mut bytes = [0; 64];
    Key::from_bytes(base16ct::lower::decode(hex, &mut bytes).ok()?)
}
