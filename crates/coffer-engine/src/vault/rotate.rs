//! A new value for a secret; the old one stays as `previous`.

use super::Vault;
use super::held::Held;
use super::set::{Expect, Plain, Written, one};
use crate::action::Action;
use crate::error::Error;
use crate::generate::{Alphabet, generate};
use crate::metadata::MetadataPatch;
use crate::op::Op;
use crate::path::SecretPath;
use crate::secret::Value;

/// Characters of a generated value: 190 bits.
const GENERATED_CHARACTERS: usize = 32;

impl Vault {
    /// Gives a secret a new value: the one that is given, or 32 random letters and digits.
    ///
    /// # Errors
    /// [`crate::error::NotFound`] when there is no such secret; [`crate::error::Conflict::HoldsFile`] for a file; refusals and storage errors as for every verb.
    pub async fn rotate(&self, op: &Op, path: &SecretPath, value: Option<Value>) -> Result<Written, Error> {
        let value = match value {
            Some(value) => value,
            None => generated()?,
        };
        let write = Plain {
            path: path.clone(),
            held: Some(Held::Value(value)),
            template: None,
            expect: Expect::Something,
            metadata: MetadataPatch::default(),
            wipe_fields: false,
            merged: None,
        };
        one(self.write(op, Action::SecretRotate, vec![write]).await?)
    }
}

/// A new value for whoever says none.
pub(super) fn generated() -> Result<Value, Error> {
    Ok(Value::Bytes(generate(GENERATED_CHARACTERS, Alphabet::LettersAndDigits)?))
}
