//! `coffer label`, `pin`, `override`.

use super::super::{Mark, Stage};
use super::changes::explained;

pub(crate) fn label(stage: &mut Stage) {
    let (old, new) = (stage.marked("A, version 1"), stage.marked("A, version 2"));
    let (labelled, got) = ("secret_label done", "secret_get done");
    explained(stage, "label A stable", labelled);
    stage.call("get A --label stable").shows(&[&new]).leaves(got).done();
    stage.call("label A stable --version 1").leaves(labelled).done();
    stage.call("get A --label stable").shows(&[&old]).leaves(got).done();
    stage.call("history A").leaves("secret_history done").done();
    stage.call("label A stable --remove").leaves(labelled).done();
    stage.call("get A --label stable").leaves("secret_get absent").fails("version.not_found");
    let absent = "secret_label absent";
    stage.call("label A stable --remove").leaves(absent).fails("version.not_found");
    stage.call("label A stable --version 9").leaves(absent).fails("version.not_found");
    stage.call("label NOWHERE stable").leaves(absent).fails("secret.not_found");
    stage.call("label A stable --version 0").fails("version.invalid");
    for wrong in ["7", "current", "Stable"] {
        stage.call(&format!("label A {wrong}")).fails("label.invalid");
    }
    for number in 0..16 {
        stage.call(&format!("label A l{number}")).leaves(labelled).done();
    }
    stage.call("label A one-more").leaves("secret_label invalid").fails("version.too_many_names");
    let value = stage.mark(Mark::text("typed after label"));
    stage.call("label A stable").word(value.str()).fails("usage.invalid");
    stage.call("label A stable --version").word(value.str()).fails("usage.invalid");
}

pub(crate) fn pin(stage: &mut Stage) {
    let (old, new) = (stage.marked("A, version 1"), stage.marked("A, version 2"));
    let (pinned, got) = ("secret_pin done", "secret_get done");
    explained(stage, "pin A billing", pinned);
    stage.call("pin A billing --version 1").leaves(pinned).done();
    stage.call("get A --consumer billing").shows(&[&old]).leaves(got).done();
    stage.call("get A --consumer another").shows(&[&new]).leaves(got).done();
    stage.call("history A").leaves("secret_history done").done();
    stage.call("destroy A --version 1 --yes").leaves("secret_destroy mismatch").fails("version.pinned");
    stage.call("pin A billing --remove").leaves(pinned).done();
    stage.call("get A --consumer billing").shows(&[&new]).leaves(got).done();
    stage.call("pin A billing --remove").leaves("secret_pin absent").fails("version.not_found");
    stage.call("pin NOWHERE billing").leaves("secret_pin absent").fails("secret.not_found");
    stage.call("pin A b*").fails("name.character");
    stage.call("get A --consumer b*").fails("name.character");
    let value = stage.mark(Mark::text("typed after pin"));
    stage.call("pin A billing").word(value.str()).fails("usage.invalid");
    stage.call("pin A billing --version").word(value.str()).fails("usage.invalid");
}

pub(crate) fn override_own(stage: &mut Stage) {
    let shared = stage.marked("A, version 2");
    let (done, got) = ("secret_override done", "secret_get done");
    let own = stage.mark(Mark::lines("a value of one's own"));
    for flags in ["", "--trim", "--allow-empty"] {
        stage.call(&format!("override A --stdin {flags}")).stdin(&own.bytes).leaves(done).done();
    }
    stage.own_file("value", &own.bytes, &[&own]);
    stage.call("override A --file value").leaves(done).done();
    stage.call("get A").shows(&[&own]).leaves(got).done();
    stage.call("get A --stage current").shows(&[&shared]).leaves(got).done();
    stage.call("history A").leaves("secret_history done").done();
    let typed = stage.mark(Mark::text("a value of one's own, typed"));
    let (question, again) = ("dev/project/A: ", "dev/project/A, again: ");
    stage.call("override A").typed(question, &typed.bytes).typed(again, &typed.bytes).leaves(done).done();
    stage.call("get A").shows(&[&typed]).leaves(got).done();
    stage.call("override A --remove").leaves(done).done();
    stage.call("get A").shows(&[&shared]).leaves(got).done();
    stage.call("override A --remove").leaves("secret_override absent").fails("version.not_found");
    stage.call("override A --generate --alphabet letters").leaves(done).done();
    explained(stage, "override A --generate=40 --alphabet hex", done);
    stage.call("override A").fails("value.no_terminal");
    stage.call("override A --stdin").fails("value.empty");
    stage.call("override A --file no/such/file").fails("file.failed");
    stage.call("override NOWHERE --generate").leaves("secret_override absent").fails("secret.not_found");
    stage.call("override A").word(typed.str()).fails("value.in_arguments");
    stage.call(&format!("override A={}", typed.str())).fails("name.invalid");
    stage.call("override A --remove --stdin").stdin(&typed.bytes).fails("usage.invalid");
}
