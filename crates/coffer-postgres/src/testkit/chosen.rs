//! Tests of others on PostgreSQL: `COFFER_TEST_STORAGE=postgres` chooses it for those that let themselves be asked.

use std::fs;
use std::path::Path;

use super::Server;
use crate::Settings;

/// The variable that chooses.
const VARIABLE: &str = "COFFER_TEST_STORAGE";

/// A fresh, empty database, where tests run on PostgreSQL.
#[must_use]
pub fn fresh() -> Option<Settings> {
    is_chosen().then(|| Server::shared().database())
}

/// The database of the store that would lie in this folder; the same one for each process of the test. Whoever asks first makes it, and
/// it is gone with that process.
#[must_use]
pub fn in_place_of(folder: &Path) -> Option<Settings> {
    let note = folder.with_extension("postgres");
    if let Ok(url) = fs::read_to_string(&note) {
        let mut settings = Settings::parse(&url).unwrap();
        settings.create = true;
        return Some(settings);
    }
    if !is_chosen() {
        return None;
    }
    let (settings, database) = Server::shared().database_named();
    fs::write(note, Server::shared().url(&database)).unwrap();
    Some(settings)
}

#[expect(clippy::disallowed_methods, reason = "which storage is tested is said from outside")]
fn is_chosen() -> bool {
    std::env::var_os(VARIABLE).is_some_and(|storage| storage == "postgres")
}
