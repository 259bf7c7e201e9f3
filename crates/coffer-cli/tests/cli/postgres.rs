//! A store in a database: the same verbs, with `COFFER_STORAGE` and nothing else that differs.

use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use coffer_postgres::VERSION;
use coffer_postgres::testkit::Server as Database;
use serde_json::Value;

use crate::world::World;

/// A node: a home of its own, over a database.
pub(crate) struct Node {
    pub(crate) world: World,
    url: String,
}

impl Node {
    pub(crate) fn over(url: &str) -> Self {
        Self { world: World::new(), url: url.to_owned() }
    }

    /// The same home over another database.
    pub(crate) fn elsewhere(self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self }
    }

    pub(crate) fn command(&self, words: &str) -> Command {
        let mut command = self.world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(words.split_whitespace()).env("COFFER_STORAGE", &self.url);
        command
    }

    pub(crate) fn run(&self, words: &str, stdin: &str) -> Output {
        let mut command = self.command(words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Who refuses before it reads has closed it.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    /// What it writes to stdout, and to stderr; it has to succeed.
    pub(crate) fn says(&self, words: &str, stdin: &str) -> (String, String) {
        let output = self.run(words, stdin);
        let [said, told] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
        assert!(output.status.success(), "{words}: {told}");
        (said, told)
    }

    /// What it says when it has to fail with this code.
    pub(crate) fn fails(&self, words: &str, code: &str) -> String {
        let output = self.run(words, "");
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && told.starts_with(&format!("error[{code}]: ")), "{words}: {told}");
        told
    }
}

/// A fresh, empty database.
pub(crate) fn database() -> String {
    let server = Database::shared();
    server.url(&server.database_named().1)
}

#[test]
fn a_store_lies_in_a_database_as_in_a_folder() {
    let node = Node::over(&database());
    let place = "postgres://coffer@[";
    assert!(node.fails("ls", "store.missing").contains("`coffer init` makes one"));
    assert!(node.fails("set A --generate", "store.missing").contains(place), "nothing is made by accident");
    assert!(!node.world.coffer_home().exists());

    let (_, made) = node.says("init --owner maya --kit kit.txt", "");
    assert!(made.contains("first owner, maya"), "{made}");
    assert!(node.world.read("kit.txt").contains(place));
    node.fails("init", "store.exists");
    node.says("set A --stdin", "hunter2");
    assert_eq!(node.says("get A", "").0, "hunter2");
    assert_eq!(node.says("run -- echo started", "").0.trim(), "started");
    for words in ["status", "doctor", "history A", "audit verify --with-store", "audit tail", "keys status"] {
        node.says(words, "");
    }
    let status: Value = serde_json::from_str(&node.says("status --json", "").0).unwrap();
    assert_eq!(status["settings"]["storage"]["source"], "COFFER_STORAGE");
    assert!(!node.world.coffer_home().join("store").exists(), "there is nothing in the folder");

    // Another home with the same key is another node of the same store; one without is nobody.
    let other = Node::over(&node.url);
    other.fails("get A", "unlock.none_fits");
    std::fs::create_dir_all(other.world.coffer_home()).unwrap();
    let keys = node.world.coffer_home().join("keys");
    let copied = Command::new("cp").arg("-a").arg(keys).arg(other.world.coffer_home()).status();
    assert!(copied.unwrap().success());
    other.says("set A --stdin", "hunter3");
    assert_eq!(node.says("get A", "").0, "hunter3");
    node.says("destroy A --yes", "");
    other.fails("get A", "secret.not_found");
}

#[test]
fn tables_are_made_and_kept_by_migrate() {
    let node = Node::over(&database());
    let made = format!("made the tables, version {VERSION}, in postgres://");
    assert!(node.says("storage migrate", "").1.contains(&made));
    assert!(node.says("storage migrate", "").1.contains("there was nothing to do"));
    let nothing = format!(r#"{{"from":{VERSION},"to":{VERSION}}}"#);
    assert_eq!(node.says("storage migrate --json", "").0.trim(), nothing);
    node.fails("ls", "store.missing");
    node.says("init", "");
    node.says("ls", "");
    assert!(World::new().fails(&["storage", "migrate"]).1.starts_with("error[storage.folder]: "));
}

#[test]
fn no_password_is_told_and_a_project_names_no_database() {
    let node = Node::over("postgres://coffer:hunter2@db.example.com/coffer");
    let told = node.fails("ls", "settings.invalid");
    assert!(told.contains("has a password in it") && !told.contains("hunter2"), "{told}");
    let clear = Node::over("postgres://coffer@db.example.com/coffer?sslmode=disable");
    assert!(clear.fails("ls", "settings.invalid").contains("verify-full"));
    let world = World::new();
    world.write("coffer.toml", "storage = \"postgres://coffer@db.example.com/coffer\"\n");
    assert!(world.fails(&["ls"]).1.starts_with("error[settings.not_for_projects]: "));

    // It is not handed on to a command, and not named twice.
    let node = Node::over(&database());
    node.says("init", "");
    node.says("set A --stdin", "x");
    let output = node.command("run -- env").env("COFFER_STORAGE_PASSWORD", "hunter2").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success() && said.contains("COFFER_STORAGE=") && !said.contains("hunter2"),
        "{said}"
    );
    let mut command = node.command("ls");
    command.env("COFFER_STORAGE_PASSWORD", "hunter2");
    let output = command.env("COFFER_STORAGE_PASSWORD_FILE", "password").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.starts_with("error[settings.two_places]: ") && !told.contains("hunter2"), "{told}");
}
