//! Three server processes over one database, and what is done to them.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::database::Database;
use crate::postgres::Node;

pub(super) const NODES: usize = 3;

/// What has the rights that the test needs.
pub(super) struct Tokens {
    /// Of an owner of the tenant `default`.
    pub(super) owner: String,
    /// Of an owner of the instance.
    pub(super) operator: String,
}

/// A node, and its server while there is one.
pub(super) struct Member {
    node: Node,
    number: usize,
    child: Option<Child>,
    clock: File,
    surroundings: [(&'static str, PathBuf); 2],
    pub(super) off_by: i64,
}

pub(super) struct Cluster {
    pub(super) members: Vec<Member>,
    /// With the test's own way to the database.
    pub(super) own: Node,
    _dir: tempfile::TempDir,
}

impl Cluster {
    /// A store, and three nodes that serve it.
    pub(super) fn start() -> (Self, Tokens) {
        let own = Node::over(&Database::own_url());
        own.says("init", "");
        own.says("member create deployer --grant owner:**", "");
        own.says("member create operator --instance --grant owner:**", "");
        let owner = own.says("token create --member deployer --ttl 24h", "").0.trim().to_owned();
        let operator =
            own.says("token create --member operator --instance --ttl 24h", "").0.trim().to_owned();
        let dir = tempfile::tempdir().unwrap();
        let library = clock_library(dir.path());
        let keys = own.world.coffer_home().join("keys");
        let members = (0..NODES).map(|number| {
            let node = Node::over(&Database::url(number));
            std::fs::create_dir_all(node.world.coffer_home()).unwrap();
            let copied =
                Command::new("cp").arg("-a").arg(&keys).arg(node.world.coffer_home()).status().unwrap();
            assert!(copied.success());
            Member::start(node, number, dir.path(), library.clone())
        });
        let members = members.collect();
        (Self { members, own, _dir: dir }, Tokens { owner, operator })
    }
}

/// Where a node answers.
pub(super) fn url(node: usize) -> String {
    format!("http://127.0.0.1:{}", 8101 + node)
}

impl Member {
    fn start(node: Node, number: usize, dir: &Path, library: PathBuf) -> Self {
        let path = dir.join(format!("clock-{number}"));
        let clock = File::create(&path).unwrap();
        clock.write_all_at(&0_i64.to_ne_bytes(), 0).unwrap();
        let surroundings = [("LD_PRELOAD", library), ("CLOCK_OFF_BY", path)];
        let mut member = Self { node, number, child: None, clock, surroundings, off_by: 0 };
        member.run();
        member
    }

    /// Starts its server.
    pub(super) fn run(&mut self) {
        let listen = url(self.number);
        let listen = listen.strip_prefix("http://").unwrap();
        let mut command = self.node.command(&format!("server --listen {listen} --json"));
        let log = File::create(self.node.world.project().join("server.log")).unwrap();
        let surroundings = self.surroundings.iter().map(|(name, path)| (name, path));
        let command = command.env("METRICS_ENABLED", "false").envs(surroundings);
        let command = command.stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert!(said.contains(listen), "node {} does not start: {}", self.number, self.log());
        self.child = Some(child);
    }

    /// What its server has said to its operator.
    pub(super) fn log(&self) -> String {
        self.node.world.read("server.log")
    }

    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Sends its server a signal, by its name.
    pub(super) fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(Command::new("kill").args([&format!("-{name}"), &pid]).status().unwrap().success());
    }

    /// Its clock is wrong by so many seconds from now on.
    pub(super) fn set_clock(&mut self, off_by: i64) {
        self.off_by = off_by;
        self.clock.write_all_at(&off_by.to_ne_bytes(), 0).unwrap();
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.kill();
    }
}

fn clock_library(dir: &Path) -> PathBuf {
    let library = dir.join("clock.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/faults/clock.c");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    assert!(made.unwrap().success(), "this test needs a C compiler, as Rust does to link");
    library
}
