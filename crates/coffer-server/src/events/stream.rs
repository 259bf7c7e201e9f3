//! One who watches: what he is told next, decided when he takes it.

use std::sync::Arc;

use axum::body::Bytes;
use coffer_engine::audit::SecretChange;
use coffer_engine::error::Conflict;
use coffer_engine::path::FolderPath;
use coffer_engine::{Error, Op};
use coffer_wire::Moment;
use coffer_wire::event::Event;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::Feed;
use super::streams::Place;
use crate::limits::{STREAM_DECIDE, STREAM_HEARTBEAT, STREAM_RETRY, STREAM_TAKE_TIME};
use crate::metrics::Connected;
use crate::service::Shared;

/// The last that anybody is told, whyever it ends.
const END: &[u8] = b": end\n\n";

/// One who watches.
pub(crate) struct Stream {
    shared: Arc<Shared>,
    feed: Arc<Feed>,
    op: Op,
    folder: FolderPath,
    /// The index of the entry that is looked at next.
    next: u64,
    /// The cursor that he was told last.
    told: Option<u64>,
    end: watch::Receiver<u64>,
    endings: watch::Receiver<u64>,
    /// When he was last given something.
    given: Instant,
    /// Whether he is let go when he stays away: who is in this process takes his time.
    is_timed: bool,
    state: State,
    _held: (Place, Connected),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Begins,
    GoesOn,
    Ended,
}

impl Stream {
    /// Of who asked with `op`, which said that he may, from the entry `next` on. `endings` is as it was before that.
    pub(crate) fn new(
        (shared, feed): (Arc<Shared>, Arc<Feed>),
        (op, folder): (Op, FolderPath),
        next: u64,
        endings: watch::Receiver<u64>,
        place: Place,
    ) -> Self {
        let end = feed.end();
        let is_timed = op.source.is_some();
        let (given, state) = (Instant::now(), State::Begins);
        let held = (place, shared.metrics.stream());
        Self { shared, feed, op, folder, next, told: None, end, endings, given, is_timed, state, _held: held }
    }

    /// The next part; `None`: it has ended.
    pub(crate) async fn part(&mut self) -> Option<Bytes> {
        let part = match self.state {
            State::Ended => return None,
            _ if self.is_timed && self.given.elapsed() > STREAM_TAKE_TIME => self.ended(),
            State::Begins => {
                self.state = State::GoesOn;
                self.begun()
            }
            State::GoesOn => self.waited().await,
        };
        self.given = Instant::now();
        Some(part)
    }

    /// The first part: where to come back to, and when.
    fn begun(&mut self) -> Bytes {
        let mut part = format!("retry: {}\n", STREAM_RETRY.as_millis());
        part.push_str(&self.cursor());
        part.push('\n');
        part.into()
    }

    async fn waited(&mut self) -> Bytes {
        let began = Instant::now();
        let heartbeat = began.checked_add(STREAM_HEARTBEAT).unwrap_or(began);
        loop {
            if self.endings.has_changed().unwrap_or(true) || self.shared.is_draining() {
                return self.ended();
            }
            let end = *self.end.borrow_and_update();
            match self.step(end).await {
                Ok(changes) if !changes.is_empty() => return self.events(&changes),
                Ok(_) if self.next < end => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::debug!(code = error.code(), "a stream has ended");
                    return self.ended();
                }
            }
            let now = Instant::now();
            let decided = now.checked_add(STREAM_DECIDE).unwrap_or(now);
            tokio::select! {
                _ = self.endings.changed() => return self.ended(),
                grown = self.end.changed() => if grown.is_err() { return self.ended() },
                () = sleep_until(decided.min(heartbeat)) => if Instant::now() >= heartbeat { return self.quiet() },
            }
        }
    }

    /// Reads on, to the end of a part of the log, and has it decided what of that is told. No handle of the vault is kept.
    async fn step(&mut self, end: u64) -> Result<Vec<SecretChange>, Error> {
        // Sealed meanwhile: the next look sees it.
        let Some(vault) = self.shared.vault() else { return Ok(Vec::new()) };
        let op = Op { now: self.shared.now(), ..self.op.clone() };
        let part =
            if self.next < end { Some(self.feed.part(&vault, &op, self.next, end).await?) } else { None };
        let told = vault.secret_watch_on(&op, &self.folder, part.as_deref(), self.next).await?;
        if let Some(part) = part {
            // A part that ends where this began would be looked at for ever.
            self.next = Some(part.next()).filter(|next| *next > self.next).ok_or(Conflict::Contended)?;
        }
        Ok(told)
    }

    fn events(&mut self, changes: &[SecretChange]) -> Bytes {
        let mut part = String::with_capacity(changes.len().saturating_mul(320));
        for change in changes {
            // Writing to memory does not fail, and an event has no line ends in it.
            let data = serde_json::to_string(&shown(change)).unwrap_or_default();
            let cursor = change.index;
            part.push_str(&format!("id: {cursor}\nevent: {}\ndata: {data}\n\n", change.action));
            self.told = Some(cursor);
        }
        part.into()
    }

    /// A comment, and how far he has come: what lies behind him may be pruned.
    fn quiet(&mut self) -> Bytes {
        let cursor = self.cursor();
        if cursor.is_empty() { ":\n\n".into() } else { format!(":\n{cursor}\n").into() }
    }

    fn ended(&mut self) -> Bytes {
        self.state = State::Ended;
        END.into()
    }

    /// Behind all that was looked at, if that is news to him.
    fn cursor(&mut self) -> String {
        let last = self.next.checked_sub(1).filter(|last| self.told != Some(*last));
        self.told = last.or(self.told);
        last.map(|last| format!("id: {last}\n")).unwrap_or_default()
    }
}

fn shown(change: &SecretChange) -> Event {
    Event {
        cursor: change.index,
        action: change.action.to_owned(),
        at: Moment::from_millis(change.ts),
        path: change.path.as_str().to_owned(),
        version: change.version,
        actor: change.actor.clone(),
        via: change.via.clone(),
        entry: change.entry.clone(),
    }
}
