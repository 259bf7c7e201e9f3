//! Files that secrets hold, as people use them: in and out, beside values, and over a server.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::remote::Server;
use crate::world::World;

const MIB: usize = 1024 * 1024;

fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at / 4096).wrapping_add(at).to_le_bytes()[0]).collect()
}

/// A project with a value, and a file of three MiB.
fn world() -> (World, Vec<u8>) {
    let (world, content) = (World::new(), content(3 * MIB));
    world.set("VALUE", "a value");
    fs::write(world.project().join("keys.p12"), &content).unwrap();
    world.says(&["set", "KEYSTORE", "--file", "keys.p12"]);
    (world, content)
}

fn names(world: &World) -> Vec<String> {
    let entries = fs::read_dir(world.project()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_goes_in_and_comes_out() {
    let (world, content) = world();
    assert!(world.coffer(&["get", "KEYSTORE"]).stdout == content, "into a pipe");
    world.says(&["get", "KEYSTORE", "--out", "copy.p12"]);
    let copy = world.project().join("copy.p12");
    assert!(fs::read(&copy).unwrap() == content);
    assert_eq!(fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    world.says(&["get", "VALUE", "--out", "value"]);
    assert_eq!(world.read("value"), "a value");
    assert_eq!(names(&world), ["copy.p12", "keys.p12", "value"]);
}

#[test]
fn what_breaks_off_leaves_nothing_and_what_was_there_stays() {
    let (world, content) = world();
    world.write("copy.p12", "as it was");
    let (code, _) = world.fails(&["get", "NOTHING", "--out", "copy.p12"]);
    assert_eq!(code, 3);
    // A part of the file is not as it was: the first pieces are written, and then it ends.
    let database = world.coffer_home().join("store/coffer.db");
    world.says(&["destroy", "VALUE", "--yes"]);
    let mut stored = fs::read(&database).unwrap();
    let place = stored.len() / 2 / 4096 * 4096 + 2048;
    stored[place] ^= 1;
    fs::write(&database, &stored).unwrap();
    let (_, said) = world.fails(&["get", "KEYSTORE", "--out", "copy.p12"]);
    assert!(said.contains("server.lost") || said.contains("store.corrupt"), "{said}");
    let piped = world.coffer(&["get", "KEYSTORE"]);
    assert!(
        !piped.status.success() && piped.stdout.len() < content.len() && content.starts_with(&piped.stdout)
    );
    assert_eq!(world.read("copy.p12"), "as it was");
    assert_eq!(names(&world), ["copy.p12", "keys.p12"]);
}

#[test]
fn no_file_is_written_to_a_terminal() {
    let (world, _) = world();
    let inside = format!("exec {} get KEYSTORE", env!("CARGO_BIN_EXE_coffer"));
    let mut script = world.command("script");
    script.args(["-q", "-e", "-c", &inside, "/dev/null"]).env("SHELL", "/bin/sh").stdin(Stdio::null());
    let output = script.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let code = "file.terminal";
    assert!(said.contains(&format!("error[{code}]")) && said.len() < 1000, "{said}");
}

#[test]
fn verbs_about_all_of_a_folder_leave_files_out_and_say_so() {
    let (world, _) = world();
    let said = |arguments: &[&str]| {
        let output = world.coffer(arguments);
        assert!(output.status.success(), "{arguments:?}");
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let left_out = "warning: KEYSTORE holds a file and is no variable; left out";
    let (exported, talk) = said(&["export"]);
    assert_eq!(exported.lines().count(), 1, "{exported}");
    assert!(talk.contains(left_out), "{talk}");
    let (ran, talk) = said(&["run", "--no-mask", "--", "sh", "-c", "echo $VALUE.$KEYSTORE."]);
    assert_eq!(ran, "a value..\n");
    assert!(talk.contains(left_out), "{talk}");
    let (_, talk) = said(&["promote", "dev", "prod", "--yes"]);
    assert!(talk.contains("left out, for they hold files: KEYSTORE"), "{talk}");
    assert!(!world.says(&["ls", "/prod", "-r"]).contains("KEYSTORE"));
}

#[test]
fn lists_histories_and_comparisons_show_what_is_a_file() {
    let (world, _) = world();
    let about = format!("file, {} bytes, application/octet-stream", 3 * MIB);
    assert!(world.says(&["ls"]).contains(&about));
    assert!(world.says(&["history", "KEYSTORE"]).contains(&about));
    world.says(&["set", "/prod/KEYSTORE", "--file", "keys.p12"]);
    assert!(world.says(&["compare", "dev", "prod"]).contains("v1 file a  v1 file a"));
    assert!(world.says(&["find", "--same-as", "KEYSTORE"]).contains("prod/KEYSTORE"));
    let same = world.says(&["diff", "KEYSTORE", "/prod/KEYSTORE"]);
    assert!(same.contains("the same"), "{same}");
    fs::write(world.project().join("keys.p12"), b"another").unwrap();
    world.says(&["set", "KEYSTORE", "--file", "keys.p12", "--type", "text/plain"]);
    let differs = world.coffer(&["diff", "KEYSTORE", "/prod/KEYSTORE"]);
    assert_eq!(differs.status.code(), Some(1));
    let differs = String::from_utf8(differs.stdout).unwrap();
    assert!(
        differs.contains("- file, 7 bytes, text/plain") && differs.contains(&format!("+ {about}")),
        "{differs}"
    );
    assert_eq!(world.says(&["undo", "KEYSTORE"]), "");
    assert!(world.coffer(&["get", "KEYSTORE"]).stdout == content(3 * MIB));
}

#[test]
fn a_file_over_a_server_is_the_same() {
    let server = Server::start();
    let owner = server.owner();
    let content = content(5 * MIB);
    fs::write(owner.world.project().join("big"), &content).unwrap();
    owner.says("set BIG --file big --owner maya --type application/pdf");
    owner.says("get BIG --out copy");
    assert!(fs::read(owner.world.project().join("copy")).unwrap() == content);
    assert!(owner.says("history BIG --json").contains(r#""media_type":"application/pdf""#));
    assert!(owner.says("ls").contains("owner maya"));
    let reader = server.client(&server.token("reader", &["reader:**"]));
    fs::write(reader.world.project().join("big"), &content).unwrap();
    reader.fails("set BIG --file big", "access.denied");
    let mut child = owner.starts("set PIPED --stdin --type text/plain");
    child.stdin.take().unwrap().write_all(&content).unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
    assert!(owner.says("find --same-as BIG").contains("PIPED"));
}
