//! Reading a file that a secret holds: decided and written down as every read, and then given out chunk by chunk.
//!
//! # Invariants
//! - Nothing is opened before the entry is durable. What is given out later is what was decided on: this version, and no other.
//! - A part that is gone because its version was destroyed meanwhile is absent; any other that does not open is corrupt. Both end the
//!   file where it is, with an entry, if whoever reads may still be answered.

use std::convert::Infallible;

use coffer_encryption::SecretBytes;
use tokio::sync::OwnedSemaphorePermit;

use super::Vault;
use super::disclose::{Content, PartFault, disclose_file};
use super::round::{Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::content::FileInfo;
use crate::error::{Error, NotFound};
use crate::fault::Corrupt;
use crate::op::Op;
use crate::path::SecretPath;
use crate::time::Timestamp;
use crate::version::{VersionNumber, Which};

/// A file that was disclosed, as far as it is not given out yet. Holds the vault's keys as long as it is there.
pub struct OpenFile {
    vault: Vault,
    op: Op,
    path: SecretPath,
    version: VersionNumber,
    file: FileInfo,
    expires: Option<Timestamp>,
    content: Content,
    _turn: OwnedSemaphorePermit,
}

impl Vault {
    /// Reads one version of a secret that holds a file: decides, leaves the entry, and only then gives out what opens it.
    ///
    /// # Errors
    /// As [`Vault::get`]; [`crate::error::Conflict::HoldsValue`] for a secret that holds no file; [`crate::error::ErrorKind::Busy`] when
    /// [`crate::limits::FILES_OUT_MAX`] others are given out.
    pub async fn get_file(&self, op: &Op, path: &SecretPath, which: Which) -> Result<OpenFile, Error> {
        let (turn, which) = (self.inner.turns.to_go_out()?, &which);
        let (file, version, expires, content) = self
            .decide(op, Scope::Tenant, |round| {
                Box::pin(async move {
                    let permit = round.permit(Action::SecretGet, Place::Secret(path.clone()))?;
                    let (found, file) = round.found_version(path, which, permit).await?.with_file()?;
                    let (version, expires) = (found.sealed.version(), found.expires);
                    let corrupt = found.draft(Outcome::Corrupt);
                    let receipt = round.note(found.draft(Outcome::Done)).await?;
                    match disclose_file(found.sealed, file.clone(), found.permit, receipt) {
                        Ok(content) => Ok((file, version, expires, content)),
                        Err(error) => Err(Stop::recorded(corrupt, error)),
                    }
                })
            })
            .await?;
        // What is decided from now on is no answer to this request any more.
        let op = Op { trail: None, ..op.clone() };
        let (vault, path) = (self.clone(), path.clone());
        Ok(OpenFile { vault, op, path, version, file, expires, content, _turn: turn })
    }

    /// Why a part that was to be given out could not be; the entry that says so.
    async fn missing_part(&self, op: &Op, path: &SecretPath, version: VersionNumber) -> Error {
        let ended = self.decide::<Infallible>(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::SecretGet, Place::Secret(path.clone()))?;
                let head = round.head(path).await?;
                let draft = |outcome| Draft::new(Action::SecretGet, path.as_str(), outcome).version(version);
                Err(match head.is_some_and(|head| head.has_value(version)) {
                    true => Stop::recorded(draft(Outcome::Corrupt), Corrupt::new("a part of a file")),
                    false => {
                        let gone = NotFound::Version(format!("{version} of {path}"));
                        Stop::recorded(draft(Outcome::Absent), gone)
                    }
                })
            })
        });
        match ended.await {
            Err(error) => error,
        }
    }
}

impl OpenFile {
    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &SecretPath {
        &self.path
    }

    /// Which version this is.
    #[must_use]
    pub fn version(&self) -> VersionNumber {
        self.version
    }

    /// What is known of the file.
    #[must_use]
    pub fn info(&self) -> &FileInfo {
        &self.file
    }

    /// When the secret expires, or has expired: who reads it should know.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// The next piece of its content, at most 16 KiB; `None` behind the last: then it was all there, as it was stored.
    ///
    /// # Errors
    /// [`NotFound`] when the version was destroyed meanwhile; [`Corrupt`] for a part that was changed, moved or taken away; storage
    /// errors. Nothing that was given out before is the whole file then.
    pub async fn next(&mut self) -> Result<Option<SecretBytes>, Error> {
        match self.content.next(self.vault.inner.storage.as_ref()).await {
            Ok(piece) => Ok(piece),
            Err(PartFault::Broken) => Err(self.vault.missing_part(&self.op, &self.path, self.version).await),
            Err(PartFault::Unread(error)) => Err(error),
        }
    }
}

/// Says nothing of what it holds.
impl std::fmt::Debug for OpenFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenFile({} version {})", self.path, self.version)
    }
}
