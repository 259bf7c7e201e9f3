//! Gives the newest checkpoint to somebody outside, and keeps what they sign.
//!
//! Who holds a checkpoint can tell later whether the log has been rewritten. The vault does not reach outside itself: it gives the
//! checkpoint and proofs, and takes cosignatures back. An entry is written before, and one after.

use coffer_log::proof::{consistency_proof, consistency_tiles};
use coffer_log::{Hash, KeyHistory, NoteSignature, SignedNote, VerifierKey};

use super::read::LogReader;
use crate::access::Place;
use crate::action::Action;
use crate::audit::log::signing::{open_note, seal_checkpoint, seal_witness};
use crate::audit::{Detail, Draft, Outcome, Remark};
use crate::error::Error;
use crate::fault::{Corrupt, Invalid};
use crate::op::Op;
use crate::storage::keyspace::{self, Table};
use crate::vault::Vault;
use crate::vault::changes::Changes;
use crate::vault::round::Scope;

/// A checkpoint on its way out.
pub struct Publication<'v> {
    reader: LogReader<'v>,
    note: SignedNote,
    to: Remark,
    scope: Scope,
}

impl Vault {
    /// The newest checkpoint, to be given to `to`, as a person would call it.
    ///
    /// # Errors
    /// [`Invalid`] for a name that is empty, too long, or not one line; refusals and storage errors as for every verb.
    pub async fn audit_publish(&self, op: &Op, to: &str, instance: bool) -> Result<Publication<'_>, Error> {
        let to = Remark::parse("receiver's name", to)?;
        let detail = Detail::Publish { cosigned: Vec::new(), size: None, to: to.clone() };
        let scope = Scope::of(instance);
        let pass = self.pass(op, scope, Action::AuditPublish, "", Some(detail)).await?;
        let reader = LogReader::new(self, pass);
        Ok(Publication { note: reader.checkpoint().await?, reader, to, scope })
    }

    /// It went out. The checkpoint is kept, with the cosignatures of this witness, each of which is verified first.
    ///
    /// # Errors
    /// [`Invalid`] for a cosignature that is not the witness's; refusals and storage errors as for every verb.
    pub async fn audit_published(
        &self,
        op: &Op,
        publication: Publication<'_>,
        cosignatures: &[NoteSignature],
        witness: Option<&VerifierKey>,
    ) -> Result<(), Error> {
        let Publication { reader, note, to, scope } = publication;
        let size = reader.size();
        let mut cosigned = Vec::new();
        let mut kept = note.clone();
        for cosignature in cosignatures {
            let one = note.with_signature(cosignature.clone()).map_err(|_| not_theirs())?;
            let witness = witness.ok_or_else(not_theirs)?;
            one.verify(witness).map_err(|_| not_theirs())?;
            kept = kept.with_signature(cosignature.clone()).map_err(|_| not_theirs())?;
            cosigned.push(witness.name().to_string());
        }
        let detail = &Detail::Publish { cosigned, size: Some(size), to };
        let kept = &kept;
        self.decide(op, scope, |round| {
            Box::pin(async move {
                round.permit(Action::AuditPublish, Place::Tenant)?;
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
                round.commit(changes, vec![draft]).await.map(|_| ())
            })
        })
        .await
    }

    /// The takeover notes of the keys that sign the log, from the first on.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn audit_takeovers(&self, op: &Op, instance: bool) -> Result<Vec<SignedNote>, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditVerify, "", None).await?;
        LogReader::new(self, pass).notes(Table::LogKey).await
    }

    /// The keys that sign the log, from the first on. The first one is what an auditor has to know.
    ///
    /// # Errors
    /// Refusals and storage errors as for every verb.
    pub async fn audit_keys(&self, op: &Op, instance: bool) -> Result<KeyHistory, Error> {
        let pass = self.pass(op, Scope::of(instance), Action::AuditVerify, "", None).await?;
        LogReader::new(self, pass).history().await
    }
}

impl Publication<'_> {
    /// The checkpoint: a signed note.
    #[must_use]
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Entries in the log that it is of.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.reader.size()
    }

    /// The proof that the log of this checkpoint goes on from the one that had `old` entries.
    ///
    /// # Errors
    /// [`Corrupt`] when the log can't prove it, also for an `old` that is larger; storage errors.
    pub async fn consistency(&self, old: u64) -> Result<Vec<Hash>, Error> {
        let corrupt = |_| Corrupt::new("the tree of the audit log");
        let tiles = self.reader.tiles(consistency_tiles(old, self.size())).await?;
        Ok(consistency_proof(old, self.size(), &tiles).map_err(corrupt)?)
    }
}

fn not_theirs() -> Invalid {
    Invalid::new(
        "cosignature.invalid",
        "the cosignature is not one of this witness, or not of this checkpoint",
        "check the witness's key; what it sent was not kept",
    )
}
