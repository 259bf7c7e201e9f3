//! `coffer watch` against a server: it goes on when the connection is lost, and ends when whoever watches may not any more.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Output};

use serde_json::Value as Json;

use crate::remote::{Client, Server};
use crate::world::World;

/// `coffer watch`, under way.
struct Watching {
    child: Option<Child>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watching {
    fn new(client: &Client, words: &str) -> Self {
        let mut child = client.starts(words);
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child: Some(child), lines }
    }

    /// The next change: its cursor and its path.
    fn next(&mut self) -> (u64, String) {
        let line = self.lines.next().unwrap().unwrap();
        let event: Json = serde_json::from_str(&line).unwrap();
        (event["cursor"].as_u64().unwrap(), event["path"].as_str().unwrap().to_owned())
    }

    /// Told to end.
    fn end(self) -> Output {
        assert!(Command::new("kill").arg(self.child().id().to_string()).status().unwrap().success());
        self.ended()
    }

    /// It ends by itself.
    fn ended(mut self) -> Output {
        self.child.take().unwrap().wait_with_output().unwrap()
    }

    fn child(&self) -> &Child {
        self.child.as_ref().unwrap()
    }
}

/// Where a test has failed before its end.
impl Drop for Watching {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

#[test]
fn it_goes_on_after_the_server_was_killed() {
    let mut server = Server::start();
    let owner = server.owner();
    owner.says("set A --generate");
    let mut watching = Watching::new(&owner, "watch --after 0 --json");
    let first = watching.next();
    assert_eq!(first.1, "dev/A");
    for round in ["B", "C"] {
        server.kill_and_start();
        owner.says(&format!("set {round} --generate"));
        owner.says(&format!("rm {round}"));
        let changes = [watching.next(), watching.next()];
        let path = format!("dev/{round}");
        assert_eq!(changes.each_ref().map(|(_, path)| path), [&path, &path]);
        assert!(first.0 < changes[0].0 && changes[0].0 < changes[1].0, "each once");
    }
    let ended = watching.end();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.status.success() && said.contains("asked again in 1 s"), "{said}");
    // Whoever begins anew from a cursor has what came behind it.
    let mut from_there = Watching::new(&owner, &format!("watch --json --after {}", first.0));
    assert_eq!(from_there.next().1, "dev/B");
    assert!(from_there.end().status.success());
}

#[test]
fn who_may_not_any_more_is_told_so_and_watches_no_longer() {
    let server = Server::start();
    let owner = server.owner();
    owner.says("set A --generate");
    let reader = server.client(&server.token("reader", &["reader:dev/**"]));
    let mut watching = Watching::new(&reader, "watch --after 0 --json");
    watching.next();
    server.world.says(&["member", "change", "reader", "--disable"]);
    owner.says("set A --generate");
    assert!(watching.lines.next().is_none(), "nothing more is told");
    let ended = watching.ended();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains(r#""code":"token.invalid""#), "{said}");
    assert_eq!(ended.status.code(), Some(4));
    assert_eq!(reader.fails("watch", "token.invalid").0, 4);
    let nowhere = owner.with("COFFER_ADDR", "http://127.0.0.1:1");
    assert_eq!(
        nowhere.fails("watch", "server.unreachable").0,
        5,
        "what never went well is no lost connection"
    );
}

/// Without a server it is the store in this process, and what others commit there.
#[test]
fn it_watches_a_store_without_a_server() {
    let world = World::new();
    world.says(&["set", "A", "--generate"]);
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    command.args(["watch", "--after", "0", "--json"]).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut watching = Watching { child: Some(child), lines };
    let first = watching.next();
    world.says(&["set", "B", "--generate"]);
    let second = watching.next();
    assert_eq!((first.1.as_str(), second.1.as_str()), ("dev/A", "dev/B"));
    let limited = world.says(&["watch", "--after", &first.0.to_string(), "--limit", "1"]);
    assert!(limited.contains("secret_set") && limited.contains("dev/B v1"), "{limited}");
    assert!(watching.end().status.success());
}
