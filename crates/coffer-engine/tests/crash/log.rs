//! The log is integrated, signed with a new key, pruned, held; people are forgotten.

use std::sync::Arc;

use coffer_engine::Op;
use coffer_engine::audit::EntryFilter;
use coffer_engine::op::Session;
use coffer_engine::path::SecretPath;
use coffer_engine::testkit::crash::{CrashRun, Promise};
use coffer_engine::testkit::{TestVault, block_on, op_at};
use coffer_engine::time::Timestamp;
use coffer_engine::version::Which;
use coffer_log::SignedNote;

use super::plan;

const DAY: u64 = 24 * 60 * 60 * 1000;

fn at(days: u64) -> Op {
    op_at(Timestamp::from_millis(1_767_225_600_000 + days * DAY)).unwrap()
}

async fn reads(vault: &TestVault, times: usize, op: &Op) {
    let path = SecretPath::parse("dev/A").unwrap();
    for _ in 0..times {
        vault.vault.get(op, &path, Which::CURRENT).await.unwrap();
    }
}

fn continues(
    survivor: &coffer_engine::testkit::crash::Survivor,
    note: &SignedNote,
    op: &Op,
) -> Result<(), String> {
    let report = block_on(survivor.vault().audit_verify(op, std::slice::from_ref(note), false, &|_| {}));
    let problems = report.map_err(|error| error.to_string())?.problems;
    if problems.is_empty() { Ok(()) } else { Err(problems.join("; ")) }
}

/// A checkpoint that was handed out binds the log for ever, whatever happens then.
#[test]
fn what_was_signed_and_given_out_stays_in_the_log() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        vault.set("dev/A", "one").await?;
        reads(&vault, 270, &at(0)).await;
        store.cuts_begin_here();
        // Two slices, and a pack that is full.
        for round in 0..2 {
            let note = vault.vault.audit_publish(&at(round), "somebody", false).await?.note().clone();
            store.ack("a checkpoint", Promise::Synced, move |after| continues(after, &note, &at(round)));
            reads(&vault, 3, &at(round)).await;
        }
        Ok(())
    });
    run.every_cut("integrate", &plan());
}

#[test]
fn a_new_key_signs_or_the_old_one_does() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        vault.set("dev/A", "one").await?;
        let before = vault.vault.audit_publish(&at(0), "somebody", false).await?.note().clone();
        store.cuts_begin_here();
        store
            .ack("the old key's checkpoint", Promise::Synced, move |after| continues(after, &before, &at(9)));
        let note = vault.vault.audit_publish(&at(8), "somebody", false).await?.note().clone();
        store.ack("the new key's checkpoint", Promise::Synced, move |after| continues(after, &note, &at(9)));
        Ok(())
    });
    run.every_cut("key change", &plan());
}

#[test]
fn what_is_pruned_is_said_and_what_is_said_is_pruned() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        vault.set("dev/A", "one").await?;
        vault.set("dev/B", "two").await?;
        reads(&vault, 600, &at(0)).await;
        vault.vault.audit_query(&at(0), &EntryFilter::default(), None, 1, false).await?;
        reads(&vault, 20, &at(400)).await;
        store.cuts_begin_here();
        let pruned =
            vault.vault.audit_prune(&at(400), Timestamp::from_millis(1_767_225_600_000 + DAY), false).await?;
        assert_eq!(pruned.first, 512);
        store.ack("the prune", Promise::Synced, |after| {
            after.has_done("audit_prune", "", 1)?;
            let first =
                after.log().iter().find(|entry| !entry.tenant.starts_with("0000")).map(|entry| entry.index);
            if first == Some(512) { Ok(()) } else { Err(format!("the log begins at {first:?}")) }
        });
        Ok(())
    });
    run.every_cut("prune", &plan());
}

#[test]
fn who_was_forgotten_stays_forgotten() {
    let run = CrashRun::record(async |store| {
        let vault = store.open().await?;
        vault.set("dev/A", "one").await?;
        let session = Some(Arc::new(Session::new("maya", [])?));
        let maya = Op { session, ..at(0) };
        reads(&vault, 2, &maya).await;
        store.cuts_begin_here();
        vault.vault.audit_forget(&at(0), "maya", "asked", false).await?;
        store.ack("the forgetting", Promise::Synced, |after| {
            after.has_done("audit_forget", "", 1)?;
            let hers = after.log().iter().filter(|entry| entry.actor.person.is_some());
            for entry in hers {
                match block_on(after.vault().audit_person(&at(0), entry, false)) {
                    Ok(None) => {}
                    other => return Err(format!("she is still there: {other:?}")),
                }
            }
            Ok(())
        });
        vault.vault.audit_hold(&at(0), true, "case 12", false).await?;
        store.ack("the hold", Promise::Synced, |after| {
            let pruned = block_on(after.vault().audit_prune(&at(0), Timestamp::from_millis(1), false));
            match pruned {
                Err(error) if error.code() == "audit.held" => Ok(()),
                other => Err(format!("not held: {other:?}")),
            }
        });
        Ok(())
    });
    run.every_cut("forget", &plan());
}
