//! Hands every entry of every log to a plain reader outside, such as a file: once, in order, from where it stopped.
//!
//! The reader can lag. It can't lose an entry, because how far it has come is stored with the log; and it blocks nobody, because nobody
//! waits for it.
//!
//! # Invariants
//! - The cursor is stored after the reader said that its lines are durable, and before the first one is given to a reader that is
//!   somewhere else than the cursor says. What it has beyond the cursor it says itself, and is not given twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coffer_log::bundle::entry_line;
use coffer_log::tile::TILE_WIDTH;
use minicbor::bytes::ByteVec;
use minicbor::{CborLen, Decode, Encode};

use super::integrate::Turn;
use super::pass::{Pass, unrecorded};
use super::read::LogReader;
use crate::access::{self, Place};
use crate::action::Action;
use crate::audit::log::signing::{origin, origin_of};
use crate::error::{Conflict, Error, ErrorKind};
use crate::limits::SCAN_PAGE_MAX;
use crate::op::Op;
use crate::storage::keyring::KeyRing;
use crate::storage::keyspace::{self, Table};
use crate::storage::record::{open_record, seal_record};
use crate::storage::{Key, Revision, StorageError};
use crate::tenant::TenantId;
use crate::vault::Vault;

/// Somebody who takes lines: `{"entry":..,"leaf_hash":..,"log_index":..,"log_origin":..}`.
pub trait LineSink: Send {
    /// Where it is, in its own form: all that it has is before it.
    fn position(&self) -> Vec<u8>;
    /// The index behind the last line that it has of this log beyond the position it was opened at.
    fn next_index(&self, origin: &str) -> Option<u64>;
    /// Takes whole lines.
    ///
    /// # Errors
    /// In its own words.
    fn append(&mut self, lines: &[u8]) -> Result<(), SinkError>;
    /// Makes them durable; where it is then, in its own form.
    ///
    /// # Errors
    /// In its own words.
    fn sync(&mut self) -> Result<Vec<u8>, SinkError>;
}

/// What keeps a reader from taking lines, in its own words.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Why a reader got no further.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The vault has it so.
    #[error(transparent)]
    Vault(#[from] Error),
    /// The reader has it so.
    #[error(transparent)]
    Sink(SinkError),
}

/// How far a reader has come.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, CborLen)]
pub(super) struct Cursor {
    /// The reader's own.
    #[n(0)]
    position: ByteVec,
    /// The next index, by origin.
    #[n(1)]
    next: BTreeMap<String, u64>,
}

impl Vault {
    /// Brings the reader called `name` up to date, and says how many lines it took. `open` opens it where it was.
    ///
    /// # Errors
    /// [`StreamError`]; what the reader has taken by then it is not given again.
    pub async fn audit_stream<S: LineSink>(
        &self,
        op: &Op,
        name: &str,
        open: impl FnOnce(Option<&[u8]>) -> Result<S, SinkError> + Send,
    ) -> Result<u64, StreamError> {
        let instance = self.load_instance().await?;
        let (mut cursor, revision) = self.cursor(instance.ring(), name).await?;
        let known = known_position(revision, &cursor);
        let mut sink = open(known).map_err(StreamError::Sink)?;
        let logs = self.logs().await?;
        for owner in &logs {
            let origin = origin_of(self.inner.instance, *owner).map_err(Error::from)?;
            let next = cursor.next.entry(origin.as_str().to_owned()).or_insert(0);
            *next = (*next).max(sink.next_index(origin.as_str()).unwrap_or(0));
        }
        let mut revision = revision;
        if known_position(revision, &cursor) != Some(sink.position().as_slice()) {
            cursor.position = sink.position().into();
            revision = Some(self.keep_cursor(instance.ring(), name, &cursor, revision).await?);
        }
        let mut lines = 0;
        for owner in logs {
            let ring = match owner {
                TenantId::INSTANCE => Arc::clone(instance.ring()),
                tenant => match self.ring(tenant).await {
                    // It waits for who unlocks it.
                    Err(error) if matches!(error.kind(), ErrorKind::TenantLocked(_)) => continue,
                    ring => ring?,
                },
            };
            lines = self.stream_log(op, ring, &mut cursor, &mut sink).await?.saturating_add(lines);
        }
        if lines > 0 {
            cursor.position = sink.sync().map_err(StreamError::Sink)?.into();
            self.keep_cursor(instance.ring(), name, &cursor, revision).await?;
        }
        Ok(lines)
    }

    async fn stream_log<S: LineSink>(
        &self,
        op: &Op,
        ring: Arc<KeyRing>,
        cursor: &mut Cursor,
        sink: &mut S,
    ) -> Result<u64, StreamError> {
        let head = self.integrate(&ring, op.now, Turn::Skip).await?;
        // Upkeep, and no disclosure: the file belongs to who started the process, and each line was decided on when it was written.
        let permit =
            access::decide_upkeep(ring.owner(), Action::AuditExport, Place::Tenant).map_err(Error::from)?;
        let reader = LogReader::new(self, Pass::given(ring, head, permit));
        let origin = origin(&reader.ring).map_err(Error::from)?;
        let next = cursor.next.entry(origin.as_str().to_owned()).or_insert(0);
        *next = (*next).max(reader.head.first);
        let mut taken = 0_u64;
        for number in *next / TILE_WIDTH..reader.packs() {
            let indexes = number.saturating_mul(TILE_WIDTH)..;
            let mut lines = Vec::new();
            let from = *next;
            for (index, leaf) in indexes.zip(reader.pack(number).await?).filter(|(index, _)| *index >= from) {
                lines.extend_from_slice(&entry_line(&leaf, index, &origin));
                *next = index.saturating_add(1);
                taken = taken.saturating_add(1);
            }
            sink.append(&lines).map_err(StreamError::Sink)?;
        }
        Ok(taken)
    }

    /// The logs of this store: the instance's, and those of tenants that have one.
    pub(super) async fn logs(&self) -> Result<Vec<TenantId>, Error> {
        let prefix = keyspace::all_of(TenantId::INSTANCE, Table::LogHeads);
        let mut owners: BTreeSet<TenantId> = self.owners_with_pending().await?;
        owners.insert(TenantId::INSTANCE);
        let mut after = None;
        loop {
            let page = self.inner.storage.scan(&prefix, after, SCAN_PAGE_MAX).await?;
            owners
                .extend(page.records.iter().filter_map(|(key, _)| key.suffix_16()).map(TenantId::from_bytes));
            after = page.next;
            if after.is_none() {
                return Ok(owners.into_iter().collect());
            }
        }
    }

    async fn cursor(&self, instance: &KeyRing, name: &str) -> Result<(Cursor, Option<Revision>), Error> {
        let key = cursor_key(instance, name);
        match self.inner.storage.get(&[key]).await?.pop().flatten() {
            Some(record) => Ok((open_record(instance, &key, &record)?, Some(record.revision))),
            None => Ok((Cursor { position: Vec::new().into(), next: BTreeMap::new() }, None)),
        }
    }

    /// Stores how far the reader is, if nobody else has meanwhile.
    async fn keep_cursor(
        &self,
        instance: &KeyRing,
        name: &str,
        cursor: &Cursor,
        revision: Option<Revision>,
    ) -> Result<Revision, Error> {
        let key = cursor_key(instance, name);
        let put = seal_record(instance, key, cursor).map_err(|_| unrecorded(StorageError::Entries))?;
        let put_revision = put.revision;
        match self.commit_beside(key, revision, put).await? {
            true => Ok(put_revision),
            false => Err(Conflict::Contended.into()),
        }
    }
}

/// Where the reader was, if it ever was.
fn known_position(revision: Option<Revision>, cursor: &Cursor) -> Option<&[u8]> {
    revision.is_some().then_some(cursor.position.as_slice())
}

fn cursor_key(instance: &KeyRing, name: &str) -> Key {
    keyspace::log_upkeep(instance.index().hash(b"sink", name.as_bytes()))
}
