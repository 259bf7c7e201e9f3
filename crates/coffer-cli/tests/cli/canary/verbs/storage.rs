//! `coffer storage`: the tables of a database, and its password; a store that moves.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

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

/// Another store that is the stage's, as it is now: what becomes of it leaves no entries in that.
fn twin(stage: &Stage) {
    let store = stage.world.coffer_home().join("store");
    fs::create_dir_all(stage.path("../home/twin")).unwrap();
    let copied = Command::new("cp").arg("-a").arg(store).arg(stage.path("../home/twin")).status().unwrap();
    assert!(copied.success());
}

const TWIN: &str = "--from ../home/twin/store --to ../home/moved/store";

pub(crate) fn copy(stage: &mut Stage) {
    twin(stage);
    stage.call(&format!("storage copy {TWIN}")).done();
    stage.call(&format!("storage copy {TWIN}")).done();
    stage.call("storage copy --from ../home/twin/store --to ../home/twin/store").fails("storage.same_place");
    stage.call("storage copy --from ../home/nowhere --to ../home/else").fails("store.missing");
    stage.call("storage copy --from ../home/moved/store --to ../home/else").fails("store.unfinished");
    stage.call("storage copy --to ../home/else --addr https://127.0.0.1:1").fails("addr.here_only");
    let other = "storage copy --final --from ../home/twin/store --to ../home/else --home ../home/other";
    stage.call("init --home ../home/other").unsearched().done();
    stage.call(other).fails("unlock.none_fits");
    stage.call(&format!("storage copy {TWIN} --final")).done();
    stage.call(&format!("storage copy {TWIN} --final")).fails("store.moved");
    stage.call(&format!("storage copy {TWIN}")).fails("store.moved");
    stage.call("storage copy --from ../home/moved/store --to ../home/other/store").fails("store.not_empty");
    let password = stage.mark(Mark::found("a password in a place", b"Pl4ce-P4ssw0rd"));
    let url = format!("postgres://coffer:{}@127.0.0.1/coffer", password.str());
    stage.call("storage copy --to").word(&url).fails("settings.invalid");
    let value = stage.mark(Mark::text("typed after storage copy"));
    stage.call("storage copy --to x").word(value.str()).fails("usage.invalid");
}

pub(crate) fn reopen(stage: &mut Stage) {
    twin(stage);
    stage.call("storage reopen --from ../home/twin/store").done();
    stage.call(&format!("storage copy {TWIN} --final")).done();
    stage.call("storage reopen --from ../home/twin/store --to ../home/else").fails("storage.other_place");
    stage.call(&format!("storage reopen {TWIN}")).fails("storage.in_service");
    stage.call("storage reopen --from ../home/twin/store").fails("confirm.no_terminal");
    stage.call("storage reopen --from ../home/twin/store --yes").done();
    stage.call("storage reopen --from ../home/nowhere --yes").fails("store.missing");
    stage.call("storage reopen --addr https://127.0.0.1:1").fails("addr.here_only");
    let value = stage.mark(Mark::text("typed after storage reopen"));
    stage.call("storage reopen").word(value.str()).fails("usage.invalid");
}
