//! Gives the newest checkpoint to somebody outside, and keeps what they sign.
//!
//! Who holds a checkpoint can tell later whether the log has been rewritten. The vault does not reach outside itself: it gives the
//! checkpoint and proofs, and takes cosignatures back. An entry is written before, and one after.

use std::convert::Infallible;

use coffer_log::proof::{root_of, root_tiles};
use coffer_log::{Checkpoint, Hash, KeyHistory, NoteSignature, SignedNote, VerifierKey};

use super::read::LogReader;
use crate::access::Place;
use crate::action::Action;
use crate::audit::log::signing::{open_note, seal_checkpoint, seal_witness};
use crate::audit::{Detail, Draft, Outcome, Remark};
use crate::error::{Error, ErrorKind};
use crate::fault::{Corrupt, Invalid};
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::round::{Scope, Stop};

/// A checkpoint on its way out.
pub struct Publication {
    reader: LogReader,
    note: SignedNote,
    /// Entries in the log that the note is of; the reader's may have grown since.
    size: u64,
    to: Remark,
    scope: Scope,
}

impl Vault {
    /// The newest checkpoint, to be given to `to`, as a person would call it.
    ///
    /// # Errors
    /// [`Invalid`] for a name that is empty, too long, or not one line; refusals and storage errors as for every verb.
    pub async fn audit_publish(&self, op: &Op, to: &str, instance: bool) -> Result<Publication, Error> {
        let to = Remark::parse("receiver's name", to)?;
        let detail = Detail::Publish { cosigned: Vec::new(), size: None, to: to.clone() };
        let scope = Scope::of(instance);
        let pass = self.pass(op, scope, Action::AuditPublish, "", Some(detail)).await?;
        let reader = LogReader::new(self, pass);
        Ok(Publication { note: reader.checkpoint().await?, size: reader.size(), reader, to, scope })
    }

    /// A checkpoint that [`Vault::audit_publish`] gave out in an earlier request, so that this one can say what became of it. It leaves
    /// no entry unless the answer is no: the one before it has its own, and so has what follows.
    ///
    /// # Errors
    /// [`Invalid`] for a name as there, and for what is no checkpoint of this log as it is; refusals and storage errors as for every
    /// verb.
    pub async fn audit_publication(
        &self,
        op: &Op,
        to: &str,
        note: &SignedNote,
        instance: bool,
    ) -> Result<Publication, Error> {
        let to = Remark::parse("receiver's name", to)?;
        let scope = Scope::of(instance);
        let reader = LogReader::new(self, self.pass_again(op, scope, Action::AuditPublish).await?);
        match reader.own_part(note).await {
            Ok((note, size)) => Ok(Publication { note, size, reader, to, scope }),
            Err(error) => match error.into_kind() {
                ErrorKind::Invalid(invalid) => Err(self.not_published(op, scope, &invalid).await),
                kind => Err(kind.into()),
            },
        }
    }

    /// It went out. The checkpoint is kept, with the cosignatures of this witness, each of which is verified first.
    ///
    /// # Errors
    /// [`Invalid`] for a cosignature that is not the witness's; refusals and storage errors as for every verb.
    pub async fn audit_published(
        &self,
        op: &Op,
        publication: Publication,
        cosignatures: &[NoteSignature],
        witness: Option<&VerifierKey>,
    ) -> Result<(), Error> {
        let Publication { note, size, to, scope, .. } = publication;
        let (kept, cosigned) = match cosigned(&note, cosignatures, witness) {
            Ok(cosigned) => cosigned,
            Err(invalid) => return Err(self.not_published(op, scope, &invalid).await),
        };
        let detail = &Detail::Publish { cosigned, size: Some(size), to };
        let kept = &kept;
        let done = self.change(op, scope, (Action::AuditPublish, &[Place::Tenant]), |round, first| {
            Box::pin(async move {
                let ring = round.ring();
                let mut changes = Changes::default();
                // Others may have cosigned the same checkpoint: their lines stay.
                let key = keyspace::numbered(ring.owner(), Table::LogCheckpoint, size);
                let before = round.vault.inner.storage.get(&[key]).await?.pop().flatten();
                round.expect.insert(key, before.as_ref().map(|record| record.revision));
                let mut lines = kept.clone();
                if let Some(before) = before {
                    for line in open_note(&ring, &key, &before)?.signatures() {
                        if !lines.signatures().contains(line) {
                            lines = lines
                                .with_signature(line.clone())
                                .map_err(|_| Corrupt::new("a kept checkpoint"))?;
                        }
                    }
                }
                changes.put(seal_checkpoint(&ring, size, lines.to_string())?);
                if let Some(witness) = witness {
                    changes.put(seal_witness(&ring, witness)?);
                }
                let draft = Draft::new(Action::AuditPublish, "", Outcome::Done).detail(detail.clone());
                round.commit(first, changes, vec![draft], ()).await
            })
        });
        done.await.map(drop)
    }

    /// Writes down that what was said of a publication can't be right.
    async fn not_published(&self, op: &Op, scope: Scope, invalid: &Invalid) -> Error {
        let answer = self.decide(op, scope, |round| {
            Box::pin(async move {
                round.permit(Action::AuditPublish, Place::Tenant)?;
                Err::<Infallible, Stop>(invalid.clone().into())
            })
        });
        match answer.await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    /// The keys that sign the log, from the first on, with the notes by which each took over.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn audit_takeovers(
        &self,
        op: &Op,
        instance: bool,
    ) -> Result<(KeyHistory, Vec<SignedNote>), Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditVerify, "", None).await?;
        LogReader::new(self, pass).takeovers().await
    }

    /// The keys that sign the log, from the first on. The first one is what an auditor has to know.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn audit_keys(&self, op: &Op, instance: bool) -> Result<KeyHistory, Error> {
        Ok(self.audit_takeovers(op, instance).await?.0)
    }
}

impl Publication {
    /// The checkpoint: a signed note.
    #[must_use]
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Entries in the log that it is of.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The proof that the log of this checkpoint goes on from the one that had `old` entries.
    ///
    /// # Errors
    /// [`Corrupt`] when the log can't prove it, also for an `old` that is larger; storage errors.
    pub async fn consistency(&self, old: u64) -> Result<Vec<Hash>, Error> {
        self.reader.consistency(old, self.size).await
    }
}

impl LogReader {
    /// A checkpoint of this log with the log's own signatures, and its size. What others signed on it was not looked at, and is left out.
    async fn own_part(&self, note: &SignedNote) -> Result<(SignedNote, u64), Error> {
        let history = self.history().await?;
        let checked = history.check(note).map_err(|_| not_ours())?;
        let Checkpoint { size, root, .. } = checked.checkpoint();
        if *size > self.size() || self.root(*size).await? != *root {
            return Err(not_ours().into());
        }
        let epoch = history.key_at(*size);
        let others = note.unknown(&[epoch.key().clone(), epoch.cosigner()]);
        let own = note.signatures().iter().filter(|line| !others.contains(line)).cloned();
        Ok((SignedNote::new(note.text(), own.collect()).map_err(|_| not_ours())?, *size))
    }

    /// The root of the first `size` entries.
    async fn root(&self, size: u64) -> Result<Hash, Error> {
        let tiles = self.tiles(root_tiles(size)).await?;
        Ok(root_of(size, &tiles).map_err(|_| Corrupt::new("the tree of the audit log"))?)
    }
}

/// The checkpoint with cosignatures of this witness, and whose they are.
fn cosigned(
    note: &SignedNote,
    cosignatures: &[NoteSignature],
    witness: Option<&VerifierKey>,
) -> Result<(SignedNote, Vec<String>), Invalid> {
    let (mut kept, mut names) = (note.clone(), Vec::new());
    for cosignature in cosignatures {
        let one = note.with_signature(cosignature.clone()).map_err(|_| not_theirs())?;
        let witness = witness.ok_or_else(not_theirs)?;
        one.verify(witness).map_err(|_| not_theirs())?;
        kept = kept.with_signature(cosignature.clone()).map_err(|_| not_theirs())?;
        names.push(witness.name().to_string());
    }
    Ok((kept, names))
}

fn not_theirs() -> Invalid {
    Invalid::new(
        "cosignature.invalid",
        "the cosignature is not one of this witness, or not of this checkpoint",
        "check the witness's key; what it sent was not kept",
    )
}

fn not_ours() -> Invalid {
    Invalid::new(
        "checkpoint.invalid",
        "the checkpoint is not one of this log as it is",
        "send it as it was given out; if it was, the log is another by now: `coffer audit verify --with-store`",
    )
}
