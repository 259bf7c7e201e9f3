//! What is written, and was not looked at lately, may be taken to be new: that costs a commit where it is not, and nothing else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use coffer_engine::storage::Storage;
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::vault::{Expect, Write};
use coffer_engine::version::Which;

use crate::support::{coded, memory, newest, path, text, write};

/// More writes of new secrets than it takes until the next is not looked for.
const MANY: usize = 40;

/// A vault that has made many secrets, another over the same storage, and how many commits the first has asked for.
async fn after_many() -> (TestVault, TestVault, Arc<AtomicUsize>) {
    let (storage, commits) = (memory(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&commits);
    let hooked = Hooked::new(Arc::clone(&storage), move |_, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        None
    });
    let here = TestVault::over(hooked as Arc<dyn Storage>).await.unwrap();
    let there = TestVault::over(storage as Arc<dyn Storage>).await.unwrap();
    for one in 0..MANY {
        here.set(&format!("dev/{one}"), "new").await.unwrap();
    }
    commits.store(0, Ordering::Relaxed);
    (here, there, commits)
}

#[test]
fn one_that_was_there_gets_a_second_version_and_one_entry() {
    block_on(async {
        let (here, there, commits) = after_many().await;
        let op = TestVault::op().unwrap();
        there.set("dev/A", "theirs").await.unwrap();

        let written = here.vault.set(&op, write("dev/A", "ours")).await.unwrap();
        assert_eq!((written.version.get(), written.created), (2, false));
        // The control: it was taken to be new first.
        assert_eq!(commits.load(Ordering::Relaxed), 2);
        assert_eq!(text(&there.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap()), "ours");
        let of_a = newest(&here, 1000).await.into_iter().filter(|entry| entry.path == "dev/A");
        assert_eq!(of_a.filter(|entry| entry.action == "secret_set").count(), 2);

        // From then on it looks again.
        there.set("dev/B", "theirs").await.unwrap();
        commits.store(0, Ordering::Relaxed);
        assert_eq!(here.vault.set(&op, write("dev/B", "ours")).await.unwrap().version.get(), 2);
        assert_eq!(commits.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn what_is_expected_is_compared_with_what_is_there() {
    block_on(async {
        // The last: how many commits there are. What is expected to be there is looked for, whatever came before.
        for (expect, refused, asked) in [
            (Expect::Nothing, Some("secret.changed"), 2),
            (Expect::Version(crate::support::number(2)), Some("secret.changed"), 1),
            (Expect::Version(crate::support::number(1)), None, 1),
            (Expect::Something, None, 1),
            (Expect::Anything, None, 2),
        ] {
            let (here, there, commits) = after_many().await;
            let op = TestVault::op().unwrap();
            there.set("dev/A", "theirs").await.unwrap();
            let wanted = Write { expect, ..write("dev/A", "ours") };
            assert_eq!(coded(here.vault.set(&op, wanted).await).err(), refused, "{expect:?}");
            assert_eq!(commits.load(Ordering::Relaxed), asked, "{expect:?}");
            let value = text(&there.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap());
            assert_eq!(value, if refused.is_some() { "theirs" } else { "ours" });
        }
    });
}

#[test]
fn what_is_new_takes_one_commit() {
    block_on(async {
        let (here, _, commits) = after_many().await;
        let written = here.vault.set(&TestVault::op().unwrap(), write("dev/A", "ours")).await.unwrap();
        assert_eq!((written.version.get(), written.created), (1, true));
        assert_eq!(commits.load(Ordering::Relaxed), 1);
    });
}
