//! A server process: this test's own binary, started with a part.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;

use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::storage::{Batch, Clock, Storage};
use coffer_engine::testkit::{Hooked, TestVault};
use coffer_engine::time::Timestamp;
use coffer_postgres::Postgres;
use coffer_postgres::testkit::in_place_of;
use coffer_server::listen::Listener;
use coffer_server::{Service, ServiceOptions};
use tokio::sync::watch;

use super::super::world::UNBOUNDED;

const PART: &str = "COFFER_TEST_SERVER";

/// A server under way; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
    _stdin: ChildStdin,
}

impl Server {
    pub(crate) fn start(folder: &Path, guarded: bool) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "law3::server::child_process", "--nocapture", "--test-threads=1"])
            .env(PART, format!("{guarded}|{}", folder.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = lines
            .map_while(Result::ok)
            .find_map(|line| line.split_once("@ ").map(|(_, said)| said.to_owned()));
        Self { address: said.expect("the server says where it is").parse().unwrap(), child, _stdin: stdin }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a server process does; nothing, when it was not started as one.
#[test]
fn child_process() {
    let Ok(part) = std::env::var(PART) else { return };
    let (guarded, folder) = part.split_once('|').unwrap();
    let storage = storage(Path::new(folder), guarded == "true");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    runtime.block_on(async {
        let vault = TestVault::over(storage).await.unwrap().vault;
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap(), None).await.unwrap();
        println!("@ {}", listener.address().unwrap());
        std::io::stdout().flush().unwrap();
        let (stop, stopping) = watch::channel(false);
        std::thread::spawn(move || {
            let _ = std::io::stdin().read_line(&mut String::new());
            let _ = stop.send(true);
        });
        // A seal is answered when the keys are gone.
        let options = ServiceOptions { seal_time: std::time::Duration::from_secs(60), ..UNBOUNDED };
        listener.serve(Service::new(vault, clock(), options), stopping).await;
    });
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap())
}

fn clock() -> Clock {
    Arc::new(now)
}

/// The store; unguarded, it commits whatever it is given.
pub(crate) fn storage(folder: &Path, guarded: bool) -> Arc<dyn Storage> {
    if let Some(settings) = in_place_of(folder) {
        return guarding(Postgres::open(settings).unwrap(), guarded);
    }
    let mut options = SqliteOptions::new(folder, clock());
    options.create = true;
    guarding(SqliteStorage::open(options).unwrap(), guarded)
}

fn guarding(storage: Arc<impl Storage>, guarded: bool) -> Arc<dyn Storage> {
    if guarded {
        return storage;
    }
    Hooked::new(storage, |_, group| {
        for batch in &mut group.batches {
            *batch = Batch { expect: Vec::new(), not_after: None, ..std::mem::take(batch) };
        }
        None
    })
}
