//! Writing a file into a secret: sealed while it comes, and then one commit as for every write.
//!
//! # Invariants
//! - Nothing of it is stored before all of it is: whoever stops sending has changed nothing.
//! - Whether it may be written is decided before anything is taken in, and once more by the commit.
//! - Of its plaintext there is one piece and one chunk here; sealed it is whole in memory, and so only so many come at once.

use tokio::sync::OwnedSemaphorePermit;

use super::Vault;
use super::disclose::ContentSealer;
use super::held::Held;
use super::round::Scope;
use super::set::{Expect, Plain, Written};
use crate::access::Place;
use crate::action::Action;
use crate::content::MediaType;
use crate::error::Error;
use crate::metadata::MetadataPatch;
use crate::once::Once;
use crate::op::Op;
use crate::path::SecretPath;
use crate::time::Timestamp;

/// A file that is to be written.
#[derive(Debug)]
pub struct WriteFile {
    /// Which secret.
    pub path: SecretPath,
    /// What its content is.
    pub media_type: MediaType,
    /// What the caller believes to be there.
    pub expect: Expect,
    /// What changes about it besides.
    pub metadata: MetadataPatch,
    /// Whether it may take the place of fields.
    pub replace: bool,
}

/// A file that is taken in.
pub struct Upload {
    vault: Vault,
    op: Op,
    write: WriteFile,
    sealer: ContentSealer,
    _turn: OwnedSemaphorePermit,
}

impl Vault {
    /// Begins to write a file. Its content is then pushed, piece by piece, and committed.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb; [`crate::error::ErrorKind::Busy`] when
    /// [`crate::limits::FILES_IN_MAX`] others are taken in.
    pub async fn set_file(&self, op: &Op, write: WriteFile) -> Result<Upload, Error> {
        let path = &write.path;
        let ring = self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretSet, Place::Secret(path.clone()))?;
                Ok(round.ring())
            })
        });
        let ring = ring.await?;
        let turn = self.inner.turns.to_come_in()?;
        let sealer = ContentSealer::begin(&ring)?;
        Ok(Upload { vault: self.clone(), op: op.clone(), write, sealer, _turn: turn })
    }
}

impl Upload {
    /// Takes in the next piece of the content.
    ///
    /// # Errors
    /// [`crate::fault::Invalid`] from the byte on that is one too many: nothing more need be read.
    pub fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        self.sealer.push(piece)
    }

    /// Writes the file, now that all of its content has come: a new version, its parts and its entry in one commit. `once` is what the
    /// request is known by, if it may be sent again.
    ///
    /// # Errors
    /// As [`Vault::set`].
    pub async fn commit(self, now: Timestamp, once: Option<Once>) -> Result<Written, Error> {
        let Self { vault, op, write, sealer, _turn } = self;
        let WriteFile { path, media_type, expect, metadata, replace } = write;
        let held = Some(Held::File(sealer.finish()?, media_type));
        let plain =
            Plain { path, held, template: None, expect, metadata, wipe_fields: replace, merged: None };
        vault.set_one(&Op { now, once, ..op }, plain).await
    }
}

/// Says nothing of what it holds.
impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Upload({})", self.write.path)
    }
}
