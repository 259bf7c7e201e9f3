//! `coffer storage reopen`: a store that was closed for a copy is taken back, when that copy is no store and will be none.

use coffer_engine::storage::StorageError;
use coffer_engine::vault::{abandon_copy, closed_for};
use coffer_engine::{Error, block_on};
use serde_json::json;

use super::{found, place};
use crate::app::App;
use crate::args::StorageReopen;
use crate::error::{CliError, Exit};
use crate::prompt::confirm;
use crate::session::here_only;
use crate::store::{Store, Unlockers};

pub(super) fn reopen(app: &mut App, args: &StorageReopen) -> Result<(), CliError> {
    let settings = app.settings()?;
    here_only(&settings, "storage reopen")?;
    let from = place(app, &settings, args.from.as_deref().map(|from| ("--from", from)))?;
    let source = found(&from)?;
    let unlockers = Unlockers::given(app, &settings)?;
    let Some((id, copied_to)) = block_on(closed_for(source.as_ref())).map_err(Error::from)? else {
        if app.output.is_json() {
            return app.output.json(&json!({ "store": from.to_string(), "reopened": false }));
        }
        app.output.say(&format!("the store in {from} is in service: there was nothing to do"));
        return Ok(());
    };
    match &args.to {
        Some(to) => {
            let to = place(app, &settings, Some(("--to", to)))?;
            if to.to_string() != copied_to {
                return Err(CliError::new(
                    Exit::Usage,
                    "storage.other_place",
                    format!("the store was closed for a copy in {copied_to}, and not in {to}"),
                    "name that place with --to",
                ));
            }
            if let Some(copy) = to.find().map_err(Error::from)? {
                block_on(abandon_copy(copy, id)).map_err(|error| is_used(error, &copied_to))?;
            }
        }
        None => {
            let question = format!("Was the copy in {copied_to} never used, and is it destroyed?");
            confirm(&question, args.yes, &mut app.person)?;
        }
    }
    let store = Store::closed(&settings, source, &unlockers)?;
    store.ask(async |vault, op| vault.storage_reopen(op).await)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "store": from.to_string(), "reopened": true }));
    }
    app.output.say(&format!("the store in {from} is in service again"));
    Ok(())
}

/// What was written to a copy that is a store would be lost by going back behind it.
fn is_used(error: StorageError, place: &str) -> CliError {
    match error {
        StorageError::NotEmpty => CliError::new(
            Exit::Conflict,
            "storage.in_service",
            format!("the copy in {place} is the store by now"),
            "use that; to come back, copy it: `coffer storage copy` into an empty place",
        ),
        error => Error::from(error).into(),
    }
}
