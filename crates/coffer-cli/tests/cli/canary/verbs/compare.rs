//! `coffer compare`: equal values are found, and none is shown.

use super::super::{Mark, Stage};

pub(crate) fn compare(stage: &mut Stage) {
    let both = "secret_compare done, secret_compare done";
    let value = stage.marked("A, version 2");
    for name in ["/prod/project/A", "/prod/project/B"] {
        stage.call("set --stdin").word(name).stdin(&value.bytes).leaves("secret_set done").done();
    }
    for flags in ["", "--only-missing", "--only-different", "--only-missing --only-different"] {
        stage.call(&format!("compare dev/project /prod/project/ {flags}")).leaves(both).done();
    }
    stage.call("compare dev prod nothing").leaves(both).leaves("secret_compare done").done();
    stage.call("compare / nothing").leaves(both).done();
    stage.call("compare nothing nowhere").leaves(both).done();
    stage.call("compare dev").fails("usage.invalid");
    stage.call("compare a b c d e f g h i").fails("usage.invalid");
    stage.call("compare dev dev").fails("compare.folders");
    stage.call("compare dev a//b").fails("path.empty_segment");
    let typed = stage.mark(Mark::text("typed after compare"));
    stage.call(&format!("compare dev prod --only-missing={}", typed.str())).fails("usage.invalid");
}
