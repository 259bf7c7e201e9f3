//! Coffer: its release build, as `coffer server` serves it.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::nodes::database::Database;
use super::scenario::SECRETS;
use super::system::{Launch, Place, System, VALUE, field, free_address, says};
use crate::steps::Outcome;

/// Makes a store with one secret, a member with one grant, and its token: in a folder, or in a database.
pub(crate) fn make(root: &Path, place: &Place, database: Option<&Database>) -> Outcome<System> {
    let folder = place.folder.join("coffer");
    let home = folder.join("home");
    let (config, address) = configure(place, database, 1)?;
    let coffer = Coffer { program: root.join("target/release/coffer"), config };
    if database.is_some() {
        coffer.says(&["init"])?;
    }
    coffer.set("/bench/hot")?;
    coffer.says(&["member", "create", "bench", "--kind", "service", "--grant", "writer:bench/**"])?;
    coffer.says(&["member", "create", "auditor", "--grant", "auditor:**"])?;
    let token = coffer.says(&["token", "create", "--member", "bench", "--ttl", "1d"])?;
    let auditor = coffer.says(&["token", "create", "--member", "auditor", "--ttl", "1d"])?;
    let shown = coffer.says(&["client-secret", "create", "bench", "--json"])?;
    let (client, secret) = (field(&shown, "client_id")?, field(&shown, "client_secret")?);
    let sign_in = format!(r#"{{"client_id":"{client}","client_secret":"{secret}"}}"#);
    let request = |token: &str, target: &str| format!("GET {target}\nAuthorization: Bearer {token}\n\n");
    Ok(System {
        name: "coffer",
        title: "Coffer",
        version: coffer.says(&["--version"])?.replace("coffer ", ""),
        address,
        read_hot: request(&token, "/api/v1/secrets/bench/hot"),
        list: request(&token, &format!("/api/v1/folders/bench/many?limit={SECRETS}")),
        // Who reads the log finds all in it that was answered before.
        finish: Some(request(&auditor, "/api/v1/audit/entries?limit=1")),
        token,
        sign_in,
        launch: Launch {
            arguments: vec!["server".into(), "--config".into(), coffer.config.display().to_string()],
            program: coffer.program,
        },
        files: vec![
            ("database with its audit log", home.join("store/coffer.db")),
            ("WAL", home.join("store/coffer.db-wal")),
        ],
        process: None,
    })
}

/// One more server over the same store, which lies in a database.
pub(crate) fn another(place: &Place, first: &System, database: &Database, number: usize) -> Outcome<System> {
    let (config, address) = configure(place, Some(database), number)?;
    let arguments = vec!["server".into(), "--config".into(), config.display().to_string()];
    let launch = Launch { program: first.launch.program.clone(), arguments };
    Ok(System {
        address,
        launch,
        version: first.version.clone(),
        token: first.token.clone(),
        sign_in: first.sign_in.clone(),
        read_hot: first.read_hot.clone(),
        list: first.list.clone(),
        finish: first.finish.clone(),
        files: Vec::new(),
        process: None,
        ..*first
    })
}

/// What one server is told: a file, and where it will listen.
fn configure(place: &Place, database: Option<&Database>, number: usize) -> Outcome<(PathBuf, String)> {
    let folder = place.folder.join("coffer");
    fs::create_dir_all(&folder)?;
    let (address, metrics) = (free_address()?, free_address()?);
    let config = folder.join(format!("coffer-{number}.toml"));
    let storage = database.map_or_else(String::new, |database| {
        let (url, password) = (database.url("coffer"), database.password_file());
        format!("storage = \"{url}\"\nstorage_password_file = \"{}\"\n", password.display())
    });
    let text = format!(
        "home = \"{}\"\n{storage}\n[server]\nlisten = \"{address}\"\nmetrics_listen = \"{metrics}\"\n\
        tls_certificate = \"{}\"\ntls_key = \"{}\"\n",
        folder.join("home").display(),
        place.certificate().display(),
        place.key().display(),
    );
    fs::write(&config, text)?;
    Ok((config, address))
}

struct Coffer {
    program: PathBuf,
    config: PathBuf,
}

impl Coffer {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--config").arg(&self.config);
        command
    }

    fn says(&self, arguments: &[&str]) -> Outcome<String> {
        says(&mut self.command(arguments))
    }

    fn set(&self, name: &str) -> Outcome {
        let mut command = self.command(&["set", name, "--stdin"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        child.stdin.take().ok_or("a process without stdin")?.write_all(VALUE.as_bytes())?;
        if child.wait()?.success() { Ok(()) } else { Err("`coffer set` fails".into()) }
    }
}
