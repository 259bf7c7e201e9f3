//! Reads one secret again and again, for a profiler: alone, or by 64 tasks that share their commits.
//! `valgrind --tool=callgrind target/release/examples/hot_read 2000 64`.

use std::sync::Arc;

use coffer_engine::path::SecretPath;
use coffer_engine::storage::Storage;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::testkit::{TestVault, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::version::Which;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<usize>());
    let reads = arguments.next().unwrap_or(Ok(1000))?;
    let tasks = arguments.next().unwrap_or(Ok(1))?;
    let folder = tempfile::tempdir()?;
    let mut options = SqliteOptions::new(folder.path().join("store"), clock_at(Timestamp::from_millis(1)));
    options.create = true;
    let storage: Arc<dyn Storage> = SqliteStorage::open(options)?;
    tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
        let vault = TestVault::over(storage).await?;
        vault.set("dev/app/DATABASE_URL", "postgresql://user:password@localhost:5432/app").await?;
        let vault = vault.vault;
        let readers: Vec<_> = (0..tasks)
            .map(|_| {
                let vault = vault.clone();
                tokio::spawn(async move {
                    let path = SecretPath::parse("dev/app/DATABASE_URL")?;
                    let op = TestVault::op()?;
                    for _ in 0..reads.div_ceil(tasks) {
                        vault.get(&op, &path, Which::CURRENT).await?;
                    }
                    Ok::<(), Failure>(())
                })
            })
            .collect();
        for reader in readers {
            reader.await??;
        }
        Ok(())
    })
}
