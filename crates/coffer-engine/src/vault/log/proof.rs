//! Proves that an entry is in the log, or that the log goes on from what it was, to somebody who has nothing but the log's public key.

use coffer_log::proof::{consistency_proof, consistency_tiles, inclusion_proof, inclusion_tiles};
use coffer_log::tile::TILE_WIDTH;
use coffer_log::{Hash, Proof};

use super::read::LogReader;
use crate::action::Action;
use crate::audit::LoggedEntry;
use crate::entry_id::EntryId;
use crate::error::{Error, NotFound};
use crate::fault::{Corrupt, Invalid};
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
        let hashes = inclusion_proof(entry.index, size, &tiles).map_err(|_| no_tree())?;
        let proof = Proof { index: entry.index, hashes, checkpoint: reader.checkpoint().await? };
        Ok(ProvedEntry { entry, proof })
    }

    /// The proof that the log of `new` entries goes on from the one that had `old`.
    ///
    /// # Errors
    /// [`Invalid`] when the log has not been so large, or `old` is larger than `new`; refusals and storage errors as for every verb.
    pub async fn audit_consistency(
        &self,
        op: &Op,
        old: u64,
        new: u64,
        instance: bool,
    ) -> Result<Vec<Hash>, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditProof, "", None).await?;
        let reader = LogReader::new(self, pass);
        if old > new || new > reader.size() {
            return Err(Invalid::new(
                "consistency.sizes",
                format!("the log has {} entries, and goes on from fewer to more", reader.size()),
                "name two sizes that it has had, the smaller one first",
            )
            .into());
        }
        reader.consistency(old, new).await
    }
}

impl EntryRef {
    /// From its index, or its number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let index = text.parse().ok().map(Self::Index);
        index.or_else(|| EntryId::parse(text).map(Self::Id))
    }
}

impl LogReader {
    /// The hashes that show that the log of `new` entries begins with the one of `old`.
    pub(super) async fn consistency(&self, old: u64, new: u64) -> Result<Vec<Hash>, Error> {
        let tiles = self.tiles(consistency_tiles(old, new)).await?;
        Ok(consistency_proof(old, new, &tiles).map_err(|_| no_tree())?)
    }

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

fn no_tree() -> Corrupt {
    Corrupt::new("the tree of the audit log")
}
