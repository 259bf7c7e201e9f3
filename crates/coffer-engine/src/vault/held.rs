//! What a new version holds: a value, or a file whose content is sealed already.

use super::changes::Changes;
use super::disclose::{Kind, SealedContent, SealedVersion};
use super::head::{Head, NewVersion};
use super::marks::Marks;
use super::round::{Round, Stop};
use crate::content::{FileInfo, MediaType};
use crate::fault::Invalid;
use crate::path::SecretPath;
use crate::reference::Template;
use crate::secret::Value;
use crate::storage::keyspace;
use crate::storage::record::plain_record;
use crate::version::VersionNumber;

/// What a new version holds.
pub(super) enum Held {
    /// A value.
    Value(Value),
    /// A file.
    File(SealedContent, MediaType),
}

impl Held {
    /// Checks what can be checked of it alone.
    pub(super) fn check(&self) -> Result<(), Invalid> {
        match self {
            Self::Value(value) => value.check(),
            // As it came.
            Self::File(..) => Ok(()),
        }
    }

    /// Whether it is a map of fields.
    pub(super) fn is_fields(&self) -> bool {
        matches!(self, Self::Value(Value::Fields(_)))
    }
}

/// Bytes of a value, as quotas count them.
pub(super) fn size_of(value: &Value) -> u64 {
    u64::try_from(value.size()).unwrap_or(u64::MAX)
}

impl Round<'_> {
    /// Adds a version that holds this to the head, and its records to the changes.
    pub(super) fn add_version(
        &self,
        head: &mut Head,
        (path, held, template): (&SecretPath, &Held, Option<&Template>),
        changes: &mut Changes,
    ) -> Result<VersionNumber, Stop> {
        let (ring, secret) = (self.ring(), *head.id);
        let version =
            head.add_version(self.credential.who.identity, self.op.now, self.known_of(held, template));
        let sealed = match held {
            Held::Value(value) => {
                SealedVersion::seal(self.ring(), path.clone(), secret, version, Kind::Version, value)?
            }
            Held::File(content, _) => {
                for (number, part) in (0..).zip(&content.parts) {
                    let key = keyspace::part(ring.owner(), secret, version, number);
                    changes.put(plain_record(key, part.clone())?);
                }
                content.row(self.ring(), path.clone(), secret, version)?
            }
        };
        let key = keyspace::version(ring.owner(), secret, version);
        changes.put(plain_record(key, sealed.bytes().as_slice())?);
        Ok(version)
    }

    /// What the head will say of it.
    fn known_of(&self, held: &Held, template: Option<&Template>) -> NewVersion {
        let (ring, message) = (self.tenant.ring(), self.op.message.clone());
        match held {
            Held::Value(value) => NewVersion {
                fields: held.is_fields(),
                marks: Marks::of(ring, value),
                names: Marks::of_names(ring, value),
                file: None,
                size: size_of(value),
                template: template.cloned(),
                message,
            },
            Held::File(content, media_type) => NewVersion {
                fields: false,
                marks: content.marks.clone(),
                names: None,
                file: Some(FileInfo { bytes: content.bytes, media_type: media_type.clone() }),
                size: content.bytes,
                template: None,
                message,
            },
        }
    }
}
