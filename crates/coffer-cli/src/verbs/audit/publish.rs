//! What goes outside: the log's key, its newest checkpoint.

use std::fs;

use coffer_log::Hash;
use coffer_wire::audit::Publication;
use coffer_wire::client::ClientError;
use serde_json::json;

use super::signed_note;
use crate::app::App;
use crate::args::{AuditKey, AuditOf, AuditPublish};
use crate::error::{CliError, Exit};
use crate::output::escaped;
use crate::publish::{
    Address, CosignError, ToFileError, Web, WebError, Witness, cosign, to_file, to_webhook,
};
use crate::session::Session;
use crate::store::Missing;

/// The first key of the log.
pub(super) fn key(app: &mut App, args: &AuditKey) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let keys = session.client().audit_keys(args.of.instance)?;
    if let Some(dir) = &args.all {
        let failed = |error| CliError::io(&dir.display().to_string(), &error);
        fs::create_dir_all(dir).map_err(failed)?;
        for epoch in &keys.epochs {
            fs::write(dir.join(epoch.epoch.to_string()), &epoch.note).map_err(failed)?;
        }
    }
    if app.output.is_json() {
        let epochs: Vec<_> = keys
            .epochs
            .iter()
            .map(|epoch| json!({ "epoch": epoch.epoch, "start": epoch.start, "key": epoch.key }))
            .collect();
        return app.output.json(&json!({ "key": keys.key, "epochs": epochs }));
    }
    app.output.line(&keys.key)
}

/// The newest checkpoint to stdout.
pub(super) fn checkpoint(app: &mut App, args: &AuditOf) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let to = "stdout";
    let note = session.client().audit_checkpoint(to, args.instance)?.note;
    let sent = Publication { to: to.to_owned(), note: note.clone(), cosignatures: None, witness: None };
    session.client().audit_publish(&sent, args.instance)?;
    app.output.value(note.as_bytes())
}

/// The newest checkpoint to somebody.
pub(super) fn publish(app: &mut App, args: &AuditPublish) -> Result<(), CliError> {
    let to = Receiver::of(args)?;
    let (name, instance) = (to.name(), args.of.instance);
    let session = Session::open(app, Missing::Refuse)?;
    let checkpoint = session.client().audit_checkpoint(&name, instance)?;
    let note = signed_note(&checkpoint.note, "what was answered")?;
    let (mut cosignatures, mut key) = (None, None);
    match &to {
        Receiver::File(path) => to_file(path, &note).map_err(Unpublished::from)?,
        Receiver::Webhook(web, address) => to_webhook(web, address, &note).map_err(Unpublished::from)?,
        Receiver::Witness(web, witness) => {
            let proof = |old| consistency(&session, old, checkpoint.size, instance);
            let signed = cosign(web, witness, 0, &note, proof).map_err(Unpublished::from)?;
            cosignatures = Some(signed.signature.to_string());
            key = Some(witness.key().to_string());
        }
    }
    let sent = Publication { to: name.clone(), note: checkpoint.note, cosignatures, witness: key };
    session.client().audit_publish(&sent, instance)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "to": name, "size": checkpoint.size }));
    }
    app.output.say(&format!("the checkpoint of {} entries went to {name}", checkpoint.size));
    Ok(())
}

/// The proof that a witness asks for.
fn consistency(session: &Session, old: u64, new: u64, instance: bool) -> Result<Vec<Hash>, ClientError> {
    let proof = session.client().audit_consistency(old, new, instance)?;
    // One that is no hash is left out, and the witness refuses the proof.
    Ok(proof.hashes.iter().filter_map(|hash| Hash::from_base64(hash)).collect())
}

/// Who gets it.
enum Receiver {
    File(std::path::PathBuf),
    Webhook(Web, Address),
    Witness(Web, Witness),
}

impl Receiver {
    fn of(args: &AuditPublish) -> Result<Self, CliError> {
        if let (Some(url), Some(key)) = (&args.witness, &args.witness_key) {
            let witness = Witness::parse(url, key).map_err(|error| unusable(&error.to_string()))?;
            return Ok(Self::Witness(Web::new(), witness));
        }
        match (&args.webhook, &args.file) {
            (Some(url), _) => {
                let address = Address::parse(url).map_err(|error| unusable(&error.to_string()))?;
                Ok(Self::Webhook(Web::new(), address))
            }
            (None, Some(path)) => Ok(Self::File(path.clone())),
            (None, None) => Err(unusable("nobody was named")),
        }
    }

    fn name(&self) -> String {
        match self {
            // Any letter may stand in it, and the log takes none that hides something.
            Self::File(path) => escaped(&path.display().to_string()).into_owned(),
            Self::Webhook(_, address) => address.to_string(),
            Self::Witness(_, witness) => witness.to_string(),
        }
    }
}

/// Why a checkpoint did not get out.
#[derive(Debug, thiserror::Error)]
enum Unpublished {
    #[error(transparent)]
    File(#[from] ToFileError),
    #[error(transparent)]
    Web(#[from] WebError),
    #[error(transparent)]
    Witness(#[from] CosignError),
}

impl From<Unpublished> for CliError {
    fn from(error: Unpublished) -> Self {
        let fix = "the log has an entry that it was tried; try again";
        Self::new(Exit::Failure, "publish.failed", error.to_string(), fix)
    }
}

fn unusable(what: &str) -> CliError {
    CliError::new(Exit::Usage, "publish.address", what.to_owned(), "`coffer audit publish --help`")
}
