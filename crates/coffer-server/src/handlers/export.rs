//! `/api/v1/audit/export`: a log as a bundle, in a tar archive that is made while it is sent.
//!
//! # Invariants
//! - The newest checkpoint comes first, so that whoever reads the archive knows of which log and which size all the rest is, and the
//!   entries last.
//! - An archive that breaks off has no end, and no bundle of it verifies.
//! - It breaks off when the server is sealed: an export would hold the keys for as long as somebody takes it.

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use coffer_engine::Vault;
use coffer_engine::vault::{LogExport, Part};
use coffer_log::bundle::{Name, entry_line};
use futures_util::stream::try_unfold;
use serde::Deserialize;
use tar::{EntryType, Header};
use tokio::time::Instant;

use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::limits::EXPORT_TIME;
use crate::service::Shared;

/// What a tar archive is called (by everybody, though nobody registered it).
const TAR: &str = "application/x-tar";
/// What is in an archive is filled up to a multiple of so many bytes; two such blocks of nothing end it.
const BLOCK: usize = 512;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportQuery {
    #[serde(default)]
    instance: bool,
    #[serde(default)]
    from: u64,
}

/// The whole log, or what a bundle of its first `from` entries lacks.
pub(crate) async fn export(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ExportQuery>()?);
    let vault = call.vault()?;
    let mut export = vault.audit_export_parts(&op, query.instance).await?;
    let tiles: Vec<_> = export.tiles_after(query.from).collect();
    export.begin(query.from, tiles)?;
    let (shared, until) = (Arc::clone(&call.shared), Instant::now().checked_add(EXPORT_TIME));
    let archive = Archive { export, vault, shared, sent: Sent::Nothing, until };
    let parts = try_unfold(archive, |mut archive| async move {
        let part = archive.next().await.inspect_err(|error| {
            tracing::warn!(cause = %error, "an export broke off");
        })?;
        Ok::<_, io::Error>(part.map(|part| (Bytes::from(part), archive)))
    });
    Ok(Answer::of(TAR, Body::from_stream(parts)))
}

/// An archive on its way.
struct Archive {
    export: LogExport,
    /// Whose log it is, as it was open when this began.
    vault: Vault,
    shared: Arc<Shared>,
    sent: Sent,
    /// When it has to be through.
    until: Option<Instant>,
}

/// How far it has come.
enum Sent {
    Nothing,
    Files,
    /// Of the entries so many bytes are still to come.
    Entries {
        left: u64,
        all: u64,
    },
    All,
}

impl Archive {
    async fn next(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "it was taken too slowly"));
        }
        if !self.shared.vault().is_some_and(|open| open.is(&self.vault)) {
            return Err(io::Error::other("the server was sealed"));
        }
        if matches!(self.sent, Sent::Nothing) {
            self.sent = Sent::Files;
            return file(Name::Newest, self.export.checkpoint().to_string().as_bytes()).map(Some);
        }
        match self.export.next().await.map_err(io::Error::other)? {
            Some(Part::File(name, bytes)) => file(name, &bytes).map(Some),
            Some(Part::Entries(first, leaves)) => {
                let mut sent = Vec::new();
                if !matches!(self.sent, Sent::Entries { .. }) {
                    let all = self.export.entries_bytes().await.map_err(io::Error::other)?;
                    sent = head(Name::Entries, all)?;
                    self.sent = Sent::Entries { left: all, all };
                }
                let lines =
                    (first..).zip(&leaves).map(|(index, leaf)| entry_line(leaf, index, self.export.origin()));
                let lines = lines.collect::<Vec<_>>().concat();
                self.went(lines.len())?;
                sent.extend(lines);
                Ok(Some(sent))
            }
            None => self.end(),
        }
    }

    /// So many bytes of the entries go out. It was said how many there are, and the log only grows: fewer would be a torn archive.
    fn went(&mut self, bytes: usize) -> io::Result<()> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        match &mut self.sent {
            Sent::Entries { left, .. } if *left >= bytes => *left = left.saturating_sub(bytes),
            _ => return Err(io::Error::other("the log has changed under its export")),
        }
        Ok(())
    }

    fn end(&mut self) -> io::Result<Option<Vec<u8>>> {
        let filling = match std::mem::replace(&mut self.sent, Sent::All) {
            Sent::All => return Ok(None),
            Sent::Entries { left: 0, all } => filling(all),
            Sent::Entries { .. } => return Err(io::Error::other("the log has changed under its export")),
            Sent::Nothing | Sent::Files => 0,
        };
        Ok(Some(vec![0; filling.saturating_add(BLOCK).saturating_add(BLOCK)]))
    }
}

/// A file of the archive, whole.
fn file(name: Name, bytes: &[u8]) -> io::Result<Vec<u8>> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut file = head(name, length)?;
    file.extend_from_slice(bytes);
    file.resize(file.len().saturating_add(filling(length)), 0);
    Ok(file)
}

fn head(name: Name, bytes: u64) -> io::Result<Vec<u8>> {
    let mut head = Header::new_ustar();
    head.set_path(name.to_string())?;
    head.set_entry_type(EntryType::Regular);
    // As a bundle's writer would make it; of when it is from there is nothing but what is signed.
    head.set_mode(0o600);
    head.set_mtime(0);
    head.set_size(bytes);
    head.set_cksum();
    Ok(head.as_bytes().to_vec())
}

/// Bytes that fill up the last block of something so long.
fn filling(bytes: u64) -> usize {
    let block = u64::try_from(BLOCK).unwrap_or(u64::MAX);
    usize::try_from(bytes.next_multiple_of(block).saturating_sub(bytes)).unwrap_or_default()
}
