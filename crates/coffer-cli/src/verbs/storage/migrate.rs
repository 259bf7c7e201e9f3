//! `coffer storage migrate`: the tables of a store that lies in a database.

use coffer_engine::Error;
use coffer_postgres::Migrated;
use serde_json::json;

use crate::app::App;
use crate::error::{CliError, Exit};
use crate::place::Place;
use crate::session::here_only;

pub(super) fn migrate(app: &mut App) -> Result<(), CliError> {
    let settings = app.settings()?;
    here_only(&settings, "storage migrate")?;
    let Place::Database(database) = Place::of(&settings, &app.environment)? else {
        return Err(CliError::new(
            Exit::Usage,
            "storage.folder",
            "the store is in a folder, whose tables need no migration",
            "name a database with COFFER_STORAGE, or with `storage` in the file that --config names",
        ));
    };
    let Migrated { from, to } = coffer_postgres::migrate(&database).map_err(Error::from)?;
    if app.output.is_json() {
        return app.output.json(&json!({ "from": from, "to": to }));
    }
    let place = database.place();
    app.output.say(&match (from, to) {
        (0, to) => format!("made the tables, version {to}, in {place}"),
        (from, to) if from == to => {
            format!("the tables in {place} have version {to}: there was nothing to do")
        }
        (from, to) => format!("brought the tables in {place} from version {from} to {to}"),
    });
    Ok(())
}
