//! `coffer label` and `coffer pin`: what versions are called, and who uses which.

use coffer_engine::path::SecretPath;
use coffer_wire::secret::{self, Named};
use serde_json::json;

use super::get::version;
use crate::app::App;
use crate::args::{At, Label, Pin};
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn label(app: &mut App, args: &Label) -> Result<(), CliError> {
    let (session, path, version) = at(app, &args.name, &args.at)?;
    let wanted = secret::Label { label: args.label.clone(), version, remove: args.at.remove };
    let named = session.client().secret_label(path.as_str(), &wanted)?;
    if app.output.is_json() {
        return app
            .output
            .json(&json!({ "path": named.path, "label": args.label, "version": named.version }));
    }
    let Named { path, version } = named;
    app.output.say(&match version {
        Some(version) => format!("version {version} of {path} is called {}", args.label),
        None => format!("no version of {path} is called {} any more", args.label),
    });
    Ok(())
}

pub(super) fn pin(app: &mut App, args: &Pin) -> Result<(), CliError> {
    let (session, path, version) = at(app, &args.name, &args.at)?;
    let wanted = secret::Pin { consumer: args.consumer.clone(), version, remove: args.at.remove };
    let named = session.client().secret_pin(path.as_str(), &wanted)?;
    if app.output.is_json() {
        let pinned = json!({ "path": named.path, "consumer": args.consumer, "version": named.version });
        return app.output.json(&pinned);
    }
    let Named { path, version } = named;
    app.output.say(&match version {
        Some(version) => format!("version {version} of {path} is pinned for {}", args.consumer),
        None => format!("{} reads the current version of {path} from now on", args.consumer),
    });
    Ok(())
}

/// Where it is, and which version is meant.
fn at(app: &mut App, name: &str, at: &At) -> Result<(Session, SecretPath, Option<u64>), CliError> {
    let message = at.why.message()?;
    let number = at.version.map(version).transpose()?;
    let session = Session::open(app, Missing::Refuse)?.because(message);
    let path = session.path(name)?;
    Ok((session, path, number))
}
