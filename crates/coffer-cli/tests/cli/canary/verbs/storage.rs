//! `coffer storage`: the tables of a database, and its password.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use coffer_postgres::testkit::Server;

use super::super::{Mark, Stage};

pub(crate) fn migrate(stage: &mut Stage) {
    let server = Server::shared();
    let url = server.url(&server.database_named().1);
    let password = stage.mark(Mark::found("the storage's password", b"Dat4b4se-P4ssw0rd"));
    let call = stage.call("storage migrate").variable("COFFER_STORAGE", &url);
    call.variable("COFFER_STORAGE_PASSWORD", password.str()).done();
    stage.call("storage migrate").variable("COFFER_STORAGE", &url).done();
    stage.call("storage migrate").fails("storage.folder");
    stage.call("storage migrate --addr https://127.0.0.1:1").fails("addr.here_only");
    let url = format!("postgres://coffer:{}@127.0.0.1/coffer", password.str());
    stage.call("storage migrate").variable("COFFER_STORAGE", url).fails("settings.invalid");
    // Nobody listens there. A file that others may read is not even tried.
    let file = stage.own_file("storage.password", &password.bytes, &[&password]);
    for (mode, code) in [(0o600, "store.io"), (0o644, "store.permissions")] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let call =
            stage.call("storage migrate").variable("COFFER_STORAGE", "postgres://coffer@127.0.0.1:1/coffer");
        call.variable("COFFER_STORAGE_PASSWORD_FILE", "storage.password").fails(code);
    }
    let value = stage.mark(Mark::text("typed after storage migrate"));
    stage.call("storage migrate").word(value.str()).fails("usage.invalid");
}
