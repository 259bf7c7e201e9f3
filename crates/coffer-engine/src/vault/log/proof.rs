//! Proves that an entry is in the log, to somebody who has nothing but the log's public key.

use coffer_log::Proof;
use coffer_log::proof::{inclusion_proof, inclusion_tiles};
use coffer_log::tile::TILE_WIDTH;

use super::read::LogReader;
use crate::action::Action;
use crate::audit::LoggedEntry;
use crate::entry_id::EntryId;
use crate::error::{Error, NotFound};
use crate::fault::Corrupt;
use crate::op::Op;
use crate::vault::Vault;
use crate::vault::round::Scope;

/// Which entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryRef {
    /// By its place in the log.
    Index(u64),
    /// By its number.
    Id(EntryId),
}

/// An entry, and the proof that it is in the log.
#[derive(Debug)]
pub struct ProvedEntry {
    /// The entry.
    pub entry: LoggedEntry,
    /// A C2SP `tlog-proof`, with the newest signed checkpoint.
    pub proof: Proof,
}

impl Vault {
    /// The proof that an entry is in the log.
    ///
    /// # Errors
    /// [`NotFound::Entry`] when there is no such entry, or it was pruned; refusals and storage errors as for every verb.
    pub async fn audit_proof(&self, op: &Op, which: EntryRef, instance: bool) -> Result<ProvedEntry, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditProof, "", None).await?;
        let mut reader = LogReader::new(self, pass);
        let entry = reader.find(which).await?.ok_or_else(|| NotFound::Entry(which.to_string()))?;
        let size = reader.size();
        let tiles = reader.tiles(inclusion_tiles(entry.index, size)).await?;
        let hashes = inclusion_proof(entry.index, size, &tiles)
            .map_err(|_| Corrupt::new("the tree of the audit log"))?;
        let proof = Proof { index: entry.index, hashes, checkpoint: reader.checkpoint().await? };
        Ok(ProvedEntry { entry, proof })
    }
}

impl LogReader<'_> {
    /// The entry that is meant.
    pub(super) async fn find(&mut self, which: EntryRef) -> Result<Option<LoggedEntry>, Error> {
        match which {
            EntryRef::Index(index) => self.by_index(index).await,
            EntryRef::Id(id) => self.by_id(id).await,
        }
    }

    async fn by_index(&self, index: u64) -> Result<Option<LoggedEntry>, Error> {
        if index >= self.size() || index < self.head.first {
            return Ok(None);
        }
        let entries = self.entries(index / TILE_WIDTH).await?;
        Ok(entries.into_iter().find(|entry| entry.index == index))
    }

    /// By its number, which begins with the time: only packs of that time are opened.
    async fn by_id(&mut self, id: EntryId) -> Result<Option<LoggedEntry>, Error> {
        let (moment, text) = (Some(id.millis()), id.to_string());
        for number in (self.first_pack()..self.packs()).rev() {
            if self.summary(number).await?.is_some_and(|summary| !summary.may_fall(moment, moment)) {
                continue;
            }
            if let Some(entry) = self.entries(number).await?.into_iter().find(|entry| entry.id == text) {
                return Ok(Some(entry));
            }
        }
        Ok(None)
    }
}

impl std::fmt::Display for EntryRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Index(index) => index.fmt(f),
            Self::Id(id) => id.fmt(f),
        }
    }
}
