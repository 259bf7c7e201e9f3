//! What it takes up: asked in the background, told at once.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use coffer_engine::storage::{Sizes, StorageError};
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::errors::explain;
use crate::postgres::Inner;
use crate::session;

/// How old what is told may be before it is asked anew.
const FRESH: Duration = Duration::from_secs(30);

/// What was heard last.
#[derive(Default)]
pub(crate) struct Measured(Mutex<State>);

#[derive(Default)]
struct State {
    sizes: Sizes,
    asked: Option<Instant>,
}

impl Measured {
    /// What was heard last. When that is old, or nothing, it is asked anew.
    pub(crate) fn last(
        self: &Arc<Self>,
        handle: &Handle,
        measure: impl Future<Output = Result<Sizes, StorageError>> + Send + 'static,
    ) -> Sizes {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.asked.is_none_or(|asked| asked.elapsed() >= FRESH) {
            state.asked = Some(Instant::now());
            let measured = Arc::clone(self);
            handle.spawn(async move {
                if let Ok(sizes) = measure.await {
                    measured.0.lock().unwrap_or_else(PoisonError::into_inner).sizes = sizes;
                }
            });
        }
        state.sizes
    }
}

/// Asks the database. Its WAL is its own affair, and everybody's who uses it.
pub(crate) async fn measure(inner: &Inner) -> Result<Sizes, StorageError> {
    let connected = session::open(&inner.connector, &inner.settings).await?;
    let sql = "SELECT pg_total_relation_size('coffer.record')";
    let row = connected.client.query_one(sql, &[]).await.map_err(|error| explain(&error))?;
    let bytes: i64 = row.try_get(0).map_err(|error| explain(&error))?;
    Ok(Sizes { bytes: u64::try_from(bytes).ok(), wal_bytes: None })
}
