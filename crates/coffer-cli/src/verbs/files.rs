//! The secrets of a folder, all at once: what `export` and `run` work on.

use coffer_encryption::SecretBytes;
use coffer_engine::path::FolderPath;
use coffer_engine::secret::Value;
use coffer_engine::version::Which;

use crate::app::App;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::session::Session;

/// Names and values of the secrets that lie directly in a folder, in order. Those with fields are no variables: they
/// are left out, and it is said.
pub(super) fn variables(
    app: &mut App,
    session: &Session,
    folder: &FolderPath,
) -> Result<Vec<(String, SecretBytes)>, CliError> {
    let listing = session.ask(async |vault, op| vault.list(op, folder, false).await)?;
    let now = edge::now();
    for secret in &listing.secrets {
        if secret.metadata.expires().is_some_and(|at| at <= now) {
            app.output.warn(&format!("{} has expired", secret.path));
        }
    }
    let wanted: Vec<_> = listing.secrets.into_iter().map(|secret| (secret.path, Which::CURRENT)).collect();
    if wanted.is_empty() {
        return Err(CliError::new(
            Exit::NotFound,
            "folder.empty",
            format!("there are no secrets in {folder}"),
            "check --env and --app; `coffer ls / -r` lists everything, `coffer import .env` stores a file",
        ));
    }
    let secrets = session.ask(async |vault, op| vault.get_all(op, &wanted).await)?;
    let mut variables = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let name = secret.path().name().to_owned();
        match secret.into_value() {
            Value::Bytes(value) => variables.push((name, value)),
            Value::Fields(_) => app.output.warn(&format!("{name} holds fields and is no variable; left out")),
        }
    }
    Ok(variables)
}
