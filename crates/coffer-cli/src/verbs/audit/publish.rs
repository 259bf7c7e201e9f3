//! What goes outside: the log's key, its newest checkpoint.

use std::fs;

use coffer_engine::{Error, block_on};
use coffer_log::note::NoteSignature;
use serde_json::json;

use crate::app::App;
use crate::args::{AuditKey, AuditOf, AuditPublish};
use crate::error::{CliError, Exit};
use crate::output::escaped;
use crate::publish::{
    Address, CosignError, ToFileError, Web, WebError, Witness, cosign, to_file, to_webhook,
};
use crate::session::{Missing, Session};

/// The first key of the log.
pub(super) fn key(app: &mut App, args: &AuditKey) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let instance = args.of.instance;
    let (history, notes) = session.ask(async |vault, op| {
        let history = vault.audit_keys(op, instance).await?;
        let notes = vault.audit_takeovers(op, instance).await?;
        Ok((history, notes))
    })?;
    if let Some(dir) = &args.all {
        let failed = |error| CliError::io(&dir.display().to_string(), &error);
        fs::create_dir_all(dir).map_err(failed)?;
        for (epoch, note) in notes.iter().enumerate() {
            fs::write(dir.join(epoch.to_string()), note.to_string()).map_err(failed)?;
        }
    }
    if app.output.is_json() {
        let keys: Vec<_> = history
            .epochs()
            .map(|epoch| json!({ "epoch": epoch.number(), "start": epoch.start(), "key": epoch.key().to_string() }))
            .collect();
        return app.output.json(&json!({ "key": history.genesis().to_string(), "epochs": keys }));
    }
    app.output.line(&history.genesis().to_string())
}

/// The newest checkpoint to stdout.
pub(super) fn checkpoint(app: &mut App, args: &AuditOf) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let note = session.ask(async |vault, op| {
        let publication = vault.audit_publish(op, "stdout", args.instance).await?;
        let note = publication.note().clone();
        vault.audit_published(op, publication, &[], None).await?;
        Ok(note)
    })?;
    app.output.value(note.to_string().as_bytes())
}

/// The newest checkpoint to somebody.
pub(super) fn publish(app: &mut App, args: &AuditPublish) -> Result<(), CliError> {
    let to = Receiver::of(args)?;
    let name = to.name();
    let session = Session::open(app, Missing::Refuse)?;
    let size = session.ask_for(async |vault, op| {
        let publication = vault.audit_publish(op, &name, args.of.instance).await?;
        let mut cosignatures: Vec<NoteSignature> = Vec::new();
        match &to {
            Receiver::File(path) => to_file(path, publication.note())?,
            Receiver::Webhook(web, address) => to_webhook(web, address, publication.note())?,
            Receiver::Witness(web, witness) => {
                let proof = |old| block_on(publication.consistency(old));
                cosignatures.push(cosign(web, witness, 0, publication.note(), proof)?.signature);
            }
        }
        let size = publication.size();
        let witness = match &to {
            Receiver::Witness(_, witness) => Some(witness.key()),
            _ => None,
        };
        vault.audit_published(op, publication, &cosignatures, witness).await?;
        Ok::<u64, Unpublished>(size)
    })?;
    if app.output.is_json() {
        return app.output.json(&json!({ "to": name, "size": size }));
    }
    app.output.say(&format!("the checkpoint of {size} entries went to {name}"));
    Ok(())
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
    Vault(#[from] Error),
    #[error(transparent)]
    File(#[from] ToFileError),
    #[error(transparent)]
    Web(#[from] WebError),
    #[error(transparent)]
    Witness(#[from] CosignError),
}

impl From<Unpublished> for CliError {
    fn from(error: Unpublished) -> Self {
        match error {
            Unpublished::Vault(error) => error.into(),
            error => Self::new(
                Exit::Failure,
                "publish.failed",
                error.to_string(),
                "the log has an entry that it was tried; try again",
            ),
        }
    }
}

fn unusable(what: &str) -> CliError {
    CliError::new(Exit::Usage, "publish.address", what.to_owned(), "`coffer audit publish --help`")
}
