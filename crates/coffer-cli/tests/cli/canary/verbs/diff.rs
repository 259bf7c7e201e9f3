//! `coffer diff`: values are masked unless they are asked for, and each read has its entry.

use super::super::{Mark, Stage};

const BOTH: &str = "secret_get done, secret_get done";

pub(crate) fn diff(stage: &mut Stage) {
    let (old, new) = (stage.marked("A, version 1"), stage.marked("A, version 2"));
    stage.call("diff A").leaves(BOTH).ends(1);
    stage.call("diff A --reveal").shows(&[&old, &new]).leaves(BOTH).ends(1);
    stage.call("diff A --from 1 --to current --reveal").shows(&[&old, &new]).leaves(BOTH).ends(1);
    // What is the same is never shown.
    stage.call("diff A A --reveal").leaves(BOTH).ends(0);
    stage.call("diff A --from 2 --to 2").leaves(BOTH).ends(0);
    let one = stage.marked("ONE in .env");
    stage.call("diff A ONE").leaves(BOTH).ends(1);
    stage.call("diff A /dev/project/ONE --reveal").shows(&[&new, &one]).leaves(BOTH).ends(1);
    let (user, password) = (stage.marked("DB, field user"), stage.marked("DB, field password"));
    // The first version had the user alone.
    stage.call("diff DB").leaves(BOTH).ends(1);
    stage.call("diff DB --reveal").shows(&[&password]).leaves(BOTH).ends(1);
    stage.call("diff DB A --reveal").shows(&[&user, &password, &new]).leaves(BOTH).ends(1);
    let (binary, text) = (stage.mark(Mark::binary("no text")), stage.mark(Mark::quoted("some text")));
    stage.call("set BINARY --stdin").stdin(&binary.bytes).leaves("secret_set done").done();
    stage.call("diff BINARY A").leaves(BOTH).ends(1);
    // Bytes that are no text are told by their length alone.
    stage.call("set BINARY --stdin").stdin(&text.bytes).leaves("secret_set done").done();
    let shown = stage.call("diff BINARY --reveal").shows(&[&text]).leaves(BOTH).ends(1);
    assert!(shown.contains(&binary.bytes.len().to_string()), "{shown}");
    between_tenants(stage);
    failures(stage);
}

/// Each is read in its own tenant, and in its log.
fn between_tenants(stage: &mut Stage) {
    let (here, there) = (stage.marked("A, version 2"), stage.mark(Mark::text("A of another tenant")));
    stage.call("tenant create acme").leaves("instance/tenant_create done").done();
    let set = stage.call("set A --stdin --tenant acme").stdin(&there.bytes);
    set.leaves("acme/secret_set done").done();
    let read = "secret_get done";
    let shown = stage.call("diff A --other-tenant acme --reveal").shows(&[&here, &there]).leaves(read);
    shown.leaves("acme/secret_get done").ends(1);
    stage.call("diff A --other-tenant Upper").fails("tenant.name_invalid");
}

fn failures(stage: &mut Stage) {
    let absent = "secret_get absent";
    stage.call("diff NOWHERE").leaves(absent).fails("secret.not_found");
    stage.call("diff A NOWHERE").leaves("secret_get done").leaves(absent).fails("secret.not_found");
    stage.call("diff ONE").leaves(absent).fails("version.not_found");
    stage.call("diff A --to pending").leaves("secret_get done").leaves(absent).fails("version.not_found");
    stage.call("diff A//B").fails("path.empty_segment");
    let value = stage.mark(Mark::text("typed after diff"));
    for words in ["diff A B", "diff A --from", "diff A --to"] {
        stage.call(words).word(value.str()).fails("usage.invalid");
    }
    stage.call(&format!("diff A --reveal={}", value.str())).fails("usage.invalid");
    stage.call("diff A --from 0").fails("usage.invalid");
}
