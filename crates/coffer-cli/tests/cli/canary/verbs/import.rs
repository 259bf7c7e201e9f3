//! `coffer import`: files that are right, files that are wrong in every way, and what is left of them.

use std::fs;
use std::process::Command;
use std::thread;

use super::super::{Mark, Stage};
use super::changes::explained;

const LOOKED: &str = "secret_list done";
const SET: &str = "secret_set done";
const SEALED: &str = "file_seal done";

pub(crate) fn import(stage: &mut Stage) {
    wrong_lines(stage);
    odd_lines(stage);
    wrong_files(stage);
    beside(stage);
    deleted(stage);
    explained(stage, "import --keep --no-files", "secret_list done, secret_get done");
    changed_meanwhile(stage);
}

/// Lines that can't be read. One of them refuses the whole file.
fn wrong_lines(stage: &mut Stage) {
    let value = stage.mark(Mark::text("a value in a wrong line"));
    let text = value.str();
    let wrong = [
        format!("A=\"{text}"),
        format!("A='{text}\nB=1\n"),
        format!("A=`{text}\n"),
        format!("A=\"x\" {text}\n"),
        format!("{text}\n"),
        format!("1{text}=x\nA={text}\n"),
        format!("A B={text}\n"),
        format!("A={text}\nB=${{C:?{text}}}\n"),
        format!("A={}{text}{}\n", "${B:-".repeat(10), "}".repeat(10)),
        format!("A={text}\0\n"),
        format!("A={}\nB={text}\n", "x".repeat(1_100_000)),
        (0..4097).map(|number| format!("N{number}={text}\n")).collect(),
        format!("A={text}{}\nB={}\n", "x".repeat(1000), "${A}".repeat(1100)),
    ];
    for content in wrong {
        stage.own_file("wrong.env", content, &[&value]);
        stage.call("import wrong.env").fails("dotenv.invalid");
    }
    stage.own_file("wrong.env", [&b"A=\xff"[..], &value.bytes, b"\n"].concat(), &[&value]);
    stage.call("import wrong.env").fails("dotenv.invalid");
    fs::remove_file(stage.path("wrong.env")).unwrap();
}

/// Lines that are read, and of which something is said.
fn odd_lines(stage: &mut Stage) {
    let value = stage.mark(Mark::text("a value in an odd line"));
    let text = value.str();
    let content = format!(
        "# {text}\nexport ALONE\nAGAIN={text}\nAGAIN={text}2\nB=$NONE{text}\nC=a$AGAIN\nD=$${text}\nE={text}#x\nF={text} # {text}\n\
         G=${{NONE:-{text}}}\nMASTER_SECRET_KEY={text}\nCOFFER_TENANT={text}\n"
    );
    stage.own_file("odd.env", content, &[&value]);
    let all = [SET; 7].join(", ");
    stage.call("import odd.env --no-files").leaves(LOOKED).leaves(&all).done();
    // What sets up Coffer itself stays; everything else goes, comments too.
    let got = ["secret_get done"; 7].join(", ");
    stage.call("import odd.env --delete").leaves(LOOKED).leaves(&got).leaves(SEALED).done();
    let left = fs::read_to_string(stage.path("odd.env")).unwrap();
    assert_eq!(left, format!("MASTER_SECRET_KEY={text}\nCOFFER_TENANT={text}\n"));
}

fn wrong_files(stage: &mut Stage) {
    let value = stage.mark(Mark::text("a comment"));
    stage.own_file("empty.env", format!("# {}\n", value.str()), &[&value]);
    stage.call("import empty.env").fails("dotenv.empty");
    stage.call("import no.env").fails("file.failed");
    stage.call("import ../home").fails("file.failed");
    stage.call("import empty.env").word(value.str()).fails("usage.invalid");
    stage.call("import --keep --delete").fails("usage.invalid");
}

/// A copy that is there already, one of another file, an example by hand, and no room for another name.
fn beside(stage: &mut Stage) {
    // The second version of A is another value than the file's.
    let (got, other) = (["secret_get done"; 3].join(", "), "secret_set done, file_open done");
    stage.call("import").leaves(LOOKED).leaves(&got).leaves(other).done();
    let changed = stage.mark(Mark::text("ONE, changed"));
    let (one, two) = (stage.marked("ONE in .env"), stage.marked("TWO in .env"));
    let content = format!("ONE={}\nTWO=\"{}\"\n", changed.str(), two.str());
    stage.own_file(".env", content, &[&changed, &one, &two]);
    let call =
        stage.call("import --env prod --app other").leaves(LOOKED).leaves([SET, SET].join(", ").as_str());
    call.leaves("file_open done").leaves(SEALED).done();
    assert!(stage.path(".env.bak.2").exists());
    (3..=1000).for_each(|number| stage.world.write(&format!(".env.bak.{number}"), ""));
    let again = format!("ONE={}3\n", changed.str());
    stage.own_file(".env", again, &[&changed]);
    let call = stage.call("import").leaves(LOOKED).leaves("secret_get done").leaves(SET);
    call.leaves("file_open done").leaves(SEALED).fails("backup.too_many");
    (3..=1000).for_each(|number| fs::remove_file(stage.path(&format!(".env.bak.{number}"))).unwrap());
}

/// The question at a terminal: no, and yes.
fn deleted(stage: &mut Stage) {
    let value = stage.mark(Mark::text("in a file to delete"));
    stage.own_file("gone.env", format!("GONE={}\n", value.str()), &[&value]);
    let call = stage.call("import gone.env").typed("[y/N] ", b"n");
    call.leaves(LOOKED).leaves(SET).leaves(SEALED).done();
    assert!(stage.path("gone.env").exists());
    let call = stage.call("import gone.env").typed("[y/N] ", b"y");
    call.leaves(LOOKED).leaves("secret_get done, file_open done").done();
    assert!(!stage.path("gone.env").exists());
}

/// A pipe with a name holds something else when it is read again.
fn changed_meanwhile(stage: &mut Stage) {
    let (one, other) = (stage.mark(Mark::text("in a pipe")), stage.mark(Mark::text("in the pipe again")));
    let pipe = stage.path("pipe.env");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let copy = stage.path("pipe.env.bak");
    let (first, second) = (format!("PIPED={}\n", one.str()), format!("PIPED={}\n", other.str()));
    let writer = thread::spawn(move || {
        fs::write(&pipe, first).unwrap();
        // Once the copy is there the first has been read to its end.
        while !copy.exists() {
            thread::yield_now();
        }
        fs::write(&pipe, second).unwrap();
    });
    let call = stage.call("import pipe.env --delete").leaves(LOOKED).leaves(SET).leaves(SEALED);
    call.fails("dotenv.changed");
    writer.join().unwrap();
}
