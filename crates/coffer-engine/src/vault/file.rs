//! A sealed file beside the store: the encrypted copy of an imported `.env`.
//!
//! Its content is sealed exactly as a version of a secret is, under a data key of its own, and it is opened through the same
//! door, with a permit and a receipt. The file is useless without the store that made it.

use std::sync::Arc;

use coffer_encryption::{SecretBytes, random};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{CborLen, Decode, Encode};

use super::Vault;
use super::disclose::{Kind, Row, SealedVersion, disclose};
use super::round::{Scope, Stop};
use crate::access::Place;
use crate::action::Action;
use crate::audit::{Draft, Outcome};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::op::Op;
use crate::path::SecretPath;
use crate::secret::{Secret, Value};
use crate::storage::record::{decode, encode};
use crate::version::VersionNumber;

/// What every sealed file begins with: a line that a person can read.
const MAGIC: &[u8] = b"coffer-file-1: sealed; `coffer open FILE` shows it\n";

/// The bytes of a sealed file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedFile(Vec<u8>);

impl SealedFile {
    /// The bytes to write.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What follows the first line: CBOR.
#[derive(Encode, Decode, CborLen)]
pub(super) struct Body {
    #[n(0)]
    path: String,
    #[n(1)]
    id: ByteArray<16>,
    #[n(2)]
    row: ByteVec,
}

impl Vault {
    /// Seals a file. `path` is where its content belongs, and who may write there may do it.
    ///
    /// # Errors
    /// [`Invalid`] above 1 MiB; refusals and storage errors as for every verb.
    pub async fn file_seal(
        &self,
        op: &Op,
        path: &SecretPath,
        content: SecretBytes,
    ) -> Result<SealedFile, Error> {
        let value = Value::Bytes(content);
        value.check()?;
        let value = &value;
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                round.permit(Action::FileSeal, Place::Secret(path.clone()))?;
                let id = random::bytes()?;
                let sealed = SealedVersion::seal(
                    round.ring(),
                    path.clone(),
                    id,
                    VersionNumber::FIRST,
                    Kind::File,
                    value,
                )?;
                round.note(Draft::new(Action::FileSeal, path.as_str(), Outcome::Done)).await?;
                let body = Body {
                    path: path.as_str().to_owned(),
                    id: id.into(),
                    row: sealed.bytes().to_vec().into(),
                };
                Ok(SealedFile([MAGIC, encode(&body).as_slice()].concat()))
            })
        })
        .await
    }

    /// Opens a sealed file of this tenant.
    ///
    /// # Errors
    /// [`Invalid`] for what is no sealed file; [`Corrupt`] for one that was changed or belongs to another tenant or store;
    /// refusals and storage errors as for every verb.
    pub async fn file_open(&self, op: &Op, file: &[u8]) -> Result<Secret, Error> {
        let body = file.strip_prefix(MAGIC).ok_or_else(|| {
            Invalid::new(
                "file.not_sealed",
                "the file is not one that Coffer sealed",
                "name the `.bak` that `coffer import` wrote",
            )
        })?;
        let body: Body = decode(body)?;
        let path = SecretPath::parse(&body.path).map_err(|_| Corrupt::new("a sealed file"))?;
        let row: Arc<Row> = Arc::new(decode(&body.row)?);
        let (path, id, row) = (&path, *body.id, &row);
        self.decide(op, Scope::Tenant, |round| {
            Box::pin(async move {
                let permit = round.permit(Action::FileOpen, Place::Secret(path.clone()))?;
                let draft = |outcome| {
                    Draft::new(Action::FileOpen, path.as_str(), outcome).version(VersionNumber::FIRST)
                };
                let sealed = SealedVersion::stored(
                    round.ring(),
                    path.clone(),
                    id,
                    VersionNumber::FIRST,
                    Kind::File,
                    Arc::clone(row),
                );
                let receipt = round.leave(vec![draft(Outcome::Done)]).await?.pop();
                let receipt = receipt.ok_or(Corrupt::new("an answer"))?;
                disclose(sealed, permit, receipt)
                    .map_err(|corrupt| Stop::recorded(draft(Outcome::Corrupt), corrupt))
            })
        })
        .await
    }
}
