//! `coffer storage copy`: the whole store goes into another storage, while it is in service; with `--final` it is in service there.

use std::sync::Arc;

use coffer_engine::storage::StorageError;
use coffer_engine::vault::{Carried, StoreCopy, Sums, VerifiedStore, closed_for};
use coffer_engine::{Error, block_on};
use serde_json::json;

use super::super::show;
use super::{found, place};
use crate::app::App;
use crate::args::StorageCopy;
use crate::edge;
use crate::error::{CliError, Exit};
use crate::place::Place;
use crate::progress::counting;
use crate::session::here_only;
use crate::store::{Store, Unlockers};

/// A pass that carried no more than this is the last while the source is in service: the next would find as much again.
const FEW: u64 = 64;
/// The most passes while the source is in service.
const PASSES_MAX: u32 = 16;

pub(super) fn copy(app: &mut App, args: &StorageCopy) -> Result<(), CliError> {
    let settings = app.settings()?;
    here_only(&settings, "storage copy")?;
    let from = place(app, &settings, args.from.as_deref().map(|from| ("--from", from)))?;
    let to = place(app, &settings, Some(("--to", &args.to)))?;
    if from.to_string() == to.to_string() {
        return Err(CliError::new(
            Exit::Usage,
            "storage.same_place",
            format!("the store is in {to} already"),
            "name another folder or database with --to",
        ));
    }
    let source = found(&from)?;
    let unlockers = args.last.then(|| Unlockers::given(app, &settings)).transpose()?;
    let closed = block_on(closed_for(source.as_ref())).map_err(Error::from)?;
    let is_closed = match closed {
        // There is nothing but the last step to go on with.
        Some((_, place)) if !args.last => return Err(Error::from(StorageError::Moved(place)).into()),
        closed => closed.is_some(),
    };
    // Whoever can't open it learns that before anything is copied.
    let store = match &unlockers {
        Some(unlockers) if !is_closed => Some(Store::copy(&settings, Arc::clone(&source), unlockers)?),
        _ => None,
    };
    let destination = to.make().map_err(Error::from)?;
    let copy = block_on(StoreCopy::begin(source, Arc::clone(&destination), edge::now()))?;
    let mut carried = 0;
    if !is_closed {
        carried = while_in_service(app, &copy)?;
    }
    let Some(unlockers) = unlockers else { return told(app, &from, &to, carried) };
    if let Some(store) = store {
        app.output.say(&format!("taking the store in {from} out of service"));
        store.ask(async |vault, op| vault.storage_close(op, &copy, &to.to_string()).await)?;
    }
    carried = carried.saturating_add(pass(app, &copy)?.carried);
    let sums = same(app, &copy)?;
    let unfinished = block_on(copy.into_store()).map_err(Error::from)?;
    let store = Store::copy(&settings, unfinished.storage(), &unlockers)?;
    let verified = sound(app, &store)?;
    drop(store);
    block_on(unfinished.finish()).map_err(Error::from)?;
    // What the source has deleted meanwhile was in the copy for a while. Where that can't be taken out now, it goes in time.
    let is_overwritten = block_on(destination.erase_deleted()).is_ok();
    moved(app, &from, &to, &Moved { carried, sums, verified, is_overwritten })
}

/// What a move ended with.
struct Moved {
    carried: u64,
    sums: Sums,
    verified: VerifiedStore,
    is_overwritten: bool,
}

/// Passes, until one finds little left to carry. How much was carried.
fn while_in_service(app: &mut App, copy: &StoreCopy) -> Result<u64, CliError> {
    let (mut all, mut before) = (0_u64, u64::MAX);
    for _ in 0..PASSES_MAX {
        let done = pass(app, copy)?;
        all = all.saturating_add(done.carried);
        let changed = done.carried.saturating_add(done.removed);
        // What is written meanwhile as fast as it is carried is never caught up with.
        if changed <= FEW || changed >= before {
            break;
        }
        before = changed;
    }
    Ok(all)
}

fn pass(app: &mut App, copy: &StoreCopy) -> Result<Carried, CliError> {
    let bar = counting(app, "records compared");
    let done = block_on(copy.pass(&|records| bar.set_position(records))).map_err(Error::from)?;
    bar.finish_and_clear();
    app.output.say(&format!(
        "  {} records and {} pending rows compared: {} carried over, {} removed",
        done.records, done.pending, done.carried, done.removed
    ));
    Ok(done)
}

/// Both are read anew, and have to be the same.
fn same(app: &mut App, copy: &StoreCopy) -> Result<Sums, CliError> {
    let bar = counting(app, "records read again");
    let (source, copied) = block_on(copy.sums(&|records| bar.set_position(records))).map_err(Error::from)?;
    bar.finish_and_clear();
    if source == copied {
        return Ok(copied);
    }
    Err(CliError::new(
        Exit::Failure,
        "storage.differs",
        format!(
            "the copy is not what the source is: {} and {} records, {} and {} pending rows",
            copied.records, source.records, copied.pending, source.pending
        ),
        "something else than this Coffer writes to one of them: end that, and run this again; or take the source back with `coffer \
         storage reopen`",
    ))
}

fn sound(app: &mut App, store: &Store) -> Result<VerifiedStore, CliError> {
    let bar = counting(app, "tenants verified");
    let found = store.ask(async |vault, op| vault.store_verify(op, &|done| bar.set_position(done)).await)?;
    bar.finish_and_clear();
    let Some(first) = found.problems.first() else { return Ok(found) };
    let error = CliError::new(
        Exit::Failure,
        "storage.unsound",
        first.clone(),
        "the copy is what the source is, so the source was not whole before: take it back with `coffer storage reopen`, and see `coffer \
         doctor`",
    );
    Err(error.with_details(found.problems.iter().skip(1).cloned()))
}

/// It goes on where it is.
fn told(app: &mut App, from: &Place, to: &Place, carried: u64) -> Result<(), CliError> {
    if app.output.is_json() {
        let (from, to) = (from.to_string(), to.to_string());
        return app.output.json(&json!({ "from": from, "to": to, "carried": carried, "moved": false }));
    }
    app.output.say(&format!("copied into {to}: {carried} records and rows; {from} is in service as before"));
    app.output.say("  the copy is no store yet: `--final` takes the source out of service, carries over the rest, and makes it one");
    Ok(())
}

fn moved(app: &mut App, from: &Place, to: &Place, moved: &Moved) -> Result<(), CliError> {
    let Moved { carried, sums, verified, is_overwritten } = moved;
    let hash: String = sums.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    if !is_overwritten {
        app.output.warn("what was deleted meanwhile could not be taken out of the files of the copy; `coffer doctor` says more");
    }
    if app.output.is_json() {
        return app.output.json(&json!({
            "from": from.to_string(),
            "to": to.to_string(),
            "carried": carried,
            "records": sums.records,
            "pending": sums.pending,
            "sha256": hash,
            "tenants": verified.tenants,
            "locked": verified.locked.iter().map(coffer_engine::tenant::TenantName::as_str).collect::<Vec<_>>(),
            "entries": verified.entries,
            "moved": true,
        }));
    }
    app.output.say(&format!(
        "moved into {to}: {} records, {} pending rows, SHA-256 {hash}",
        sums.records, sums.pending
    ));
    app.output.say(&format!(
        "  {} verified, with {} entries in their logs; {} locked by their own members",
        show::counted(verified.tenants, "tenant"),
        verified.entries,
        verified.locked.len()
    ));
    app.output.say(&format!(
        "  {from} is out of service, and holds all that it held: destroy it when you need it no more"
    ));
    app.output.say(&match to {
        Place::Database(_) => format!("  from now on: COFFER_STORAGE='{to}' or `storage` in the file that --config names, with the same key"),
        Place::Folder(_) => format!("  from now on: --home or COFFER_HOME with the folder above {to}, with the same key, and no COFFER_STORAGE"),
    });
    Ok(())
}
