//! Why there is no cosignature.

use coffer_log::CheckpointError;

use crate::publish::WebError;

/// Why there is no cosignature. The log itself is not concerned; [`CosignError::Ahead`], [`CosignError::Forked`] and
/// [`CosignError::Inconsistent`] are alarms.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CosignError {
    /// What was to be cosigned is not a checkpoint.
    #[error(transparent)]
    NotACheckpoint(#[from] CheckpointError),
    /// The proof could not be made, or is none. Nothing was sent.
    #[error("there is no proof that the log continues its first {old} entries: {cause}")]
    NoProof {
        /// The size that the witness holds.
        old: u64,
        /// Why not.
        cause: String,
    },
    /// The exchange failed.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The witness has seen a longer log.
    #[error(
        "{witness} has seen a longer log: it holds {theirs} entries, this log has {ours}; an older store was put back, or \
         another process was quicker"
    )]
    Ahead {
        /// Who.
        witness: String,
        /// The size that it holds.
        theirs: u64,
        /// Our size.
        ours: u64,
    },
    /// The witness has another tree of our size.
    #[error("{witness} holds another tree of this size ({size}): the log was forked or put back")]
    Forked {
        /// Who.
        witness: String,
        /// The size of both.
        size: u64,
    },
    /// The tree that the witness holds is not the beginning of ours.
    #[error(
        "{witness} holds a tree of size {theirs} that this log (size {ours}) does not begin with: the log was forked, or \
         an older store was put back and written to"
    )]
    Inconsistent {
        /// Who.
        witness: String,
        /// The size that it holds.
        theirs: u64,
        /// Our size.
        ours: u64,
    },
    /// 404.
    #[error("{witness} does not know the log {origin}: whoever runs it has to add the log and its key")]
    UnknownLog {
        /// Who.
        witness: String,
        /// The log.
        origin: String,
    },
    /// 403.
    #[error(
        "{witness} knows the log {origin}, but none of the keys that signed: whoever runs it has to add the newest"
    )]
    UnknownKey {
        /// Who.
        witness: String,
        /// The log.
        origin: String,
    },
    /// 400, and whatever else says that the fault is ours.
    #[error("{witness} refused the request with status {status}")]
    Refused {
        /// Who.
        witness: String,
        /// The status.
        status: u16,
    },
    /// 500 and above.
    #[error("{witness} is out of order (status {status}); it is asked again with the next checkpoint")]
    OutOfOrder {
        /// Who.
        witness: String,
        /// The status.
        status: u16,
    },
    /// It says that it holds another size each time it is asked, or the one that it refuses.
    #[error("{witness} does not say clearly which size it holds")]
    Unsteady {
        /// Who.
        witness: String,
    },
    /// The answer has no cosignature by the key of this witness, or one that does not fit.
    #[error("the answer of {witness} has no good cosignature: {cause}")]
    NotCosigned {
        /// Who.
        witness: String,
        /// What is wrong.
        cause: String,
    },
}
