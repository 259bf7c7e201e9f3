//! Whose turn it is: where more is asked than can be done at once, each tenant gets its share, however much one of them asks.
//!
//! There are so many turns. While some are left, whoever comes takes one. When none is, requests wait, in a line for each tenant, and each
//! turn that is given back goes to the line that has waited longest for one. So a request of a tenant that asks little stands behind one
//! request of each other tenant, and not behind all that another one has asked for before.
//!
//! # Invariants
//! - No more requests are at work than there are turns, and no turn is lost: one that is given to somebody who went away goes on.
//! - A line is as long as there are requests of its tenant that wait, and those are bounded
//!   ([`crate::limits::REQUESTS_MAX`]); an empty one is let go.
//! - It is the name that a request gives which counts, before anything is known of it: who gives another's name stands in the other's line
//!   until his token is looked at, and who makes up many has as many lines. Whoever shows no token that is good is slowed by his address.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderValue;
use tokio::sync::oneshot;

/// All turns.
pub(crate) struct Turns(Arc<Mutex<Lines>>);

/// What lines are told apart by: the name of a tenant, as a request gives it.
pub(crate) type Line = HeaderValue;

#[derive(Default)]
struct Lines {
    free: usize,
    /// Never an empty one.
    waiting: HashMap<Line, VecDeque<oneshot::Sender<Turn>>>,
    /// Which line is next; each is here once.
    order: VecDeque<Line>,
}

/// Leave to be at work. Dropped, it goes to the next.
pub(crate) struct Turn {
    /// `None` once it has been given back.
    lines: Option<Arc<Mutex<Lines>>>,
}

impl Turns {
    /// So many at once.
    pub(crate) fn new(free: usize) -> Self {
        Self(Arc::new(Mutex::new(Lines { free, ..Lines::default() })))
    }

    /// A turn, once it is this line's.
    pub(crate) async fn take(&self, line: &Line) -> Turn {
        let waiting = {
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(left) = lines.free.checked_sub(1) {
                lines.free = left;
                return Turn { lines: Some(Arc::clone(&self.0)) };
            }
            lines.join(line)
        };
        // Its sender is let go only with a turn: it is never an error while these turns are there.
        waiting.await.unwrap_or(Turn { lines: None })
    }
}

impl Lines {
    fn join(&mut self, line: &Line) -> oneshot::Receiver<Turn> {
        let (sender, receiver) = oneshot::channel();
        if let Some(there) = self.waiting.get_mut(line) {
            there.push_back(sender);
        } else {
            self.waiting.insert(line.clone(), VecDeque::from([sender]));
            self.order.push_back(line.clone());
        }
        receiver
    }

    /// The first of the next line, which then is the last.
    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        let line = self.order.pop_front()?;
        let waiting = self.waiting.get_mut(&line)?;
        let first = waiting.pop_front();
        if waiting.is_empty() {
            self.waiting.remove(&line);
        } else {
            self.order.push_back(line);
        }
        first
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let Some(lines) = self.lines.take() else { return };
        loop {
            let next = {
                let mut all = lines.lock().unwrap_or_else(PoisonError::into_inner);
                let next = all.next();
                if next.is_none() {
                    all.free = all.free.saturating_add(1);
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Self { lines: Some(Arc::clone(&lines)) }) {
                Ok(()) => return,
                // That request went away. Its turn is this one again: dropped as it is, it would look for the next by itself, and deeper
                // with everyone who went away.
                Err(mut unused) => unused.lines = None,
            }
        }
    }
}

#[cfg(test)]
mod tests;
