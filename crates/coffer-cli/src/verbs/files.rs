//! The secrets of a folder, all at once: what `export` and `run` work on.

use coffer_encryption::SecretBytes;
use coffer_engine::path::FolderPath;
use coffer_wire::Value;
use coffer_wire::secret::BatchRead;

use super::show;
use crate::app::App;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::Session;

/// The last part of a path.
pub(super) fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Names and values of the secrets that lie directly in a folder, in order. Those with fields, and
/// files, are no variables: they are left out, and it is said.
pub(super) fn variables(
    app: &mut App,
    session: &Session,
    folder: &FolderPath,
    consumer: Option<&str>,
) -> Result<Vec<(String, SecretBytes)>, CliError> {
    let given = given(app, session, folder, consumer)?;
    Ok(given.into_iter().map(|given| (name(&given.path).to_owned(), given.value)).collect())
}

/// A secret that becomes a variable.
pub(super) struct Given {
    pub(super) path: String,
    pub(super) version: u64,
    /// Whether it was filled in with others.
    pub(super) is_filled: bool,
    pub(super) value: SecretBytes,
}

/// The same, with the version that each of them is.
pub(super) fn given(
    app: &mut App,
    session: &Session,
    folder: &FolderPath,
    consumer: Option<&str>,
) -> Result<Vec<Given>, CliError> {
    let listing = session.client().secret_list(folder.as_str(), false)?;
    if listing.secrets.is_empty() {
        return Err(CliError::new(
            Exit::NotFound,
            "folder.empty",
            format!("there are no secrets in {folder}"),
            "check --env and --app; `coffer ls / -r` lists everything, `coffer import .env` stores a file",
        ));
    }
    let (files, values): (Vec<_>, Vec<_>) =
        listing.secrets.into_iter().partition(|secret| secret.file.is_some());
    for file in &files {
        app.output.warn(&format!("{} holds a file and is no variable; left out", name(&file.path)));
    }
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = values.into_iter().map(|secret| secret.path).collect();
    let consumer = consumer.map(str::to_owned);
    let wanted = BatchRead { paths: Some(wanted), consumer, ..BatchRead::default() };
    let secrets = session.client().secret_get_together(&wanted)?.secrets;
    let mut given = Vec::with_capacity(secrets.len());
    let now = edge::now().millis();
    for secret in secrets {
        if secret.expires.is_some_and(|at| at.millis() < now) {
            app.output.warn(&format!("{} has expired", secret.path));
        }
        if secret.own {
            app.output.say(&show::own(&secret.path));
        }
        match secret.value {
            Value::Bytes(value) => {
                let value = SecretBytes::copy_from(&value);
                let (version, is_filled) = (secret.version, secret.references);
                given.push(Given { path: secret.path, version, is_filled, value });
            }
            Value::Fields(_) => {
                let name = name(&secret.path);
                app.output.warn(&format!("{name} holds fields and is no variable; left out"));
            }
        }
    }
    Ok(given)
}
