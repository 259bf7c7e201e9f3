//! `coffer run`: masking, signals, exit codes, and what the command finds.

use std::io::Read;
use std::process::{Command, Stdio};

use crate::world::World;

fn world() -> World {
    let world = World::new();
    world.write(".env", "SECRET=correct-horse\nMULTI=\"first line\nsecond line\"\nSHORT=abc\n");
    world.says(&["import", "--delete"]);
    world
}

fn signal(id: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap().success());
}

#[test]
fn both_streams_are_masked_and_stay_apart() {
    let script = "printf '%s|' \"$SECRET\"; printf '%s' \"$MULTI\" >&2; printf %s \"$SECRET\" | base64";
    let output = world().coffer(&["run", "--", "sh", "-c", script]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "***|***\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "***");
}

#[test]
fn a_secret_in_two_pieces_with_a_pause_is_masked() {
    let script = "printf 'a correct-'; sleep 0.3; printf 'horse b'";
    assert_eq!(world().says(&["run", "--", "sh", "-c", script]), "a *** b");
}

#[test]
fn a_prompt_comes_through_while_the_command_waits() {
    let world = world();
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    command.args(["run", "--", "sh", "-c", "printf 'Continue? c'; read answer; true"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut prompt = [0; 11];
    child.stdout.as_mut().unwrap().read_exact(&mut prompt).unwrap();
    assert_eq!(&prompt, b"Continue? c");
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_command_finds_secrets_and_no_keys() {
    let world = world();
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    command.args(["run", "--no-mask", "--", "env"]).env("COFFER_ENV", "dev").env("OTHER", "there");
    command.env("MASTER_SECRET_KEY", "not needed here");
    let output = String::from_utf8(command.output().unwrap().stdout).unwrap();
    for line in ["SECRET=correct-horse", "SHORT=abc", "OTHER=there", "COFFER_ENV=dev"] {
        assert!(output.lines().any(|found| found == line), "{line} in {output}");
    }
    assert!(!output.contains("MASTER_SECRET_KEY"));
}

#[test]
fn signals_reach_the_command_and_its_end_is_coffers() {
    let world = world();
    for (name, script, code) in [
        ("TERM", "trap 'exit 7' TERM; echo ready; while :; do sleep 0.05; done", Some(7)),
        ("USR1", "trap 'exit 8' USR1; echo ready; while :; do sleep 0.05; done", Some(8)),
        ("INT", "trap 'exit 9' INT; echo ready; while :; do sleep 0.05; done", Some(9)),
        ("TERM", "echo ready; exec sleep 30", Some(128 + 15)),
    ] {
        let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
        let mut child =
            command.args(["run", "--", "sh", "-c", script]).stdout(Stdio::piped()).spawn().unwrap();
        let mut ready = [0; 6];
        child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        signal(child.id(), name);
        assert_eq!(child.wait().unwrap().code(), code, "{name}: {script}");
    }
}

#[test]
fn a_closed_pipe_ends_the_command() {
    let world = world();
    // `yes` never ends by itself: that this test ends is what it tests.
    let output =
        world.command("sh").args(["-c", "coffer run -- yes correct-horse | head -1"]).output().unwrap();
    assert_eq!(output.stdout, b"***\n");
}

#[test]
fn what_must_not_be_a_variable_stops_the_start() {
    let world = world();
    world.set("LD_PRELOAD", "/tmp/evil.so");
    let (code, error) = world.fails(&["run", "--", "echo", "started"]);
    assert_eq!(code, 125);
    assert!(error.starts_with("error[run.loader_variables]: the secret LD_PRELOAD"), "{error}");
    world.says(&["rm", "LD_PRELOAD"]);
    world.set("not a name", "x");
    let (_, error) = world.fails(&["run", "--", "true"]);
    assert!(error.starts_with("error[run.bad_names]: the secret not a name"), "{error}");
}
