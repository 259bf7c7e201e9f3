//! What is known about a secret, as the wire has it, and back.

use coffer_engine::content::FileInfo;
use coffer_engine::metadata::{self, MetadataPatch};
use coffer_engine::vault::ListedSecret;
use coffer_wire::secret::{Classification, FileAbout, Listed, Metadata, MetadataChange, OnExpiry};

use super::shapes::{moment, timestamp};

/// What is known.
pub(crate) fn metadata(known: &metadata::Metadata) -> Metadata {
    Metadata {
        owner: known.owner.clone(),
        description: known.description.clone(),
        tags: known.tags.clone(),
        expires: known.expires().map(moment),
        on_expiry: match known.on_expiry() {
            metadata::OnExpiry::Warn => OnExpiry::Warn,
            metadata::OnExpiry::Deny => OnExpiry::Deny,
            metadata::OnExpiry::Rotate => OnExpiry::Rotate,
        },
        classification: known.classification.map(|known| match known {
            metadata::Classification::Public => Classification::Public,
            metadata::Classification::Internal => Classification::Internal,
            metadata::Classification::Confidential => Classification::Confidential,
            metadata::Classification::Restricted => Classification::Restricted,
        }),
        personal_data: known.personal_data(),
        residency: known.residency.clone(),
        purpose: known.purpose.clone(),
        rotate_every_seconds: known.rotate_every,
    }
}

/// A secret in a list.
pub(crate) fn listed(secret: &ListedSecret) -> Listed {
    Listed {
        path: secret.path.as_str().to_owned(),
        version: secret.version.get(),
        changed: moment(secret.changed),
        trashed: secret.trashed.map(moment),
        file: secret.file.as_ref().map(file),
        metadata: metadata(&secret.metadata),
    }
}

/// A file that a secret holds.
pub(crate) fn file(known: &FileInfo) -> FileAbout {
    FileAbout { bytes: known.bytes, media_type: known.media_type.as_str().to_owned() }
}

/// A change of it.
pub(crate) fn metadata_patch(change: MetadataChange) -> MetadataPatch {
    MetadataPatch {
        owner: change.owner.into_nested(),
        description: change.description.into_nested(),
        add_tags: change.add_tags,
        remove_tags: change.remove_tags,
        expires: change.expires.into_nested().map(|at| at.map(timestamp)),
        on_expiry: change.on_expiry.map(|chosen| match chosen {
            OnExpiry::Warn => metadata::OnExpiry::Warn,
            OnExpiry::Deny => metadata::OnExpiry::Deny,
            OnExpiry::Rotate => metadata::OnExpiry::Rotate,
        }),
        classification: change.classification.into_nested().map(|chosen| chosen.map(classification)),
        personal_data: change.personal_data,
        residency: change.residency.into_nested(),
        purpose: change.purpose.into_nested(),
        rotate_every: change.rotate_every_seconds.into_nested(),
    }
}

pub(crate) fn classification(sent: Classification) -> metadata::Classification {
    match sent {
        Classification::Public => metadata::Classification::Public,
        Classification::Internal => metadata::Classification::Internal,
        Classification::Confidential => metadata::Classification::Confidential,
        Classification::Restricted => metadata::Classification::Restricted,
    }
}
