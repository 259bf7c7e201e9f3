//! Signed notes: a text, a blank line, and one line for each signature (C2SP signed-note).
//!
//! # Invariants
//!
//! * [`SignedNote::parse`] accepts one spelling: what it gives back is byte for byte what it was given.
//! * The text means nothing until [`SignedNote::verify`] has checked a signature of a key that is known. A line of an
//!   unknown key is carried along, and means nothing.
//! * A signature of one type is never taken for one of another, although the same key may make both: the message of a
//!   cosignature begins with a line that no text may begin with.

mod key;
mod signature;

use std::fmt;

pub use key::{KeyName, KeyNameError, SignatureType, VerifierKey, VerifierKeyError};
pub use signature::{NoteSignature, SignNoteError, SignatureError, sign_note};

use crate::cosignature;
use key::Supported;

/// A text with signatures, of which nothing has been checked but the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// Reads a note.
    ///
    /// # Errors
    ///
    /// [`NoteError`] names the rule that is broken.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_MAX_BYTES {
            return Err(NoteError::TooLong);
        }
        // The last blank line: the text may have others. The first of its two line ends belongs to the text.
        let (before, lines) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let text = note.get(..before.len().saturating_add(1)).ok_or(NoteError::NoSignatures)?;
        Self::new(text, NoteSignature::parse_lines(lines)?)
    }

    /// A note of `text` with `signatures`.
    ///
    /// # Errors
    ///
    /// [`NoteError`] when the text is not one of a note, or when there are none or too many signatures.
    pub fn new(text: &str, signatures: Vec<NoteSignature>) -> Result<Self, NoteError> {
        check_text(text)?;
        match signatures.len() {
            0 => return Err(NoteError::NoSignatures),
            1..=SIGNATURES_MAX => {}
            _ => return Err(NoteError::TooManySignatures),
        }
        let note = Self { text: text.to_owned(), signatures };
        let lines = note.signatures.iter().map(NoteSignature::line_len);
        let len = lines.fold(text.len().saturating_add(1), usize::saturating_add);
        if len > NOTE_MAX_BYTES { Err(NoteError::TooLong) } else { Ok(note) }
    }

    /// The note with one more signature. One of the same name and id makes way for it.
    ///
    /// # Errors
    ///
    /// As [`SignedNote::new`].
    pub fn with_signature(&self, signature: NoteSignature) -> Result<Self, NoteError> {
        let others = self.signatures.iter().filter(|other| !other.is_of_same_key(&signature)).cloned();
        Self::new(&self.text, others.chain([signature.clone()]).collect())
    }

    /// The text, with its last line end.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in order.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks the signature of `key`.
    ///
    /// # Errors
    ///
    /// [`NoteError`] when `key` did not sign, signed twice, or the signature does not fit.
    pub fn verify(&self, key: &VerifierKey) -> Result<Verified, NoteError> {
        let mut lines = self.signatures.iter().filter(|line| key.is_named_by(line));
        let line = lines.next().ok_or_else(|| NoteError::NotSigned(key.name().clone()))?;
        if lines.next().is_some() {
            return Err(NoteError::SignedTwice(key.name().clone()));
        }
        let bad = || NoteError::BadSignature(key.name().clone());
        let time = match key.kind {
            Supported::Ed25519 => {
                signature::verify(key.public(), &self.text, line.bytes()).ok_or_else(bad)?;
                None
            }
            Supported::CosignatureV1 => {
                Some(cosignature::verify(key.public(), &self.text, line.bytes()).ok_or_else(bad)?)
            }
        };
        Ok(Verified { time })
    }

    /// The signatures that are of none of `keys`.
    #[must_use]
    pub fn unknown(&self, keys: &[VerifierKey]) -> Vec<&NoteSignature> {
        self.signatures.iter().filter(|line| !keys.iter().any(|key| key.is_named_by(line))).collect()
    }
}

/// Byte for byte what was parsed.
impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

/// That one key signed the text of one note: [`SignedNote::verify`] makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    time: Option<u64>,
}

impl Verified {
    /// When it was signed, in seconds since 1970, as the signer says: cosignatures tell, plain signatures don't.
    #[must_use]
    pub fn time(&self) -> Option<u64> {
        self.time
    }
}

/// Not a signed note, or not signed by this key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`NOTE_MAX_BYTES`].
    #[error("a note has at most {NOTE_MAX_BYTES} bytes")]
    TooLong,
    /// The text does not end with a line end.
    #[error("the text of a note ends with a line end")]
    Unfinished,
    /// A character below U+0020 that is not a line end.
    #[error("a note has no control characters")]
    Control,
    /// There is no blank line with signatures behind it.
    #[error("a note ends with a blank line and signatures")]
    NoSignatures,
    /// More than [`SIGNATURES_MAX`].
    #[error("a note has at most {SIGNATURES_MAX} signatures")]
    TooManySignatures,
    /// A line behind the blank line is not a signature.
    #[error("signature line {line} of the note: {cause}")]
    Line {
        /// Number of the line; the first is 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        cause: SignatureError,
    },
    /// There is no signature of this key.
    #[error("the note is not signed by this key of {0}")]
    NotSigned(KeyName),
    /// There are several: it can't be said which one counts.
    #[error("the note is signed twice by this key of {0}")]
    SignedTwice(KeyName),
    /// It does not fit the text, or the text is not one that this type of signature may be on.
    #[error("the signature of {0} does not fit the note")]
    BadSignature(KeyName),
}

/// The longest note, in bytes.
pub const NOTE_MAX_BYTES: usize = 65_536;
/// The most signatures on a note; C2SP asks for at least 16.
pub const SIGNATURES_MAX: usize = 32;

/// Whether `text` can be the text of a note.
fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') {
        return Err(NoteError::Unfinished);
    }
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NoteError::Control);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
