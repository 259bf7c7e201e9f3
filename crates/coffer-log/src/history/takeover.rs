//! The note with which a key takes over: six lines.
//!
//! ```text
//! coffer-log-key/v1
//! <origin>
//! <epoch>   decimal; the first is 0
//! <start>   decimal: size of the tree at which the key takes over; 0 for the first
//! <root>    base64: root of that tree
//! <vkey>    the new key, for plain signatures, with the origin as its name
//! ```

use coffer_encryption::SigningKey;

use super::Epoch;
use crate::checkpoint::Origin;
use crate::decimal;
use crate::note::{SignNoteError, SignatureType, SignedNote, VerifierKey, sign_note};
use crate::tree::{Hash, empty_root};

/// The note with which `key` begins the log `origin`.
///
/// # Errors
///
/// [`SignNoteError`].
pub fn make_genesis(origin: &Origin, key: &SigningKey) -> Result<SignedNote, SignNoteError> {
    make(origin, 0, 0, empty_root(), key, None)
}

/// What a takeover says. Nothing here says that it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeover {
    pub(super) origin: Origin,
    pub(super) epoch: u32,
    pub(super) start: u64,
    pub(super) root: Hash,
    pub(super) key: VerifierKey,
}

impl Takeover {
    /// Reads the text of a note; nothing if it is not that of a takeover.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.strip_suffix('\n')?.split('\n').collect();
        let [HEADER, origin, epoch, start, root, key] = lines[..] else { return None };
        let origin = Origin::parse(origin).ok()?;
        let key = VerifierKey::parse(key).ok()?;
        if key.name() != origin.name() || key.kind() != SignatureType::Ed25519 {
            return None;
        }
        Some(Self {
            origin,
            epoch: u32::try_from(decimal::parse(epoch)?).ok()?,
            start: decimal::parse(start)?,
            root: Hash::from_base64(root)?,
            key,
        })
    }

    /// The text of a note.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { origin, epoch, start, root, key } = self;
        format!("{HEADER}\n{origin}\n{epoch}\n{start}\n{}\n{key}\n", root.to_base64())
    }

    pub(super) fn into_epoch(self) -> (Origin, Epoch) {
        let Self { origin, epoch, start, root, key } = self;
        (origin, Epoch { number: epoch, start, root, key })
    }
}

/// A takeover by `new`, from `old` if there is one: the new key signs first.
pub(super) fn make(
    origin: &Origin,
    epoch: u32,
    start: u64,
    root: Hash,
    new: &SigningKey,
    old: Option<&SigningKey>,
) -> Result<SignedNote, SignNoteError> {
    let key = VerifierKey::signer(origin.name().clone(), new.public()?);
    let text = Takeover { origin: origin.clone(), epoch, start, root, key }.text();
    let signers = [Some(new), old].into_iter().flatten();
    let signatures =
        signers.map(|signer| sign_note(&text, origin.name(), signer)).collect::<Result<_, _>>()?;
    Ok(SignedNote::new(&text, signatures)?)
}

/// The first line.
pub(crate) const HEADER: &str = "coffer-log-key/v1";
