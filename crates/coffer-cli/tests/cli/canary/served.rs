//! T-L4, as whoever is served meets it: the log can't be written. Then every answer is 503 in time, nothing is decrypted or changed,
//! `/health/ready` says why, and when the place is well again the same process goes on.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::Stage;
use super::place::{in_a_place, leave, place};

/// A server under way; killed when the test ends before it does.
struct Server {
    child: Child,
    address: String,
    token: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    fn start(stage: &Stage, surroundings: &[(&str, &Path)]) -> Self {
        stage.world.says(&["member", "create", "shop", "--grant", "owner:**"]);
        let token = stage.world.says(&["token", "create", "--member", "shop"]);
        let mut command = stage.world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(["server", "--listen", "127.0.0.1:0"]).env("METRICS_ENABLED", "false");
        command.envs(surroundings.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap().to_owned();
        Self { child, address, token: token.trim().to_owned() }
    }

    /// The status and the body of the answer.
    fn ask(&self, method: &str, target: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(ANSWER_TIME)).unwrap();
        let (token, length) = (&self.token, body.len());
        let head = format!(
            "{method} {target} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        stream.write_all(format!("{head}{body}").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    fn is_well(&self, value: &str) {
        assert_eq!(self.ask("GET", SECRET, "").0, 200);
        assert_eq!(self.ask("PUT", OVER, &format!("{{\"value\":\"{value}\"}}")).0, 200);
        assert!(self.ask("GET", SECRET, "").1.contains(value));
    }
}

/// Two seconds, and what a machine adds that does other things too.
const ANSWER_TIME: Duration = Duration::from_secs(5);
const SECRET: &str = "/api/v1/secrets/dev/project/A";
/// Written whatever is there.
const OVER: &str = "/api/v1/secrets/dev/project/A?overwrite=true";

/// Every way to a value or a change.
const ASKED: [(&str, &str, &str); 6] = [
    ("GET", SECRET, ""),
    ("POST", "/api/v1/batch/get", r#"{"folder":"dev/project"}"#),
    ("PUT", OVER, r#"{"value":"unwritten"}"#),
    ("DELETE", SECRET, ""),
    ("POST", "/api/v1/destroy/dev/project/A", "{}"),
    ("POST", "/api/v1/tokens", r#"{"ttl_seconds":60}"#),
];

fn nothing_is_answered(server: &Server, values: &[&str], codes: &[&str]) {
    for (method, target, body) in ASKED {
        let (status, said) = server.ask(method, target, body);
        assert_eq!(status, 503, "{method} {target}: {said}");
        assert!(codes.iter().any(|code| said.contains(code)), "{method} {target}: {said}");
        assert!(values.iter().all(|value| !said.contains(value)), "{method} {target}");
    }
    assert_eq!(server.ask("GET", "/health", "").0, 200, "somebody answers");
}

/// Asked until it says so: what it knows may be a second old.
fn comes_to_say(server: &Server, status: u16, reason: &str) {
    let mut said = (0, String::new());
    for _ in 0..20_000 {
        said = server.ask("GET", "/health/ready", "");
        if said.0 == status && said.1.contains(reason) {
            return;
        }
    }
    panic!("/health/ready does not come to say {status} {reason}: {said:?}");
}

#[test]
fn t_l4_a_server_on_a_full_disk_answers_nothing_and_recovers() {
    in_a_place("served::child_with_a_full_disk", "true");
}

#[test]
fn child_with_a_full_disk() {
    let Some(place) = place() else { return };
    let stage = Stage::prepared(false);
    let server = Server::start(&stage, &[]);
    let ballast = place.join("ballast");
    let obstruct = || leave(&ballast, 0);
    without_a_log(&stage, &server, obstruct, "store.full", || fs::remove_file(&ballast).unwrap());
}

#[test]
fn t_l4_a_server_whose_disk_becomes_read_only_answers_nothing_and_recovers() {
    in_a_place("served::child_with_a_disk_that_becomes_read_only", "true");
}

/// Names are those of a mount that is made read-only. No mount can be while files on it are open for writing: for those there is
/// `read_only.c`.
#[test]
fn child_with_a_disk_that_becomes_read_only() {
    let Some(place) = place() else { return };
    let stage = Stage::prepared(false);
    let [library, flag] = ["read_only.so", "read-only"].map(|name| place.join(name));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/canary/read_only.c");
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).status();
    assert!(made.unwrap().success(), "this test needs a C compiler, as Rust does to link");
    let folder = stage.store_file("");
    let mount = |arguments: &[&str]| {
        assert!(Command::new("mount").args(arguments).arg(&folder).status().unwrap().success());
    };
    let surroundings = [("LD_PRELOAD", &library), ("READ_ONLY_BELOW", &folder), ("READ_ONLY_WHILE", &flag)];
    let server = Server::start(&stage, &surroundings.map(|(name, path)| (name, path.as_path())));
    let obstruct = || {
        // A mount above the one on which the server has its files open.
        mount(&["--bind", folder.to_str().unwrap()]);
        mount(&["-o", "remount,bind,ro"]);
        assert_eq!(
            server.ask("GET", SECRET, "").0,
            200,
            "it has its files open, and the mount does not stop it"
        );
        File::create(&flag).unwrap();
    };
    without_a_log(&stage, &server, obstruct, "store.read_only", || {
        fs::remove_file(&flag).unwrap();
        mount(&["-o", "remount,bind,rw"]);
    });
}

/// The log can't be written once `obstruct` is done, for this reason; and again after `clear`.
fn without_a_log(stage: &Stage, server: &Server, obstruct: impl Fn(), reason: &str, clear: impl Fn()) {
    server.is_well("before");
    obstruct();
    // What room the WAL has left in pages that it holds already.
    while server.ask("GET", SECRET, "").0 == 200 {}
    nothing_is_answered(server, &["before"], &["audit.unavailable"]);
    comes_to_say(server, 503, reason);
    nothing_is_answered(server, &["before"], &["audit.unavailable"]);
    clear();
    comes_to_say(server, 200, "");
    assert!(server.ask("GET", SECRET, "").1.contains("before"), "nothing was changed");
    server.is_well("after");
    stage.world.says(&["audit", "verify", "--with-store"]);
}

#[test]
fn t_l4_a_server_whose_lock_is_never_let_go_answers_in_time_and_recovers() {
    let stage = Stage::prepared(false);
    let server = Server::start(&stage, &[]);
    server.is_well("before");
    let held = hold(&stage.store_file("coffer.lock"));
    nothing_is_answered(&server, &["before"], &["audit.unavailable", "server.timeout"]);
    comes_to_say(&server, 503, "store.");
    drop(held);
    comes_to_say(&server, 200, "");
    // A change that nobody was told of may have been made: it is whole.
    let (status, _) = server.ask("PUT", OVER, r#"{"value":"after","replace":true}"#);
    assert!(matches!(status, 200 | 201), "{status}");
    assert!(server.ask("GET", SECRET, "").1.contains("after"));
    stage.world.says(&["audit", "verify", "--with-store"]);
}

fn hold(lock: &Path) -> File {
    let file = File::options().append(true).open(lock).unwrap();
    file.lock().unwrap();
    file
}
