//! The thread that leads when the disk must be waited for, or when a leader went away.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::lead::{Lead, Running};
use crate::block_on::block_on;

/// Started when it is first needed. It ends when the committer is gone: its channel then has no sender.
#[derive(Default)]
pub(super) struct Driver {
    jobs: Mutex<Option<Sender<Job>>>,
}

enum Job {
    Lead(Lead),
    Finish(Box<Running>, Lead),
}

impl Driver {
    /// Leads until nothing is left.
    pub(super) fn lead(&self, lead: Lead) {
        self.send(Job::Lead(lead));
    }

    /// Drives a commit to its end, then leads.
    pub(super) fn finish(&self, running: Running, lead: Lead) {
        self.send(Job::Finish(Box::new(running), lead));
    }

    fn send(&self, job: Job) {
        let mut jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner);
        // A thread that died in a panic of the storage has closed its channel: another takes over.
        let unsent = match jobs.as_ref() {
            None => job,
            Some(open) => match open.send(job) {
                Ok(()) => return,
                Err(unsent) => unsent.0,
            },
        };
        start(&mut jobs, unsent);
    }
}

fn start(jobs: &mut Option<Sender<Job>>, job: Job) {
    let (sender, receiver) = channel();
    match thread::Builder::new().name("coffer-commit".to_owned()).spawn(move || work(&receiver)) {
        Ok(_) => match sender.send(job) {
            Ok(()) => *jobs = Some(sender),
            Err(unsent) => unsent.0.run(),
        },
        // No thread to be had: this one does the work.
        Err(_) => job.run(),
    }
}

fn work(jobs: &Receiver<Job>) {
    while let Ok(job) = jobs.recv() {
        job.run();
    }
}

impl Job {
    fn run(self) {
        // As a leader's task does: where processors are short, those who can run join first; where they are not, it costs nothing.
        let drain = |lead: Lead| lead.drain(thread::yield_now, |running| block_on(running.finish()));
        match self {
            Self::Lead(lead) => drain(lead),
            Self::Finish(running, lead) => {
                block_on(running.finish());
                drain(lead);
            }
        }
    }
}
