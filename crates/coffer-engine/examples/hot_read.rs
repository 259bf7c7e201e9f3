//! Reads one secret again and again, for a profiler:
//! `valgrind --tool=callgrind target/release/examples/hot_read 2000`.

use std::sync::Arc;

use coffer_engine::path::SecretPath;
use coffer_engine::storage::Storage;
use coffer_engine::storage::sqlite::{SqliteOptions, SqliteStorage};
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::version::Which;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let reads: usize = std::env::args().nth(1).map_or(Ok(1000), |count| count.parse())?;
    let folder = tempfile::tempdir()?;
    let mut options = SqliteOptions::new(folder.path().join("store"), clock_at(Timestamp::from_millis(1)));
    options.create = true;
    let storage: Arc<dyn Storage> = SqliteStorage::open(options)?;
    block_on(async {
        let vault = TestVault::over(storage).await?;
        vault.set("dev/app/DATABASE_URL", "postgresql://user:password@localhost:5432/app").await?;
        let path = SecretPath::parse("dev/app/DATABASE_URL")?;
        let op = TestVault::op()?;
        for _ in 0..reads {
            vault.vault.get(&op, &path, Which::CURRENT).await?;
        }
        Ok(())
    })
}
