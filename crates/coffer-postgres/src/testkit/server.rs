//! A PostgreSQL server for one test process: on a socket in a folder of its own, gone with the process.
//!
//! `initdb` takes a second, so what it makes is kept in the system's folder for temporary files and copied. The server refuses to run as
//! root; there it runs as `postgres`, or as `nobody`.
//!
//! # Invariants
//! - It never outlives the test process, however that ends: a shell between the two holds a pipe from the test, and kills the server by its
//!   process id when the pipe ends.
//! - It is reached through its folder alone. It listens on no port, unless it is told to.

use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::Settings;

/// Where Debian keeps them, one folder a version; elsewhere they are where the path leads.
const DEBIAN: &str = "/usr/lib/postgresql";
const PORT: u16 = 5432;
/// Who owns everything in it.
const OWNER: &str = "coffer";
/// What is set in every server. It may lose what it acknowledged when the power goes, as no test takes the power away.
const SET: &[&str] = &[
    "fsync=off",
    "listen_addresses=",
    "max_connections=200",
    "log_min_messages=fatal",
    "shared_buffers=32MB",
    "autovacuum=on",
    "unix_socket_permissions=0700",
];

/// Says the server's process id and waits for a word. For `kill` it kills the server; where the other end of its input is gone, it stops it
/// and removes the folder. In both cases it is the server's parent, and waits for its end.
const KEEPER: &str = "dir=$PWD; \"$@\" <&- & server=$!; echo \"$server\"; read -r word; \
    if [ \"$word\" = kill ]; then kill -KILL \"$server\"; wait \"$server\"; \
    else kill -QUIT \"$server\"; wait \"$server\"; cd /; rm -rf \"$dir\"; fi";

/// A server, and where it keeps what it has.
pub struct Server {
    dir: TempDir,
    /// Which its socket is named after, too.
    port: u16,
    set: Vec<String>,
    running: Option<Running>,
    databases: AtomicU32,
}

struct Running {
    keeper: Child,
    pid: u32,
}

impl Server {
    /// A server of this test's own.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, on a port of this machine too, with these files, of which it gets its own copies, and with more that is set.
    #[must_use]
    pub fn start_on_port(port: u16, files: &[(&str, PathBuf)], set: &[&str]) -> Self {
        let port = format!("port={port}");
        let set = [&["listen_addresses=127.0.0.1", &port], set].concat();
        Self::start_with_files(files, &set)
    }

    /// The same as [`Self::start`], with more that is set.
    #[must_use]
    pub fn start_with(set: &[&str]) -> Self {
        Self::start_with_files(&[], set)
    }

    fn start_with_files(files: &[(&str, PathBuf)], set: &[&str]) -> Self {
        Self::start_from(files, set, |dir| copied(&made(), &dir.join("data")))
    }

    fn start_from(files: &[(&str, PathBuf)], set: &[&str], fill: impl FnOnce(&Path)) -> Self {
        let dir = tempfile::Builder::new().prefix("coffer-pg-").tempdir().unwrap();
        if let Some((user, group)) = account() {
            chown(dir.path(), Some(user), Some(group)).unwrap();
        }
        fill(dir.path());
        let mut all: Vec<String> = SET.iter().chain(set).map(|&one| one.to_owned()).collect();
        for (name, path) in files {
            let copy = dir.path().join(name);
            fs::copy(path, &copy).unwrap();
            fs::set_permissions(&copy, Permissions::from_mode(0o600)).unwrap();
            if let Some((user, group)) = account() {
                chown(&copy, Some(user), Some(group)).unwrap();
            }
            all.push(format!("{name}={}", copy.display()));
        }
        let port = all.iter().rev().find_map(|one| one.strip_prefix("port=")?.parse().ok()).unwrap_or(PORT);
        let mut server = Self { dir, port, set: all, running: None, databases: AtomicU32::new(0) };
        server.run();
        server
    }

    /// A standby of another one, on a port of this machine: it begins as a copy, follows, and reads until it is promoted.
    #[must_use]
    pub fn standby_of(primary: &Self, port: u16, set: &[&str]) -> Self {
        let port = format!("port={port}");
        let set = [&["listen_addresses=127.0.0.1", &port], set].concat();
        Self::start_from(&[], &set, |dir| {
            let mut command = primary.command("pg_basebackup");
            command.args(["-D"]).arg(dir.join("data")).args([
                "-R",
                "-X",
                "stream",
                "-c",
                "fast",
                "--no-sync",
                "-U",
                OWNER,
            ]);
            command.arg("-h").arg(primary.dir()).args(["-p", &primary.port.to_string()]);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        })
    }

    /// Makes a standby the one that writes.
    pub fn promote(&self) {
        assert_eq!(self.ask("postgres", "SELECT pg_promote()"), "t");
    }

    /// Which standbys a commit waits for; `''` for none.
    pub fn wait_for_standbys(&self, names: &str) {
        self.sql("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{names}'"));
        self.sql("postgres", "SELECT pg_reload_conf()");
    }

    /// Whether one follows that commits wait for.
    #[must_use]
    pub fn has_synchronous_standby(&self) -> bool {
        self.ask("postgres", "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1"
    }

    /// One server for all tests of this process.
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// Starts it again after it was stopped or killed.
    pub fn run(&mut self) {
        let mut command = self.command("postgres");
        command.args(["-D", "data", "-k"]).arg(self.dir.path());
        for one in &self.set {
            command.args(["-c", one]);
        }
        // Through `sh`, whose arguments are the command itself.
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(command.get_program()).args(command.get_args());
        keeper.current_dir(self.dir.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        keeper.stderr(File::create(self.dir.path().join("log")).unwrap());
        as_account(&mut keeper);
        let mut keeper = keeper.spawn().unwrap();
        let mut pid = String::new();
        BufReader::new(keeper.stdout.take().unwrap()).read_line(&mut pid).unwrap();
        self.running = Some(Running { keeper, pid: pid.trim().parse().unwrap() });
        self.wait_until_ready();
    }

    /// Kills it, its whole family with it, as a machine that goes away does.
    pub fn kill(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        // Stopped first: it has no more children than those that are found.
        let kill = |signal: &str, pid: &str| {
            Command::new("kill").args([signal, pid]).stderr(Stdio::null()).status().unwrap();
        };
        kill("-STOP", &running.pid.to_string());
        let children = fs::read_to_string(format!("/proc/{0}/task/{0}/children", running.pid)).unwrap();
        running.keeper.stdin.take().unwrap().write_all(b"kill\n").unwrap();
        running.keeper.wait().unwrap();
        for pid in children.split_whitespace() {
            kill("-KILL", pid);
        }
        // While one has its memory, no other server may have it.
        let is_there = |pid: &str| {
            fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
        };
        while children.split_whitespace().any(is_there) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// The settings of a fresh, empty database.
    #[must_use]
    pub fn database(&self) -> Settings {
        self.database_named().0
    }

    /// The same, with its name.
    #[must_use]
    pub fn database_named(&self) -> (Settings, String) {
        let number = self.databases.fetch_add(1, Ordering::Relaxed);
        let name = format!("vault_{number}");
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
        (self.settings(&name), name)
    }

    /// The settings of a database that is there; tables are made in it.
    #[must_use]
    pub fn settings(&self, database: &str) -> Settings {
        let mut settings = Settings::parse(&self.url(database)).unwrap();
        settings.create = true;
        settings
    }

    /// The URL of a database.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgres:///{database}?host={}&port={}&user={OWNER}", self.dir.path().display(), self.port)
    }

    /// Where its socket lies.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Has `psql` do this, and tells what it says.
    #[must_use]
    pub fn ask(&self, database: &str, sql: &str) -> String {
        let output = self.psql(database).args(["-c", sql]).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// The same, when there is nothing to tell.
    pub fn sql(&self, database: &str, sql: &str) {
        drop(self.ask(database, sql));
    }

    /// `psql`, about to ask this database.
    #[must_use]
    pub fn psql(&self, database: &str) -> Command {
        let mut command = self.command("psql");
        command.args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h"]).arg(self.dir.path());
        command.args(["-p", &self.port.to_string(), "-U", OWNER, "-d", database]);
        command
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(program(name));
        command.current_dir(self.dir.path());
        as_account(&mut command);
        command
    }

    fn wait_until_ready(&mut self) {
        // Half a minute: four builds may run beside it.
        for _ in 0..600 {
            let mut command = self.command("pg_isready");
            if command
                .args(["-q", "-p", &self.port.to_string(), "-h"])
                .arg(self.dir.path())
                .status()
                .unwrap()
                .success()
            {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        let mut log = String::new();
        let _ = File::open(self.dir.path().join("log")).map(|mut file| file.read_to_string(&mut log));
        panic!("PostgreSQL did not start: {log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            drop(running.keeper.stdin.take());
            let _ = running.keeper.wait();
        }
    }
}

/// The folder that `initdb` has made, once for all tests of this machine.
fn made() -> PathBuf {
    let version = Command::new(program("postgres")).arg("--version").output().unwrap().stdout;
    let version: String = String::from_utf8_lossy(&version).chars().filter(|c| c.is_ascii_digit()).collect();
    let owner = account().map_or_else(|| "own".to_owned(), |(user, _)| user.to_string());
    let kept = std::env::temp_dir().join(format!("coffer-initdb-{version}-{owner}"));
    if kept.exists() {
        return kept;
    }
    let fresh = tempfile::Builder::new().prefix("coffer-initdb-").tempdir().unwrap();
    if let Some((user, group)) = account() {
        chown(fresh.path(), Some(user), Some(group)).unwrap();
    }
    let mut command = Command::new(program("initdb"));
    command.args([
        "-D",
        "data",
        "-U",
        OWNER,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
        "--wal-segsize=1",
    ]);
    as_account(&mut command);
    let output = command.current_dir(fresh.path()).output().unwrap();
    assert!(output.status.success(), "initdb: {}", String::from_utf8_lossy(&output.stderr));
    // Whoever is first has made it.
    let _ = fs::rename(fresh.path().join("data"), &kept);
    kept
}

fn copied(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").args([from, to]).status().unwrap();
    assert!(status.success());
    fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
}

/// A program of the newest server that is here.
fn program(name: &str) -> PathBuf {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|entry| entry.path());
    let number = |path: &Path| path.file_name().and_then(|name| name.to_str()?.parse::<u32>().ok());
    let newest = versions.filter(|path| path.join("bin/initdb").exists()).max_by_key(|path| number(path));
    newest.map_or_else(|| PathBuf::from(name), |path| path.join("bin").join(name))
}

/// Whom the server runs as, where this process is root's; the numbers of user and group.
fn account() -> Option<(u32, u32)> {
    let mine = fs::metadata("/proc/self").unwrap();
    if std::os::unix::fs::MetadataExt::uid(&mine) != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap();
    let find = |name: &str| {
        let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut numbers = line.split(':').skip(2).map_while(|field| field.parse().ok());
        Some((numbers.next()?, numbers.next()?))
    };
    Some(find("postgres").or_else(|| find("nobody")).unwrap())
}

fn as_account(command: &mut Command) {
    if let Some((user, group)) = account() {
        command.uid(user).gid(group);
    }
}
