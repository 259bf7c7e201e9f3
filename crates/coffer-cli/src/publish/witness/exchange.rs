//! One request, and what its answer means.

use coffer_log::SignedNote;
use coffer_log::note::NoteError;
use coffer_log::witness::{parse_conflict, parse_cosignatures};

use super::{CosignError, Cosigned, Witness};
use crate::publish::web::Answer;

/// What is not an error: done, or to be asked again.
pub(super) enum Said {
    Cosigned(Cosigned),
    Holds(u64),
}

/// One request that was sent.
pub(super) struct Exchange<'e> {
    pub(super) witness: &'e Witness,
    pub(super) note: &'e SignedNote,
    pub(super) old: u64,
    pub(super) size: u64,
}

impl Exchange<'_> {
    /// What the answer means.
    pub(super) fn judge(&self, answer: Answer) -> Result<Said, CosignError> {
        let (witness, ours) = (self.witness.to_string(), self.size);
        let origin = || self.note.text().lines().next().unwrap_or_default().to_owned();
        match answer.status().as_u16() {
            200 => Ok(Said::Cosigned(self.check(&answer.text()?)?)),
            404 => Err(CosignError::UnknownLog { witness, origin: origin() }),
            403 => Err(CosignError::UnknownKey { witness, origin: origin() }),
            409 => self.conflict(answer),
            422 if self.old > 0 => Err(CosignError::Inconsistent { witness, theirs: self.old, ours }),
            300..400 => Err(answer.into_error().into()),
            status @ 500.. => Err(CosignError::OutOfOrder { witness, status }),
            status => Err(CosignError::Refused { witness, status }),
        }
    }

    /// The cosignature in the body of a 200. Those of other keys mean nothing, and are left out.
    fn check(&self, body: &str) -> Result<Cosigned, CosignError> {
        let key = &self.witness.key;
        let failed = |cause: String| CosignError::NotCosigned { witness: self.witness.to_string(), cause };
        let lines = parse_cosignatures(body).map_err(|error| failed(error.to_string()))?;
        // A note of the text that was sent, with what came back and nothing else: a cosignature that `note` had before
        // must not stand for one that is missing now.
        let answered = SignedNote::new(self.note.text(), lines).map_err(|error| failed(error.to_string()))?;
        let verified = answered.verify(key).map_err(|error| failed(error.to_string()))?;
        let mut lines = answered.signatures().iter();
        let line = lines.find(|line| line.name() == key.name() && line.id() == key.id());
        let missing = || failed(NoteError::NotSigned(key.name().clone()).to_string());
        let (signature, time) = line.zip(verified.time()).ok_or_else(missing)?;
        Ok(Cosigned { signature: signature.clone(), time, size: self.size })
    }

    /// A 409: either we were wrong about the size that it holds, and it tells that size, or its tree of our size is
    /// another one.
    fn conflict(&self, answer: Answer) -> Result<Said, CosignError> {
        let witness = self.witness.to_string();
        let tells_size = answer.is_of_type("text/x.tlog.size");
        let theirs = if tells_size { parse_conflict(&answer.text()?).ok() } else { None };
        match theirs {
            Some(theirs) if theirs > self.size => {
                Err(CosignError::Ahead { witness, theirs, ours: self.size })
            }
            Some(theirs) if theirs != self.old => Ok(Said::Holds(theirs)),
            _ if self.old == self.size => Err(CosignError::Forked { witness, size: self.size }),
            _ => Err(CosignError::Unsteady { witness }),
        }
    }
}
