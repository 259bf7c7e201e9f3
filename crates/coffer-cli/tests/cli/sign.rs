//! `coffer login`, `logout`: what is kept of a sign-in, who gets to see it, and how it ends.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::remote::{Client, Server, listener};
use crate::world::World;

impl Server {
    /// A code for a member who may do everything.
    fn code(&self, member: &str) -> String {
        self.world.says(&["member", "create", member, "--grant", "owner:**"]);
        self.code_again(member)
    }

    fn code_again(&self, member: &str) -> String {
        self.world.says(&["member", "code", member]).trim().to_owned()
    }

    /// Somebody elsewhere who has no token.
    pub(crate) fn stranger(&self) -> Client {
        self.client("none").without("COFFER_TOKEN_FILE")
    }
}

impl Client {
    /// What is said of it, for programs.
    pub(crate) fn signs_in(&self, words: &str, code: &str) -> Value {
        let output = self.run(&format!("login --stdin --json {words}"), code);
        let [said, told] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
        assert!(output.status.success(), "{told}");
        assert!(!said.contains("coffer_") && !told.contains("coffer_"), "a token is printed nowhere");
        serde_json::from_str(&said).unwrap()
    }

    fn folder(&self) -> PathBuf {
        self.world.home().join(".config/coffer/sign-ins")
    }

    /// The files that are kept.
    pub(crate) fn kept(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.folder()) else { return Vec::new() };
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    fn only_kept(&self) -> PathBuf {
        let [path] = self.kept().try_into().unwrap();
        path
    }

    pub(crate) fn talk(&self, words: &str) -> String {
        let output = self.run(words, "");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{words}: {said}");
        said
    }

    pub(crate) fn refuses(&self, words: &str, stdin: &str, code: &str) -> String {
        let output = self.run(words, stdin);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.starts_with(&format!("error[{code}]: ")) && said.contains("\n  fix: "),
            "{words}: {said}"
        );
        assert!(output.stdout.is_empty() && !output.status.success(), "{words}");
        said
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn token_of(path: &Path) -> String {
    let kept: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    kept["token"].as_str().unwrap().to_owned()
}

#[test]
fn who_signs_in_is_known_until_they_sign_out() {
    let server = Server::start();
    let maya = server.stranger();
    assert!(maya.refuses("ls", "", "token.missing").contains("`coffer login`"));
    assert!(maya.talk("status").contains("`coffer login` signs in"));
    let signed = maya.signs_in("", &server.code("maya"));
    assert_eq!(signed["server"], server.url.as_str());
    let [only] = signed["signed_in"].as_array().unwrap().as_slice() else { panic!("{signed}") };
    assert_eq!((&only["tenant"], &only["member"]), (&json!("default"), &json!("maya")));
    let file = maya.only_kept();
    assert_eq!((mode(&file), mode(&maya.folder())), (0o600, 0o700));
    assert_eq!(mode(maya.folder().parent().unwrap()), 0o700);
    assert_eq!(maya.run("set A --stdin", "hunter2").status.code(), Some(0));
    assert_eq!(maya.says("get A"), "hunter2");
    let expires = only["expires"].as_str().unwrap();
    let status = maya.talk("status");
    assert!(status.contains(&format!("signed in to tenant default, as maya, until {expires}")), "{status}");
    let status: Value = serde_json::from_str(&maya.says("status --json")).unwrap();
    assert_eq!((&status["token"], &status["signed_in"][0]), (&json!(true), only));
    let doctor = maya.says("doctor");
    assert!(doctor.contains("you are signed in, but not to where this is asked"), "{doctor}");
    let token = token_of(&file);
    let again = server.client(&token);
    again.says("ls");
    assert!(maya.talk("logout").contains("good for nothing as of now"));
    assert!(maya.kept().is_empty());
    again.fails("ls", "token.invalid");
    assert_eq!(maya.fails("get A", "token.missing").0, 4);
    assert!(maya.talk("logout").contains("nobody was signed in"));
    assert_eq!(json_of(&maya, "logout --json")["signed_out"], json!([]));
    server.world.says(&["audit", "verify", "--with-store"]);
}

pub(crate) fn json_of(client: &Client, words: &str) -> Value {
    serde_json::from_str(&client.says(words)).unwrap()
}

/// For people: for whom, until when, and what to do next; from a file as from a pipe.
#[test]
fn a_person_is_told_for_whom_until_when_and_what_is_next() {
    let server = Server::start();
    let maya = server.stranger().without("COFFER_ADDR");
    maya.world.write("code", &format!("{}\n", server.code("maya")));
    let said = maya.talk(&format!("login --file code --addr {}", server.url));
    let wanted = format!("signed in to {}, tenant default, as maya, until 20", server.url);
    assert!(
        said.contains(&wanted) && said.contains(&format!("`coffer ls / -r --addr {}`", server.url)),
        "{said}"
    );
    assert!(!said.contains("coffer_"), "{said}");
    maya.says(&format!("ls / -r --addr {}", server.url));
}

/// T-A12, of what is kept: to the address and the tenant that it was given for.
#[test]
fn t_a12_a_kept_token_goes_to_no_other_address_and_no_other_tenant() {
    let (first, second) = (Server::start(), Server::start());
    let maya = first.stranger();
    maya.signs_in("", &first.code("maya"));
    let (listening, elsewhere) = listener();
    listening.set_nonblocking(true).unwrap();
    for words in ["ls", "logout", "doctor"] {
        let output = maya.run(&format!("{words} --addr http://{elsewhere}"), "");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        assert!(said.contains("token.missing") || said.contains("nobody was signed in"), "{words}: {said}");
    }
    assert!(listening.accept().is_err(), "nobody came");
    maya.fails(&format!("ls --addr {}/below", first.url), "token.missing");
    maya.fails("ls --tenant acme", "token.missing");
    maya.world.write("coffer.toml", &format!("addr = \"http://{elsewhere}\"\n"));
    set_mode(&maya.world.project().join("coffer.toml"), 0o644);
    let maya = maya.without("COFFER_ADDR");
    maya.fails("ls", "settings.not_for_projects");
    assert!(listening.accept().is_err(), "and nobody comes");
    fs::remove_file(maya.world.project().join("coffer.toml")).unwrap();

    // A file in another's place is no sign-in there.
    let maya = maya.with("COFFER_ADDR", &second.url);
    let ca = second.world.project().join("cert.pem").display().to_string();
    let maya = maya.with("COFFER_CACERT", &ca);
    let firsts = maya.only_kept();
    maya.signs_in("", &second.code("maya"));
    let seconds = maya.kept().into_iter().find(|path| *path != firsts).unwrap();
    maya.says("ls");
    fs::copy(&firsts, &seconds).unwrap();
    maya.fails("ls", "sign_in.damaged");
}

#[test]
fn a_code_that_is_wrong_or_was_used_signs_nobody_in() {
    let server = Server::start();
    let (maya, code) = (server.stranger(), server.code("maya"));
    let stranger = World::new();
    stranger.says(&["init", "--owner", "maya", "--kit", "kit"]);
    let theirs = stranger.says(&["member", "code", "maya"]);
    let refused = maya.refuses("login --stdin", &theirs, "code.invalid");
    assert!(refused.contains("--instance"), "{refused}");
    for (text, refusal) in [("canary", "code.mistyped"), ("", "value.empty"), (&code[..20], "code.mistyped")]
    {
        assert!(!maya.refuses("login --stdin", text, refusal).contains("canary"));
    }
    assert!(!maya.refuses(&format!("login {code}"), "", "value.in_arguments").contains(&code));
    maya.refuses("login", "", "value.no_terminal");
    maya.refuses("login --file nothing", "", "file.failed");
    assert!(maya.kept().is_empty());
    // A code is known in any case, with blanks for hyphens, like one that was read from paper.
    maya.signs_in("", &format!("{}\n", code.to_lowercase().replace('-', " ")));
    maya.refuses("login --stdin", &code, "code.invalid");
    maya.says("ls");
    // Where nothing can be kept the code stays good.
    let code = server.code_again("maya");
    let nowhere = server.stranger();
    fs::write(nowhere.world.home().join(".config"), "").unwrap();
    nowhere.refuses("login --stdin", &code, "file.failed");
    let nobody = server.stranger().with("HOME", "").with("XDG_DATA_HOME", "/nowhere");
    nobody.refuses("login --stdin", &code, "settings.no_home");
    let elsewhere = nobody.world.home().join("elsewhere");
    let nobody = nobody.with("XDG_CONFIG_HOME", &elsewhere.display().to_string());
    nobody.signs_in("", &code);
    assert!(elsewhere.join("coffer/sign-ins").exists());
}

#[test]
fn a_token_that_others_can_get_at_is_not_used() {
    let server = Server::start();
    let maya = server.stranger();
    maya.signs_in("", &server.code("maya"));
    let (file, folder) = (maya.only_kept(), maya.folder());
    for (path, wrong, right) in [(&file, 0o640, 0o600), (&folder, 0o755, 0o700)] {
        set_mode(path, wrong);
        assert!(maya.refuses("ls", "", "sign_in.open").contains(&format!("chmod {right:o}")));
        maya.refuses("login --stdin", &server.code_again("maya"), "sign_in.open");
        assert!(maya.talk("status").contains("is open to others"));
        set_mode(path, right);
        maya.says("ls");
    }
    // It is ended all the same.
    let token = token_of(&file);
    set_mode(&file, 0o644);
    maya.says("logout");
    server.client(&token).fails("ls", "token.invalid");
    assert!(!file.exists());

    maya.signs_in("", &server.code_again("maya"));
    let right = fs::read_to_string(&file).unwrap();
    for wrong in [
        "",
        "canary",
        &right.replace("coffer_", "canary_"),
        &right.replace("{", "{\"more\":1,"),
        &" ".repeat(20_000),
    ] {
        fs::write(&file, wrong).unwrap();
        assert!(!maya.refuses("ls", "", "sign_in.damaged").contains("canary"));
    }
    assert!(maya.talk("logout").contains("no token could be ended"));
    assert!(!file.exists());
    maya.signs_in("", &server.code_again("maya"));
    fs::write(&file, "canary").unwrap();
    maya.signs_in("", &server.code_again("maya"));
    maya.says("ls");
}

/// Who is told to be signed in no more can do something about it, and what was kept before is not left lying about.
#[test]
fn a_token_that_has_ended_says_so_and_is_replaced() {
    let server = Server::start();
    let maya = server.stranger();
    maya.signs_in("", &server.code("maya"));
    let before = token_of(&maya.only_kept());
    maya.signs_in("", &server.code_again("maya"));
    server.client(&before).fails("ls", "token.invalid");
    let listed: Value = serde_json::from_str(&server.world.says(&["token", "ls", "--json"])).unwrap();
    for token in listed["tokens"].as_array().unwrap() {
        server.world.says(&["token", "revoke", token["id"].as_str().unwrap()]);
    }
    assert!(maya.refuses("ls", "", "token.invalid").contains("`coffer login`"));
    assert!(maya.talk("logout").contains("good for nothing"));
    maya.signs_in("", &server.code_again("maya"));
    maya.says("ls");
    // What is named goes before what is kept, and login says so.
    let named = maya.with("COFFER_TOKEN", &before);
    assert!(!named.refuses("ls", "", "token.invalid").contains("coffer login"));
    let output = named.run("login --stdin", &server.code_again("maya"));
    assert!(String::from_utf8(output.stderr).unwrap().contains("warning: COFFER_TOKEN"));
}

#[test]
fn who_can_not_reach_the_server_forgets_the_token_and_is_warned() {
    let server = Server::start();
    let maya = server.stranger();
    let signed = maya.signs_in("", &server.code("maya"));
    let expires = signed["signed_in"][0]["expires"].as_str().unwrap();
    drop(server);
    let said = maya.talk("logout");
    assert!(said.contains("warning: ") && said.contains(&format!("good until {expires}")), "{said}");
    assert!(maya.kept().is_empty());
}
