//! Whether an operation would be answered now: a commit that changes nothing.

use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::changes::Changes;
use super::round::Stop;
use crate::error::{Error, ErrorKind};
use crate::storage::committer::{Entries, LogOnly, Submission};
use crate::storage::{Durability, keyspace};
use crate::time::Timestamp;

/// What the last probe left.
#[derive(Encode, Decode, CborLen)]
pub(super) struct Probe {
    #[n(0)]
    at_ms: u64,
}

/// Where: beside what the upkeep has done, where no tenant's line is.
const ABOUT: [u8; 16] = [0xff; 16];

impl Vault {
    /// Whether an audit entry could be written now: a synced commit, through the same committer as all. It says nothing of who asks,
    /// and leaves no entry: nothing is decided.
    ///
    /// # Errors
    /// [`ErrorKind::Unrecorded`] with what the storage says.
    pub async fn probe(&self, now: Timestamp) -> Result<(), Error> {
        let instance = self.load_instance().await?;
        let mut changes = Changes::default();
        let probe = Probe { at_ms: now.millis() };
        changes.seal(instance.ring(), keyspace::log_upkeep(ABOUT), &probe).map_err(Stop::into_error)?;
        let batch = changes.into_batch(Vec::new(), None);
        let entries = Entries::Nothing(LogOnly::of(&batch).map_err(ErrorKind::Unrecorded)?);
        let submission = Submission { batch, entries, durability: Durability::Synced };
        self.inner
            .committer
            .submit(submission)
            .await
            .map(drop)
            .map_err(|error| ErrorKind::Unrecorded(error).into())
    }
}
