//! Exports a log as a bundle: a folder that a stranger verifies without any key.
//!
//! The vault hands over what the bundle has not got yet. The bundle's writer puts it into files, and verifies what it has written.

use coffer_log::bundle::{BundleError, BundleWriter};
use coffer_log::tile::TILE_WIDTH;
use coffer_log::{Checkpoint, Origin};

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
    #[error("entries {next} to {last} were pruned before they were exported: export into a new folder")]
    Pruned {
        /// The first one that the folder lacks.
        next: u64,
        /// The last one that is gone.
        last: u64,
    },
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
        let pass = self.pass(op, Scope::of(instance), Action::AuditExport, "", None).await?;
        let reader = LogReader::new(self, pass);
        let mut writer = open(&origin(&reader.ring).map_err(Error::from)?)?;
        let next = writer.next_index();
        let first = reader.head.first;
        // A new bundle begins where the log does.
        let from = if next == 0 { first } else { next };
        if from < first {
            return Err(ExportError::Pruned { next, last: first.saturating_sub(1) });
        }
        let added = reader.export_entries(&mut writer, from).await?;
        reader.export_proofs(&mut writer).await?;
        writer.finish(&reader.checkpoint().await?)?;
        Ok(Exported { added, size: reader.size() })
    }
}

impl LogReader<'_> {
    async fn export_entries(&self, writer: &mut BundleWriter, from: u64) -> Result<u64, ExportError> {
        let mut added = 0_u64;
        for number in from / TILE_WIDTH..self.packs() {
            let indexes = number.saturating_mul(TILE_WIDTH)..;
            for (index, leaf) in indexes.zip(self.pack(number).await?).filter(|(index, _)| *index >= from) {
                writer.entry(index, &leaf)?;
                added = added.saturating_add(1);
            }
        }
        Ok(added)
    }

    /// Everything but the entries.
    async fn export_proofs(&self, writer: &mut BundleWriter) -> Result<(), ExportError> {
        for (epoch, note) in (0..).zip(self.notes(Table::LogKey).await?) {
            writer.key(epoch, &note)?;
        }
        let missing: Vec<_> = writer.missing_tiles(self.size())?.collect();
        for (id, width) in missing {
            writer.tile(id, &self.tile(id, width).await?)?;
        }
        for note in self.notes(Table::LogCheckpoint).await? {
            // One of the newest size is in the newest checkpoint already.
            if Checkpoint::parse(note.text()).is_ok_and(|kept| kept.size < self.size()) {
                writer.kept_checkpoint(&note)?;
            }
        }
        let prefix = keyspace::all_of(self.ring.owner(), Table::LogWitness);
        let witnesses =
            self.vault.inner.storage.scan(&prefix, None, SCAN_PAGE_MAX).await.map_err(Error::from)?;
        for (key, record) in &witnesses.records {
            writer.witness(&open_witness(&self.ring, key, record).map_err(Error::from)?);
        }
        Ok(())
    }
}
