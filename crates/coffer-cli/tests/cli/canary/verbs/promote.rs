//! `coffer promote`: values go from one environment to another, and are seen in neither.

use super::super::{Mark, Stage};
use super::changes::explained;

const COMPARED: &str = "secret_compare done, secret_compare done";

pub(crate) fn promote(stage: &mut Stage) {
    stage.call("set A --owner maya --tag db").leaves("secret_set done").done();
    stage.call("promote dev/project prod/project --dry-run").leaves(COMPARED).done();
    stage.call("promote dev/project prod/project").leaves(COMPARED).fails("confirm.no_terminal");
    let call = stage.call("promote dev/project prod/project").typed("[y/N] ", b"n");
    call.leaves(COMPARED).fails("confirm.declined");
    // One of them.
    let call = stage.call("promote /dev/project/ /prod/project/ A").typed("[y/N] ", b"y");
    call.leaves(COMPARED).leaves("secret_list done, secret_get done, secret_set done").done();
    let value = stage.marked("A, version 2");
    stage.call("get /prod/project/A").shows(&[&value]).leaves("secret_get done").done();
    // The rest: ONE, TWO and DB with its fields.
    let (got, set) = (["secret_get done"; 3].join(", "), ["secret_set done"; 3].join(", "));
    let call =
        stage.call("promote dev/project prod/project --yes").leaves(COMPARED).leaves("secret_list done");
    call.leaves(&got).leaves(&set).done();
    stage.call("promote dev/project prod/project --yes").leaves(COMPARED).done();
    // A change, over what holds fields.
    let other = stage.mark(Mark::quoted("another value"));
    stage.call("set DB --replace --stdin").stdin(&other.bytes).leaves("secret_set done").done();
    let call = stage.call("promote dev/project prod/project -y").leaves(COMPARED);
    call.leaves("secret_get done, secret_set done").done();
    stage.call("get /prod/project/DB").shows(&[&other]).leaves("secret_get done").done();
    changed_meanwhile(stage);
    failures(stage);
    stage.call("set ONE --stdin").stdin(&other.bytes).leaves("secret_set done").done();
    let all = format!("{COMPARED}, secret_get done, secret_set done");
    explained(stage, "promote dev/project prod/project --yes", &all);
}

/// Somebody else is faster, on one side or the other: nothing is written.
fn changed_meanwhile(stage: &mut Stage) {
    let value = stage.mark(Mark::text("to be promoted"));
    stage.call("set TWO --stdin").stdin(&value.bytes).leaves("secret_set done").done();
    let ask = |stage: &mut Stage, meanwhile: &'static str, leaves: &str, code: &str| {
        let call = stage.call("promote dev/project prod/project").typed("[y/N] ", b"y").meanwhile(meanwhile);
        call.leaves(COMPARED).leaves(leaves).fails(code);
    };
    ask(stage, "rotate TWO", "secret_rotate done, secret_get done", "promote.changed");
    let mismatch = "secret_rotate done, secret_get done, secret_set mismatch";
    ask(stage, "rotate /prod/project/TWO", mismatch, "secret.changed");
    // What is new there is made by somebody else first; both are left as they are.
    stage.call("set NEW --stdin").stdin(&value.bytes).leaves("secret_set done").done();
    let mismatch = "secret_set done, secret_list done, secret_get done, secret_get done, secret_set mismatch";
    ask(stage, "set /prod/project/NEW --generate", mismatch, "secret.changed");
    for name in ["TWO", "/prod/project/TWO", "/prod/project/NEW"] {
        stage.generated(name);
    }
    let both = "secret_get done, secret_get done, secret_set done, secret_set done";
    stage.call("promote dev/project prod/project --yes").leaves(COMPARED).leaves(both).done();
}

fn failures(stage: &mut Stage) {
    stage.call("promote dev/project prod/project NOWHERE").leaves(COMPARED).fails("promote.nothing");
    stage.call("promote dev dev").fails("compare.folders");
    stage.call("promote dev").fails("usage.invalid");
    stage.call("promote dev a//b").fails("path.empty_segment");
    let typed = stage.mark(Mark::text("typed after promote"));
    for flag in ["--yes", "--dry-run"] {
        stage.call(&format!("promote dev prod {flag}={}", typed.str())).fails("usage.invalid");
    }
}
