//! The log of a served vault is looked after by the server, as a verb of the command line does it for an embedded one.
//!
//! On a thread of its own, and one that stands back: entries are integrated for whole milliseconds at a time, and a request that waited
//! behind that on the same thread would be the slowest of all.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;

use coffer_engine::tenant::TenantName;
use coffer_engine::vault::UpkeepSettings;
use coffer_engine::{Op, block_on};

use crate::limits::{DRAIN_TIME, UPKEEP_EVERY};
use crate::service::Service;

/// How much the thread stands back behind those that answer (`nice`, 0 to 19): it still gets its share of a busy processor.
const NICENESS: i32 = 10;

/// The thread, until it is told to stop.
pub(crate) struct Upkeep {
    stop: Sender<()>,
    /// Says nothing: it is closed when the thread has ended.
    ended: Receiver<()>,
}

impl Upkeep {
    /// Does what is due, every few seconds, and `in_a_pause` whenever that is done. What fails is logged, and tried again.
    pub(crate) fn start(service: Service, settings: UpkeepSettings, in_a_pause: fn()) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let (ending, ended) = channel();
        thread::Builder::new().name("coffer-upkeep".to_owned()).spawn(move || {
            // Of this thread alone (Linux). Where it is refused, the thread is like the others.
            let _ = rustix::process::setpriority_process(None, NICENESS);
            keep_up(&service, settings, in_a_pause, &stopped);
            drop((service, ending));
        })?;
        Ok(Self { stop, ended })
    }

    /// Waits for what is under way, though not for ever: what is not done the next server does.
    pub(crate) fn stop(self) {
        drop(self.stop);
        let _ = self.ended.recv_timeout(DRAIN_TIME);
    }
}

fn keep_up(service: &Service, settings: UpkeepSettings, in_a_pause: fn(), stopped: &Receiver<()>) {
    loop {
        if let Err(error) = block_on(once(service, settings)) {
            tracing::warn!(code = error.code(), cause = %error, "the log could not be tended");
        }
        block_on(service.count_expiring());
        in_a_pause();
        if stopped.recv_timeout(UPKEEP_EVERY) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

async fn once(service: &Service, settings: UpkeepSettings) -> Result<(), coffer_engine::Error> {
    let Some(vault) = service.vault() else { return Ok(()) };
    let now = service.shared().now();
    vault.drop_idle(now);
    if vault.upkeep_is_due(now).await? {
        let op = Op::of_system(TenantName::default_tenant(), now)?;
        let done = vault.upkeep(&op, settings).await?;
        tracing::debug!(
            integrated = done.integrated,
            heads = done.heads,
            pruned = done.pruned,
            swept = done.swept,
            tokens = done.tokens,
            purged = done.purged,
            rotated = done.rotated,
            erased = done.erased,
            "tended the log"
        );
    }
    Ok(())
}
