//! `coffer run --watch`: started once more when what it was given changes, and then only.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::remote::Server;
use crate::world::World;

/// A command under way: each line that it prints.
struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn new(world: &World, flags: &[&str], script: &str) -> Self {
        let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(["run", "--no-mask"]).args(flags).args(["--", "sh", "-c", script]);
        Self::of(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn of(mut child: Child) -> Self {
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn says(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    /// Told to end; the exit code.
    fn end(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([&format!("-{signal}"), &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn world() -> World {
    let world = World::new();
    for name in ["A", "B"] {
        set(&world, name, "1");
    }
    world
}

fn set(world: &World, name: &str, value: &str) {
    world.write("value", value);
    world.says(&["set", name, "--file", "value"]);
}

/// What it was given, and how often it was started.
const TELLS: &str = "trap 'echo ended >> ends; exit 0' TERM; echo x >> starts; echo \"$A $B $C\"; while :; do sleep 0.05; done";

#[test]
fn it_is_started_once_more_when_what_it_was_given_changes() {
    let world = world();
    let mut running = Running::new(&world, &["--watch"], TELLS);
    assert_eq!(running.says(), "1 1 ");
    // Nothing that it was given: another folder, a new name, what is known about it.
    world.says(&["set", "/dev/other/A", "--generate"]);
    set(&world, "C", "1");
    world.says(&["set", "A", "--description", "what it is for"]);
    // Several together are one.
    set(&world, "A", "2");
    set(&world, "B", "2");
    assert_eq!(running.says(), "2 2 1", "and what is new is there by the way");
    world.says(&["rm", "C"]);
    assert_eq!(running.says(), "2 2 ");
    world.says(&["undo", "A"]);
    assert_eq!(running.says(), "1 2 ");
    assert_eq!(running.end("TERM"), Some(0), "told to end it ends, and is not started again");
    assert_eq!(world.read("starts").lines().count(), 4);
    assert_eq!(world.read("ends").lines().count(), 4, "each was told to end, and could");
}

#[test]
fn it_is_started_once_more_when_what_a_value_is_filled_in_with_changes_wherever_it_lies() {
    let world = world();
    set(&world, "/shared/db/PASSWORD", "1");
    set(&world, "/shared/OTHER", "1");
    world.write("url", "pg://${/shared/db/PASSWORD}@db");
    world.says(&["set", "C", "--references", "--file", "url"]);
    let mut running = Running::new(&world, &["--watch"], TELLS);
    assert_eq!(running.says(), "1 1 pg://1@db");
    // Nothing that it is filled in with, what is known about that, and a new version that says the same.
    set(&world, "/shared/OTHER", "2");
    world.says(&["set", "/shared/db/PASSWORD", "--description", "what it is for"]);
    set(&world, "/shared/db/PASSWORD", "1");
    set(&world, "/shared/db/PASSWORD", "2");
    assert_eq!(running.says(), "1 1 pg://2@db");
    // What it is filled in with from then on.
    world.write("url", "pg://${/shared/OTHER}@host");
    world.says(&["set", "C", "--references", "--file", "url"]);
    assert_eq!(running.says(), "1 1 pg://2@host");
    set(&world, "/shared/OTHER", "3");
    assert_eq!(running.says(), "1 1 pg://3@host");
    assert_eq!(running.end("TERM"), Some(0));
    assert_eq!(world.read("starts").lines().count(), 4);
}

#[test]
fn it_is_told_by_a_signal_and_goes_on() {
    let world = world();
    let script = "trap 'echo told' HUP; trap 'exit 3' TERM; echo up; while :; do sleep 0.05; done";
    let mut running = Running::new(&world, &["--watch", "--watch-signal", "hup"], script);
    assert_eq!(running.says(), "up");
    for value in ["2", "3"] {
        set(&world, "A", value);
        assert_eq!(running.says(), "told");
    }
    assert_eq!(running.end("TERM"), Some(3));
}

/// Who does not end when he is told is ended, and nobody waits for him for ever.
#[test]
fn it_ends_when_the_command_does_and_what_does_not_end_is_killed() {
    let world = world();
    let output = world.coffer(&["run", "--watch", "--", "sh", "-c", "exit 7"]);
    assert_eq!(output.status.code(), Some(7));
    let script = "trap '' TERM; echo \"$A\"; while :; do sleep 0.05; done";
    let mut running = Running::new(&world, &["--watch"], script);
    assert_eq!(running.says(), "1");
    set(&world, "A", "2");
    assert_eq!(running.says(), "2");
    assert_eq!(running.end("KILL"), None);
}

/// The same against a server, which is killed: what changed while nobody answered is seen afterwards.
#[test]
fn it_hears_of_what_changed_while_the_server_was_away() {
    let mut server = Server::start();
    let owner = server.owner();
    owner.run("set A --stdin", "1");
    let mut running = Running::of(owner.starts_all(&[
        "run",
        "--watch",
        "--no-mask",
        "--",
        "sh",
        "-c",
        "echo $A; exec sleep 600",
    ]));
    assert_eq!(running.says(), "1");
    server.kill_and_start();
    owner.run("set A --stdin", "2");
    assert_eq!(running.says(), "2");
    running.end("TERM");
}
