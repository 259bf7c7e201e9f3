//! The audit rows of a group: the entries of all its batches for one tenant, sealed as one row.
//!
//! Sealing one row for a whole commit is what makes a crowd cheap. A receipt names the row and the place in it.

use std::sync::{Arc, Mutex, PoisonError};

use coffer_encryption::random;

use super::{Decided, Entries, Submission};
use crate::storage::{
    Batch, Durability, EntryWriter, Expectation, Group, PendingRow, StorageError, Verdict, moving,
};
use crate::tenant::TenantId;

/// Seals the leaves of one tenant into a row.
pub(crate) trait SealRow: Send + Sync {
    /// Whose.
    fn tenant(&self) -> TenantId;
    /// The row's bytes; `row` is bound in their context.
    fn seal_row(&self, row: [u8; 16], leaves: &[&[u8]]) -> Result<Vec<u8>, StorageError>;
}

/// Proof that a batch and its entries are committed. Only this module makes one.
#[derive(Debug)]
pub(crate) struct Committed {
    /// The row that holds the entries.
    row: [u8; 16],
    /// The place of the first of them in it.
    first: usize,
}

impl Committed {
    pub(crate) fn row(&self) -> [u8; 16] {
        self.row
    }

    pub(crate) fn first(&self) -> usize {
        self.first
    }
}

/// Where each batch's entries went: known once the storage has asked for the rows.
pub(super) type Rows = Arc<Mutex<Vec<Option<Place>>>>;

/// Where the entries of one batch went.
#[derive(Debug)]
pub(super) enum Place {
    Row(Committed),
    /// It has none: it writes the log itself.
    Nowhere,
}

struct Writer {
    /// What each batch leaves in the log, in the order of the batches.
    batches: Vec<Entries>,
    rows: Rows,
}

/// What the storage is asked, and where the receipts will be.
pub(super) fn group(submissions: Vec<Submission>) -> (Group, Rows) {
    let rows = Rows::default();
    let durability = submissions.iter().map(|one| one.durability).max().unwrap_or(Durability::Synced);
    let mut batches: Vec<Batch> = Vec::with_capacity(submissions.len());
    let mut entries = Vec::with_capacity(submissions.len());
    for submission in submissions {
        entries.push(submission.entries);
        batches.push(in_service(submission.batch));
    }
    let writer = Writer { batches: entries, rows: Arc::clone(&rows) };
    (Group { batches, entries: Box::new(writer), durability }, rows)
}

/// Every commit expects that the store is in service here, but for the one that says otherwise, which expects what it found itself.
fn in_service(mut batch: Batch) -> Batch {
    let key = moving::key();
    if batch.expect.iter().all(|expectation| expectation.key != key) {
        batch.expect.push(Expectation { key, revision: None });
    }
    batch
}

/// One answer for each verdict.
pub(super) fn decided(verdicts: Vec<Verdict>, rows: &Rows) -> Vec<Result<Decided, StorageError>> {
    let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
    let answer = |(index, verdict)| match verdict {
        // To begin again would find the same.
        Verdict::Conflict(key) if key == moving::key() => {
            Err(StorageError::Moved("another place".to_owned()))
        }
        Verdict::Conflict(_) => Ok(Decided::Conflict),
        Verdict::Expired => Ok(Decided::Expired),
        Verdict::Unknown => Err(StorageError::Interrupted),
        Verdict::Committed => {
            match rows.get_mut(index).and_then(Option::take) {
                Some(Place::Row(committed)) => Ok(Decided::Committed(committed)),
                Some(Place::Nowhere) => Ok(Decided::Kept),
                // A storage that commits without asking for the entries breaks law 2: no receipt, no answer.
                None => Err(StorageError::Entries),
            }
        }
    };
    verdicts.into_iter().enumerate().map(answer).collect()
}

impl EntryWriter for Writer {
    fn rows(&mut self, admitted: &[usize]) -> Result<Vec<PendingRow>, StorageError> {
        let mut receipts: Vec<Option<Place>> = self.batches.iter().map(|_| None).collect();
        let mut tenants: Vec<Tenant<'_>> = Vec::new();
        for &index in admitted {
            let receipt = receipts.get_mut(index).ok_or(StorageError::Entries)?;
            let entries = self.batches.get(index).ok_or(StorageError::Entries)?;
            if matches!(entries, Entries::Nothing(_)) {
                *receipt = Some(Place::Nowhere);
                continue;
            }
            for (leaves, seal) in entries.parts() {
                if leaves.is_empty() {
                    return Err(StorageError::Entries);
                }
                let place = match tenants.iter_mut().find(|tenant| tenant.seal.tenant() == seal.tenant()) {
                    Some(tenant) => tenant,
                    None => {
                        let row = random::bytes().map_err(|_| StorageError::Entries)?;
                        tenants.push(Tenant { row, seal, leaves: Vec::new() });
                        tenants.last_mut().ok_or(StorageError::Entries)?
                    }
                };
                // The receipt is for whose operation it is: the first of several.
                if receipt.is_none() {
                    *receipt = Some(Place::Row(Committed { row: place.row, first: place.leaves.len() }));
                }
                place.leaves.extend(leaves.iter().map(Vec::as_slice));
            }
        }
        let rows = tenants.iter().map(Tenant::seal).collect::<Result<_, _>>()?;
        *self.rows.lock().unwrap_or_else(PoisonError::into_inner) = receipts;
        Ok(rows)
    }
}

struct Tenant<'a> {
    row: [u8; 16],
    seal: &'a Arc<dyn SealRow>,
    leaves: Vec<&'a [u8]>,
}

impl Tenant<'_> {
    fn seal(&self) -> Result<PendingRow, StorageError> {
        let sealed = self.seal.seal_row(self.row, &self.leaves)?;
        Ok(PendingRow { id: self.row, tenant: self.seal.tenant(), sealed: sealed.into() })
    }
}
