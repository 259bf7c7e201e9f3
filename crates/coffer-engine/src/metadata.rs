//! What is known about a secret besides its value, each in a field of its own, and how it changes.

use std::collections::BTreeSet;

use minicbor::{CborLen, Decode, Encode};

use crate::fault::Invalid;
use crate::limits::{
    DESCRIPTION_MAX_BYTES, OWNER_MAX_BYTES, PURPOSE_MAX_BYTES, RESIDENCY_MAX_BYTES, ROTATE_EVERY_MAX,
    ROTATE_EVERY_MIN, TAG_MAX_BYTES, TAGS_MAX,
};
use crate::path::check_text;
use crate::time::Timestamp;

/// What is known about a secret besides its value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode, CborLen)]
pub struct Metadata {
    /// Who answers for it.
    #[n(0)]
    pub owner: Option<String>,
    /// What it is.
    #[n(1)]
    pub description: Option<String>,
    /// Words to find it by.
    #[n(2)]
    pub tags: BTreeSet<String>,
    /// Milliseconds since the Unix epoch after which it should not be used.
    #[n(3)]
    expires_ms: Option<u64>,
    /// What then becomes of reads. Nothing is said of it where it has never been chosen.
    #[n(4)]
    on_expiry: Option<OnExpiry>,
    /// How much harm its disclosure would do.
    #[n(5)]
    pub classification: Option<Classification>,
    /// Whether it is, or opens, data about persons.
    #[n(6)]
    personal_data: Option<bool>,
    /// Where it, or what it opens, has to stay.
    #[n(7)]
    pub residency: Option<String>,
    /// What it may be used for.
    #[n(8)]
    pub purpose: Option<String>,
    /// Seconds after which it should have a new value.
    #[n(9)]
    pub rotate_every: Option<u32>,
}

/// What becomes of reads once a secret has expired.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum OnExpiry {
    /// Whoever reads it is told, where there is somebody to tell; it is read all the same.
    #[default]
    #[n(0)]
    Warn,
    /// No door gives its value any more, until it is made to last longer.
    #[n(1)]
    Deny,
    /// The vault gives it a new value, and until then it is read as with [`OnExpiry::Warn`]. So it is, too, where a random text can't take the
    /// place of the value: of a map of fields.
    #[n(2)]
    Rotate,
}

/// How much harm the disclosure of a secret would do; who reads lists of them needs few words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, CborLen)]
#[cbor(index_only)]
pub enum Classification {
    /// None.
    #[n(0)]
    Public,
    /// Little.
    #[n(1)]
    Internal,
    /// Much.
    #[n(2)]
    Confidential,
    /// More than can be made good.
    #[n(3)]
    Restricted,
}

impl Metadata {
    /// Nothing is known.
    #[must_use]
    pub const fn nothing() -> Self {
        Self {
            owner: None,
            description: None,
            tags: BTreeSet::new(),
            expires_ms: None,
            on_expiry: None,
            classification: None,
            personal_data: None,
            residency: None,
            purpose: None,
            rotate_every: None,
        }
    }

    /// What it takes up in memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let texts = [&self.owner, &self.description, &self.residency, &self.purpose];
        let texts = texts.into_iter().flatten().map(String::len);
        // A set keeps eleven entries a node.
        let tags = self.tags.iter().map(|tag| tag.len().saturating_add(size_of::<String>()));
        texts.chain(tags).fold(size_of::<Self>(), usize::saturating_add)
    }

    /// When the secret expires: it is good at that moment, and not after it.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires_ms.map(Timestamp::from_millis)
    }

    /// What then becomes of reads.
    #[must_use]
    pub fn on_expiry(&self) -> OnExpiry {
        self.on_expiry.unwrap_or_default()
    }

    /// Whether it is, or opens, data about persons.
    #[must_use]
    pub fn personal_data(&self) -> bool {
        self.personal_data.unwrap_or_default()
    }

    /// Whether a value of that age is older at this moment than its interval allows.
    #[must_use]
    pub(crate) fn is_overdue(&self, changed: Timestamp, at: Timestamp) -> bool {
        self.rotate_every.is_some_and(|seconds| {
            let due = changed.millis().saturating_add(u64::from(seconds).saturating_mul(1000));
            due < at.millis()
        })
    }

    /// The moment after which it is to get a new value, if there is one.
    #[must_use]
    pub(crate) fn rotated_after(&self) -> Option<Timestamp> {
        self.expires().filter(|_| self.on_expiry() == OnExpiry::Rotate)
    }

    /// The last moment at which its value is given out, if there is one.
    #[must_use]
    pub(crate) fn denied_after(&self) -> Option<Timestamp> {
        self.expires().filter(|_| self.on_expiry() == OnExpiry::Deny)
    }
}

/// A change of metadata: what is `None` stays as it is; an inner `None` takes the value away.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MetadataPatch {
    /// Who answers for it.
    pub owner: Option<Option<String>>,
    /// What it is.
    pub description: Option<Option<String>>,
    /// Tags to add.
    pub add_tags: BTreeSet<String>,
    /// Tags to take away.
    pub remove_tags: BTreeSet<String>,
    /// When it expires.
    pub expires: Option<Option<Timestamp>>,
    /// What then becomes of reads.
    pub on_expiry: Option<OnExpiry>,
    /// How much harm its disclosure would do.
    pub classification: Option<Option<Classification>>,
    /// Whether it is, or opens, data about persons.
    pub personal_data: Option<bool>,
    /// Where it has to stay.
    pub residency: Option<Option<String>>,
    /// What it may be used for.
    pub purpose: Option<Option<String>>,
    /// Seconds after which it should have a new value.
    pub rotate_every: Option<Option<u32>>,
}

impl MetadataPatch {
    /// Whether it changes nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The metadata after the change.
    ///
    /// # Errors
    /// [`Invalid`] names the limit that is passed.
    pub fn apply(&self, before: &Metadata) -> Result<Metadata, Invalid> {
        let mut after = before.clone();
        words("owner", &self.owner, OWNER_MAX_BYTES, &mut after.owner)?;
        words("residency", &self.residency, RESIDENCY_MAX_BYTES, &mut after.residency)?;
        words("purpose", &self.purpose, PURPOSE_MAX_BYTES, &mut after.purpose)?;
        if let Some(description) = &self.description {
            if description.as_ref().is_some_and(|text| text.len() > DESCRIPTION_MAX_BYTES) {
                return Err(Invalid::new(
                    "metadata.description_too_long",
                    "the description is longer than 4096 bytes",
                    "shorten it",
                ));
            }
            after.description.clone_from(description);
        }
        self.apply_tags(&mut after.tags)?;
        if let Some(expires) = self.expires {
            after.expires_ms = expires.map(Timestamp::millis);
        }
        if let Some(every) = self.rotate_every {
            if every.is_some_and(|every| !(ROTATE_EVERY_MIN..=ROTATE_EVERY_MAX).contains(&every)) {
                return Err(Invalid::new(
                    "metadata.rotate_every",
                    "a secret is rotated every minute at most, and every ten years at least",
                    "choose an interval between 1m and 3650d",
                ));
            }
            after.rotate_every = every;
        }
        after.on_expiry = self.on_expiry.or(after.on_expiry);
        after.personal_data = self.personal_data.or(after.personal_data);
        after.classification = self.classification.unwrap_or(after.classification);
        Ok(after)
    }

    fn apply_tags(&self, tags: &mut BTreeSet<String>) -> Result<(), Invalid> {
        for tag in &self.add_tags {
            check_text("tag", tag, TAG_MAX_BYTES)?;
            tags.insert(tag.clone());
        }
        tags.retain(|tag| !self.remove_tags.contains(tag));
        if tags.len() > TAGS_MAX {
            return Err(Invalid::new(
                "metadata.too_many_tags",
                "the secret has more than 64 tags",
                "use fewer",
            ));
        }
        Ok(())
    }
}

/// Sets a short text, or takes it away.
fn words(
    what: &'static str,
    said: &Option<Option<String>>,
    most: usize,
    is: &mut Option<String>,
) -> Result<(), Invalid> {
    let Some(text) = said else { return Ok(()) };
    text.as_deref().map_or(Ok(()), |text| check_text(what, text, most))?;
    is.clone_from(text);
    Ok(())
}
