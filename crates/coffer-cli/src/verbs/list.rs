//! `coffer ls`: names, never values.

use serde_json::json;

use super::{find, show};
use crate::app::App;
use crate::args::Ls;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn list(app: &mut App, args: &Ls) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let folder = session.folder(args.prefix.as_deref())?;
    let listing = session.client().secret_list(folder.as_str(), args.recursive)?;
    if app.output.is_json() {
        return app.output.json(&json!({
            "folder": folder.as_str(),
            "folders": listing.folders,
            "secrets": listing.secrets.iter().map(find::listed).collect::<Vec<_>>(),
        }));
    }
    if listing.secrets.is_empty() && listing.folders.is_empty() {
        app.output.say(&format!("nothing in {folder}"));
        return Ok(());
    }
    let below = |path: &str| {
        let rest = path.strip_prefix(folder.as_str()).unwrap_or(path);
        rest.strip_prefix('/').unwrap_or(rest).to_owned()
    };
    let folders = listing.folders.iter().filter(|_| !args.recursive);
    let mut rows: Vec<[String; 4]> = folders
        .map(|folder| [format!("{}/", below(folder)), String::new(), String::new(), String::new()])
        .collect();
    rows.extend(listing.secrets.iter().map(|secret| {
        let about = show::about_listed(secret);
        [below(&secret.path), secret.version.to_string(), show::moment(secret.changed), about]
    }));
    app.output.table(["NAME", "VERSION", "CHANGED", "ABOUT"], &rows)
}
