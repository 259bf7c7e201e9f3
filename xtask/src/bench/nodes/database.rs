//! PostgreSQL: a server of this run alone, as its packages set it up but for TLS; asked with a password, over the network.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::super::served::process::Process;
use super::super::served::system::{Place, free_address, says};
use crate::steps::{Outcome, output_of};

/// Where Debian keeps its programs, one folder a version.
const DEBIAN: &str = "/usr/lib/postgresql";
/// Whom the databases belong to.
const OWNER: &str = "bench";
/// It protects nothing: the server is gone after the run.
const PASSWORD: &str = "no-secret-of-anybody";
const CERTIFICATE: &str = "server.crt";
const KEY: &str = "server.key";
/// One database for each of the two.
const DATABASES: [&str; 2] = ["coffer", "openbao"];

/// A server under way.
pub(crate) struct Database {
    process: Process,
    /// Whoever holds its data; the server does not run as root.
    folder: PathBuf,
    address: String,
    version: String,
}

impl Database {
    /// Makes one with a database for each of the two, and starts it.
    pub(crate) fn start(place: &Place) -> Outcome<Self> {
        let folder = place.folder.join("postgres");
        let data = folder.join("data");
        fs::create_dir_all(&folder)?;
        let programs = programs()?;
        let run = |program: &str| as_nobody_special(&programs.join(program), &folder);
        certify(&folder)?;
        own(&folder)?;
        says(run("initdb")?.args(["-U", "postgres", "--auth=reject", "-E", "UTF8", "-D"]).arg(&data))?;
        make_databases(run("postgres")?.args(["--single", "-D"]).arg(&data).arg("postgres"))?;
        fs::write(data.join("pg_hba.conf"), format!("hostssl all {OWNER} 127.0.0.1/32 scram-sha-256\n"))?;
        let address = free_address()?;
        let port = address.rsplit(':').next().unwrap_or_default();
        let mut command = run("postgres")?;
        command.arg("-D").arg(&data).args(["-p", port, "-k", ""]);
        for set in ["listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=256MB", "ssl=on"] {
            command.args(["-c", set]);
        }
        for (name, file) in [("ssl_cert_file", CERTIFICATE), ("ssl_key_file", KEY)] {
            command.arg("-c").arg(format!("{name}={}", folder.join(file).display()));
        }
        let version = says(run("postgres")?.arg("--version"))?;
        let process = Process::start(&mut command, &place.folder.join("postgres.log"))?;
        let database = Self { process, folder, address, version };
        database.answers()?;
        let file = database.password_file();
        fs::write(&file, PASSWORD)?;
        fs::set_permissions(&file, Permissions::from_mode(0o600))?;
        Ok(database)
    }

    /// How one of the two finds its own, without the password.
    pub(crate) fn url(&self, name: &str) -> String {
        let (address, certificate) = (&self.address, self.folder.join(CERTIFICATE));
        format!(
            "postgres://{OWNER}@{address}/{name}?sslmode=verify-full&sslrootcert={}",
            certificate.display()
        )
    }

    /// The same, for who reads no file with a password.
    pub(crate) fn url_with_password(&self, name: &str) -> String {
        self.url(name).replacen(OWNER, &format!("{OWNER}:{PASSWORD}"), 1)
    }

    pub(crate) fn password_file(&self) -> PathBuf {
        self.folder.join("password")
    }

    /// What it calls itself.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Processor time of all its processes, in seconds.
    pub(crate) fn cpu_seconds(&self) -> Outcome<f64> {
        self.process.family_cpu_seconds()
    }

    fn answers(&self) -> Outcome {
        let (host, port) = self.address.rsplit_once(':').ok_or("an address without a port")?;
        for _ in 0..300 {
            if output_of(Command::new("pg_isready").args(["-q", "-h", host, "-p", port])).is_some() {
                return Ok(());
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        Err("PostgreSQL does not come to answer".into())
    }
}

/// A certificate of its own, which is no authority's: nobody who verifies takes an authority for a server.
fn certify(folder: &Path) -> Outcome {
    let config = folder.join("certificate.cnf");
    let text = "[req]\ndistinguished_name=name\nx509_extensions=server\nprompt=no\n[name]\nCN=localhost\n\
        [server]\nbasicConstraints=critical,CA:FALSE\nsubjectAltName=IP:127.0.0.1\n";
    fs::write(&config, text)?;
    let (certificate, key) = (folder.join(CERTIFICATE), folder.join(KEY));
    let mut command = Command::new("openssl");
    command.args([
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-sha256",
        "-nodes",
    ]);
    command.args(["-days", "2", "-config"]).arg(config).arg("-keyout").arg(&key).arg("-out").arg(certificate);
    says(&mut command)?;
    fs::set_permissions(&key, Permissions::from_mode(0o600))?;
    Ok(())
}

/// In a server that nobody can connect to.
fn make_databases(server: &mut Command) -> Outcome {
    let mut sql = format!("CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}'\n");
    for name in DATABASES {
        sql.push_str(&format!("CREATE DATABASE {name} OWNER {OWNER}\n"));
    }
    let mut child = server.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    child.stdin.take().ok_or("a process without stdin")?.write_all(sql.as_bytes())?;
    if child.wait()?.success() { Ok(()) } else { Err("PostgreSQL makes no databases".into()) }
}

/// The programs of its newest version.
fn programs() -> Outcome<PathBuf> {
    let versions = fs::read_dir(DEBIAN).map_err(|error| format!("{DEBIAN} can't be read: {error}"))?;
    let folders = versions.filter_map(Result::ok).map(|version| version.path().join("bin"));
    let newest = folders.filter(|folder| folder.join("postgres").exists()).max();
    newest.ok_or_else(|| format!("no version of PostgreSQL below {DEBIAN}").into())
}

/// A program of its, which runs as `postgres` where this is run as root.
fn as_nobody_special(program: &Path, folder: &Path) -> Outcome<Command> {
    let mut command = Command::new(program);
    command.current_dir(folder);
    if let Some((user, group)) = user()? {
        command.uid(user).gid(group);
    }
    Ok(command)
}

fn own(folder: &Path) -> Outcome {
    let Some((user, group)) = user()? else { return Ok(()) };
    chown(folder, Some(user), Some(group))?;
    for entry in fs::read_dir(folder)? {
        chown(entry?.path(), Some(user), Some(group))?;
    }
    Ok(())
}

/// The user that Debian's package has made, for who is root.
fn user() -> Outcome<Option<(u32, u32)>> {
    if says(Command::new("id").arg("-u"))? != "0" {
        return Ok(None);
    }
    let id =
        |which: &str| -> Outcome<u32> { Ok(says(Command::new("id").args([which, "postgres"]))?.parse()?) };
    Ok(Some((id("-u")?, id("-g")?)))
}
