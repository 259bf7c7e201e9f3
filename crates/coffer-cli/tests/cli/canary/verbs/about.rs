//! What is said about Coffer and the store: `status`, `doctor`, `completions`, and what belongs to no verb.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::super::{Mark, Stage};

pub(crate) fn no_verb(stage: &mut Stage) {
    stage.call("--help").done();
    stage.call("--version").done();
    stage.call("").ends(2);
    let value = stage.mark(Mark::text("typed as a flag"));
    for flag in ["--value", "--password", "--json", "--help", "--nothing"] {
        stage.call(&format!("{flag}={} ls", value.str())).fails("usage.invalid");
    }
    stage.call("nothing").fails("usage.invalid");
    let home = stage.world.coffer_home();
    stage.world.write("other.toml", "env = \"prod\"\n");
    let call = stage.call("--tenant default --env dev --app project --config other.toml --home");
    call.word(home.to_str().unwrap()).word("ls").leaves("secret_list done").done();
    stage.call("ls --config no.toml").fails("file.failed");
    stage.call("ls").variable("HOME", "").fails("settings.no_home");
    wrong_configuration(stage, &value);
    elsewhere(stage, &value);
    let folder = stage.key_file().parent().unwrap().to_owned();
    let elsewhere = stage.path("../home/keys elsewhere");
    fs::rename(&folder, &elsewhere).unwrap();
    stage.call("ls").variable("MASTER_SECRET_KEY", value.str()).fails("unlock.none_fits");
    fs::rename(&elsewhere, &folder).unwrap();
}

/// A server is to be asked: neither its address nor the token is told to anybody else.
fn elsewhere(stage: &mut Stage, value: &Mark) {
    stage.call("member create maya").leaves("member_create done").done();
    let said = stage.call("token create --member maya").leaves("token_create done").unsearched().done();
    let token: String = said.chars().skip(said.find("coffer_").unwrap()).take_while(|c| *c != '"').collect();
    let token = stage.mark(Mark::found("the token", token.trim().as_bytes()));
    let here = "http://127.0.0.1:1";
    let call = stage.call(&format!("ls --addr {here}")).variable("COFFER_TOKEN", token.str());
    call.fails("server.unreachable");
    stage.call(&format!("doctor --addr {here}")).variable("COFFER_TOKEN", token.str()).ends(1);
    stage.call(&format!("status --addr {here}")).variable("COFFER_TOKEN", token.str()).done();
    let file = stage.own_file("../home/token", token.str(), &[&token]).to_str().unwrap().to_owned();
    let call = stage.call("ls").variable("COFFER_ADDR", here).variable("COFFER_TOKEN_FILE", file.clone());
    call.fails("server.unreachable");
    let call = stage.call("ls").variable("COFFER_ADDR", here).variable("COFFER_TOKEN_FILE", file);
    call.variable("COFFER_TOKEN", token.str()).fails("token.twice");
    let run = stage.call("run -- env").variable("COFFER_TOKEN", token.str());
    let read = "secret_list done, secret_get done, secret_get done, secret_get done, secret_get done";
    run.leaves(read).done();
    for (text, code) in
        [(value.str().to_owned(), "token.malformed"), (value.str().repeat(300), "token.too_long")]
    {
        stage.call("ls").variable("COFFER_ADDR", here).variable("COFFER_TOKEN", text).fails(code);
    }
    stage.call(&format!("ls --addr={}", value.str())).fails("addr.invalid");
    stage.call(&format!("status --addr=https://{}@h/{}", value.head(), value.str())).done();
    let call =
        stage.call("ls").variable("COFFER_ADDR", "https://h").variable("COFFER_FINGERPRINT", value.str());
    call.fails("addr.trust");
}

fn wrong_configuration(stage: &mut Stage, value: &Mark) {
    let long = format!("# {}\n", value.str()).repeat(4000);
    stage.own_file("long.toml", long, &[value]);
    stage.call("ls --config long.toml").fails("settings.too_long");
    let right = fs::read_to_string(stage.path("coffer.toml")).unwrap();
    stage.own_file("coffer.toml", format!("home = \"{}\"\n", value.str()), &[value]);
    stage.call("ls").fails("settings.not_for_projects");
    fs::set_permissions(stage.path("coffer.toml"), fs::Permissions::from_mode(0o666)).unwrap();
    stage.call("ls").fails("settings.untrusted");
    stage.own_file("coffer.toml", right, &[]);
}

pub(crate) fn status(stage: &mut Stage) {
    stage.call("status").done();
    let passphrase = stage.marked("the passphrase");
    stage.call("status").variable("MASTER_SECRET_KEY", passphrase.str()).done();
    stage.with_passphrase("status").done();
    stage.call("status").variable("COFFER_TENNANT", passphrase.str()).fails("settings.unknown");
    stage.call("status").word(passphrase.str()).fails("usage.invalid");
}

pub(crate) fn doctor(stage: &mut Stage) {
    let found = "instance/unlocker_list done, store_check done";
    stage.call("doctor").leaves(found).done();
    stage.with_passphrase("doctor").leaves(found).done();
    let key = stage.key_file();
    let right = fs::read(&key).unwrap();
    fs::write(&key, &right[..right.len() - 9]).unwrap();
    assert!(stage.call("doctor").ends(1).contains("key_file.damaged"));
    fs::write(&key, &right).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(stage.call("doctor").ends(1).contains("key_file.permissions"));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let wrong = stage.mark(Mark::text("a wrong passphrase for doctor"));
    stage.call("doctor").variable("MASTER_SECRET_KEY", wrong.str()).leaves(found).done();
    assert!(
        stage.call("doctor").variable("COFFER_TENNANT", wrong.str()).ends(1).contains("settings.unknown")
    );
    stage.call("doctor").word(wrong.str()).fails("usage.invalid");
    damaged(stage);
}

/// What does not open is named by its place.
fn damaged(stage: &mut Stage) {
    let destroyed = "secret_destroy done, secret_destroy done, secret_destroy done";
    stage.call("destroy A --yes").leaves(destroyed).done();
    let mut wrong = fs::read(stage.store_file("coffer.db")).unwrap();
    let page = 4096;
    for place in (2 * page..wrong.len()).step_by(page) {
        wrong[place + page - 200] ^= 0xff;
    }
    stage.with_database(&wrong, |stage| drop(stage.call("doctor").ends(1)));
}

pub(crate) fn completions(stage: &mut Stage) {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        stage.call(&format!("completions {shell}")).done();
    }
    let value = stage.mark(Mark::text("typed after completions"));
    stage.call("completions").word(value.str()).fails("usage.invalid");
    stage.call("completions bash").word(value.str()).fails("usage.invalid");
}
