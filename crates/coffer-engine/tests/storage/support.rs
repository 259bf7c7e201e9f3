//! Stores in temporary folders, and children that run one test of this binary in another process.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;

use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Batch, Durability, Group, Key, Put, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use coffer_engine::testkit::exercise_storage::{NOW, Rows, key, revision};

/// Says to a test that it runs as a child, and what it is given.
const CHILD: &str = "COFFER_STORAGE_TEST_CHILD";

/// An existing store, with a clock that stands at [`NOW`].
pub(crate) fn options(dir: &Path) -> SqliteOptions {
    SqliteOptions::new(dir, Arc::new(|| NOW))
}

/// Opens a store, and makes it when it is missing.
pub(crate) fn open(dir: &Path) -> Arc<SqliteStorage> {
    try_open(dir).unwrap()
}

pub(crate) fn try_open(dir: &Path) -> Result<Arc<SqliteStorage>, StorageError> {
    SqliteStorage::open(SqliteOptions { create: true, ..options(dir) })
}

/// One key a number.
pub(crate) fn numbered(number: u64) -> Key {
    key(&number.to_be_bytes())
}

/// A batch that puts `value` at `key`.
pub(crate) fn put(key: Key, number: u64, value: &[u8]) -> Batch {
    Batch { put: vec![Put { key, revision: revision(number), value: value.into() }], ..Batch::default() }
}

/// Commits with one pending row of this id.
pub(crate) fn commit(
    storage: &Arc<SqliteStorage>,
    batch: Batch,
    id: [u8; 16],
    durability: Durability,
) -> Result<Verdict, StorageError> {
    let group = Group { batches: vec![batch], entries: Box::new(Rows::named(id)), durability };
    block_on(Arc::clone(storage).commit(group)).map(|verdicts| verdicts[0])
}

/// The names of all pending rows, in order.
pub(crate) fn row_ids(storage: &Arc<SqliteStorage>) -> Vec<[u8; 16]> {
    block_on(storage.pending(None, None, 1_000_000)).unwrap().into_iter().map(|(_, row)| row.id).collect()
}

/// An id from two numbers.
pub(crate) fn id(high: u64, low: u64) -> [u8; 16] {
    let mut id = [0; 16];
    id[..8].copy_from_slice(&high.to_be_bytes());
    id[8..].copy_from_slice(&low.to_be_bytes());
    id
}

/// What a child was given; `None` in the parent, where the test of the child has nothing to do.
#[expect(clippy::disallowed_methods, reason = "the only way to hand something to a test")]
pub(crate) fn given() -> Option<Vec<String>> {
    std::env::var(CHILD).ok().map(|given| given.split('\n').map(str::to_owned).collect())
}

/// The command that runs the test `name` of this binary as a child.
pub(crate) fn child_command(name: &str, given: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]).env(CHILD, given.join("\n"));
    command
}

/// A running child: it says lines that begin with `> `, and is told lines.
pub(crate) struct Running {
    pub(crate) child: Child,
    told: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Running {
    pub(crate) fn start(name: &str, given: &[&str]) -> Self {
        let mut command = child_command(name, given);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (told, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, told, said }
    }

    /// The next line that the child says; `None` when it has ended.
    pub(crate) fn hear(&mut self) -> Option<String> {
        let mut line = String::new();
        while self.said.read_line(&mut line).unwrap() > 0 {
            // The harness writes `test name ... ` before it, without an end of line.
            if let Some((_, said)) = line.split_once("> ").filter(|(_, said)| said.ends_with('\n')) {
                return Some(said.trim_end().to_owned());
            }
            line.clear();
        }
        None
    }

    pub(crate) fn tell(&mut self, line: &str) {
        writeln!(self.told, "{line}").unwrap();
    }

    /// Waits for a good end; what it had still to say.
    pub(crate) fn end(mut self) -> Vec<String> {
        let rest = std::iter::from_fn(|| self.hear()).collect();
        assert!(self.child.wait().unwrap().success(), "a child failed; it said {rest:?}");
        rest
    }
}

/// In a child: says a line to the parent.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "> {line}").unwrap();
    out.flush().unwrap();
}

/// In a child: waits for a line of the parent.
pub(crate) fn listen() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
