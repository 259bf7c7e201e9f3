//! Who signs: names, types, and the public keys as they are written into a configuration (C2SP signed-note).

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use coffer_encryption::PublicKey;
use coffer_encryption::hash::Sha256;

use super::NoteSignature;

/// The name of a key: that of a log or of a witness. No spaces, no `+`, no control characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyName(String);

impl KeyName {
    /// The name `text`.
    ///
    /// # Errors
    ///
    /// [`KeyNameError`] when it is empty, or has a character that no name has.
    pub fn parse(text: &str) -> Result<Self, KeyNameError> {
        if text.is_empty() {
            return Err(KeyNameError::Empty);
        }
        if text.chars().any(|c| c == '+' || c.is_whitespace() || c.is_control()) {
            return Err(KeyNameError::Character);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Not the name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyNameError {
    /// Nothing.
    #[error("the name of a key is not empty")]
    Empty,
    /// A space of any kind, a `+`, or a control character.
    #[error("the name of a key has no spaces, no `+` and no control characters")]
    Character,
}

/// What is signed, and how. The number is part of a key's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureType {
    /// 1: Ed25519 of the text.
    Ed25519,
    /// 4: Ed25519 of the text and the time (C2SP tlog-cosignature).
    CosignatureV1,
    /// 6: ML-DSA-44 of a checkpoint and the time (C2SP tlog-cosignature). The number is known; nothing here checks it.
    MlDsa44,
}

impl SignatureType {
    /// The number.
    #[must_use]
    pub fn to_byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::CosignatureV1 => 4,
            Self::MlDsa44 => 6,
        }
    }

    /// The type with this number; nothing if it is not known.
    #[must_use]
    pub fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::Ed25519,
            4 => Self::CosignatureV1,
            6 => Self::MlDsa44,
            _ => return None,
        })
    }
}

/// A public key with its name and type: `name+id+base64`. What an auditor is given by another way than the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: KeyName,
    pub(super) kind: Supported,
    public: PublicKey,
}

/// The types that are checked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Supported {
    Ed25519,
    CosignatureV1,
}

impl VerifierKey {
    /// The key `public` of `name`, for signatures of the type `kind`.
    ///
    /// # Errors
    ///
    /// [`VerifierKeyError::NotSupported`] for a type that is not checked here.
    pub fn new(name: KeyName, kind: SignatureType, public: PublicKey) -> Result<Self, VerifierKeyError> {
        match kind {
            SignatureType::Ed25519 => Ok(Self::signer(name, public)),
            SignatureType::CosignatureV1 => Ok(Self::cosigner(name, public)),
            SignatureType::MlDsa44 => Err(VerifierKeyError::NotSupported),
        }
    }

    /// For signatures of the text.
    pub(crate) fn signer(name: KeyName, public: PublicKey) -> Self {
        Self { name, kind: Supported::Ed25519, public }
    }

    /// For signatures of the text and the time.
    pub(crate) fn cosigner(name: KeyName, public: PublicKey) -> Self {
        Self { name, kind: Supported::CosignatureV1, public }
    }

    /// Reads `name+id+base64`: the id in eight lower-case hex digits, then type and public key.
    ///
    /// # Errors
    ///
    /// [`VerifierKeyError`] names the rule that is broken.
    pub fn parse(text: &str) -> Result<Self, VerifierKeyError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(VerifierKeyError::Form);
        };
        let name = KeyName::parse(name)?;
        let mut id_bytes = [0; 4];
        let id = base16ct::lower::decode(id, &mut id_bytes).ok().filter(|bytes| bytes.len() == 4);
        id.ok_or(VerifierKeyError::Form)?;
        let key = BASE64_STANDARD.decode(key).map_err(|_not_base64| VerifierKeyError::Form)?;
        let (kind, public) = key.split_first().ok_or(VerifierKeyError::Form)?;
        let kind = SignatureType::from_byte(*kind).filter(|kind| *kind != SignatureType::MlDsa44);
        let kind = kind.ok_or(VerifierKeyError::NotSupported)?;
        let public = public.try_into().map_err(|_length| VerifierKeyError::PublicKey)?;
        let public = PublicKey::from_bytes(public).map_err(|_odd| VerifierKeyError::PublicKey)?;
        let key = Self::new(name, kind, public)?;
        if key.id() == u32::from_be_bytes(id_bytes) { Ok(key) } else { Err(VerifierKeyError::Id) }
    }

    /// Whose it is.
    #[must_use]
    pub fn name(&self) -> &KeyName {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub fn kind(&self) -> SignatureType {
        match self.kind {
            Supported::Ed25519 => SignatureType::Ed25519,
            Supported::CosignatureV1 => SignatureType::CosignatureV1,
        }
    }

    /// The id that stands in signatures: a short hash of name, type and key. It finds the key, and proves nothing.
    #[must_use]
    pub fn id(&self) -> u32 {
        let mut hash = Sha256::new();
        hash.update(self.name.as_str().as_bytes());
        hash.update(&[b'\n', self.kind().to_byte()]);
        hash.update(self.public.bytes());
        let [a, b, c, d, ..] = hash.finish();
        u32::from_be_bytes([a, b, c, d])
    }

    /// The key itself.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Whether `line` says that it is of this key.
    pub(crate) fn is_named_by(&self, line: &NoteSignature) -> bool {
        line.name() == &self.name && line.id() == self.id()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[self.kind().to_byte()], &self.public.bytes()[..]].concat();
        write!(f, "{}+{:08x}+{}", self.name, self.id(), BASE64_STANDARD.encode(key))
    }
}

/// Not a key that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Not `name+id+base64`.
    #[error("a verifier key is `name+id+base64`, the id in eight lower-case hex digits")]
    Form,
    /// The name is not one.
    #[error(transparent)]
    Name(#[from] KeyNameError),
    /// The type is unknown, or nothing here checks it.
    #[error("signatures of this type are not supported")]
    NotSupported,
    /// The bytes behind the type are not a public key.
    #[error("the verifier key has no usable Ed25519 key")]
    PublicKey,
    /// The id is of another name, type or key.
    #[error("the id does not fit the name and the key")]
    Id,
}

#[cfg(test)]
mod tests;
