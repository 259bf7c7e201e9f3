//! What a log says to a witness, and what it answers (C2SP tlog-witness, `add-checkpoint`). The texts alone: somebody
//! else sends them.

use crate::decimal;
use crate::note::{NoteError, NoteSignature, SignedNote, VerifierKey};
use crate::tlog_proof::HASHES_MAX;
use crate::tree::Hash;

/// The body of a request to cosign the checkpoint `note`, with the proof that its tree begins with the one of
/// `old_size`, which the witness cosigned last.
///
/// # Errors
///
/// [`WitnessError::TooManyHashes`]; for an `old_size` of 0 there are none.
pub fn add_checkpoint(old_size: u64, proof: &[Hash], note: &SignedNote) -> Result<String, WitnessError> {
    let most = if old_size == 0 { 0 } else { HASHES_MAX };
    if proof.len() > most {
        return Err(WitnessError::TooManyHashes);
    }
    let hashes: String = proof.iter().map(|hash| format!("{}\n", hash.to_base64())).collect();
    Ok(format!("old {old_size}\n{hashes}\n{note}"))
}

/// `note` with what a witness answered: the signatures in `body` that one of `witnesses` made of it. Those of unknown
/// keys are left out.
///
/// # Errors
///
/// [`WitnessError`] when `body` is not signature lines, or a signature of a known key does not fit.
pub fn with_cosignatures(
    note: &SignedNote,
    body: &str,
    witnesses: &[VerifierKey],
) -> Result<SignedNote, WitnessError> {
    let answered = SignedNote::new(note.text(), parse_cosignatures(body)?)?;
    let mut cosigned = note.clone();
    for key in witnesses {
        match answered.verify(key) {
            Ok(_fits) => {
                if let Some(line) = answered.signatures().iter().find(|line| key.is_named_by(line)) {
                    cosigned = cosigned.with_signature(line.clone())?;
                }
            }
            Err(NoteError::NotSigned(_)) => {}
            Err(bad) => return Err(bad.into()),
        }
    }
    Ok(cosigned)
}

/// The signature lines of a body that came with status 200. Nothing is known of them but their form.
///
/// # Errors
///
/// [`WitnessError::Note`].
pub fn parse_cosignatures(body: &str) -> Result<Vec<NoteSignature>, WitnessError> {
    if body.len() > crate::note::NOTE_MAX_BYTES {
        return Err(NoteError::TooLong.into());
    }
    Ok(NoteSignature::parse_lines(body)?)
}

/// The size in a body that came with status 409: that of the tree which the witness cosigned last.
///
/// # Errors
///
/// [`WitnessError::Size`].
pub fn parse_conflict(body: &str) -> Result<u64, WitnessError> {
    body.strip_suffix('\n').and_then(decimal::parse).ok_or(WitnessError::Size)
}

/// Not a request that a witness takes, or not an answer that it gives.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// More than 63 hashes, or any for a tree of size 0.
    #[error("the proof has more hashes than a witness takes")]
    TooManyHashes,
    /// The answer is not signature lines, or one of a known key does not fit.
    #[error("the answer of the witness: {0}")]
    Note(#[from] NoteError),
    /// The answer is not a size.
    #[error("the answer of the witness is not a size")]
    Size,
}

#[cfg(test)]
mod tests;
