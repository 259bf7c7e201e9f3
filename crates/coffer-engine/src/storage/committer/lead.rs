//! The lead: the right, and the duty, to commit what has gathered.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;

use super::rows::{self, Rows};
use super::watched::Watched;
use super::{Answer, Decided, Shared, Submission, Waiting};
use crate::limits::GROUP_MAX_BATCHES;
use crate::storage::{BoxFuture, Durability, StorageError, Verdict};
use crate::yield_once::yield_once;

/// Held by whoever commits. There is at most one; dropped, it goes to the thread.
pub(super) struct Lead {
    /// `None` once the lead was given back.
    shared: Option<Arc<Shared>>,
}

/// A commit that did not end at its first poll, with those who wait for it.
pub(super) struct Running {
    commit: BoxFuture<'static, Result<Vec<Verdict>, StorageError>>,
    rows: Rows,
    answers: Vec<oneshot::Sender<Answer>>,
    shared: Arc<Shared>,
}

impl Lead {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Self { shared: Some(shared) }
    }

    /// Commits this submission and all that has gathered, in the caller's own task.
    pub(super) async fn commit(self, submission: Submission) -> Result<Decided, StorageError> {
        // Whoever else can run on this thread joins the group now. Alone, this costs less than a microsecond.
        yield_once().await;
        // From here to the hand-over there is no await: a cancelled request can't leave a commit half way.
        let Some(shared) = self.shared.clone() else { return Err(StorageError::Entries) };
        let (answer, mine) = oneshot::channel();
        let mut group = vec![Waiting { submission, answer }];
        shared.gather(&mut group);
        let mut running = start(&shared, group);
        match running.commit.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(verdicts) => {
                answer_all(verdicts, &running.rows, running.answers);
                self.pass_on(&shared);
            }
            Poll::Pending => shared.driver.finish(running, self),
        }
        match mine.await {
            Ok(Answer::Decided(decided)) => decided,
            _ => Err(StorageError::Interrupted),
        }
    }

    /// Commits all that has gathered, until nothing is left. For the thread, which lets others `join` before each commit.
    pub(super) fn drain(mut self, join: impl Fn(), block_on: impl Fn(Running)) {
        let Some(shared) = self.shared.clone() else { return };
        loop {
            join();
            shared.wait_for_the_crowd();
            let mut group = Vec::new();
            shared.gather(&mut group);
            if !group.is_empty() {
                block_on(start(&shared, group));
            } else if shared.release() {
                self.shared = None;
                return;
            }
        }
    }

    /// Gives the lead to one of those who gathered, or back. Where somebody waits for the disk, the thread leads.
    fn pass_on(mut self, shared: &Arc<Shared>) {
        loop {
            let next = {
                let mut queue = shared.queue();
                if queue.waiting.iter().any(|waiting| waiting.submission.durability == Durability::Synced) {
                    drop(queue);
                    return shared.driver.lead(self);
                }
                let next = queue.waiting.pop_front();
                if next.is_none() {
                    queue.led = false;
                }
                next
            };
            let Some(Waiting { submission, answer }) = next else {
                self.shared = None;
                return;
            };
            match answer.send(Answer::Lead(self, Box::new(submission))) {
                // That request was cancelled before it was committed: the lead comes back, the submission goes with it.
                Err(Answer::Lead(lead, _)) => self = lead,
                _ => return,
            }
        }
    }
}

impl Drop for Lead {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.take() {
            Arc::clone(&shared).driver.lead(Self::new(shared));
        }
    }
}

impl Running {
    /// Waits for the commit and answers all who wait.
    pub(super) async fn finish(self) {
        let verdicts = self.commit.await;
        self.shared.crowd_of(self.answers.len());
        answer_all(verdicts, &self.rows, self.answers);
    }
}

impl Shared {
    /// Takes what has gathered, up to a full group. What a cancelled request wanted is left out.
    fn gather(&self, group: &mut Vec<Waiting>) {
        let mut queue = self.queue();
        let room = GROUP_MAX_BATCHES.saturating_sub(group.len()).min(queue.waiting.len());
        group.extend(queue.waiting.drain(..room).filter(|waiting| !waiting.answer.is_closed()));
    }

    /// Gives the lead back if nothing has gathered.
    fn release(&self) -> bool {
        let mut queue = self.queue();
        if queue.waiting.is_empty() {
            queue.led = false;
        }
        !queue.led
    }
}

fn start(shared: &Arc<Shared>, group: Vec<Waiting>) -> Running {
    let (submissions, answers): (Vec<_>, Vec<_>) =
        group.into_iter().map(|waiting| (waiting.submission, waiting.answer)).unzip();
    let watched = Watched::new(&shared.watch, &submissions);
    let (group, rows) = rows::group(submissions);
    let commit = watched.until(Arc::clone(&shared.storage).commit(group));
    Running { commit, rows, answers, shared: Arc::clone(shared) }
}

fn answer_all(
    verdicts: Result<Vec<Verdict>, StorageError>,
    rows: &Rows,
    answers: Vec<oneshot::Sender<Answer>>,
) {
    let decided = match verdicts {
        Ok(verdicts) => rows::decided(verdicts, rows),
        Err(error) => answers.iter().map(|_| Err(error.clone())).collect(),
    };
    for (answer, decided) in answers.into_iter().zip(decided) {
        // Who went away needs no answer: what happened is in the log.
        let _ = answer.send(Answer::Decided(decided));
    }
}
