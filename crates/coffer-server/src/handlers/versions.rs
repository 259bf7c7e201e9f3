//! The versions of a secret: shown, undone, renewed, destroyed.

use coffer_engine::version::VersionNumber;
use coffer_wire::secret::{Destroy, Destroyed, Given, History, LastRead, Undone, Version};

use super::{about, shapes};
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;
use crate::tag::Tag;

/// The versions, without their values.
pub(crate) async fn history(call: Call) -> Result<Answer, Failure> {
    let (op, path) = (call.op()?, call.path()?);
    let history = call.vault()?.history_and_last_read(&op, &path).await?;
    let versions = history.versions.iter().map(|version| Version {
        version: version.number.get(),
        created: shapes::moment(version.created),
        by: shapes::hex(version.by.bytes()),
        stages: version.stages.iter().map(|stage| stage.name().to_owned()).collect(),
        labels: version.labels.clone(),
        consumers: version.consumers.clone(),
        destroyed: version.destroyed.map(shapes::moment),
        file: version.file.as_ref().map(about::file),
        message: version.message.clone(),
    });
    Answer::json(&History {
        path: path.as_str().to_owned(),
        versions: versions.collect(),
        metadata: about::metadata(&history.metadata),
        trashed: history.trashed.map(shapes::moment),
        undo_steps: u64::try_from(history.undo_steps).unwrap_or(u64::MAX),
        last_read: history.last_read.map(|read| LastRead {
            at: shapes::moment(read.at),
            by: read.by,
            version: read.version,
            entry: read.entry,
        }),
        overridden: history.overridden.map(shapes::moment),
    })
}

/// Takes the last change back.
pub(crate) async fn undo(call: Call) -> Result<Answer, Failure> {
    let (op, path) = (call.op()?, call.path()?);
    let version = call.vault()?.undo(&op, &path).await?;
    Answer::json(&Undone { path: path.as_str().to_owned(), version: version.map(VersionNumber::get) })
}

/// Gives it a new value. The answer does not hold it, also when it is a random one.
pub(crate) async fn rotate(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, path) = (call.op()?, call.path()?);
    let wanted: Given = call.body_if_any(&mut op).await?;
    let value = shapes::one_value(wanted.value.as_ref(), wanted.generate)?;
    let written = call.vault()?.rotate(&op, &path, value).await?;
    Ok(Answer::json(&shapes::written(&path, written))?.tag(&Tag::of_version(written.version)))
}

/// Destroys one version, or all, for good.
pub(crate) async fn destroy(mut call: Call) -> Result<Answer, Failure> {
    let (mut op, path) = (call.op()?, call.path()?);
    let wanted: Destroy = call.body(&mut op).await?;
    let version = match wanted.version {
        None => None,
        Some(number) => Some(VersionNumber::new(number).ok_or_else(no_version)?),
    };
    let destroyed = call.vault()?.destroy(&op, &path, version).await?;
    Answer::json(&Destroyed {
        path: path.as_str().to_owned(),
        versions: u64::try_from(destroyed.versions).unwrap_or(u64::MAX),
        erased: destroyed.erased,
        referred_by: destroyed.referred_by,
    })
}

/// A version's number that is none.
pub(crate) fn no_version() -> Failure {
    Failure::invalid("body.version", "versions are counted from 1", "see the history of the secret")
}
