//! What a child does, and how its parent starts it and reads what it says.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

use coffer_engine::Op;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::secret::{Secret, Value};
use coffer_engine::storage::Storage;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, NewValue, Write as SecretWrite, Written};
use coffer_engine::version::Which;
use coffer_postgres::Postgres;
use coffer_postgres::testkit::in_place_of;

use super::PART;

/// A child under way. Killed when the test ends before it does.
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) says: BufReader<ChildStdout>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// The next line that a part printed; `None` at the end.
    pub(super) fn line(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            if self.says.read_line(&mut line).unwrap_or(0) == 0 || !line.ends_with('\n') {
                return None;
            }
            // The test harness talks on the same stream.
            if let Some((_, said)) = line.trim_end().split_once("@ ") {
                return Some(said.to_owned());
            }
        }
    }

    /// Every line from here to the end.
    pub(super) fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.line()).collect()
    }
}

/// Starts a child with its part.
pub(super) fn start(part: &str, folder: &Path, number: usize, extra: &str) -> Running {
    // A database is this process's, and made before the first child asks for it.
    let _ = in_place_of(folder);
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_process", "--nocapture", "--test-threads=1"])
        .env(PART, format!("{part}|{}|{number}|{extra}", folder.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let says = BufReader::new(child.stdout.take().unwrap());
    Running { child, says }
}

/// Says a line to the parent, at once.
pub(super) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "@ {line}").unwrap();
    out.flush().unwrap();
}

/// The vault over the store in this folder.
pub(super) fn open(folder: &Path, ignore_expectations: bool) -> TestVault {
    let clock = clock_at(Timestamp::from_millis(1));
    let storage: Arc<dyn Storage> = if let Some(mut settings) = in_place_of(folder) {
        settings.clock = Some(clock);
        settings.dangerous_ignore_expectations = ignore_expectations;
        Postgres::open(settings).unwrap()
    } else {
        let mut options = SqliteOptions::new(folder, clock);
        options.create = true;
        options.dangerous_ignore_expectations = ignore_expectations;
        SqliteStorage::open(options).unwrap()
    };
    block_on(TestVault::over(storage)).unwrap()
}

pub(super) fn play(part: &str) {
    let mut words = part.splitn(4, '|');
    let (part, folder) = (words.next().unwrap(), Path::new(words.next().unwrap()));
    let (number, extra) = (words.next().unwrap().parse().unwrap(), words.next().unwrap());
    match part {
        "write" => super::kill::write(folder, number, extra),
        "mixed" => super::together::mixed(folder, number, extra),
        "read" => super::stale::read(folder, extra),
        other => panic!("no such part: {other}"),
    }
}

pub(super) fn path(raw: &str) -> SecretPath {
    SecretPath::parse(raw).unwrap()
}

pub(super) fn text(secret: &Secret) -> String {
    match secret.value() {
        Value::Bytes(bytes) => String::from_utf8(bytes.expose().to_vec()).unwrap(),
        Value::Fields(_) => panic!("no text"),
    }
}

pub(super) fn set(vault: &TestVault, op: &Op, raw: &str, value: &str) -> u64 {
    write_one(vault, op, raw, value).version.get()
}

pub(super) fn write_one(vault: &TestVault, op: &Op, raw: &str, value: &str) -> Written {
    let write = SecretWrite {
        path: path(raw),
        value: Some(NewValue::Replace(Value::text(value))),
        references: false,
        expect: Expect::Anything,
        metadata: MetadataPatch::default(),
    };
    block_on(vault.vault.set(op, write)).unwrap()
}

pub(super) fn get(vault: &TestVault, op: &Op, raw: &str) -> Secret {
    block_on(vault.vault.get(op, &path(raw), Which::CURRENT)).unwrap()
}
