//! The store's write lock: everybody else is kept out.
//!
//! # Invariants
//! - It is held on the connection that commits, so that a process that dies lets go of it. One whose connection breaks takes it again with
//!   the next; what others did between is met by the expectations.
//! - It has an end: whoever holds it and says nothing, because it was stopped or is cut off, loses the connection, and the lock with it.
//! - Whoever drops it, or waits for it no longer, gives the connection back only when the lock is let go of.

use std::sync::Arc;

use coffer_engine::storage::{BoxFuture, Exclusive, Group, StorageError, Verdict};
use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

use crate::errors::explain;
use crate::locks::ALL;
use crate::postgres::Postgres;
use crate::session::{ANSWER_WAIT, END_WHEN_IDLE, STAY_WHEN_IDLE, Writing};
use crate::writer::Writer;

/// The lock, held.
pub(crate) struct Held {
    /// `None`: a commit under it is on its way.
    lock: Option<Lock>,
    storage: Arc<Postgres>,
}

/// The connection that holds it.
struct Lock {
    /// `None`: it was given back.
    writer: Option<OwnedMutexGuard<Writer>>,
    storage: Arc<Postgres>,
}

/// Takes the lock; it waits behind those who wait already.
pub(crate) async fn take(storage: Arc<Postgres>) -> Result<Held, StorageError> {
    let mut writer = Arc::clone(&storage.inner.writer).lock_owned().await;
    writer.session(&storage.inner).await?;
    writer.alone = true;
    let mut taken = Lock { writer: Some(writer), storage: Arc::clone(&storage) };
    if let Some(writer) = &mut taken.writer {
        lock(writer.session(&storage.inner).await?).await?;
    }
    Ok(Held { lock: Some(taken), storage })
}

/// Takes it on this connection.
pub(crate) async fn lock(session: &Writing) -> Result<(), StorageError> {
    let asked = async {
        if session.ends_idle {
            session.client.batch_execute(END_WHEN_IDLE).await?;
        }
        session.client.execute("SELECT pg_advisory_lock($1)", &[&ALL]).await
    };
    match timeout(ANSWER_WAIT, asked).await {
        Ok(locked) => locked.map(drop).map_err(|error| explain(&error)),
        Err(_) => Err(StorageError::Io("the database does not answer".to_owned())),
    }
}

impl Exclusive for Held {
    fn commit(&mut self, group: Group) -> BoxFuture<'_, Result<Vec<Verdict>, StorageError>> {
        Box::pin(async move {
            // A commit whose caller went away has it still, and lets go of it when it is through.
            let mut lock = self.lock.take().ok_or(StorageError::Interrupted)?;
            let storage = Arc::clone(&self.storage);
            let done = storage.worker.run(async move {
                let committed = match &mut lock.writer {
                    Some(writer) => writer.commit(&lock.storage.inner, group).await,
                    None => Err(StorageError::Interrupted),
                };
                Ok((lock, committed))
            });
            let (lock, committed) = done.await?;
            self.lock = Some(lock);
            committed
        })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let Some(mut writer) = self.writer.take() else { return };
        writer.alone = false;
        let inner = Arc::clone(&self.storage.inner);
        self.storage.worker.handle().spawn(async move {
            if let Ok(session) = writer.session(&inner).await {
                let freed = async {
                    let freed = session.client.query_one("SELECT pg_advisory_unlock($1)", &[&ALL]).await?;
                    if session.ends_idle {
                        session.client.batch_execute(STAY_WHEN_IDLE).await?;
                    }
                    Ok::<_, tokio_postgres::Error>(freed)
                };
                let freed = timeout(ANSWER_WAIT, freed).await;
                if !matches!(freed, Ok(Ok(row)) if row.try_get(0).unwrap_or(false)) {
                    writer.hang_up();
                }
            }
        });
    }
}
