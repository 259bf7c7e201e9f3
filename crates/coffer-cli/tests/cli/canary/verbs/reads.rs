//! `coffer get`, `ls`, `history`.

use std::fs;

use super::super::{Mark, Stage};

pub(crate) fn get(stage: &mut Stage) {
    let (old, new) = (stage.marked("A, version 1"), stage.marked("A, version 2"));
    let (user, password) = (stage.marked("DB, field user"), stage.marked("DB, field password"));
    let got = "secret_get done";
    for words in ["get A", "get /dev/project/A", "get A --version 2", "get A --stage current", "get A --raw"]
    {
        stage.call(words).shows(&[&new]).leaves(got).done();
    }
    stage.call("get A --stage previous").shows(&[&old]).leaves(got).done();
    stage.call("get DB --field user").shows(&[&user]).leaves(got).done();
    stage.call("get DB --json").shows(&[&user, &password]).leaves(got).done();
    let binary = stage.mark(Mark::binary("no text"));
    stage.call("set BINARY --stdin").stdin(&binary.bytes).leaves("secret_set done").done();
    stage.call("get BINARY").shows(&[&binary]).leaves(got).done();
    stage.call("get DB --field nope").leaves(got).fails("field.not_found");
    stage.call("get A --field nope").leaves(got).fails("field.not_found");
    if !stage.json {
        stage.call("get DB").leaves(got).fails("field.wanted");
    }
    stage.call("label A stable --version 1").leaves("secret_label done").done();
    stage.call("get A --label stable").shows(&[&old]).leaves(got).done();
    stage.call("get A --consumer billing").shows(&[&new]).leaves(got).done();
    let absent = "secret_get absent";
    stage.call("get NOWHERE").leaves(absent).fails("secret.not_found");
    for words in ["get A --version 9", "get A --stage pending"] {
        stage.call(words).leaves(absent).fails("version.not_found");
    }
    stage.call("get A --version 0").fails("version.invalid");
    stage.call("get A --version 1 --stage current").fails("usage.invalid");
    let value = stage.mark(Mark::text("typed after get"));
    stage.call("get A").word(value.str()).fails("usage.invalid");
    stage.call("get A --version").word(value.str()).fails("usage.invalid");
    damaged(stage);
    files(stage);
}

/// A file goes into a pipe or a file, and so does a value into a file.
fn files(stage: &mut Stage) {
    let (got, no_value) = ("secret_get done", "secret_get mismatch");
    let content = stage.mark(Mark::long("a file", 1024 * 1024));
    stage.own_file("content", &content.bytes, &[&content]);
    stage.call("set FILE --file content").leaves("secret_set done").done();
    if stage.json {
        stage.call("get FILE").leaves(no_value).fails("file.json");
    } else {
        stage.call("get FILE").shows(&[&content]).leaves(no_value).leaves(got).done();
    }
    stage.own_file("copy", b"before", &[&content]);
    stage.call("get FILE --out copy").leaves(got).done();
    assert!(fs::read(stage.path("copy")).unwrap() == content.bytes);
    let (value, user) = (stage.marked("A, version 2"), stage.marked("DB, field user"));
    stage.may_hold("value", &[&value]);
    stage.call("get A --out value").leaves(no_value).leaves(got).done();
    stage.may_hold("field", &[&user]);
    stage.call("get DB --field user --out field").leaves(got).done();
    stage.call("get FILE --field user").leaves(no_value).fails("secret.holds_file");
    stage.call("get NOWHERE --out nothing").leaves("secret_get absent").fails("secret.not_found");
    stage.call("get FILE --out /dev/null").fails("out.no_file");
    stage.call("get FILE --out no/such/folder").fails("file.failed");
    assert!(!stage.path("nothing").exists());
}

/// A value of many pages, of which one byte in the midst is not as it was.
fn damaged(stage: &mut Stage) {
    let long = stage.mark(Mark::long("a value that was damaged", 400_000));
    stage.call("set LONG --stdin").stdin(&long.bytes).leaves("secret_set done").done();
    // Destroying writes the whole store anew, and leaves nothing waiting.
    stage.call("destroy ONE --yes").leaves("secret_destroy done, secret_destroy done").done();
    let mut wrong = fs::read(stage.store_file("coffer.db")).unwrap();
    // No page begins there, so that SQLite finds nothing wrong; and nothing else is as long.
    let place = wrong.len() / 2 / 4096 * 4096 + 2048;
    wrong[place] ^= 1;
    stage.put_database(&wrong);
    stage.call("get LONG").leaves("secret_get done, secret_get corrupt").fails("store.corrupt");
    let sound = stage.marked("A, version 2");
    stage.call("get A").shows(&[&sound]).leaves("secret_get done").done();
}

pub(crate) fn ls(stage: &mut Stage) {
    let listed = "secret_list done";
    for words in ["ls", "ls /", "ls / --recursive", "ls nothing/", "ls /dev"] {
        stage.call(words).leaves(listed).done();
    }
    stage.call("ls a*b").fails("name.character");
    stage.call("ls a//b").fails("path.empty_segment");
    let value = stage.mark(Mark::text("typed after ls"));
    stage.call("ls /").word(value.str()).fails("usage.invalid");
}

pub(crate) fn history(stage: &mut Stage) {
    let told = "secret_history done";
    stage.call("history A").leaves(told).done();
    stage.call("history DB").leaves(told).done();
    let call = stage.call("set A --owner maya -m").word("nobody said who answers for it");
    call.leaves("secret_set done").done();
    stage.call("rotate A -m").word("it leaked \u{1f511}").leaves("secret_rotate done").done();
    stage.generated("A");
    assert!(stage.call("history A").leaves(told).done().contains("it leaked \u{1f511}"));
    stage.call("rm A").leaves("secret_remove done").done();
    stage.call("history A").leaves(told).done();
    stage.call("history NOWHERE").leaves("secret_history absent").fails("secret.not_found");
    stage.call("history A//B").fails("path.empty_segment");
    let value = stage.mark(Mark::text("typed after history"));
    stage.call("history A").word(value.str()).fails("usage.invalid");
}

/// What changed, and never to what.
pub(crate) fn watch(stage: &mut Stage) {
    const WATCH: &str = "secret_watch done";
    for words in
        ["watch --after 0 --limit 1", "watch / --after 0 --limit 2", "watch /dev --after 0 --limit 1"]
    {
        assert!(stage.call(words).leaves(WATCH).done().contains("dev/"), "{words}");
    }
    let call = stage.call("watch --after 0").leaves(WATCH).leaves("secret_set done, secret_set done");
    let change = ["set", "B", "--generate"].as_slice();
    call.follows_each(&[("secret_set", change); 2]);
    stage.call("watch --after 999999").leaves("secret_watch invalid").fails("events.ahead");
    stage.call("watch a*b").fails("name.character");
    let value = stage.mark(Mark::text("typed after watch"));
    for words in ["watch --after", "watch --limit", "watch A"] {
        stage.call(words).word(value.str()).fails("usage.invalid");
    }
}
