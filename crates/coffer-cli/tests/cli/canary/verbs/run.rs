//! `coffer run`: what the command gets, what of its output comes through, and what it does not get.

use std::fs;

use super::super::{Mark, Stage};

/// Writes what the system knows of the command and of Coffer, its parent, into files.
const DUMP: &str =
    "tr '\\0' '\\n' < /proc/$$/environ > environ; cat /proc/$$/cmdline /proc/$PPID/cmdline > cmdlines";

pub(crate) fn run(stage: &mut Stage) {
    let left = format!("secret_list done, {}", ["secret_get done"; 4].join(", "));
    let left = left.as_str();
    let values = ["ONE in .env", "TWO in .env", "A, version 2"].map(|label| stage.marked(label));
    let all: Vec<&Mark> = values.iter().collect();
    masked(stage, left);
    stage.call("run --no-mask -- printenv").shows(&all).leaves(left).done();
    surroundings(stage, left, &all);
    stage.call("run --consumer billing --no-mask -- printenv").shows(&all).leaves(left).done();
    stage.call("run -- false").leaves(left).ends(1);
    stage.call("run -- sh -c").word("kill -9 $$").leaves(left).ends(137);
    let value = stage.mark(Mark::text("typed after run"));
    stage.call("run -- no-such-command").leaves(left).fails("run.no_command");
    stage.call(&format!("run -- NAME={} true", value.str())).leaves(left).fails("run.no_command");
    stage.call("run -- ./.env").leaves(left).fails("run.not_executable");
    stage.call("run").word(value.str()).fails("usage.invalid");
    stage.call("run --mask --no-mask -- true").fails("usage.invalid");
    stage.call("run --app empty -- true").leaves("secret_list done").fails("folder.empty");
    unfit(stage, left);
    watched(stage, left);
}

/// A command that is started once more, and one that is told: with the new value, and what it prints is masked as ever.
fn watched(stage: &mut Stage, left: &str) {
    let watch = format!("secret_watch done, {left}");
    stage.call("run --watch -- printenv").leaves(&watch).done();
    for signal in ["hup", "usr1", "usr2"] {
        let words = format!("run --watch --watch-signal {signal} --mask -- printenv");
        stage.call(&words).leaves(&watch).done();
    }
    stage.call("run --watch-signal HUP -- true").fails("usage.invalid");
    let value = stage.mark(Mark::text("typed after run --watch"));
    stage.call("run --watch --watch-signal").word(value.str()).word("--").word("true").fails("usage.invalid");
    // The second time it is there that something has changed.
    let script = "trap 'exit 0' TERM; printenv; printenv >&2; echo up";
    let script = format!("{script}; while :; do sleep 0.05; done");
    let again = format!("{watch}, secret_set done, secret_list done, {left}, secret_get done");
    let call = stage.call("run --watch -- sh -c").word(&script).leaves(&again);
    call.follows_each(&[("up", &["set", "A", "--generate"]), ("up", &["get", "A"])]);
}

/// Every stream that is no terminal, and every way of writing a value that is looked for.
fn masked(stage: &mut Stage, left: &str) {
    let script = "for value in \"$ONE\" \"$TWO\" \"$A\"; do
        printf '%s\\n' \"$value\"; printf '%s\\n' \"$value\" >&2; printf %s \"$value\" | base64 -w0; echo
        printf %s \"$value\" | od -An -v -tx1 | tr -d ' \\n'; echo
        done; printenv; printenv >&2";
    for flag in ["", "--mask"] {
        stage.call(&format!("run {flag} -- sh -c")).word(script).leaves(left).done();
    }
}

/// The command's environment holds the secrets and no keys; nobody's arguments hold anything.
fn surroundings(stage: &mut Stage, left: &str, all: &[&Mark]) {
    let passphrase = stage.marked("the passphrase");
    stage.may_hold("environ", all);
    let call = stage.call("run -- sh -c").word(DUMP).variable("MASTER_SECRET_KEY", passphrase.str());
    call.leaves(left).done();
    stage.with_passphrase("run -- sh -c").word(DUMP).leaves(left).done();
    let environ = fs::read_to_string(stage.path("environ")).unwrap();
    assert!(environ.contains(all[0].str()), "the command has what it needs");
    assert!(!environ.contains("MASTER_SECRET_KEY"));
    let arguments = fs::read(stage.path("cmdlines")).unwrap();
    assert!(arguments.ends_with(DUMP.as_bytes()) || arguments.ends_with(&[DUMP.as_bytes(), &[0]].concat()));
}

/// Secrets that can't be, or must not be, variables.
fn unfit(stage: &mut Stage, left: &str) {
    let more = format!("{left}, secret_get done");
    let value = stage.mark(Mark::text("of an unfit variable"));
    let (nul, long) =
        (Mark::with_nul("a variable with NUL"), Mark::long("a variable that is too long", 200_000));
    let (nul, long) = (stage.mark(nul), stage.mark(long));
    for (name, value, code) in [
        ("not a name", &value, "run.bad_names"),
        ("LD_PRELOAD", &value, "run.loader_variables"),
        ("NUL", &nul, "run.nul"),
        ("LONG", &long, "run.too_long"),
    ] {
        let call = stage.call("set --stdin").word(name).stdin(&value.bytes);
        call.leaves("secret_set done").done();
        stage.call("run -- printenv").leaves(&more).fails(code);
        if name == "LD_PRELOAD" {
            stage.call("run --allow-loader-variables -- true").leaves(&more).done();
        }
        stage.call("rm").word(name).leaves("secret_remove done").done();
    }
    let broken = stage.path("broken");
    fs::write(&broken, "no program").unwrap();
    fs::set_permissions(&broken, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    stage.call("run -- ./broken").leaves(left).fails("run.failed");
}
