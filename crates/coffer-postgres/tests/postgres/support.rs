//! Stores, commits, and a wire that can be cut.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;

use coffer_engine::storage::{Batch, Key, Storage, StorageError, Verdict};
use coffer_engine::testkit::block_on;
use coffer_engine::testkit::exercise_storage::{Rows, group};
use coffer_postgres::{Postgres, Settings};
use tempfile::TempDir;

/// Opens a store.
pub(crate) fn open(settings: &Settings) -> Arc<Postgres> {
    Postgres::open(settings.clone()).unwrap()
}

/// Commits one batch, with a row of this id.
pub(crate) fn commit(storage: &Arc<Postgres>, batch: Batch, id: [u8; 16]) -> Result<Verdict, StorageError> {
    let verdicts = block_on(Arc::clone(storage).commit(group(vec![batch], Rows::named(id))));
    verdicts.map(|mut verdicts| verdicts.pop().unwrap())
}

/// The ids of all pending rows.
pub(crate) fn rows(storage: &Postgres) -> Vec<[u8; 16]> {
    block_on(storage.pending(None, None, 1_000_000)).unwrap().into_iter().map(|(_, row)| row.id).collect()
}

/// Whether there is a record.
pub(crate) fn is_there(storage: &Postgres, key: Key) -> bool {
    block_on(storage.get(&[key])).unwrap().pop().unwrap().is_some()
}

/// Waits until something is so: half a minute, for four builds may run beside it.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if is_so() {
            return;
        }
        thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it never came to: {what}");
}

/// Where the wire breaks the next time that a commit goes over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Before it reaches the database.
    Before,
    /// After the database has answered, before the answer is here.
    After,
    /// There, and nobody reaches the database any more.
    ForGood,
}

/// A socket before the database's own.
pub(crate) struct Wire {
    dir: TempDir,
    cut: Arc<Mutex<Option<Cut>>>,
}

impl Wire {
    /// In front of the socket in this folder.
    pub(crate) fn before(server: &Path) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (real, cut) = (server.join(SOCKET), Arc::<Mutex<Option<Cut>>>::default());
        let here = dir.path().join(SOCKET);
        let listener = UnixListener::bind(&here).unwrap();
        let cuts = Arc::clone(&cut);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, real, cuts) = (client.unwrap(), real.clone(), Arc::clone(&cuts));
                let here = here.clone();
                thread::spawn(move || relay(&client, &real, &here, &cuts));
            }
        });
        Self { dir, cut }
    }

    /// The same database, over this wire.
    pub(crate) fn url(&self, url: &str) -> String {
        let (base, rest) = url.split_once("?host=").unwrap();
        let (_, user) = rest.split_once('&').unwrap();
        format!("{base}?host={}&{user}", self.dir.path().display())
    }

    /// Breaks the next commit.
    pub(crate) fn cut(&self, at: Cut) {
        *self.cut.lock().unwrap() = Some(at);
    }

    /// Whether it has broken.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut.lock().unwrap().is_none()
    }
}

const SOCKET: &str = ".s.PGSQL.5432";
/// The call that commits, as it is prepared.
const CALL: &[u8] = b"FROM coffer.commit(";
/// How the database says that it is through, and in no transaction.
const IDLE: &[u8] = b"Z\0\0\0\x05I";

/// What a connection has sent.
#[derive(Default)]
struct Sent {
    /// What the prepared call goes by, as it is written where it is used.
    name: Option<Vec<u8>>,
    /// Whether a commit is on its way.
    commits: bool,
}

impl Sent {
    /// Looks at what is sent; whether a commit goes with it.
    fn look(&mut self, bytes: &[u8]) -> bool {
        if let Some(at) = place(bytes, CALL) {
            // P, its length in four bytes, the name, and the text.
            let text = bytes[..at].iter().rposition(|byte| *byte == 0).unwrap();
            let message = bytes[..=text].rsplit(|byte| *byte == b'P').next().unwrap();
            self.name = Some([b"\0", &message[4..]].concat());
        } else if self.name.as_ref().is_some_and(|name| place(bytes, name).is_some()) {
            self.commits = true;
        }
        self.commits
    }

    /// Whether a commit is answered by this.
    fn is_answered(&mut self, bytes: &[u8]) -> bool {
        self.commits && place(bytes, IDLE).is_some() && std::mem::take(&mut self.commits)
    }
}

fn place(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|some| some == part)
}

fn relay(client: &UnixStream, real: &Path, here: &Path, cut: &Mutex<Option<Cut>>) {
    let server = UnixStream::connect(real).unwrap();
    let hang_up = || {
        let _ = client.shutdown(std::net::Shutdown::Both);
        let _ = server.shutdown(std::net::Shutdown::Both);
    };
    let cuts = |at: Cut| {
        let mut cut = cut.lock().unwrap();
        let is_hit = *cut == Some(at);
        if is_hit {
            if at == Cut::ForGood {
                fs::remove_file(here).unwrap();
            }
            *cut = None;
        }
        is_hit
    };
    let sent = Mutex::new(Sent::default());
    thread::scope(|scope| {
        scope.spawn(|| {
            copy(client, &server, |bytes| sent.lock().unwrap().look(bytes) && cuts(Cut::Before));
            hang_up();
        });
        copy(&server, client, |bytes| {
            sent.lock().unwrap().is_answered(bytes) && (cuts(Cut::After) || cuts(Cut::ForGood))
        });
        hang_up();
    });
}

/// Hands on what comes, until it ends or is to be cut.
fn copy(mut from: &UnixStream, mut to: &UnixStream, cuts: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        if cuts(&bytes[..length]) || to.write_all(&bytes[..length]).is_err() {
            return;
        }
    }
}
