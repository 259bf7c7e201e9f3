//! `coffer audit prune`, `hold`, `forget`, `upkeep`: what changes a log, and who is forgotten in it.

use super::super::{Mark, Stage};

const HELD: &str = "audit_hold done";

pub(crate) fn prune(stage: &mut Stage) {
    stage.call("audit export bundle").leaves("audit_export done").done();
    // A pack of 256 entries goes whole, and three entries say again what it said of records.
    let value = stage.mark(Mark::text("in many variables"));
    let many: String = (0..260).map(|number| format!("N{number}={}\n", value.str())).collect();
    stage.own_file("many.env", many, &[&value]);
    let call = stage.call("import many.env --no-files").leaves("secret_list done");
    call.leaves(&["secret_set done"; 260].join(", ")).done();
    stage.call("audit prune --before 1d --yes").done();
    stage.call("audit prune --before 0d").fails("confirm.no_terminal");
    stage.call("audit prune --before 0d").typed("[y/N] ", b"n").fails("confirm.declined");
    stage.call("audit hold --reason held").leaves(HELD).done();
    stage.call("audit prune --before 0d --yes").leaves("audit_prune mismatch").fails("audit.held");
    stage.call("audit hold --release --reason over").leaves(HELD).done();
    stage.call("audit prune --before 2999-01-01 -y").leaves(&["audit_prune done"; 3].join(", ")).done();
    stage.pruned = 256;
    stage.call("audit export bundle").leaves("audit_export done").fails("bundle.gap");
    stage.call("audit prune --yes --instance").done();
    stage.call("audit prune --yes").done();
    stage.call("audit verify --with-store").leaves("audit_verify done").done();
    stage.call("audit proof 1").leaves("audit_proof done").fails("entry.not_found");
    stage.call("audit prune --yes --before").word(value.str()).fails("moment.invalid");
    stage.call("audit prune --yes").word(value.str()).fails("usage.invalid");
}

pub(crate) fn hold(stage: &mut Stage) {
    stage.call("audit hold --reason").word("case 12").leaves(HELD).done();
    stage.call("audit hold --release --reason").word("closed").leaves(HELD).done();
    stage.call("audit hold --instance --reason held").leaves("instance/audit_hold done").done();
    let value = stage.mark(Mark::text("typed after audit hold"));
    stage.call("audit hold --reason x").word(value.str()).fails("usage.invalid");
    stage.call(&format!("audit hold --release={}", value.str())).fails("usage.invalid");
    stage.call("audit hold").word(value.str()).fails("usage.invalid");
    stage.call("audit hold --reason").word(&value.str().repeat(300)).fails("remark.too_long");
    stage.call("audit hold --reason").word(&format!("{}\u{1b}[0m", value.str())).fails("remark.character");
    stage.call("audit hold --reason").word("").fails("remark.empty");
}

pub(crate) fn forget(stage: &mut Stage) {
    let nobody = stage.mark(Mark::text("the name of a person"));
    let forget = "audit forget --reason asked --yes";
    let call = stage.call(forget).word(nobody.str()).leaves("audit_forget absent").repeats(&nobody);
    call.fails("subject.not_found");
    let me = stage.me();
    stage.call("audit forget --reason asked").word(&me).fails("confirm.no_terminal");
    let call = stage.call("audit forget --reason asked").word(&me).typed("[y/N] ", b"n");
    call.fails("confirm.declined");
    stage.call("audit hold --reason held").leaves(HELD).done();
    stage.call(forget).word(&me).leaves("audit_forget mismatch").fails("audit.held");
    stage.call("audit hold --release --reason over").leaves(HELD).done();
    stage.call("audit forget -y --reason asked").word(&me).leaves("audit_forget done").done();
    stage.call(forget).word(&me).leaves("audit_forget absent").fails("subject.not_found");
    stage.call("tenant ls").leaves("instance/tenant_list done").done();
    let call = stage.call(forget).word("--instance").word(&me);
    call.leaves("instance/audit_forget done").done();
    let value = stage.mark(Mark::text("typed after audit forget"));
    stage.call(forget).word("x").word(value.str()).fails("usage.invalid");
    stage.call("audit forget x --yes --reason").word(&value.str().repeat(300)).fails("remark.too_long");
    stage.call("audit forget").word(&format!("--reason={}", value.str())).fails("usage.invalid");
}

pub(crate) fn upkeep(stage: &mut Stage) {
    stage.call("audit upkeep").done();
    let audit_file = stage.path("upkeep.jsonl").display().to_string();
    stage.call("audit upkeep").variable("AUDIT_LOG_PATH", audit_file).done();
    let exported = "instance/tenant_list done, instance/audit_export done, audit_export done";
    let daily = stage.path("daily").display().to_string();
    stage.call("audit upkeep").variable("COFFER_AUDIT_EXPORT_DIR", daily).leaves(exported).done();
    let value = stage.mark(Mark::text("in the place of an audit file"));
    let foreign = stage.own_file("foreign.jsonl", value.str(), &[&value]).display().to_string();
    let call = stage.call("audit upkeep").variable("AUDIT_LOG_PATH", foreign.clone());
    call.fails("audit_file.failed");
    // After another verb it is a warning.
    let shown = stage.marked("A, version 2");
    let call = stage.call("get A").variable("AUDIT_LOG_PATH", foreign.clone()).leaves("secret_get done");
    call.shows(&[&shown]).done();
    let call = stage.call("audit upkeep").variable("COFFER_AUDIT_EXPORT_DIR", foreign);
    call.fails("file.failed");
    stage.call("audit upkeep").word(value.str()).fails("usage.invalid");
}
