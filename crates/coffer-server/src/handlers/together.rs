//! `/api/v1/batch`: several secrets at once, all of them or none.

use axum::http::StatusCode;
use coffer_engine::path::{FolderPath, SecretPath};
use coffer_engine::vault::{Expect, WriteWhole};
use coffer_engine::version::{VersionNumber, Which};
use coffer_engine::version_name::Consumer;
use coffer_wire::secret::{BatchItem, BatchRead, BatchWrite, BatchWritten, SecretRef};
use serde::Serialize;

use super::{about, shapes};
use crate::answer::Answer;
use crate::call::Call;
use crate::failure::Failure;

#[derive(Serialize)]
struct SecretsRef<'s> {
    secrets: Vec<SecretRef<'s>>,
    /// Those of the folder that hold files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    files: Vec<String>,
}

/// Reads them: one decision, one commit, an entry for each.
pub(crate) async fn get(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let wanted: BatchRead = call.body(&mut op).await?;
    let vault = call.vault()?;
    let (is_of_folder, raw) = (wanted.folder.is_some(), wanted.raw);
    let which = match (&wanted.consumer, wanted.shared) {
        // What is pinned is nobody's own.
        (Some(consumer), _) => Which::Consumer(Consumer::parse(consumer)?),
        (None, true) => Which::CURRENT,
        (None, false) => Which::Own,
    };
    let mut files = Vec::new();
    let paths = match (wanted.paths, wanted.folder) {
        (Some(paths), None) if !wanted.recursive => {
            paths.iter().map(|path| SecretPath::parse(path)).collect::<Result<Vec<_>, _>>()?
        }
        (None, Some(folder)) => {
            let folder = FolderPath::parse(&folder)?;
            let listing = vault.list(&op, &folder, wanted.recursive).await?;
            // Whoever asks for a folder asks for its values. That one is a file is no reason to get none.
            let (held, values): (Vec<_>, Vec<_>) =
                listing.secrets.into_iter().partition(|secret| secret.file.is_some());
            files.extend(held.iter().map(|secret| secret.path.as_str().to_owned()));
            values.into_iter().map(|secret| secret.path).collect()
        }
        _ => {
            return Err(Failure::invalid(
                "body.contradiction",
                "it must be said which secrets to read, in one way",
                "name `paths`, or a `folder`, with `recursive` if need be",
            ));
        }
    };
    let paths: Vec<_> = paths.into_iter().map(|path| (path, which.clone())).collect();
    // An empty folder was listed, and that is in the log.
    if paths.is_empty() && is_of_folder {
        return Answer::json(&SecretsRef { secrets: Vec::new(), files });
    }
    let secrets =
        if raw { vault.get_as_written(&op, &paths).await? } else { vault.get_all(&op, &paths).await? };
    let about = secrets.iter().fold(32_usize, |sum, secret| sum.saturating_add(shapes::size(secret)));
    Answer::sized(&SecretsRef { secrets: secrets.iter().map(shapes::shown).collect(), files }, about)
}

/// Writes them in one commit.
pub(crate) async fn set(mut call: Call) -> Result<Answer, Failure> {
    let mut op = call.op()?;
    let wanted: BatchWrite = call.body(&mut op).await?;
    let mut writes = Vec::with_capacity(wanted.secrets.len());
    for item in &wanted.secrets {
        writes.push(WriteWhole {
            path: SecretPath::parse(&item.path)?,
            value: shapes::value(&item.value),
            replace: item.replace,
            references: item.references,
            expect: expect(item)?,
            metadata: about::metadata_patch(item.metadata.clone()),
        });
    }
    let paths: Vec<SecretPath> = writes.iter().map(|write| write.path.clone()).collect();
    let written = call.vault()?.set_all(&op, writes).await?;
    let secrets = paths.iter().zip(written).map(|(path, written)| shapes::written(path, written));
    Answer::json(&BatchWritten { secrets: secrets.collect() })
}

fn expect(item: &BatchItem) -> Result<Expect, Failure> {
    match (item.if_version, item.overwrite) {
        // Versions are counted from 1.
        (Some(number), false) => Ok(VersionNumber::new(number).map_or(Expect::Nothing, Expect::Version)),
        (None, true) => Ok(Expect::Anything),
        (Some(_), true) => {
            Err(shapes::contradiction("`overwrite` expects nothing, and `if_version` does: say one of them"))
        }
        (None, false) => Err(Failure::new(
            StatusCode::PRECONDITION_REQUIRED,
            "secret.expectation_missing",
            format!("the item of {} does not say what it expects to be there", item.path),
            "say it in each: `\"if_version\": 0` where nothing is yet, `\"if_version\": 7` in place of the version 7 that you have \
            read, `\"overwrite\": true` whatever is there",
        )),
    }
}
