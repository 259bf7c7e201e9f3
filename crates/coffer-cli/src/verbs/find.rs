//! `coffer find`: which secrets there are of some kind. `coffer report` says how many.

use coffer_engine::time::Timestamp;
use coffer_wire::find::Search;
use coffer_wire::secret::Listed;
use coffer_wire::{Moment as Instant, Patch};
use serde_json::{Value as Json, json};

use super::audit::not_a_moment;
use super::show;
use crate::app::App;
use crate::args::{Classification, Find, Moment};
use crate::edge;
use crate::error::CliError;
use crate::session::Session;
use crate::store::Missing;

pub(super) fn find(app: &mut App, args: &Find) -> Result<(), CliError> {
    let session = Session::open(app, Missing::Refuse)?;
    let found = session.client().secret_find(&search(&session, args)?)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "secrets": found.iter().map(listed).collect::<Vec<_>>() }));
    }
    if found.is_empty() {
        app.output.say("nothing is so");
        return Ok(());
    }
    let row = |secret: &Listed| {
        let about = show::about_listed(secret);
        [secret.path.clone(), secret.version.to_string(), show::moment(secret.changed), about]
    };
    app.output.table(["PATH", "VERSION", "CHANGED", "ABOUT"], &found.iter().map(row).collect::<Vec<_>>())
}

fn search(session: &Session, args: &Find) -> Result<Search, CliError> {
    let now = edge::now();
    let at = |side: Moment, text: &String| side.parse(text, now).map(instant).ok_or_else(not_a_moment);
    let folder = args.folder.as_deref().map(|folder| session.folder(Some(folder))).transpose()?;
    let expired_by = args.expires_within.as_ref().map(|text| at(Moment::Ahead, text)).transpose()?;
    Ok(Search {
        folder: folder.map(|folder| folder.as_str().to_owned()).unwrap_or_default(),
        words: args.words.clone(),
        tags: args.tag.iter().cloned().collect(),
        owner: args.owner.clone(),
        ownerless: args.no_owner,
        classification: args.classification.map_or(Patch::Keep, Classification::patch),
        personal_data: args.personal_data,
        residency: args.residency.clone(),
        expired_by: expired_by.or(args.expired.then(|| instant(now))),
        overdue_by: args.overdue.then(|| instant(now)),
        unchanged_since: args.older_than.as_ref().map(|text| at(Moment::Ago, text)).transpose()?,
        unread_since: args.unread_for.as_ref().map(|text| at(Moment::Ago, text)).transpose()?,
        trashed: args.trashed,
        same_as: args
            .same_as
            .as_deref()
            .map(|name| session.path(name))
            .transpose()?
            .map(|path| path.to_string()),
        reused: args.reused,
        ..Search::default()
    })
}

fn instant(at: Timestamp) -> Instant {
    Instant::from_millis(at.millis())
}

/// A secret in a list, for programs.
pub(super) fn listed(secret: &Listed) -> Json {
    let mut document = json!({
        "path": secret.path,
        "version": secret.version,
        "changed": show::moment(secret.changed),
        "file": show::file(secret.file.as_ref()),
        "metadata": show::metadata(&secret.metadata),
    });
    if let (Some(at), Some(members)) = (secret.trashed, document.as_object_mut()) {
        members.insert("trashed".to_owned(), json!(show::moment(at)));
    }
    document
}
