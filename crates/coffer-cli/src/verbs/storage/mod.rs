//! `coffer storage`: where the store lies, and how it comes to lie elsewhere.

use std::path::Path;
use std::sync::Arc;

use coffer_engine::Error;
use coffer_engine::storage::Storage as Stored;

use crate::app::App;
use crate::args::Storage;
use crate::error::CliError;
use crate::place::Place;
use crate::settings::Settings;

mod copy;
mod migrate;
mod reopen;

pub(super) fn storage(app: &mut App, args: &Storage) -> Result<(), CliError> {
    match args {
        Storage::Migrate => migrate::migrate(app),
        Storage::Copy(args) => copy::copy(app, args),
        Storage::Reopen(args) => reopen::reopen(app, args),
    }
}

/// The place that is named, else the one of the settings. A folder by its whole path: others have to find it too.
fn place(app: &App, settings: &Settings, named: Option<(&str, &Path)>) -> Result<Place, CliError> {
    match named {
        None => Place::of(settings, &app.environment),
        Some(named) => {
            let place = Place::named(named, settings, &app.environment)?;
            Ok(match place {
                Place::Folder(dir) => Place::Folder(app.cwd.join(dir)),
                database @ Place::Database(_) => database,
            })
        }
    }
}

/// The store that lies there, in service or not.
fn found(place: &Place) -> Result<Arc<dyn Stored>, CliError> {
    let found = place.find().and_then(|found| found.ok_or_else(|| place.missing()));
    Ok(found.map_err(Error::from)?)
}
