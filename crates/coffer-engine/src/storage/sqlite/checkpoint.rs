//! Keeps the WAL small, off the way of commits.
//!
//! Commits are appended to the WAL, and a checkpoint copies them into the database file. SQLite would do that at the end of the
//! commit that comes to 1,000 frames, and let it pay; here a thread does it.
//!
//! Trust: it moves sealed pages from one file of the store to another.
//!
//! # Invariants
//! - From [`SOFT_FRAMES`] on, the thread copies what it can without stopping anybody. When it has copied everything, the next commit
//!   begins the WAL anew.
//! - From [`RESTART_FRAMES`] on, a commit that finds nearly everything copied copies the rest and begins the WAL anew, if nobody is in the
//!   way. Under load the thread never comes to the end by itself: while it copies, others commit.
//! - From [`HARD_FRAMES`] on, commits wait until everything is copied: with the last one it stays within 64 MiB,
//!   but for files, of which each adds up to 17. When a reader of another
//!   program holds an old snapshot for longer than the lock may be waited for, commits fail with [`StorageError::Busy`]: a full disk would
//!   be worse, and for longer.
//! - A snapshot of ours lets go before that: see [`super::snapshot`].
//! - The thread is started by the first commit that needs it, holds nothing of the storage, and ends with it.
//! - Who leaves a WAL of more than [`LEFT_FRAMES`] empties it, when nobody else is using the store. What was copied is only known to
//!   the processes that have the store open: the next to open it alone reads the whole WAL again, and could never begin it anew.
//! - What is not done here: `fsync` after `Written` commits. Only a checkpoint and a `Synced` commit make them survive the loss of power.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;

use rusqlite::wal::CheckpointMode;
use rusqlite::{Connection, MAIN_DB};

use super::connection::{self, Role};
use super::errors::{BUSY_WAIT_SECONDS, explain};
use super::files::Files;
use super::lock::FairLock;
use crate::storage::StorageError;

/// Frames (pages of 4 KiB) not copied yet, from which the thread is woken.
const SOFT_FRAMES: u32 = 1_000;
/// Frames in the WAL from which a commit begins it anew when it can: 16 MiB.
const RESTART_FRAMES: u32 = 4_096;
/// Frames that a commit copies for that, at most: they and the sync take about a millisecond.
const REST_FRAMES: u32 = 256;
/// Frames in the WAL from which commits wait: 60 MiB.
const HARD_FRAMES: u32 = 15_360;
/// Bytes of the WAL from which a snapshot ends that keeps it from beginning anew: a good while before commits wait.
pub(super) const HELD_MAX_BYTES: u64 = 48 * 1024 * 1024;
/// Frames in the WAL from which the last to leave empties it: reading that many at the next opening takes about a millisecond.
const LEFT_FRAMES: u32 = 256;
/// The WAL file is cut to this when it begins anew: to more than it grows to under load, since a file that keeps its blocks is synced in
/// half the time.
pub(super) const WAL_KEPT_BYTES: u32 = 32 * 1024 * 1024;

/// Between two tries to copy everything: at first, and at most.
const PAUSE_MIN: Duration = Duration::from_micros(200);
const PAUSE_MAX: Duration = Duration::from_millis(5);

/// How far the WAL has grown, and how much of it is copied.
#[derive(Default)]
pub(super) struct Progress {
    /// Frames in the whole WAL after our last commit, other processes' included.
    frames: AtomicU32,
    /// How many of them were copied when the thread last did.
    copied: AtomicU32,
    /// Whether it was tried since to begin the WAL anew.
    tried: AtomicBool,
}

impl Progress {
    /// A commit has left so many frames in the WAL.
    pub(super) fn committed(&self, frames: u32) {
        if self.frames.swap(frames, Ordering::Relaxed) > frames {
            // The WAL has begun anew.
            self.copied.store(0, Ordering::Relaxed);
        }
    }

    fn is_due(&self) -> bool {
        self.frames.load(Ordering::Relaxed).saturating_sub(self.copied.load(Ordering::Relaxed)) >= SOFT_FRAMES
    }

    /// Whether a commit should try to begin the WAL anew: once after each time that the thread has copied.
    fn may_restart(&self) -> bool {
        let (frames, copied) = (self.frames.load(Ordering::Relaxed), self.copied.load(Ordering::Relaxed));
        frames >= RESTART_FRAMES
            && frames.saturating_sub(copied) <= REST_FRAMES
            && !self.tried.swap(true, Ordering::Relaxed)
    }

    fn must_wait(&self) -> bool {
        self.frames.load(Ordering::Relaxed) >= HARD_FRAMES
    }
}

/// The thread that copies, when there is one.
pub(super) struct Checkpointer {
    files: Arc<Files>,
    progress: Arc<Progress>,
    thread: Mutex<Option<Running>>,
}

struct Running {
    /// Holds one request: two are one.
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
}

impl Checkpointer {
    pub(super) fn new(files: Arc<Files>, progress: Arc<Progress>) -> Self {
        Self { files, progress, thread: Mutex::default() }
    }

    /// Called after each commit: wakes the thread when there is something to do.
    pub(super) fn commit_done(&self) {
        if !self.progress.is_due() {
            return;
        }
        let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        if thread.is_none() {
            // Without a thread, the hard limit still holds.
            *thread = self.start().ok();
        }
        if let Some(running) = &*thread {
            let _ = running.wake.try_send(());
        }
    }

    /// Called before each commit, with the turn: begins the WAL anew when that costs little, and at the hard limit waits until everything
    /// is copied.
    pub(super) fn make_room(&self, writer: &Connection, limit: Duration) -> Result<(), StorageError> {
        if self.progress.may_restart()
            && everything(writer, CheckpointMode::RESTART, Duration::ZERO, &self.files).is_ok()
        {
            self.emptied();
        }
        if !self.progress.must_wait() {
            return Ok(());
        }
        everything(writer, CheckpointMode::RESTART, limit, &self.files)?;
        self.emptied();
        Ok(())
    }

    /// The WAL has been copied as a whole, and begins anew.
    pub(super) fn emptied(&self) {
        self.progress.committed(0);
    }

    /// Called when the storage is closed: ends the thread, and empties the WAL when it is worth it and nobody minds.
    pub(super) fn close(&self, writer: &Connection, lock: &Arc<FairLock>) {
        let running = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { wake, thread }) = running {
            drop(wake);
            let _ = thread.join();
        }
        if self.progress.frames.load(Ordering::Relaxed) < LEFT_FRAMES {
            return;
        }
        // Whoever is in the way has the store open, and will do this when he leaves.
        if let Ok(_turn) = lock.take(Duration::ZERO) {
            let _ = everything(writer, CheckpointMode::TRUNCATE, Duration::ZERO, &self.files);
        }
    }

    fn start(&self) -> std::io::Result<Running> {
        let (wake, requests) = sync_channel(1);
        let files = Arc::clone(&self.files);
        let progress = Arc::clone(&self.progress);
        let thread =
            Builder::new().name("coffer-wal".to_owned()).spawn(move || run(&requests, &files, &progress))?;
        Ok(Running { wake, thread })
    }
}

/// Copies everything, waiting at most `limit` for readers and for a checkpoint that is under way; the caller has the turn.
pub(super) fn everything(
    writer: &Connection,
    mode: CheckpointMode,
    limit: Duration,
    files: &Files,
) -> Result<(), StorageError> {
    let explained = |error| explain(&error, files);
    // SQLite waits for readers, but never for another checkpoint. So it is told not to wait, and asked again.
    writer.busy_timeout(Duration::ZERO).map_err(explained)?;
    let done = ask_again(|| writer.wal_checkpoint_v2(Some(MAIN_DB), mode).map_err(explained), limit);
    writer.busy_timeout(Duration::from_secs(BUSY_WAIT_SECONDS)).map_err(explained)?;
    done.map(drop)
}

fn ask_again<T>(
    mut ask: impl FnMut() -> Result<T, StorageError>,
    limit: Duration,
) -> Result<T, StorageError> {
    let mut left = limit;
    let mut pause = PAUSE_MIN;
    loop {
        match ask() {
            Err(StorageError::Busy(_)) if !left.is_zero() => sleep(pause.min(left)),
            Err(StorageError::Busy(_)) => return Err(StorageError::Busy(limit.as_secs().max(1))),
            answer => return answer,
        }
        left = left.saturating_sub(pause);
        pause = pause.saturating_mul(2).min(PAUSE_MAX);
    }
}

fn run(requests: &Receiver<()>, files: &Files, progress: &Progress) {
    let mut connection = None;
    while requests.recv().is_ok() {
        if connection.is_none() {
            // An error here is one that commits meet as well, and they have somebody to tell.
            connection = connection::open(&files.database, Role::Checkpointer).ok();
        }
        if let Some(connection) = &connection {
            copy(connection, progress);
        }
    }
}

fn copy(connection: &Connection, progress: &Progress) {
    let copied = match connection.wal_checkpoint_v2(Some(MAIN_DB), CheckpointMode::PASSIVE) {
        Ok((_, copied)) => u32::try_from(copied).unwrap_or(0),
        // Another process is at it, or the disk is full: the next thousand frames ask again.
        Err(_) => progress.frames.load(Ordering::Relaxed),
    };
    progress.copied.store(copied, Ordering::Relaxed);
    progress.tried.store(false, Ordering::Relaxed);
}
