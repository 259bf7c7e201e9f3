//! The store of a scenario, cut everywhere: what is left after every crash that could have been.
//!
//! `kill -9` loses nothing that was written, synced or not, so killing processes can't show that a store survives the loss of power. Here
//! SQLite's writes, truncations and syncs are recorded while a scenario runs, and from the record come the folders that a crash would have
//! left:
//!
//! | Crash | What is found | Visited |
//! |---|---|---|
//! | kill | everything up to the cut | every cut |
//! | power, in order | what was synced, and a part of the rest, in its order | every cut, every part |
//! | power, torn | what was synced, and of the rest some sectors, the last write torn | as many as a [`Plan`] says |
//!
//! Each is opened as ever, and these must hold, whatever the scenario:
//!
//! - it opens, and the storage, every head, every data key and every entry is whole; each log verifies;
//! - it is exactly as after one of the scenario's commits: not an older one than the last that was acknowledged (`Written` ones count
//!   after a kill only), and nothing in between;
//! - no change is there without its entry, and no entry without its change;
//! - what the scenario was told is so: [`CrashStore::ack`];
//! - writing goes on.
//!
//! # A new scenario
//!
//! A test in `tests/crash/`, ten lines long:
//!
//! ```
//! use coffer_engine::testkit::crash::{CrashRun, Plan, Promise};
//!
//! let run = CrashRun::record(async |store| {
//!     let vault = store.open().await?;
//!     vault.set("dev/A", "one").await?;
//!     store.cuts_begin_here();
//!     let written = vault.set("dev/A", "two").await?;
//!     store.ack("the second version", Promise::Synced, move |after| {
//!         after.holds("dev/A", 2, "two")?;
//!         after.has_entry(written.entry)
//!     });
//!     Ok(())
//! });
//! run.every_cut("a second version", &Plan { seeds: 0..1, torn_images: 50 });
//! ```
//!
//! - `ack` comes right after the answer: it says "from this operation on". What only a read left (`Written`) is acknowledged as
//!   [`Promise::Written`].
//! - Before something that ends what an acknowledgement says (destroying what was set), [`CrashStore::release`] it. While that is under
//!   way, both are fine.
//! - [`Survivor`] has words for what a check asks; [`Survivor::vault`] is there for the rest.
//! - To cross a limit (a thousand frames in the WAL), come close to it before [`CrashStore::cuts_begin_here`]: each operation behind it
//!   costs two images. See in [`CrashStore::traffic`] that it was crossed.
//! - A new verb of [`crate::storage::Storage`] that commits is taken down in `witness.rs`. A file that is not written through SQLite is not
//!   seen: its writes and syncs have to be told to `record.rs`, as `SqliteOptions::on_synced` tells of syncs.
//!
//! # What is not simulated
//!
//! The folder of the store itself is taken to be there. A second crash, after the first one was recovered from, is not tried: what a
//! store finds when it is opened it does not write back. Disks that lie about syncs, or damage what lies beside a write, are not survived.
//!
//! # Invariants
//! - The record is exact (see [`record`] and [`vfs`]): played from the beginning it makes the files that the scenario left, and that is
//!   checked each time.
//! - Nothing is left out silently: a cut is dropped only when a later one finds the same files and promises at least as much.
#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "a simulation is a test: it stops where something is wrong, and says what it has seen"
)]

use std::path::Path;

use tempfile::TempDir;

use self::disk::{Disk, Operation};
use self::record::Record;
use self::story::Story;
use super::{block_on, clock_at};
use crate::error::Error;
use crate::storage::sqlite::SqliteOptions;
use crate::time::Timestamp;

pub use self::round::Plan;
pub use self::store::CrashStore;
pub use self::story::{Ack, Promise};
pub use self::survivor::{Check, Survivor};
pub use self::traffic::Traffic;

mod chance;
mod cuts;
mod disk;
mod entries;
mod record;
mod round;
mod state;
mod store;
mod story;
mod survivor;
mod tear;
mod traffic;
mod verdict;
mod vfs;
mod witness;

/// A scenario that has been recorded.
pub struct CrashRun {
    operations: Vec<Operation>,
    story: Story,
}

impl CrashRun {
    /// Plays a scenario in a fresh folder. It has to drop every vault that it opens.
    pub fn record(scenario: impl AsyncFnOnce(&CrashStore) -> Result<(), Error>) -> Self {
        let folder = TempDir::new().and_then(|root| Ok((root.path().canonicalize()?.join("store"), root)));
        let Ok((folder, _root)) = folder else { panic!("no temporary folder") };
        assert!(vfs::install(), "SQLite has taken the VFS");
        let record = Record::begin(&folder);
        let store = CrashStore::new(&folder, record.clone());
        if let Err(error) = block_on(scenario(&store)) {
            panic!("the scenario failed without any crash: {error} ({:?})", error.kind());
        }
        let story = store.end();
        let (operations, files) = record.end();
        assert!(Disk::after(&operations).after_kill() == files, "the record makes the files that are there");
        Self { operations, story }
    }

    /// Cuts it everywhere, and looks at what is left.
    ///
    /// # Panics
    /// When something does not hold. The message names the cuts that showed it, and the seeds.
    pub fn every_cut(&self, name: &str, plan: &Plan) {
        match round::run(&self.operations, &self.story, plan) {
            Ok(seen) => println!("{name}: {seen}; all is well"),
            Err(failures) => panic!("{name}: {failures}"),
        }
    }
}

/// How every store of the simulation is opened.
fn options(folder: &Path) -> SqliteOptions {
    let mut options = SqliteOptions::new(folder, clock_at(Timestamp::from_millis(1)));
    options.create = true;
    options
}
