//! `coffer set`: values from everywhere, and everything that is refused.

use super::super::{Mark, Stage};
use super::changes::explained;

const SET: &str = "secret_set done";

pub(crate) fn set(stage: &mut Stage) {
    values(stage);
    files(stage);
    typed(stage);
    fields(stage);
    metadata(stage);
    expectations(stage);
    wrong_values(stage);
    arguments(stage);
    names(stage);
    references(stage);
    explained(stage, "set EXPLAINED --generate", SET);
    stage.generated("EXPLAINED");
}

fn values(stage: &mut Stage) {
    let marks = [
        ("--trim", Mark::lines("a value of lines")),
        ("", Mark::lines("a value that ends a line")),
        ("", Mark::quoted("a value to escape")),
        ("", Mark::accented("a value with accents")),
        ("", Mark::binary("a value that is no text")),
        ("", Mark::with_nul("a value with NUL")),
        ("", Mark::long("a long value", 200_000)),
    ];
    for (number, (flag, mark)) in (0..).zip(marks) {
        let value = stage.mark(mark);
        let call = stage.call(&format!("set NEW{number} --stdin {flag}")).stdin(&value.bytes);
        call.leaves(SET).done();
        stage.own_file("value", &value.bytes, &[&value]);
        stage.call(&format!("set NEW{number} --file value {flag}")).leaves(SET).done();
    }
    stage.call("set EMPTY --stdin --allow-empty").leaves(SET).done();
    for (name, flags) in [
        ("MADE", "--generate"),
        ("HEX", "--generate=40 --alphabet hex"),
        ("LETTERS", "--generate=40 --alphabet letters"),
    ] {
        stage.call(&format!("set {name} {flags}")).leaves(SET).done();
        stage.generated(name);
    }
}

/// What is larger than a value may be is a file, and so is what is said to be one.
fn files(stage: &mut Stage) {
    let large = stage.mark(Mark::long("a large file", 1024 * 1024));
    stage.own_file("large", &large.bytes, &[&large]);
    stage.call("set FILE --file large").leaves(SET).done();
    stage.call("set FILE --file large --owner maya --if-version 1 --type text/plain").leaves(SET).done();
    stage.call("set FILE --file large --if-version 1").leaves("secret_set mismatch").fails("secret.changed");
    let small = stage.mark(Mark::binary("a small file"));
    let typed = "--stdin --type application/x-pkcs12";
    stage.call(&format!("set SMALL {typed}")).stdin(&small.bytes).leaves(SET).done();
    stage.call(&format!("set SMALL {typed}")).fails("value.empty");
    stage.call(&format!("set SMALL {typed} --allow-empty")).leaves(SET).done();
    stage.call("set SMALL --stdin --type").word("no type").stdin(&small.bytes).fails("file.type");
    stage
        .call(&format!("set DB {typed}"))
        .stdin(&small.bytes)
        .leaves("secret_set mismatch")
        .fails("secret.holds_fields");
    std::fs::File::create(stage.path("huge")).unwrap().set_len(16 * 1024 * 1024 + 1).unwrap();
    stage.call("set FILE --file huge").fails("file.too_large");
    std::fs::remove_file(stage.path("huge")).unwrap();
    let unsized_one = std::iter::repeat_n(b'-', 17 * 1024 * 1024).collect::<Vec<u8>>();
    stage.call(&format!("set FILE {typed}")).stdin(&unsized_one).fails("body.too_large");
    stage.call("set FILE --type text/plain").fails("usage.invalid");
    stage.call("rotate FILE").leaves("secret_rotate mismatch").fails("secret.holds_file");
}

fn typed(stage: &mut Stage) {
    let (one, other) = (stage.mark(Mark::text("typed")), stage.mark(Mark::text("typed otherwise")));
    let (first, again) = ("dev/project/TYPED: ", "dev/project/TYPED, again: ");
    let call = stage.call("set TYPED").typed(first, &one.bytes).typed(again, &one.bytes);
    call.leaves(SET).done();
    let call = stage.call("set TYPED").typed(first, &one.bytes).typed(again, &other.bytes);
    call.fails("value.mismatch");
    let call = stage.call("set TYPED").typed(first, b"").typed(again, b"");
    call.fails("value.empty");
    let user = stage.mark(Mark::text("typed, user"));
    let call = stage.call("set TYPED_FIELDS --field user --field password");
    let call = call.typed("field user: ", &user.bytes).typed("field user, again: ", &user.bytes);
    let call = call.typed("field password: ", &one.bytes).typed("field password, again: ", &one.bytes);
    call.leaves("secret_merge absent").leaves(SET).done();
}

fn fields(stage: &mut Stage) {
    let value = stage.mark(Mark::text("a field"));
    let merged = "secret_merge done, secret_set done";
    stage.call("set DB --field port --stdin").stdin(&value.bytes).leaves(merged).done();
    stage.call("set DB --remove-field port").leaves(merged).done();
    stage
        .call("set DB --stdin")
        .stdin(&value.bytes)
        .leaves("secret_set mismatch")
        .fails("secret.holds_fields");
    stage.call("set DB --field a --replace --stdin").stdin(&value.bytes).leaves(SET).done();
    stage.call("set DB --remove-field a").leaves("secret_merge done").fails("value.no_fields");
    stage.call("set DB --replace --stdin").stdin(&value.bytes).leaves(SET).done();
    let call = stage.call("set A --field user --stdin").stdin(&value.bytes);
    call.leaves("secret_merge done").fails("value.no_fields");
    stage.call("set NEW --field a --field b --stdin").stdin(&value.bytes).fails("value.one_source");
    let many: String = (0..1025).map(|number| format!(" --field f{number}")).collect();
    stage
        .call(&format!("set MANY --generate {many}"))
        .leaves("secret_merge absent")
        .fails("value.too_many_fields");
    stage
        .call("set NEW --field a*b --stdin")
        .stdin(&value.bytes)
        .leaves("secret_merge absent")
        .fails("name.character");
}

fn metadata(stage: &mut Stage) {
    let call = stage.call("set A --owner maya --tag one --tag two --remove-tag one --expires 90d");
    call.word("--description").word("what it is for").leaves(SET).done();
    stage.call("set A --expires yesterday").fails("expires.invalid");
    for flags in [
        "--on-expiry warn --classification public --personal-data --residency eu --rotate-every 90d",
        "--on-expiry deny --classification internal --personal-data=true --purpose billing",
        "--on-expiry rotate --classification confidential --personal-data=false --rotate-every never",
        "--classification restricted",
        "--classification none --residency= --purpose=",
    ] {
        stage.call(&format!("set A {flags}")).leaves(SET).done();
    }
    stage.call("set A --rotate-every often").fails("span.invalid");
    stage.call("set A --rotate-every 9999d").leaves("secret_set invalid").fails("metadata.rotate_every");
    stage.call("set NOWHERE --owner maya").leaves("secret_set absent").fails("secret.not_found");
    let long = "x".repeat(4097);
    let call = stage.call("set A --description").word(&long).leaves("secret_set invalid");
    call.fails("metadata.description_too_long");
    let many: String = (0..65).map(|number| format!(" --tag t{number}")).collect();
    stage.call(&format!("set A {many}")).leaves("secret_set invalid").fails("metadata.too_many_tags");
}

fn expectations(stage: &mut Stage) {
    let value = stage.mark(Mark::text("expected"));
    stage.call("set A --if-version 2 --stdin").stdin(&value.bytes).leaves(SET).done();
    for version in ["2", "0"] {
        let call = stage.call(&format!("set A --if-version {version} --stdin")).stdin(&value.bytes);
        call.leaves("secret_set mismatch").fails("secret.changed");
    }
}

fn wrong_values(stage: &mut Stage) {
    let large = stage.mark(Mark::long("a value that is too large", 1024 * 1024));
    stage.call("set A --stdin").stdin(&large.bytes).fails("value.too_large");
    stage.own_file("large", &large.bytes, &[&large]);
    stage.call("set A --file large --trim").fails("value.too_large");
    std::fs::remove_file(stage.path("large")).unwrap();
    // Each field fits, and all together do not.
    stage.own_file("half", &large.bytes[..600_000], &[&large]);
    stage.call("set HALVES --field one --file half").leaves("secret_merge absent").leaves(SET).done();
    stage.call("set HALVES --field two --file half").leaves("secret_merge done").fails("value.too_large");
    stage.call("set A --stdin").fails("value.empty");
    stage.call("set A").fails("value.no_terminal");
    stage.call("set A --file no/such/file").fails("file.failed");
    stage.call("set A --file ../home").fails("file.failed");
    stage.call("set A --generate=3").fails("value.length");
}

/// Values where none is taken: they are refused, and not repeated.
fn arguments(stage: &mut Stage) {
    let value = stage.mark(Mark::text("a value in the arguments"));
    let text = value.str();
    for words in ["set A", "set A --generate", "set A --field user", "set A --trim"] {
        stage.call(words).word(text).fails("value.in_arguments");
    }
    for words in ["set A=", "set /dev/A="] {
        stage.call(&format!("{words}{text}")).fails("name.invalid");
    }
    for flag in ["stdin", "generate", "trim", "alphabet", "if-version", "value", "password", "field=password"]
    {
        stage.call(&format!("set A --{flag}={text}")).fails("usage.invalid");
    }
    for flag in ["--alphabet", "--if-version", "--value", "-p"] {
        stage.call(&format!("set A {flag}")).word(text).fails("usage.invalid");
    }
    stage.call(&format!("set A -p{text}")).fails("usage.invalid");
    stage.call(&format!("set A --field password={text} --stdin")).stdin(b"x").fails("usage.invalid");
    stage.call(&format!("set A --stdin --file {text}")).fails("usage.invalid");
}

fn names(stage: &mut Stage) {
    let value = stage.mark(Mark::text("a value for a wrong name"));
    let long = "x".repeat(256);
    let deep = "x/".repeat(32) + "x";
    let longest = format!("/{}", format!("{}/", "x".repeat(200)).repeat(6));
    for (name, code) in [
        ("A*B", "name.character"),
        ("a//b", "path.empty_segment"),
        ("/A", "path.no_environment"),
        ("a./b", "path.segment_ends"),
        ("e\u{301}", "name.not_nfc"),
        ("", "name.invalid"),
        ("/", "name.invalid"),
        (&long, "path.segment_too_long"),
        (&deep, "path.too_deep"),
        (&longest, "name.too_long"),
    ] {
        stage.call("set --stdin").word(name).stdin(&value.bytes).fails(code);
    }
    stage
        .call("set A --stdin --owner")
        .word(&long)
        .stdin(&value.bytes)
        .leaves("secret_set invalid")
        .fails("name.too_long");
}

/// What stands around a reference is a value, and so is what is filled in.
fn references(stage: &mut Stage) {
    let (around, one) = (stage.mark(Mark::text("around a reference")), stage.marked("ONE in .env"));
    let with = |reference: &str| format!("{}{reference}", around.str());
    stage.call("set WITH --references --stdin").stdin(with("${ONE}").as_bytes()).leaves(SET).done();
    let both = "secret_get done, secret_get done";
    stage.call("get WITH").shows(&[&around, &one]).leaves(both).done();
    stage.call("get WITH --raw").shows(&[&around]).leaves("secret_get done").done();
    for (reference, leaves, code) in [
        ("${", "", "reference.invalid"),
        ("${ X}", "", "reference.invalid"),
        ("${NOWHERE}", "secret_set absent", "reference.absent"),
        ("${HALVES}", "secret_set invalid", "reference.field"),
        ("${WITH}", "secret_set invalid", "reference.cycle"),
        ("${FILE}", "secret_set invalid", "reference.file"),
    ] {
        let call = stage.call("set WITH --references --stdin").stdin(with(reference).as_bytes());
        call.leaves(leaves).fails(code);
    }
    let merged = "secret_merge absent, secret_set done";
    let call = stage.call("set MAP --field url --references --stdin").stdin(with("${ONE}").as_bytes());
    call.leaves(merged).done();
    stage.call("get MAP --field url").shows(&[&around, &one]).leaves(both).done();
    stage.call("set PLAIN --stdin").stdin(with("${db/ONE}").as_bytes()).leaves(SET).done();
    stage.call("get PLAIN").shows(&[&around]).leaves("secret_get done").done();
    stage.call("set ONE --preview").leaves("secret_references done").done();
    stage.call("set NOWHERE --preview").leaves("secret_references absent").done();
    stage.call("set A//B --preview").fails("path.empty_segment");
}
