//! What must hold after a crash, whatever the scenario was.

use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::cuts::Cut;
use super::disk::Image;
use super::entries;
use super::options;
use super::state::State;
use super::story::Story;
use super::survivor::{Check, Survivor};
use crate::error::Error;
use crate::op::Op;
use crate::path::SecretPath;
use crate::secret::Value;
use crate::storage::sqlite::SqliteStorage;
use crate::storage::{Storage, StorageError};
use crate::testkit::{TestVault, block_on};
use crate::version::Which;

/// What is written after a crash. No scenario uses this path.
const AFTERWARDS: (&str, &str) = ("afterwards/written/NEW", "written after the crash");

/// Opens what a cut left, as ever, and looks at it.
pub(super) fn judge(story: &Story, cut: Cut, image: Image) -> Check {
    let root = TempDir::new().map_err(|error| format!("no temporary folder: {error}"))?;
    let folder = root.path().join("store");
    image.write_to(&folder).map_err(|error| format!("the image can't be written: {error}"))?;
    block_on(async {
        let storage = SqliteStorage::open(options(&folder)).map_err(in_words("the storage does not open"))?;
        let found = State::read(&*storage).await.map_err(in_words("the storage can't be read"))?;
        is_one_of_those_allowed(story, cut, &found)?;

        let opened = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await;
        let vault = opened.map_err(said("the vault does not open"))?;
        let survivor = Survivor::meet(vault, image).await.map_err(said("the log can't be read"))?;
        let found = State::read(&*storage).await.map_err(in_words("the storage can't be read"))?;
        agree(&survivor, &found)?;
        is_sound(&survivor).await?;
        drop(storage);
        for told in story.acknowledged.iter().filter(|told| told.holds(cut.at, cut.crash.promise())) {
            (told.check)(&survivor)
                .map_err(|problem| format!("acknowledged: {}; and now: {problem}", told.what))?;
        }
        writing_goes_on(survivor, &folder).await
    })
}

/// A crash ends the history of commits somewhere, and never before the last one that was acknowledged.
fn is_one_of_those_allowed(story: &Story, cut: Cut, found: &State) -> Check {
    let nothing = State::default();
    let oldest = story.oldest_allowed(cut.at, cut.crash.promise());
    let state = |number: usize| story.commits.get(number).map_or(&nothing, |commit| &commit.state);
    if story.commits.iter().skip(oldest.unwrap_or(0)).any(|commit| commit.state == *found) {
        return Ok(());
    }
    let Some(oldest) = oldest else {
        let problem = || Err(format!("the store is not as after any commit: {}", found.difference(&nothing)));
        return if *found == nothing { Ok(()) } else { problem() };
    };
    match story.commits.iter().take(oldest).rposition(|commit| commit.state == *found) {
        Some(older) => Err(format!("commit {oldest} was acknowledged; the store is as after commit {older}")),
        None => Err(format!(
            "the store is not as after any commit; beside commit {oldest}, which was acknowledged: {}",
            found.difference(state(oldest))
        )),
    }
}

fn agree(survivor: &Survivor, found: &State) -> Check {
    let differences = entries::differences(survivor.log(), found);
    if differences.is_empty() { Ok(()) } else { Err(differences.join("; ")) }
}

/// Nothing is corrupt, in any tenant; each log verifies, and each record is the one that its log says.
async fn is_sound(survivor: &Survivor) -> Check {
    let mut numbers: Vec<&str> = survivor.log().iter().map(|entry| entry.id.as_str()).collect();
    numbers.sort_unstable();
    if let Some(twice) =
        numbers.windows(2).find_map(|pair| pair.first().filter(|one| Some(*one) == pair.last()))
    {
        return Err(format!("entry {twice} is there twice"));
    }
    let verified = survivor.vault().audit_verify(&op()?, &[], true, &|_| {}).await;
    let problems = verified.map_err(said("the instance's log can't be verified"))?.problems;
    if !problems.is_empty() {
        return Err(format!("the instance's log: {}", problems.join("; ")));
    }
    for tenant in survivor.tenants() {
        let op = op().map(|op| Op { tenant: tenant.clone(), ..op })?;
        let report = survivor.vault().check(&op, &|_| {}).await.map_err(said("it can't be checked"))?;
        if !report.problems.is_empty() {
            return Err(format!("the check finds: {}", report.problems.join("; ")));
        }
        let verified = survivor.vault().audit_verify(&op, &[], false, &|_| {}).await;
        let problems = verified.map_err(said("a log can't be verified"))?.problems;
        if !problems.is_empty() {
            return Err(format!("the log of {}: {}", tenant.as_str(), problems.join("; ")));
        }
    }
    Ok(())
}

/// A value can be set, and is there when the store is opened again.
async fn writing_goes_on(survivor: Survivor, folder: &Path) -> Check {
    let (path, text) = AFTERWARDS;
    survivor.write(path, text).await.map_err(said("nothing can be written"))?;
    drop(survivor);
    let storage = SqliteStorage::open(options(folder)).map_err(in_words("it does not open again"))?;
    let vault = TestVault::over(storage).await.map_err(said("it does not open again"))?;
    let path = SecretPath::parse(path).map_err(|error| error.to_string())?;
    let secret = vault.vault.get(&op()?, &path, Which::CURRENT).await.map_err(said("what was written"))?;
    match secret.value() {
        Value::Bytes(found) if found.same_as(text.as_bytes()) => Ok(()),
        _ => Err("what was written is another value".to_owned()),
    }
}

fn op() -> Result<Op, String> {
    TestVault::op().map_err(|error| error.to_string())
}

fn said(what: &str) -> impl Fn(Error) -> String {
    move |error| format!("{what}: {error} ({:?})", error.kind())
}

fn in_words(what: &str) -> impl Fn(StorageError) -> String {
    move |error| format!("{what}: {error} ({error:?})")
}
