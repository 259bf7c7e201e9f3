//! What is told of a commit, when somebody watches.

use super::{Entries, Submission};
use crate::monitoring::{Begun, Commit, Watch};
use crate::storage::{BoxFuture, Durability, StorageError, Verdict};

/// A commit that begins.
pub(super) struct Watched(Option<Seen>);

struct Seen {
    begun: Begun,
    synced: bool,
    /// Entries of each batch.
    entries: Vec<usize>,
}

impl Watched {
    pub(super) fn new(watch: &Watch, submissions: &[Submission]) -> Self {
        let seen = |begun| Seen {
            begun,
            synced: submissions.iter().any(|one| one.durability == Durability::Synced),
            entries: submissions.iter().map(|one| one.entries.count()).collect(),
        };
        Self(watch.begin().map(seen))
    }

    /// The same commit; when it ends, that is told.
    pub(super) fn until(
        self,
        commit: BoxFuture<'_, Result<Vec<Verdict>, StorageError>>,
    ) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>> {
        let Some(seen) = self.0 else { return commit };
        Box::pin(async move {
            let verdicts = commit.await;
            seen.ended(&verdicts);
            verdicts
        })
    }
}

impl Seen {
    fn ended(&self, verdicts: &Result<Vec<Verdict>, StorageError>) {
        let all = verdicts.as_deref().unwrap_or_default();
        let stood = all.iter().zip(&self.entries).filter(|(verdict, _)| **verdict == Verdict::Committed);
        self.begun.committed(Commit {
            synced: self.synced,
            batches: self.entries.len(),
            conflicts: all.iter().filter(|verdict| matches!(verdict, Verdict::Conflict(_))).count(),
            entries: stood.map(|(_, entries)| entries).sum(),
            failed: verdicts.is_err(),
        });
    }
}

impl Entries {
    fn count(&self) -> usize {
        self.parts().iter().map(|(leaves, _)| leaves.len()).sum()
    }
}
