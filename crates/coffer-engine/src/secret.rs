//! A secret: its value, and a version of it that was disclosed.

use std::collections::BTreeMap;
use std::fmt;

use coffer_encryption::SecretBytes;

use crate::fault::Invalid;
use crate::limits::{FIELD_NAME_MAX_BYTES, FIELDS_MAX, VALUE_MAX_BYTES};
use crate::path::{SecretPath, check_text};
use crate::time::Timestamp;
use crate::version::VersionNumber;

/// What a secret holds: bytes, or a flat map of named fields.
///
/// Prints nothing, can't be cloned or serialised, and is wiped when it is dropped.
pub enum Value {
    /// One value of any bytes.
    Bytes(SecretBytes),
    /// Named values.
    Fields(BTreeMap<String, SecretBytes>),
}

impl Value {
    /// One value from text.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Bytes(SecretBytes::copy_from(text.as_bytes()))
    }

    /// Its bytes: of all values, and of the names of fields.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Fields(fields) => fields.iter().fold(0_usize, |sum, (name, field)| {
                sum.saturating_add(name.len()).saturating_add(field.len())
            }),
        }
    }

    /// Checks sizes and field names.
    ///
    /// # Errors
    /// [`Invalid`] names the limit that is passed.
    pub fn check(&self) -> Result<(), Invalid> {
        if let Self::Fields(fields) = self {
            if fields.is_empty() {
                return Err(Invalid::new(
                    "value.no_fields",
                    "the value has no fields",
                    "give it at least one",
                ));
            }
            if fields.len() > FIELDS_MAX {
                return Err(Invalid::new(
                    "value.too_many_fields",
                    "the value has more than 1024 fields",
                    "use several secrets",
                ));
            }
            for name in fields.keys() {
                check_text("field name", name, FIELD_NAME_MAX_BYTES)?;
            }
        }
        if self.size() > VALUE_MAX_BYTES {
            return Err(Invalid::new(
                "value.too_large",
                "the value is larger than 1 MiB",
                "keep it as a file, of up to 16 MiB: `coffer set NAME --file PATH`, or `PUT /api/v1/content/`",
            ));
        }
        Ok(())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(..)")
    }
}

/// A disclosed version of a secret. Only `vault/disclose.rs` makes one.
pub struct Secret {
    path: SecretPath,
    version: VersionNumber,
    value: Value,
    expires: Option<Timestamp>,
    own: bool,
    form: Form,
}

/// What a value is, besides itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// What was written.
    Plain,
    /// A template, as it was written.
    Template,
    /// A template that is filled in. These bytes are others when one of the secrets in it has another version.
    FilledIn([u8; 8]),
}

impl Secret {
    pub(crate) fn new(path: SecretPath, version: VersionNumber, value: Value) -> Self {
        Self { path, version, value, expires: None, own: false, form: Form::Plain }
    }

    /// The same, which expires then.
    pub(crate) fn that_expires(self, expires: Option<Timestamp>) -> Self {
        Self { expires, ..self }
    }

    /// The same, which may be the reader's own.
    pub(crate) fn that_is_own(self, own: bool) -> Self {
        Self { own, ..self }
    }

    /// The same, whose value is a template.
    pub(crate) fn that_is_template(self) -> Self {
        Self { form: Form::Template, ..self }
    }

    /// The same, filled in.
    pub(crate) fn filled_in(self, value: Value, with: [u8; 8]) -> Self {
        Self { value, form: Form::FilledIn(with), ..self }
    }

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

    /// Whether the value is a template, or was one.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// When the secret, or one that it is filled in with, expires or has expired, whichever is first: who reads it should know.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// Whether it is the reader's own value, in place of the current one.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// What it holds.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// What it holds, by value.
    #[must_use]
    pub fn into_value(self) -> Value {
        self.value
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({} version {})", self.path, self.version)
    }
}
