//! `/api/v1/audit`: what the log shows to whoever has no key of the vault: proofs, its own keys, checkpoints.

use coffer_log::note::NoteSignature;
use coffer_log::witness::parse_cosignatures;
use coffer_log::{Hash, VerifierKey};
use coffer_wire::audit::{Checkpoint, Consistency, LogKey, LogKeys, ProvedEntry, Publication};
use serde::Deserialize;

use super::log::which;
use super::shapes;
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

/// To whom a checkpoint goes when nobody is named.
const WHO_ASKED: &str = "who asked";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsistencyQuery {
    #[serde(default)]
    instance: bool,
    old: u64,
    new: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointQuery {
    #[serde(default)]
    instance: bool,
    to: Option<String>,
}

/// That one entry is in the log.
pub(crate) async fn proof(call: Call) -> Result<Answer, Failure> {
    let (op, instance, which) = (call.op()?, call.of_instance()?, which(&call)?);
    let proved = call.vault()?.audit_proof(&op, which, instance).await?;
    Answer::json(&ProvedEntry {
        index: proved.entry.index,
        leaf: shapes::text(&proved.entry.leaf),
        proof: proved.proof.to_string(),
    })
}

/// That the log goes on from what it was.
pub(crate) async fn consistency(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<ConsistencyQuery>()?);
    let ConsistencyQuery { instance, old, new } = query;
    let hashes = call.vault()?.audit_consistency(&op, old, new, instance).await?;
    Answer::json(&Consistency { old, new, hashes: hashes.iter().map(Hash::to_base64).collect() })
}

/// The keys that sign it.
pub(crate) async fn keys(call: Call) -> Result<Answer, Failure> {
    let (op, instance) = (call.op()?, call.of_instance()?);
    let (history, notes) = call.vault()?.audit_takeovers(&op, instance).await?;
    let epochs = history.epochs().zip(&notes).map(|(epoch, note)| LogKey {
        epoch: epoch.number(),
        start: epoch.start(),
        key: epoch.key().to_string(),
        note: note.to_string(),
    });
    Answer::json(&LogKeys { key: history.genesis().to_string(), epochs: epochs.collect() })
}

/// The newest checkpoint, on its way to somebody.
pub(crate) async fn checkpoint(call: Call) -> Result<Answer, Failure> {
    let (op, query) = (call.op()?, call.query::<CheckpointQuery>()?);
    let to = query.to.as_deref().unwrap_or(WHO_ASKED);
    let vault = call.vault()?;
    let publication = vault.audit_publish(&op, to, query.instance).await?;
    Answer::json(&Checkpoint { size: publication.size(), note: publication.note().to_string() })
}

/// A checkpoint went to somebody, who may have signed it.
pub(crate) async fn publish(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, instance) = (call.op()?, call.of_instance()?);
    let sent: Publication = call.body(&mut op).await?;
    let note = shapes::note(&sent.note)?;
    let cosignatures = sent.cosignatures.as_deref().map(cosignatures).transpose()?.unwrap_or_default();
    let witness = sent.witness.as_deref().map(verifier_key).transpose()?;
    let vault = call.vault()?;
    let publication = vault.audit_publication(&op, &sent.to, &note, instance).await?;
    vault.audit_published(&op, publication, &cosignatures, witness.as_ref()).await?;
    Ok(Answer::empty())
}

fn cosignatures(sent: &str) -> Result<Vec<NoteSignature>, Failure> {
    parse_cosignatures(sent).map_err(|_| {
        Failure::invalid(
            "cosignature.invalid",
            "the cosignatures are not lines of a signed note",
            "send them as the witness did, each line with its end",
        )
    })
}

fn verifier_key(sent: &str) -> Result<VerifierKey, Failure> {
    VerifierKey::parse(sent).map_err(|_| {
        Failure::invalid(
            "key.invalid",
            "that is no verifier key",
            "it looks like witness.example+1234abcd+BK..",
        )
    })
}
