//! `coffer rotate`, `rm`, `undo`, `destroy`.

use super::super::{Mark, Stage};

/// A message is told to whoever reads history and log; it is one line, and what is none is not repeated.
pub(super) fn explained(stage: &mut Stage, words: &str, leaves: &str) {
    let value = stage.mark(Mark::text(&format!("in a message that is refused, of {words}")));
    for (end, code) in
        [("\u{1b}[0m", "remark.character"), ("\n", "remark.character"), ("\u{202e}", "remark.character")]
    {
        stage.call(words).word("--message").word(&format!("{}{end}", value.str())).fails(code);
    }
    stage.call(words).word("-m").word(&value.str().repeat(300)).fails("remark.too_long");
    stage.call(words).word("-m").word("").fails("remark.empty");
    stage.call(words).word("--message").word("it leaked, 100 %; see case \u{2116} 12").leaves(leaves).done();
}

pub(crate) fn rotate(stage: &mut Stage) {
    explained(stage, "rotate A", "secret_rotate done");
    stage.generated("A");
    let rotated = "secret_rotate done";
    for (name, flags) in
        [("A", ""), ("ONE", "--generate=40 --alphabet hex"), ("TWO", "--generate --alphabet letters")]
    {
        stage.call(&format!("rotate {name} {flags}")).leaves(rotated).done();
        stage.generated(name);
    }
    let value = stage.mark(Mark::lines("a new value"));
    stage.call("rotate A --stdin").stdin(&value.bytes).leaves(rotated).done();
    stage.call("rotate A --stdin --trim").stdin(&value.bytes).leaves(rotated).done();
    stage.call("rotate A --stdin --allow-empty").leaves(rotated).done();
    stage.own_file("value", &value.bytes, &[&value]);
    stage.call("rotate A --file value").leaves(rotated).done();
    let typed = stage.mark(Mark::text("a new value, typed"));
    let question = "dev/project/A: ";
    let again = "dev/project/A, again: ";
    let call = stage.call("rotate A --prompt").typed(question, &typed.bytes).typed(again, &typed.bytes);
    call.leaves(rotated).done();
    stage.call("rotate A --prompt").fails("value.no_terminal");
    stage.call("rotate A --stdin").fails("value.empty");
    stage.call("rotate A --generate=5000").fails("value.length");
    stage.call("rotate A --file no/such/file").fails("file.failed");
    stage.call("rotate NOWHERE").leaves("secret_rotate absent").fails("secret.not_found");
    stage.call("rotate DB").leaves("secret_rotate mismatch").fails("secret.holds_fields");
    stage.call("rotate A").word(typed.str()).fails("value.in_arguments");
    stage.call(&format!("rotate A={}", typed.str())).fails("name.invalid");
    stage.call(&format!("rotate A --prompt={}", typed.str())).fails("usage.invalid");
    stage.call("rotate A --prompt --stdin").stdin(&typed.bytes).fails("usage.invalid");
}

pub(crate) fn rm(stage: &mut Stage) {
    explained(stage, "rm A", "secret_remove done");
    stage.call("rm A").leaves("secret_remove absent").fails("secret.not_found");
    stage.call("rm A//B").fails("path.empty_segment");
    let value = stage.mark(Mark::text("typed after rm"));
    stage.call("rm ONE").word(value.str()).fails("usage.invalid");
}

pub(crate) fn undo(stage: &mut Stage) {
    let undone = "secret_undo done";
    stage.call("rm A").leaves("secret_remove done").done();
    explained(stage, "undo A", undone);
    for _ in 0..2 {
        stage.call("undo A").leaves(undone).done();
    }
    stage.call("undo A").leaves("secret_undo absent").fails("undo.nothing");
    stage.call("undo NOWHERE").leaves("secret_undo absent").fails("secret.not_found");
    let value = stage.mark(Mark::text("of which the version before is destroyed"));
    stage.call("set ONE --stdin").stdin(&value.bytes).leaves("secret_set done").done();
    stage.call("destroy ONE --version 1 --yes").leaves("secret_destroy done").done();
    stage.call("undo ONE").leaves("secret_undo mismatch").fails("version.destroyed");
    stage.call("undo ONE").word(value.str()).fails("usage.invalid");
}

pub(crate) fn destroy(stage: &mut Stage) {
    let destroyed = "secret_destroy done";
    stage.call("destroy A").fails("confirm.no_terminal");
    stage.call("destroy A").typed("[y/N] ", b"n").fails("confirm.declined");
    explained(stage, "destroy ONE --yes", "secret_destroy done, secret_destroy done");
    stage.call("destroy A --version 1").typed("[y/N] ", b"y").leaves(destroyed).done();
    stage.call("destroy A --version 2 --yes").leaves("secret_destroy mismatch").fails("version.in_use");
    stage.call("destroy A --version 1 --yes").leaves("secret_destroy absent").fails("version.not_found");
    stage.call("destroy A --version 0 --yes").fails("version.invalid");
    // An entry for the version that was left, and one for the secret.
    stage.call("destroy A --yes").leaves(destroyed).leaves(destroyed).done();
    stage.call("get A").leaves("secret_get absent").fails("secret.not_found");
    stage.call("destroy A --yes").leaves("secret_destroy absent").fails("secret.not_found");
    let value = stage.mark(Mark::text("typed after destroy"));
    stage.call("destroy TWO").word(value.str()).fails("usage.invalid");
    stage.call(&format!("destroy TWO --yes={}", value.str())).fails("usage.invalid");
}
