//! `coffer audit`: the log tells who did what where, and no value.

use super::super::{Mark, Stage};

const READ: &str = "audit_query done";

pub(crate) fn tail(stage: &mut Stage) {
    some_history(stage);
    for words in ["audit tail", "audit tail -n 3", "audit tail --lines 100", "audit tail -n 0"] {
        stage.call(words).leaves(READ).done();
    }
    stage.call("audit tail --instance").leaves("instance/audit_query done").done();
    let call = stage.call("audit tail --follow -n 1").leaves(READ).leaves("secret_get done, secret_get done");
    call.follows(&["audit_query", "secret_get"]);
    let value = stage.mark(Mark::text("typed after audit tail"));
    stage.call("audit tail").word(value.str()).fails("usage.invalid");
    stage.call("audit tail -n").word(value.str()).fails("usage.invalid");
}

pub(crate) fn query(stage: &mut Stage) {
    some_history(stage);
    let nobody = "0".repeat(32);
    for flags in [
        "",
        "--path A",
        "--path /dev",
        "--action secret_get",
        "--outcome absent",
        "--decision allowed",
        "--decision refused",
        "--since 7d --until 2999-01-01",
        "--limit 3",
    ] {
        stage.call(&format!("audit query {flags}")).leaves(READ).done();
    }
    stage.call("audit query --source 192.0.2.0/24").leaves(READ).done();
    stage.call("audit query --actor").word(&nobody).leaves(READ).done();
    stage.call("audit query --instance").leaves("instance/audit_query done").done();
    stage.call("audit query --path a*b").fails("name.character");
    let value = stage.mark(Mark::text("typed after audit query"));
    for flag in ["--since", "--until"] {
        stage.call(&format!("audit query {flag}")).word(value.str()).fails("moment.invalid");
    }
    stage.call("audit query --limit").word(value.str()).fails("usage.invalid");
    stage.call("audit query").word(value.str()).fails("usage.invalid");
    stage.call("audit query --source").word(value.str()).fails("network.invalid");
    // A filter is not repeated in the log.
    stage.call("audit query --action").word(value.str()).leaves(READ).done();
    stage.call("audit query --outcome").word(value.str()).leaves(READ).done();
    stage.call("audit query --actor").word(value.str()).leaves(READ).done();
}

pub(crate) fn show(stage: &mut Stage) {
    some_history(stage);
    stage.call("audit show 1").leaves(READ).done();
    let said = stage.call("audit query --limit 1 --json").leaves(READ).done();
    let entry: serde_json::Value = serde_json::from_str(&said).unwrap();
    stage.call("audit show").word(entry["id"].as_str().unwrap()).leaves(READ).done();
    stage.call("audit show 1 --instance").leaves("instance/audit_query done").done();
    stage.call("audit show 999999").leaves(READ).fails("entry.not_found");
    let value = stage.mark(Mark::text("typed after audit show"));
    stage.call("audit show").word(value.str()).fails("entry.invalid");
    stage.call("audit show 1").word(value.str()).fails("usage.invalid");
}

/// Reads, changes, refusals: so that the log has something to tell.
fn some_history(stage: &mut Stage) {
    let value = stage.marked("A, version 2");
    stage.call("get A").shows(&[&value]).leaves("secret_get done").done();
    stage.call("get NOWHERE").leaves("secret_get absent").fails("secret.not_found");
    let call = stage.call("set A --if-version 9 --stdin").stdin(&value.bytes);
    call.leaves("secret_set mismatch").fails("secret.changed");
}
