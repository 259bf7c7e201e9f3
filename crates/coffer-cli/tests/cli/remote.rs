//! The same verbs against a server: `--addr`. What is asked, and what is answered, is as it is for a store in the process.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Output, Stdio};
use std::thread;

use crate::http::answer_post;
use crate::world::World;

/// A server over TLS, with a certificate of its own; killed when the test ends.
pub(crate) struct Server {
    pub(crate) world: World,
    child: Child,
    pub(crate) url: String,
    fingerprint: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Server {
    pub(crate) fn start() -> Self {
        let world = World::new();
        world.says(&["tenant", "create", "acme"]);
        Self::of(world)
    }

    /// Of the store of this world.
    pub(crate) fn of(world: World) -> Self {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        world.write("cert.pem", &made.cert.pem());
        world.write("key.pem", &made.signing_key.serialize_pem());
        let (child, said) = Self::launch(&world, "127.0.0.1:0");
        let text = |name: &str| said[name].as_str().unwrap().to_owned();
        Self { child, url: text("url"), fingerprint: text("certificate_sha256"), world }
    }

    /// Killed in whatever it does, and started once more at the same address.
    pub(crate) fn kill_and_start(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let address = self.url.strip_prefix("https://").unwrap();
        (self.child, _) = Self::launch(&self.world, address);
    }

    fn launch(world: &World, listen: &str) -> (Child, serde_json::Value) {
        let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(["server", "--listen", listen, "--json"]).env("METRICS_ENABLED", "false");
        command.env("COFFER_SERVER_TLS_CERTIFICATE", "cert.pem").env("COFFER_SERVER_TLS_KEY", "key.pem");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut said = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut said).unwrap();
        (child, serde_json::from_str(&said).unwrap())
    }

    /// A token of a new member with these grants.
    pub(crate) fn token(&self, member: &str, grants: &[&str]) -> String {
        let grants = grants.iter().flat_map(|grant| ["--grant", grant]);
        self.world.says(&["member", "create", member].into_iter().chain(grants).collect::<Vec<_>>());
        self.world.says(&["token", "create", "--member", member]).trim().to_owned()
    }

    /// Somebody elsewhere, who has this token and knows the server's certificate.
    pub(crate) fn client(&self, token: &str) -> Client {
        let world = World::new();
        fs::copy(self.world.project().join("cert.pem"), world.home().join("ca.pem")).unwrap();
        let file = world.home().join("token");
        fs::write(&file, format!("{token}\n")).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let variables = [
            ("COFFER_ADDR", self.url.clone()),
            ("COFFER_CACERT", world.home().join("ca.pem").display().to_string()),
            ("COFFER_TOKEN_FILE", file.display().to_string()),
        ];
        Client { world, variables: variables.to_vec() }
    }

    pub(crate) fn owner(&self) -> Client {
        self.client(&self.token("owner", &["owner:**"]))
    }
}

/// Somebody who asks a server; or, without variables, a store of their own.
pub(crate) struct Client {
    pub(crate) world: World,
    variables: Vec<(&'static str, String)>,
}

impl Client {
    fn embedded() -> Self {
        Self { world: World::new(), variables: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self.variables.push((name, value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.variables.retain(|(known, _)| *known != name);
        self
    }

    /// Under way.
    pub(crate) fn starts(&self, words: &str) -> Child {
        self.starts_all(&words.split_whitespace().collect::<Vec<_>>())
    }

    /// The same, of words as they are.
    pub(crate) fn starts_all(&self, words: &[&str]) -> Child {
        let mut command = self.world.command(env!("CARGO_BIN_EXE_coffer"));
        command.args(words).envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    pub(crate) fn run(&self, words: &str, stdin: &str) -> Output {
        let mut child = self.starts(words);
        // Who fails early reads nothing.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        child.wait_with_output().unwrap()
    }

    pub(crate) fn says(&self, words: &str) -> String {
        let output = self.run(words, "");
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The exit code, and what was said.
    pub(crate) fn fails(&self, words: &str, code: &str) -> (i32, String) {
        let output = self.run(words, "");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.starts_with(&format!("error[{code}]: ")) && said.contains("\n  fix: "),
            "{words}: {said}"
        );
        assert!(output.stdout.is_empty(), "{words}");
        (output.status.code().unwrap(), said)
    }
}

#[test]
fn a_certificate_that_is_made_for_a_run_is_known_by_its_file_and_by_its_fingerprint() {
    let world = World::new();
    world.says(&["set", "A", "--generate"]);
    let mut command = world.command(env!("CARGO_BIN_EXE_coffer"));
    command.args(["dev", "--tls", "--listen", "127.0.0.1:0", "--json"]).env("METRICS_ENABLED", "false");
    let child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut server = Server { world, child, url: String::new(), fingerprint: String::new() };
    let mut said = String::new();
    BufReader::new(server.child.stdout.take().unwrap()).read_line(&mut said).unwrap();
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    let text = |name: &str| said[name].as_str().unwrap().to_owned();
    let url = text("url");
    assert!(url.starts_with("https://127.0.0.1:"), "{url}");
    let client = |known: (&'static str, String)| Client {
        world: World::new(),
        variables: vec![("COFFER_ADDR", url.clone()), ("COFFER_TOKEN", text("token")), known],
    };
    let value = server.world.says(&["get", "A"]);
    let path = "get /dev/A";
    assert_eq!(client(("COFFER_CACERT", text("certificate"))).says(path), value);
    assert_eq!(client(("COFFER_FINGERPRINT", text("certificate_sha256"))).says(path), value);
    client(("COFFER_FINGERPRINT", "0".repeat(64))).fails(path, "server.untrusted");
}

/// Who has the store itself has no id, and a column is as wide as what is in it.
fn by_anybody(table: &str) -> String {
    let line = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = table.lines().map(line).collect();
    lines.join("\n").replace(" local", " #")
}

/// Moments and ids, which differ from one store to another, made the same.
fn without_ids(text: &str) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_alphanumeric() || "-:_".contains(letter) {
            word.push(letter);
            continue;
        }
        let is_moment = word.len() >= 19 && word.starts_with("20") && word.contains('T');
        let is_id = word.len() >= 20 && word.bytes().any(|byte| byte.is_ascii_digit());
        out.push_str(if is_moment || is_id { "#" } else { &word });
        word.clear();
        out.push(letter);
    }
    out
}

/// What is typed, and what is piped in.
const SCRIPT: &[(&str, &str)] = &[
    ("set A --stdin", "hunter2"),
    ("set A --stdin --json", "second \"value\"\n\u{e9}"),
    ("get A", ""),
    ("get A --json", ""),
    ("get A --version 1", ""),
    ("get A --stage previous", ""),
    ("get A --stage pending", ""),
    ("get A --version 9", ""),
    ("get A --version 0", ""),
    ("get A --field user", ""),
    ("get NOTHING", ""),
    ("get a//b", ""),
    ("set A --stdin --if-version 7", "x"),
    ("set A --stdin --if-version 0", "x"),
    ("set A --stdin --if-version 2", "third"),
    ("set A --owner maya --tag db --expires 2099-01-01", ""),
    ("set A --description= --remove-tag db --tag web --owner=", ""),
    ("set DB --field user --stdin", "maya"),
    ("set DB --field password --stdin", "horse"),
    ("set DB --stdin", "one value"),
    ("get DB", ""),
    ("get DB --field user", ""),
    ("get DB --json", ""),
    ("set DB --remove-field user", ""),
    ("get DB --json", ""),
    ("set DB --stdin --replace", "one value"),
    ("get DB", ""),
    ("rotate A --stdin --message leaked", "fourth"),
    ("get A", ""),
    ("rotate NOTHING --stdin", "x"),
    ("history A", ""),
    ("history A --json", ""),
    ("diff A", ""),
    ("diff A --reveal", ""),
    ("diff A --from 1 --to 2 --json", ""),
    ("diff A A", ""),
    ("diff A DB --json --reveal", ""),
    ("diff A NOTHING", ""),
    ("compare dev dev/below", ""),
    ("compare dev nowhere --json", ""),
    ("compare dev dev", ""),
    ("promote dev prod --dry-run", ""),
    ("promote dev prod", ""),
    ("promote dev prod A DB --yes", ""),
    ("promote dev prod A --yes", ""),
    ("promote dev prod NOTHING --yes", ""),
    ("promote dev prod --yes --json", ""),
    ("compare dev prod", ""),
    ("set below/B --stdin", "deep"),
    ("ls", ""),
    ("ls --json", ""),
    ("ls / -r", ""),
    ("ls /nowhere", ""),
    ("export", ""),
    ("export --format json", ""),
    ("export /nowhere", ""),
    ("run -- sh -c exit${A:+7}", ""),
    ("run --no-mask -- printenv A", ""),
    ("run -- printenv COFFER_TOKEN_FILE MASTER_SECRET_KEY_FILE", ""),
    ("undo A", ""),
    ("undo A --json", ""),
    ("get A", ""),
    ("rm A", ""),
    ("get A", ""),
    ("rm A", ""),
    ("undo A", ""),
    ("destroy A --version 1 --yes", ""),
    ("get A --version 1", ""),
    ("destroy A", ""),
    ("destroy A --yes --json", ""),
    ("undo A", ""),
    ("import --no-files env", ""),
    ("import --no-files env --json", ""),
    ("get ONE", ""),
    ("member create maya --kind human --grant reader:dev/**", ""),
    ("member create maya", ""),
    ("member create x --grant king:**", ""),
    ("member change maya --grant writer:dev/** --disable", ""),
    ("token create --member maya", ""),
    ("member change maya --enable", ""),
    ("member change nobody --disable", ""),
    ("token revoke 00000000000000000000000000000000", ""),
    ("token revoke nonsense", ""),
    ("get A --tenant Upper", ""),
];

#[test]
fn a_server_is_asked_and_answers_as_the_store_would() {
    let server = Server::start();
    let (remote, embedded) = (server.owner(), Client::embedded());
    for client in [&remote, &embedded] {
        client.world.write("env", "ONE=1\nTWO=\"two lines\nof it\"\n");
    }
    for (words, stdin) in SCRIPT {
        let (there, here) = (remote.run(words, stdin), embedded.run(words, stdin));
        let projects = [&remote, &embedded].map(|client| client.world.project().display().to_string());
        let said = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let text = if words.starts_with("history") { by_anybody(&text) } else { text };
            without_ids(&projects.iter().fold(text, |text, project| text.replace(project, "PROJECT")))
        };
        // What is made with the first write is said where it is made.
        let talk = |output: &Output| {
            let lines = String::from_utf8_lossy(&output.stderr).into_owned();
            let lines = if words.starts_with("history") { by_anybody(&lines) } else { lines };
            let is_of_store =
                |line: &&str| line.starts_with("made a new store") || line.starts_with("its key is");
            without_ids(&lines.lines().filter(|line| !is_of_store(line)).collect::<Vec<_>>().join("\n"))
        };
        assert_eq!(there.status.code(), here.status.code(), "{words}: {}{}", talk(&there), talk(&here));
        assert_eq!(said(&there.stdout), said(&here.stdout), "{words}");
        assert_eq!(talk(&there), talk(&here), "{words}");
    }
    assert!(!remote.world.coffer_home().exists(), "no store was made here");
    let made: serde_json::Value =
        serde_json::from_str(&remote.says("token create --member maya --json")).unwrap();
    let mine = server.client(made["token"].as_str().unwrap());
    assert_eq!(mine.says("get ONE"), "1");
    assert!(remote.says("member ls").contains("maya") && remote.says("token ls").contains("maya"));
    remote.says(&format!("token revoke {}", made["id"].as_str().unwrap()));
    assert_eq!(mine.fails("get ONE", "token.invalid").0, 4);
    server.world.says(&["audit", "verify", "--with-store"]);
}

#[test]
fn a_tenant_is_named_and_its_own_tokens_count() {
    let server = Server::start();
    let owner = server.owner();
    owner.fails("ls --tenant acme", "token.invalid");
    server.world.says(&["--tenant", "acme", "member", "create", "eu", "--grant", "owner:**"]);
    let token = server.world.says(&["--tenant", "acme", "token", "create", "--member", "eu"]);
    let theirs = server.client(token.trim());
    assert_eq!(theirs.run("set A --stdin --tenant acme", "theirs").status.code(), Some(0));
    assert_eq!(theirs.says("get A --tenant acme"), "theirs");
    assert_eq!(theirs.fails("get A", "token.invalid").0, 4);
    assert_eq!(owner.fails("get A", "secret.not_found").0, 3);
    assert_eq!(owner.fails("tenant ls", "token.invalid").0, 4);
}

/// A member is told what is missing, and where that is written down; a stranger is told nothing.
#[test]
fn a_refusal_names_its_entry_and_a_stranger_learns_nothing() {
    let server = Server::start();
    let reader = server.client(&server.token("reader", &["reader:dev/**"]));
    server.owner().run("set A --stdin", "hunter2");
    assert_eq!(reader.says("get A"), "hunter2");
    let output = reader.run("set A --stdin", "mine");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(4));
    assert!(said.starts_with("error[access.denied]: ") && said.contains("audited as entry "), "{said}");
    let number = said.rsplit(' ').next().unwrap().trim();
    assert!(server.world.says(&["audit", "show", number, "--json"]).contains("refused"));
    let elsewhere = Server::start();
    let stranger = server.client(&elsewhere.token("nobody", &["owner:**"]));
    let told: Vec<String> = ["get A", "get NOTHING", "ls"]
        .map(|words| {
            let (code, said) = stranger.fails(words, "token.invalid");
            assert!(code == 4 && !said.contains("audited"), "{said}");
            said.lines().take(2).collect::<Vec<_>>().join("\n")
        })
        .to_vec();
    assert!(told.iter().all(|said| *said == told[0]), "{told:?}");
}

#[test]
fn a_server_is_known_by_its_authority_or_its_certificate() {
    let server = Server::start();
    let owner = server.owner().with("COFFER_CACERT", "");
    let owner = Client {
        variables: owner.variables.into_iter().filter(|(_, value)| !value.is_empty()).collect(),
        ..owner
    };
    assert_eq!(owner.fails("ls", "server.untrusted").0, 4, "the system does not know it");
    let pinned = owner.with("COFFER_FINGERPRINT", &server.fingerprint);
    pinned.says("ls");
    let wrong = pinned.with("COFFER_FINGERPRINT", &"AB".repeat(32));
    assert_eq!(wrong.fails("ls", "server.untrusted").0, 4);
    wrong.with("COFFER_FINGERPRINT", "AB:CD").fails("ls", "addr.trust");
    let other = Server::start();
    let confused = server
        .owner_again()
        .with("COFFER_CACERT", &other.world.project().join("cert.pem").display().to_string());
    assert_eq!(confused.fails("ls", "server.untrusted").0, 4, "another's authority");
    let both = server.owner_again().with("COFFER_FINGERPRINT", &server.fingerprint);
    both.fails("ls", "addr.trust");
    let text = both.world.home().join("token").display().to_string();
    let none = server.owner_again().with("COFFER_CACERT", &text);
    none.fails("ls", "addr.trust");
    let nobody = pinned_without_roots(&server);
    assert_eq!(nobody.fails("ls", "server.no_roots").0, 5);
}

fn pinned_without_roots(server: &Server) -> Client {
    let client = server.owner_again().with("SSL_CERT_FILE", "/nowhere").with("SSL_CERT_DIR", "/nowhere");
    let variables = client.variables.into_iter().filter(|(name, _)| *name != "COFFER_CACERT").collect();
    Client { variables, ..client }
}

impl Server {
    /// The owner with another token.
    fn owner_again(&self) -> Client {
        self.client(self.world.says(&["token", "create", "--member", "owner"]).trim())
    }
}

/// T-A12 of this side: a token goes to the address that was named, and to no other.
#[test]
fn t_a12_redirects_are_not_followed() {
    let (first, second) = (listener(), listener());
    second.0.set_nonblocking(true).unwrap();
    let client = asks(first.1);
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let location = second.1;
        let listening = first.0.try_clone().unwrap();
        let asked = thread::spawn(move || {
            let answer = format!("{status}\r\nLocation: http://{location}/\r\nContent-Length: 0\r\n\r\n");
            answer_post(listening.accept().unwrap().0, |_| answer)
        });
        assert_eq!(client.fails("get A", "server.not_coffer").0, 1, "{status}");
        assert!(asked.join().unwrap().to_lowercase().contains("authorization: bearer coffer_"));
    }
    assert!(second.0.accept().is_err(), "nobody came");
}

#[test]
fn what_is_no_coffer_is_said_to_be_none() {
    let (listener, address) = listener();
    let client = asks(address);
    for (answer, code, exit) in [
        ("200 OK\r\nContent-Length: 5\r\n\r\nhello", "server.not_coffer", 1),
        ("200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", "server.not_coffer", 1),
        (
            "404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\n<html",
            "server.not_coffer",
            1,
        ),
        (
            "502 Bad\r\nContent-Type: application/problem+json\r\nContent-Length: 2\r\n\r\n{}",
            "server.not_coffer",
            1,
        ),
        ("200 OK\r\nContent-Length: 500\r\n\r\n{\"pa", "server.lost", 5),
        ("", "server.lost", 5),
    ] {
        let listening = listener.try_clone().unwrap();
        let asked = thread::spawn(move || answer_post(listening.accept().unwrap().0, |_| answer.to_owned()));
        assert_eq!(client.fails("get A", code).0, exit, "{answer}");
        asked.join().unwrap();
    }
    drop(listener);
    assert_eq!(client.fails("get A", "server.unreachable").0, 5);
}

#[test]
fn in_clear_only_to_this_machine() {
    let client = asks("127.0.0.1:1".parse().unwrap());
    for addr in [
        "http://192.0.2.1",
        "http://example.com",
        "http://localhost:8000",
        "ftp://127.0.0.1",
        "vault",
        "https://u:p@h",
    ] {
        let (code, said) = client.fails(&format!("ls --addr {addr}"), "addr.invalid");
        assert!(code == 2 && !said.contains("u:p"), "{said}");
    }
    client.fails("ls --addr http://127.0.0.1:1/?a=b", "server.not_coffer");
}

/// A token is a secret of its own: from a file that is its owner's alone, or a variable; and what is none is sent nowhere.
#[test]
fn a_token_is_taken_with_care() {
    let client = asks("127.0.0.1:1".parse().unwrap());
    let file = client.world.home().join("token");
    let in_file = |text: &str| fs::write(&file, text).unwrap();
    for (text, code, exit) in
        [("", "token.empty", 2), ("canary", "token.malformed", 2), (&"x".repeat(5000), "token.too_long", 2)]
    {
        in_file(text);
        let (found, said) = client.fails("ls", code);
        assert!(found == exit && !said.contains("canary"), "{said}");
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    client.fails("ls", "token.file_open");
    let twice = client.with("COFFER_TOKEN", "canary");
    twice.fails("ls", "token.twice");
    let variables =
        twice.variables.into_iter().filter(|(name, _)| !name.starts_with("COFFER_TOKEN")).collect();
    let none = Client { variables, ..twice };
    assert_eq!(none.fails("ls", "token.missing").0, 4);
}

/// What is about a store in this process says so; `--addr ''` means that one.
#[test]
fn what_no_server_is_asked_for_says_so() {
    let client = asks("127.0.0.1:1".parse().unwrap());
    for words in ["dev", "server", "init", "audit upkeep"] {
        let (code, said) = client.fails(words, "addr.here_only");
        assert!(code == 2 && said.contains("COFFER_ADDR"), "{said}");
    }
    client.fails("ls --home here", "settings.two_places");
    client.says("set A --generate --addr=");
    assert!(client.world.coffer_home().exists());
    let status = client.says("status");
    assert!(
        status.lines().any(|line| line.starts_with("addr ") && line.ends_with("COFFER_ADDR")),
        "{status}"
    );
    let output = client.run("doctor", "");
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("server.unreachable") && output.status.code() == Some(1), "{said}");
    client.says("completions bash");
}

#[test]
fn doctor_and_status_speak_of_the_server() {
    let server = Server::start();
    let owner = server.owner();
    assert!(owner.says("doctor").contains("server: it answers, and is ready"));
    let said: serde_json::Value = serde_json::from_str(&owner.says("status --json")).unwrap();
    assert_eq!(said["server"].as_str(), Some(server.url.as_str()));
    assert_eq!((&said["token"], &said["settings"]["addr"]["source"]), (&true.into(), &"COFFER_ADDR".into()));
}

/// Values go through no other hand on the way: what is large, binary or odd comes as it was.
#[test]
fn values_come_as_they_were() {
    let server = Server::start();
    let owner = server.owner();
    let long = "\\\"\n\u{1}é".repeat(100_000);
    for value in ["\u{0}", long.as_str()] {
        assert_eq!(owner.run("set A --stdin", value).status.code(), Some(0));
        assert!(owner.says("get A") == value);
    }
    for name in ["with space", "é", "a&b;c,d@e", "x.y~z-_"] {
        let mut command = owner.world.command(env!("CARGO_BIN_EXE_coffer"));
        command
            .args(["set", name, "--generate"])
            .envs(owner.variables.iter().map(|(name, value)| (name, value)));
        assert!(command.status().unwrap().success(), "{name}");
    }
    assert!(owner.says("ls").contains("a&b;c,d@e"));
}

pub(crate) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Somebody with a token that is well formed, who asks whoever listens here.
pub(crate) fn asks(address: SocketAddr) -> Client {
    let maker = World::new();
    maker.set("A", "x");
    maker.says(&["member", "create", "maya"]);
    let token = maker.says(&["token", "create", "--member", "maya"]);
    let world = World::new();
    let file: PathBuf = world.home().join("token");
    fs::write(&file, token).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    let variables =
        vec![("COFFER_ADDR", format!("http://{address}")), ("COFFER_TOKEN_FILE", file.display().to_string())];
    Client { world, variables }
}
