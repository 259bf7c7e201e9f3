//! Who commits: one connection, kept, made anew where it broke, and asked what became of what was on it.
//!
//! A connection that breaks after COMMIT was sent leaves the outcome open. A new one takes the right to commit from it, which waits
//! for what the old one has begun and keeps it from anything more, and learns whether this commit was the last that happened. The row of
//! an entry could not tell: another node may have put it into the log meanwhile.
//!
//! # Invariants
//! - Nobody is told [`Verdict::Committed`] before COMMIT was answered, or was found to have happened by a later commit that was waited for
//!   as it should be: so an early end of the wait for a standby is not taken for the end.
//! - Nothing is sent twice before it is known that the first did not happen.
//! - A connection on which something went wrong in the middle is not used again.

use std::time::Duration;

use coffer_encryption::random;
use coffer_engine::storage::{Group, StorageError, Verdict};
use tokio::time::sleep;

use crate::commit::{Broken, commit_over};
use crate::exclusive;
use crate::postgres::Inner;
use crate::session::Writing;

/// How often a commit is sent, when it is known that it did not happen.
const ATTEMPTS: u32 = 2;
/// How often it is asked what became of one, and the pause between.
const QUESTIONS: u32 = 40;
const QUESTION_PAUSE: Duration = Duration::from_millis(250);

/// The connection that commits.
#[derive(Default)]
pub(crate) struct Writer {
    session: Option<Writing>,
    /// Whether everybody else is to be kept out, on whatever connection.
    pub(crate) alone: bool,
}

impl Writer {
    /// The connection, made where there is none, or where it has died since.
    pub(crate) async fn session(&mut self, inner: &Inner) -> Result<&mut Writing, StorageError> {
        if self.session.as_ref().is_some_and(|session| session.client.is_closed()) {
            self.session = None;
        }
        if self.session.is_none() {
            let session = Writing::open(&inner.connector, &inner.settings, inner.process).await?;
            if self.alone {
                exclusive::lock(&session).await?;
            }
            self.session = Some(session);
        }
        self.session.as_mut().ok_or(StorageError::Interrupted)
    }

    /// Gives the connection up.
    pub(crate) fn hang_up(&mut self) {
        self.session = None;
    }

    /// Commits a group.
    pub(crate) async fn commit(
        &mut self,
        inner: &Inner,
        mut group: Group,
    ) -> Result<Vec<Verdict>, StorageError> {
        if group.batches.is_empty() {
            return Ok(Vec::new());
        }
        #[cfg(feature = "testkit")]
        if inner.settings.dangerous_ignore_expectations {
            group.batches.iter_mut().for_each(|batch| batch.expect.clear());
        }
        let mut failed = StorageError::Interrupted;
        for _ in 0..ATTEMPTS {
            let id = random::bytes().map_err(|_| StorageError::Entries)?;
            let alone = self.alone;
            let session = self.session(inner).await?;
            match commit_over(session, inner, &mut group, id, alone).await {
                Ok(verdicts) => return Ok(verdicts),
                Err(Broken::Refused(error)) => return Err(error),
                Err(Broken::Before(error)) => {
                    self.hang_up();
                    failed = error;
                }
                Err(Broken::During(verdicts)) => {
                    self.hang_up();
                    match self.happened(inner, id).await {
                        Some(true) => return Ok(verdicts),
                        Some(false) => failed = StorageError::Interrupted,
                        None => return Ok(verdicts.into_iter().map(doubted).collect()),
                    }
                }
            }
        }
        // It is known that nothing happened.
        Err(match failed {
            StorageError::Interrupted => StorageError::Io("the connection to the database broke".to_owned()),
            failed => failed,
        })
    }

    /// Whether this commit happened; `None`: the database could not be asked in time.
    async fn happened(&mut self, inner: &Inner, id: [u8; 16]) -> Option<bool> {
        for _ in 0..QUESTIONS {
            if let Ok(session) = self.session(inner).await {
                return Some(session.last == Some(id));
            }
            sleep(QUESTION_PAUSE).await;
        }
        None
    }
}

fn doubted(verdict: Verdict) -> Verdict {
    if verdict == Verdict::Committed { Verdict::Unknown } else { verdict }
}
