//! Where a store lies: in a folder, or in a database.

use std::fmt;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Clock, Storage};
use coffer_postgres::{Postgres, Settings};

/// As it is said to the process that makes, or measures.
#[derive(Clone)]
pub(crate) enum Place {
    Folder(PathBuf),
    /// Its URL.
    Database(String),
}

impl Place {
    pub(crate) fn parse(text: &str) -> Self {
        if Settings::is_url(text) { Self::Database(text.to_owned()) } else { Self::Folder(text.into()) }
    }

    /// The storage, made where there is none.
    pub(crate) fn storage(&self, clock: Clock) -> Arc<dyn Storage> {
        match self {
            Self::Folder(folder) => {
                let mut options = SqliteOptions::new(folder, clock);
                options.create = true;
                SqliteStorage::open(options).unwrap()
            }
            Self::Database(url) => {
                let mut settings = Settings::parse(url).unwrap();
                settings.create = true;
                Postgres::open(settings).unwrap()
            }
        }
    }

    /// What it takes up on the disk.
    pub(crate) fn bytes(&self) -> u64 {
        match self {
            Self::Folder(folder) => {
                std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len()).sum()
            }
            Self::Database(url) => {
                let mut psql = Command::new("psql");
                psql.args(["-X", "-q", "-t", "-A", "-d", url, "-c"]);
                let output = psql.arg("SELECT pg_database_size(current_database())").output().unwrap();
                assert!(output.status.success(), "psql");
                String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Database(url) => f.write_str(url),
        }
    }
}
