//! `coffer open`, `coffer export`: values to stdout, all of them or none.

use std::fs;

use super::super::{Mark, Stage};

pub(crate) fn open(stage: &mut Stage) {
    let [one, two, first] = ["ONE in .env", "TWO in .env", "A, version 1"].map(|label| stage.marked(label));
    stage.call("open .env.bak").shows(&[&one, &two, &first]).leaves("file_open done").done();
    stage.call("tenant create acme").leaves("instance/tenant_create done").done();
    stage
        .call("open .env.bak --tenant acme")
        .leaves("acme/file_open done, acme/file_open corrupt")
        .fails("store.corrupt");
    let sealed = fs::read(stage.path(".env.bak")).unwrap();
    let (mut flipped, mut moved) = (sealed.clone(), sealed.clone());
    *flipped.last_mut().unwrap() ^= 1;
    // The path stands in the file in clear: another of the same length.
    let place = sealed.windows(7).position(|window| window == b"project").unwrap();
    moved[place..place + 7].copy_from_slice(b"Project");
    for bytes in [flipped, moved] {
        stage.own_file("damaged.bak", bytes, &[]);
        stage.call("open damaged.bak").leaves("file_open done, file_open corrupt").fails("store.corrupt");
    }
    stage.own_file("cut.bak", &sealed[..sealed.len() - 9], &[]);
    stage.call("open cut.bak").fails("store.corrupt");
    // A file in clear is not sealed, and nothing of it is shown.
    stage.call("open .env").fails("file.not_sealed");
    stage.call("open no.bak").fails("file.failed");
    stage.call("open ../home").fails("file.failed");
    stage.call("open .env.bak").word(one.str()).fails("usage.invalid");
}

pub(crate) fn export(stage: &mut Stage) {
    let values = ["ONE in .env", "TWO in .env", "A, version 2"].map(|label| stage.marked(label));
    let all: Vec<&Mark> = values.iter().collect();
    // The secret with fields is opened with the others, and left out.
    let left = format!("secret_list done, {}", ["secret_get done"; 4].join(", "));
    for words in [
        "export",
        "export /dev/project",
        "export --format dotenv",
        "export --format shell",
        "export --format json",
        "export --consumer billing",
    ] {
        stage.call(words).shows(&all).leaves(&left).done();
    }
    stage.call("export nowhere").leaves("secret_list done").fails("folder.empty");
    stage.call("export a//b").fails("path.empty_segment");
    stage.call("set A --expires 2999-01-01").leaves("secret_set done").done();
    let binary = stage.mark(Mark::binary("no text to export"));
    stage.call("set BINARY --stdin").stdin(&binary.bytes).leaves("secret_set done").done();
    stage.call("export").leaves(&left).leaves("secret_get done").fails("export.unwritable");
    let value = stage.mark(Mark::text("typed after export"));
    stage.call("export").word("--format").word(value.str()).fails("usage.invalid");
    stage.call("export /").word(value.str()).fails("usage.invalid");
}
