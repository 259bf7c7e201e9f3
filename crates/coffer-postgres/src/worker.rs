//! The thread that talks to the database, whatever executor its callers have, and when they have none.

use std::future::Future;
use std::thread;

use coffer_engine::storage::StorageError;
use tokio::runtime::{Builder, Handle};
use tokio::sync::oneshot;

/// A thread with an executor. It ends when this is dropped.
pub(crate) struct Worker {
    handle: Handle,
    /// Never sent: the thread notices that it is gone.
    _alive: oneshot::Sender<()>,
}

impl Worker {
    pub(crate) fn start() -> Result<Self, StorageError> {
        let failed = |error: std::io::Error| StorageError::Io(error.to_string());
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let handle = runtime.handle().clone();
        let (alive, gone) = oneshot::channel::<()>();
        let work = move || drop(runtime.block_on(gone));
        thread::Builder::new().name("coffer-postgres".to_owned()).spawn(work).map_err(failed)?;
        Ok(Self { handle, _alive: alive })
    }

    /// Does this there. It goes on when nobody waits for it any more.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StorageError>> + Send + 'static,
    ) -> Result<T, StorageError> {
        self.handle.spawn(work).await.unwrap_or(Err(StorageError::Interrupted))
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}
