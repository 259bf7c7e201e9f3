//! `coffer references`: what stands in what, and no value.

use super::super::{Mark, Stage};

pub(crate) fn references(stage: &mut Stage) {
    let told = "secret_references done";
    let value = stage.mark(Mark::text("around what is referred to"));
    let template = format!("{}${{A}}", value.str());
    stage.call("set URL --references --stdin").stdin(template.as_bytes()).leaves("secret_set done").done();
    assert!(stage.call("references A").leaves(told).done().contains("dev/project/URL"));
    assert!(stage.call("references URL").leaves(told).done().contains("dev/project/A"));
    stage.call("references ONE").leaves(told).done();
    stage.call("references NOWHERE").leaves("secret_references absent").fails("secret.not_found");
    stage.call("references A//B").fails("path.empty_segment");
    let typed = stage.mark(Mark::text("typed after references"));
    stage.call("references A").word(typed.str()).fails("usage.invalid");
    // What goes is told with what it takes along, and that is told when it is read.
    stage.call("rm A").leaves("secret_remove done").done();
    stage.call("references A").leaves(told).done();
    stage.call("get URL").leaves("secret_get absent").fails("reference.broken");
    stage.call("undo A").leaves("secret_undo done").done();
    let field = format!("{}${{DB#user}}", value.str());
    stage.call("set URL --references --stdin").stdin(field.as_bytes()).leaves("secret_set done").done();
    stage.call("set DB --field none --replace --generate").leaves("secret_set done").done();
    let opened = "secret_get done, secret_get done, secret_get invalid";
    stage.call("get URL").leaves(opened).fails("reference.broken");
}
