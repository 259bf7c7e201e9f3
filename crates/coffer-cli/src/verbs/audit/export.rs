//! `coffer audit export`: the log as a bundle.

use coffer_engine::vault::{ExportError, Exported};
use coffer_log::bundle::{BundleError, BundleWriter};
use serde_json::json;

use crate::app::App;
use crate::args::AuditExport;
use crate::error::{CliError, Exit};
use crate::session::{Missing, Session};

pub(super) fn export(app: &mut App, args: &AuditExport) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let instance = args.of.instance;
    let Exported { added, size } = session.ask_for(async |vault, op| {
        vault.audit_export(op, |origin| BundleWriter::open(&args.dir, origin), instance).await
    })?;
    if app.output.is_json() {
        return app.output.json(&json!({ "dir": args.dir, "added": added, "size": size }));
    }
    let dir = args.dir.display();
    app.output.say(&format!("{dir}: {size} entries, {added} of them new"));
    app.output.say(
        "`coffer audit key` prints the key that an auditor needs; anybody then checks it, with no other key:",
    );
    app.output.say(&format!("  coffer audit verify {dir} --key KEY"));
    Ok(())
}

impl From<ExportError> for CliError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Vault(error) => error.into(),
            ExportError::Bundle(error) => bundle_error(&error),
            ExportError::Pruned { .. } => Self::new(
                Exit::Conflict,
                "bundle.gap",
                error.to_string(),
                "name another folder; keep the old one too",
            ),
        }
    }
}

fn bundle_error(error: &BundleError) -> CliError {
    let (exit, code, fix) = match error {
        BundleError::Forked { .. } | BundleError::Shrunk { .. } => (
            Exit::Failure,
            "bundle.forked",
            "the store is not the one that was exported, or an older one: look into it before anything else. The folder is as it was",
        ),
        BundleError::Busy => (Exit::Conflict, "bundle.busy", "wait for it"),
        BundleError::OtherLog(_) => (Exit::Usage, "bundle.other_log", "name another folder"),
        BundleError::Held(_) | BundleError::NotAFolder(_) => {
            (Exit::Usage, "bundle.unsound", "name another folder")
        }
        _ => (Exit::Failure, "bundle.failed", "the folder is as it was; try again"),
    };
    CliError::new(exit, code, error.to_string(), fix)
}
