//! Where the store lies: in a folder of this machine, or in a database that others have open too.
//!
//! # Invariants
//!
//! * A folder's store is made by the first verb that may make one. A database's is made by `coffer init` alone: nobody makes a store of
//!   many by a slip in a setting.
//! * The password is no setting: it is read here, when a connection is made, and goes nowhere else.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use coffer_engine::block_on;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Storage, StorageError};
use coffer_postgres::{Password, Postgres};

use crate::edge;
use crate::error::{CliError, Exit};
use crate::settings::{Environment, Settings};

/// A place for a store.
pub(crate) enum Place {
    Folder(PathBuf),
    Database(Box<coffer_postgres::Settings>),
}

impl Place {
    /// The place that the settings name.
    pub(crate) fn of(settings: &Settings, environment: &Environment) -> Result<Self, CliError> {
        match &settings.storage.value {
            Some(url) => Self::database(url, &settings.storage.source.to_string(), settings, environment),
            None => Ok(Self::Folder(settings.store_dir())),
        }
    }

    /// The place that an argument of this name says: a database by its URL, else a folder. The password is that of the settings.
    pub(crate) fn named(
        (argument, place): (&str, &Path),
        settings: &Settings,
        environment: &Environment,
    ) -> Result<Self, CliError> {
        match place.to_str().filter(|text| text.contains("://")) {
            Some(url) => Self::database(url, argument, settings, environment),
            None => Ok(Self::Folder(place.to_owned())),
        }
    }

    fn database(
        url: &str,
        source: &str,
        settings: &Settings,
        environment: &Environment,
    ) -> Result<Self, CliError> {
        let mut database = coffer_postgres::Settings::parse(url).map_err(|error| {
            CliError::new(Exit::Usage, "settings.invalid", format!("{source}: {error}"), error.fix)
        })?;
        database.password = password(settings, environment)?;
        Ok(Self::Database(Box::new(database)))
    }

    /// The store, if there is one.
    pub(crate) fn find(&self) -> Result<Option<Arc<dyn Storage>>, StorageError> {
        let opened = match self {
            Self::Folder(dir) => {
                SqliteStorage::open(options(dir, false)).map(|storage| storage as Arc<dyn Storage>)
            }
            Self::Database(settings) => {
                Postgres::open(settings.as_ref().clone()).map(|storage| storage as Arc<dyn Storage>)
            }
        };
        match (self, opened) {
            (_, Err(StorageError::Missing(_))) => Ok(None),
            // Its tables are made before the store is, by `coffer storage migrate`.
            (Self::Database(_), Ok(storage)) if is_empty(storage.as_ref())? => Ok(None),
            (_, opened) => opened.map(Some),
        }
    }

    /// The store, and a place for one where there is none.
    pub(crate) fn make(&self) -> Result<Arc<dyn Storage>, StorageError> {
        match self {
            Self::Folder(dir) => {
                SqliteStorage::open(options(dir, true)).map(|storage| storage as Arc<dyn Storage>)
            }
            Self::Database(settings) => {
                let mut settings = settings.as_ref().clone();
                settings.create = true;
                Postgres::open(settings).map(|storage| storage as Arc<dyn Storage>)
            }
        }
    }

    /// Whether a verb that needs a store may make one here.
    pub(crate) fn is_made_on_first_use(&self) -> bool {
        matches!(self, Self::Folder(_))
    }

    /// Whether there may be a store, without asking a database.
    pub(crate) fn may_have_one(&self) -> bool {
        match self {
            Self::Folder(dir) => dir.exists(),
            Self::Database(_) => true,
        }
    }

    /// There is no store here.
    pub(crate) fn missing(&self) -> StorageError {
        StorageError::Missing(PathBuf::from(self.to_string()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(dir) => dir.display().fmt(f),
            Self::Database(settings) => f.write_str(&settings.place()),
        }
    }
}

fn options(dir: &PathBuf, create: bool) -> SqliteOptions {
    SqliteOptions { create, ..SqliteOptions::new(dir, Arc::new(edge::now)) }
}

fn is_empty(storage: &dyn Storage) -> Result<bool, StorageError> {
    Ok(block_on(storage.scan(&[], None, 1))?.records.is_empty())
}

/// The file that the settings name, else what the environment holds, else the lines that `psql` reads too.
fn password(settings: &Settings, environment: &Environment) -> Result<Password, CliError> {
    let file = settings.storage_password_file.value.clone();
    match (file, environment.storage_password()) {
        (Some(_), Some(_)) => Err(CliError::new(
            Exit::Usage,
            "settings.two_places",
            "COFFER_STORAGE_PASSWORD is set, and a file with the storage's password is named",
            "leave one of them out; the file is the safer one, as a process's environment can be read while it runs",
        )),
        (Some(file), None) => Ok(Password::File(file)),
        (None, Some(given)) => Ok(Password::Given(given)),
        (None, None) => {
            let named = environment.get("PGPASSFILE").map(PathBuf::from);
            let home = environment.get("HOME").map(|home| PathBuf::from(home).join(".pgpass"));
            Ok(named.or(home).map_or(Password::None, Password::Lines))
        }
    }
}
