//! What a group needs to find, and what it does when it does: many batches in order, as one.
//!
//! Later batches see what earlier ones wrote. What one expects of a key that an earlier one writes is settled here; what is left is asked
//! of the database. What several write to one key becomes one write: the database is told how it ends.
//!
//! # Invariants
//! - A plan is of batches that all stand, or do not: whose part is wrong is for [`decide`](coffer_engine::storage::decide) to say.

use std::collections::{BTreeMap, HashMap};

use coffer_engine::storage::{Batch, Key, Revision};

/// How a key ends.
enum Change<'b> {
    Put(Revision, &'b [u8]),
    Touch(Revision),
    Delete,
}

/// Records to put, column by column.
#[derive(Default)]
pub(crate) struct Puts<'p> {
    pub(crate) keys: Vec<&'p [u8]>,
    pub(crate) revisions: Vec<&'p [u8]>,
    pub(crate) values: Vec<&'p [u8]>,
}

/// Several batches, as one.
#[derive(Default)]
pub(crate) struct Plan<'b> {
    /// What the database must hold, by key.
    pub(crate) expect: BTreeMap<Key, Option<Revision>>,
    /// The earliest of their ends.
    pub(crate) not_after: Option<u64>,
    changes: HashMap<Key, Change<'b>>,
    pub(crate) integrated: Vec<i64>,
}

impl<'b> Plan<'b> {
    /// All of these together; `None`: one contradicts another, so that not all can stand.
    pub(crate) fn of(batches: impl IntoIterator<Item = &'b Batch>) -> Option<Self> {
        let mut plan = Self::default();
        for batch in batches {
            let ends = batch.not_after.map(|end| end.millis());
            plan.not_after = [plan.not_after, ends].into_iter().flatten().min();
            for expectation in &batch.expect {
                let known = match plan.changes.get(&expectation.key) {
                    Some(Change::Put(revision, _) | Change::Touch(revision)) => Some(*revision),
                    Some(Change::Delete) => None,
                    None => *plan.expect.entry(expectation.key).or_insert(expectation.revision),
                };
                if known != expectation.revision {
                    return None;
                }
            }
            plan.change(batch);
        }
        Some(plan)
    }

    /// What these do, whatever they expect.
    pub(crate) fn of_admitted(batches: impl IntoIterator<Item = &'b Batch>) -> Self {
        let mut plan = Self::default();
        batches.into_iter().for_each(|batch| plan.change(batch));
        plan
    }

    fn change(&mut self, batch: &'b Batch) {
        for put in &batch.put {
            self.changes.insert(put.key, Change::Put(put.revision, &put.value));
        }
        for key in &batch.delete {
            self.changes.insert(*key, Change::Delete);
        }
        for (key, revision) in &batch.touch {
            let change = match self.changes.get(key) {
                Some(Change::Put(_, value)) => Change::Put(*revision, value),
                Some(Change::Delete) => Change::Put(*revision, &[]),
                Some(Change::Touch(_)) | None => Change::Touch(*revision),
            };
            self.changes.insert(*key, change);
        }
        // One that is no number of ours is no row of ours either.
        self.integrated.extend(batch.integrated.iter().filter_map(|position| i64::try_from(position.0).ok()));
    }

    /// Records to put.
    pub(crate) fn puts(&self) -> Puts<'_> {
        let mut puts = Puts::default();
        for (key, change) in &self.changes {
            if let Change::Put(revision, value) = change {
                puts.keys.push(key.as_bytes());
                puts.revisions.push(revision.0.as_slice());
                puts.values.push(*value);
            }
        }
        puts
    }

    /// Keys to touch, and revisions.
    pub(crate) fn touches(&self) -> (Vec<&[u8]>, Vec<&[u8]>) {
        let (mut keys, mut revisions) = (Vec::new(), Vec::new());
        for (key, change) in &self.changes {
            if let Change::Touch(revision) = change {
                keys.push(key.as_bytes());
                revisions.push(revision.0.as_slice());
            }
        }
        (keys, revisions)
    }

    /// Keys to delete.
    pub(crate) fn deletes(&self) -> Vec<&[u8]> {
        let deleted = self.changes.iter().filter(|(_, change)| matches!(change, Change::Delete));
        deleted.map(|(key, _)| key.as_bytes()).collect()
    }

    /// Keys that the database is asked about, and what it must find there.
    pub(crate) fn expected(&self) -> (Vec<&[u8]>, Vec<Option<&[u8]>>) {
        self.expect
            .iter()
            .map(|(key, revision)| (key.as_bytes(), revision.as_ref().map(|revision| revision.0.as_slice())))
            .unzip()
    }
}
