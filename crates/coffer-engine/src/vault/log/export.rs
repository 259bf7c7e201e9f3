//! Exports a log as a bundle: a folder that a stranger verifies without any key.
//!
//! The vault hands over what the bundle has not got yet, part by part. A bundle's writer puts it into files, and verifies what it has
//! written; or it goes over a wire to one elsewhere.

use std::collections::VecDeque;

use coffer_log::bundle::{self, BundleError, BundleWriter, Name};
use coffer_log::tile::{TILE_WIDTH, tiles_of};
use coffer_log::{Checkpoint, Origin, SignedNote, TileId, VerifierKey};

use super::read::LogReader;
use crate::action::Action;
use crate::audit::log::signing::{open_witness, origin};
use crate::error::Error;
use crate::limits::SCAN_PAGE_MAX;
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::vault::Vault;
use crate::vault::round::Scope;

/// What was exported.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Exported {
    /// Entries that were added now.
    pub added: u64,
    /// Entries in the log.
    pub size: u64,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The vault has it so.
    #[error(transparent)]
    Vault(#[from] Error),
    /// The folder has it so.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// The folder holds an older export, and what came behind it is gone.
    #[error(transparent)]
    Pruned(#[from] PrunedBefore),
}

/// What an older bundle would be continued with is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("entries {next} to {last} were pruned before they were exported: export into a new folder")]
pub struct PrunedBefore {
    /// The first one that the bundle lacks.
    pub next: u64,
    /// The last one that is gone.
    pub last: u64,
}

/// A log that is being exported, as it was at one moment. Whoever holds it may read it, and an entry says that they do.
pub struct LogExport {
    reader: LogReader,
    origin: Origin,
    checkpoint: SignedNote,
    /// The first entry that is wanted.
    from: u64,
    steps: VecDeque<Step>,
}

/// A part of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A file: any but the entries and the newest checkpoint.
    File(Name, Vec<u8>),
    /// Leaves of entries that follow each other, the first of them with this index.
    Entries(u64, Vec<Vec<u8>>),
}

/// What comes next.
enum Step {
    /// What of the notes is wanted, each as a file.
    Notes,
    File(Name, Vec<u8>),
    Tile(TileId, u16),
    Pack(u64),
}

impl Vault {
    /// Exports the log into the bundle that `open` opens for it; one that is there already is continued.
    ///
    /// # Errors
    /// [`ExportError`]; the bundle is then what it was before.
    pub async fn audit_export(
        &self,
        op: &Op,
        open: impl FnOnce(&Origin) -> Result<BundleWriter, BundleError> + Send,
        instance: bool,
    ) -> Result<Exported, ExportError> {
        let mut export = self.audit_export_parts(op, instance).await?;
        let mut writer = open(export.origin())?;
        let tiles: Vec<_> = writer.missing_tiles(export.size())?.collect();
        export.begin(writer.next_index(), tiles)?;
        let mut added = 0_u64;
        while let Some(part) = export.next().await? {
            match part {
                Part::File(name, bytes) => writer.file(name, &bytes)?,
                Part::Entries(first, leaves) => {
                    for (index, leaf) in (first..).zip(&leaves) {
                        writer.entry(index, leaf)?;
                        added = added.saturating_add(1);
                    }
                }
            }
        }
        writer.finish(export.checkpoint())?;
        Ok(Exported { added, size: export.size() })
    }

    /// The same in parts, for a bundle elsewhere.
    ///
    /// # Errors
    /// [`Error`], refusals included.
    pub async fn audit_export_parts(&self, op: &Op, instance: bool) -> Result<LogExport, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditExport, "", None).await?;
        let reader = LogReader::new(self, pass);
        let (origin, checkpoint) = (origin(&reader.ring)?, reader.checkpoint().await?);
        Ok(LogExport { reader, origin, checkpoint, from: 0, steps: VecDeque::new() })
    }
}

impl LogExport {
    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Entries in the log.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.reader.size()
    }

    /// The newest checkpoint: what is put into its place when the bundle has all the parts.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedNote {
        &self.checkpoint
    }

    /// The tiles that a bundle of the first `from` entries lacks.
    pub fn tiles_after(&self, from: u64) -> impl Iterator<Item = (TileId, u16)> + use<> {
        // A full tile, all of whose leaves were there, was full then too.
        let is_new = move |id: &TileId, width: u16| {
            let leaves = TILE_WIDTH.saturating_pow(u32::from(id.level).saturating_add(1));
            u64::from(width) < TILE_WIDTH || id.index.saturating_add(1).saturating_mul(leaves) > from
        };
        tiles_of(self.size()).filter(move |(id, width)| is_new(id, *width))
    }

    /// Says what is wanted: entries from `from` on, these tiles, and all notes. A new bundle, `from` 0, begins where the log does.
    ///
    /// # Errors
    /// [`PrunedBefore`].
    pub fn begin(
        &mut self,
        from: u64,
        tiles: impl IntoIterator<Item = (TileId, u16)>,
    ) -> Result<(), PrunedBefore> {
        let first = self.reader.head.first;
        self.from = if from == 0 { first } else { from };
        if self.from < first {
            return Err(PrunedBefore { next: from, last: first.saturating_sub(1) });
        }
        let packs = self.from / TILE_WIDTH..self.reader.packs();
        self.steps.push_back(Step::Notes);
        self.steps.extend(tiles.into_iter().map(|(id, width)| Step::Tile(id, width)));
        self.steps.extend(packs.map(Step::Pack));
        Ok(())
    }

    /// The next part; `None`: that was all. The entries come last.
    ///
    /// # Errors
    /// [`Error`]: also when what was wanted is pruned meanwhile.
    pub async fn next(&mut self) -> Result<Option<Part>, Error> {
        if let Some(Step::Notes) = self.steps.front() {
            self.steps.pop_front();
            for (name, bytes) in self.notes().await?.into_iter().rev() {
                self.steps.push_front(Step::File(name, bytes));
            }
        }
        Ok(match self.steps.pop_front() {
            None | Some(Step::Notes) => None,
            Some(Step::File(name, bytes)) => Some(Part::File(name, bytes)),
            Some(Step::Tile(id, width)) => {
                let hashes = self.reader.tile(id, width).await?;
                Some(Part::File(
                    Name::Tile(id, width),
                    hashes.iter().flat_map(|hash| *hash.bytes()).collect(),
                ))
            }
            Some(Step::Pack(number)) => {
                let (first, leaves) = self.pack(number).await?;
                Some(Part::Entries(first, leaves))
            }
        })
    }

    /// How long the lines of all entries that are wanted are together, in bytes. It reads them: for whoever has to say so beforehand.
    ///
    /// # Errors
    /// As [`LogExport::next`].
    pub async fn entries_bytes(&self) -> Result<u64, Error> {
        let mut bytes = 0_u64;
        for number in self.from / TILE_WIDTH..self.reader.packs() {
            let (first, leaves) = self.pack(number).await?;
            for (index, leaf) in (first..).zip(&leaves) {
                let line = bundle::entry_line_len(leaf.len(), index, &self.origin);
                bytes = bytes.saturating_add(u64::try_from(line).unwrap_or(u64::MAX));
            }
        }
        Ok(bytes)
    }

    /// The wanted entries of a pack, and the index of the first.
    async fn pack(&self, number: u64) -> Result<(u64, Vec<Vec<u8>>), Error> {
        let start = number.saturating_mul(TILE_WIDTH);
        let mut leaves = self.reader.pack(number).await?;
        let skipped = self.from.saturating_sub(start);
        leaves.drain(..usize::try_from(skipped).unwrap_or(usize::MAX).min(leaves.len()));
        Ok((start.saturating_add(skipped), leaves))
    }

    /// Keys, older checkpoints, and witnesses who have cosigned one of them or the newest.
    async fn notes(&self) -> Result<Vec<(Name, Vec<u8>)>, Error> {
        let reader = &self.reader;
        let mut files = Vec::new();
        for (epoch, note) in (0..).zip(reader.notes(Table::LogKey).await?) {
            files.push((Name::Key(epoch), note.to_string().into_bytes()));
        }
        let mut signed = vec![self.checkpoint.clone()];
        for note in reader.notes(Table::LogCheckpoint).await? {
            // One of the newest size is in the newest checkpoint already.
            match Checkpoint::parse(note.text()) {
                Ok(kept) if kept.size < self.size() => {
                    files.push((Name::Kept(kept.size), note.to_string().into_bytes()));
                    signed.push(note);
                }
                _ => {}
            }
        }
        let prefix = keyspace::all_of(reader.ring.owner(), Table::LogWitness);
        let witnesses = reader.vault.inner.storage.scan(&prefix, None, SCAN_PAGE_MAX).await?;
        let witnesses: Vec<VerifierKey> = witnesses
            .records
            .iter()
            .map(|(key, record)| open_witness(&reader.ring, key, record))
            .collect::<Result<_, _>>()?;
        let used = witnesses.iter().filter(|witness| signed.iter().any(|note| note.verify(witness).is_ok()));
        let text: String = used.map(|witness| format!("{witness}\n")).collect();
        if !text.is_empty() {
            files.push((Name::Witnesses, text.into_bytes()));
        }
        Ok(files)
    }
}

/// Says nothing: there are keys inside.
impl std::fmt::Debug for LogExport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogExport(..)")
    }
}
