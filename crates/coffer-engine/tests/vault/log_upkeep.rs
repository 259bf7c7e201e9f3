//! What is done to a log as time goes by: pruned, held, people forgotten, heads committed to.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use coffer_engine::audit::EntryFilter;
use coffer_engine::block_on;
use coffer_engine::op::Session;
use coffer_engine::storage::Storage;
use coffer_engine::tenant::{TenantId, TenantName};
use coffer_engine::testkit::{Hooked, TestVault};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{EntryRef, UpkeepSettings};
use coffer_engine::{Op, version::Which};

use crate::log::{DAY, HOUR, START, Store, op};
use crate::support::{coded, path, write};

/// What upkeep goes by in these tests.
pub(crate) const KEPT_A_YEAR: UpkeepSettings = UpkeepSettings { retention_days: 365 };

fn moment(after_ms: u64) -> Timestamp {
    Timestamp::from_millis(START + after_ms)
}

#[test]
fn t_l8_pruning_leaves_old_proofs_valid_and_the_store_verifiable() {
    let store = Store::new();
    let vault = &store.test.vault;
    for name in ["dev/A", "dev/B", "prod/C"] {
        block_on(store.test.set(name, "x")).unwrap();
    }
    store.read("dev/A", 700, 0);
    let early = block_on(vault.audit_proof(&op(0), EntryRef::Index(17), false)).unwrap();
    let late = 400 * DAY;
    block_on(vault.set(&op(late), write("dev/B", "y"))).unwrap();
    store.read("dev/A", 600, late);

    let pruned = block_on(vault.audit_prune(&op(late), moment(35 * DAY), false)).unwrap();
    assert_eq!((pruned.entries, pruned.first), (512, 512), "whole packs: the third has newer entries");
    let again = block_on(vault.audit_prune(&op(late), moment(35 * DAY), false)).unwrap();
    assert_eq!((again.entries, again.first), (0, 512));
    let report = block_on(vault.audit_verify(&op(late), &[], false, &|_| {})).unwrap();
    assert_eq!(report.problems, [""; 0], "records that only pruned entries spoke of are known");

    let history = block_on(vault.audit_keys(&op(late), false)).unwrap();
    early.proof.verify_in(&early.entry.leaf, &history).unwrap();
    let gone = block_on(vault.audit_proof(&op(late), EntryRef::Index(17), false));
    assert_eq!(coded(gone.map(|_| ())), Err("entry.not_found"));
    let still = block_on(vault.audit_proof(&op(late), EntryRef::Index(600), false)).unwrap();
    still.proof.verify_in(&still.entry.leaf, &history).unwrap();
    let all = store.query(&EntryFilter::default(), usize::MAX);
    assert_eq!(all[0].index, 512);
    let prune = all.iter().find(|entry| entry.action == "audit_prune").unwrap();
    assert_eq!(prune.detail.as_ref().unwrap()["below"], 512);
    // What was pruned is gone from the store.
    let packs = block_on(store.storage.scan(&[], None, usize::MAX)).unwrap().records;
    let mine =
        |key: &coffer_engine::storage::Key| key.as_bytes()[16] == 0x31 && key.as_bytes()[..16] != [0; 16];
    let numbers: Vec<u8> =
        packs.iter().filter(|(key, _)| mine(key)).map(|(key, _)| key.as_bytes()[24]).collect();
    assert_eq!(numbers.first(), Some(&2));
}

#[test]
fn pruning_goes_on_over_many_commits_and_says_again_what_matters() {
    let store = Store::new();
    let vault = &store.test.vault;
    for number in 0..300 {
        block_on(store.test.set(&format!("dev/N{number}"), "x")).unwrap();
    }
    store.read("dev/N0", 20 * 256, 0);
    block_on(vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    let late = 400 * DAY;
    store.read("dev/N0", 300, late);
    let pruned = block_on(vault.audit_prune(&op(late), moment(DAY), false)).unwrap();
    assert_eq!(pruned.first, 21 * 256);
    let all =
        store.query(&EntryFilter { action: Some("audit_prune".to_owned()), ..EntryFilter::default() }, 99);
    assert!(all.len() >= 4, "900 records do not fit into one entry: {}", all.len());
    assert_eq!(
        all.iter().map(|entry| entry.changes.len()).sum::<usize>() / 600,
        1,
        "heads and versions of all"
    );
    assert_eq!(block_on(vault.audit_verify(&op(late), &[], false, &|_| {})).unwrap().problems, [""; 0]);
    // Pruned once more, a year later: what was said again is said again.
    store.read("dev/N0", 600, 2 * late);
    block_on(vault.audit_prune(&op(2 * late), moment(late + DAY), false)).unwrap();
    assert_eq!(block_on(vault.audit_verify(&op(2 * late), &[], false, &|_| {})).unwrap().problems, [""; 0]);
}

#[test]
fn what_is_held_is_neither_pruned_nor_forgotten() {
    let store = Store::new();
    let vault = &store.test.vault;
    block_on(store.test.set("dev/A", "x")).unwrap();
    store.read("dev/A", 600, 0);
    block_on(vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    block_on(vault.audit_hold(&op(0), true, "case 12", false)).unwrap();
    let held = block_on(vault.audit_prune(&op(DAY), moment(DAY), false));
    assert_eq!(coded(held.map(|_| ())), Err("audit.held"));
    let held = block_on(vault.audit_forget(&op(DAY), "maya", "asked", false));
    assert_eq!(coded(held.map(|_| ())), Err("audit.held"));
    block_on(vault.audit_hold(&op(DAY), false, "case closed", false)).unwrap();
    assert_eq!(block_on(vault.audit_prune(&op(DAY), moment(DAY), false)).unwrap().first, 512);
    let log =
        store.query(&EntryFilter { action: Some("audit_hold".to_owned()), ..EntryFilter::default() }, 9);
    assert_eq!(log.len(), 2);
    assert_eq!(log[0].detail.as_ref().unwrap()["reason"], "case 12");
}

fn as_person(name: &str, op: Op) -> Op {
    let host = ("host".to_owned(), "laptop".to_owned());
    Op { session: Some(Arc::new(Session::new(name, [host]).unwrap())), ..op }
}

#[test]
fn t_l8_who_is_forgotten_is_unreadable_and_every_proof_still_verifies() {
    let store = Store::new();
    let vault = &store.test.vault;
    block_on(store.test.set("dev/A", "x")).unwrap();
    let (maya, jo) = (as_person("maya", op(0)), as_person("jo", op(0)));
    for who in [&maya, &maya, &jo] {
        block_on(vault.get(who, &path("dev/A"), Which::CURRENT)).unwrap();
    }
    let log =
        store.query(&EntryFilter { action: Some("secret_get".to_owned()), ..EntryFilter::default() }, 9);
    assert_eq!(log[0].actor.person, log[1].actor.person, "sealed once for the session");
    let person = |entry| block_on(vault.audit_person(&op(0), entry, false)).unwrap();
    assert_eq!(person(&log[0]).unwrap()["name"], "maya");
    assert_eq!(person(&log[0]).unwrap()["host"], "laptop");
    assert_eq!(person(&log[2]).unwrap()["name"], "jo");
    for entry in &log {
        let leaf = String::from_utf8_lossy(&entry.leaf).into_owned();
        assert!(!leaf.contains("maya") && !leaf.contains("laptop"), "{leaf}");
    }
    let before = block_on(vault.audit_proof(&op(0), EntryRef::Index(log[0].index), false)).unwrap();

    block_on(vault.audit_forget(&op(0), "maya", "asked to be", false)).unwrap();
    assert_eq!(person(&log[0]), None);
    assert_eq!(person(&log[2]).unwrap()["name"], "jo", "the others stay");
    let after = block_on(vault.audit_proof(&op(0), EntryRef::Index(log[0].index), false)).unwrap();
    assert_eq!(after.entry, before.entry, "the leaf is the same, byte for byte");
    let history = block_on(vault.audit_keys(&op(0), false)).unwrap();
    before.proof.verify_in(&after.entry.leaf, &history).unwrap();
    after.proof.verify_in(&after.entry.leaf, &history).unwrap();
    assert_eq!(store.problems(0), [""; 0]);
    let twice = block_on(vault.audit_forget(&op(0), "maya", "asked to be", false));
    assert_eq!(coded(twice.map(|_| ())), Err("subject.not_found"));

    // She comes again, with a block that was sealed before: it gets a new key, and what came before stays unreadable.
    block_on(vault.get(&maya, &path("dev/A"), Which::CURRENT)).unwrap();
    let log =
        store.query(&EntryFilter { action: Some("secret_get".to_owned()), ..EntryFilter::default() }, 9);
    assert_eq!(person(&log[3]).unwrap()["name"], "maya");
    assert_eq!(person(&log[0]), None);
    assert_eq!(store.problems(0), [""; 0]);
}

#[test]
fn a_person_can_forget_herself() {
    let store = Store::new();
    let vault = &store.test.vault;
    let maya = as_person("maya", op(0));
    block_on(vault.set(&maya, write("dev/A", "x"))).unwrap();
    block_on(vault.audit_forget(&maya, "maya", "leaving", false)).unwrap();
    let log =
        store.query(&EntryFilter { action: Some("audit_forget".to_owned()), ..EntryFilter::default() }, 9);
    assert!(log[0].actor.person.is_none());
    assert_eq!(store.problems(0), [""; 0]);
}

#[test]
fn the_instance_commits_to_the_heads_of_all_tenants() {
    let store = Store::new();
    let vault = &store.test.vault;
    let acme = TenantName::parse("acme").unwrap();
    block_on(vault.tenant_create(&op(0), &acme)).unwrap();
    let in_acme = |after| Op { tenant: acme.clone(), ..op(after) };
    block_on(vault.set(&in_acme(0), write("dev/A", "x"))).unwrap();
    block_on(store.test.set("dev/B", "x")).unwrap();
    let done = block_on(vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    assert_eq!((done.integrated, done.heads), (3, 2));
    assert!(block_on(store.storage.pending(None, None, 9)).unwrap().is_empty());
    assert_eq!(block_on(vault.upkeep(&op(HOUR / 2), KEPT_A_YEAR)).unwrap().heads, 0, "once an hour");
    block_on(vault.get(&in_acme(HOUR), &path("dev/A"), Which::CURRENT)).unwrap();
    assert_eq!(block_on(vault.upkeep(&op(HOUR), KEPT_A_YEAR)).unwrap().heads, 1, "only what has grown");
    let filter = EntryFilter { action: Some("audit_heads".to_owned()), ..EntryFilter::default() };
    let log = block_on(vault.audit_query(&op(HOUR), &filter, None, 9, true)).unwrap().entries;
    assert_eq!(log.len(), 2);
    let heads = log[0].detail.as_ref().unwrap()["heads"].as_array().unwrap();
    assert_eq!(heads.len(), 2);
    let report = block_on(vault.audit_verify(&op(HOUR), &[], true, &|_| {})).unwrap();
    assert_eq!(report.problems, [""; 0]);
    assert!(report.records > 5);
}

#[test]
fn the_heads_of_very_many_tenants_are_committed_to_in_parts() {
    let store = Store::new();
    let vault = &store.test.vault;
    for number in 0..260 {
        let tenant = TenantName::parse(&format!("t{number}")).unwrap();
        block_on(vault.tenant_create(&op(0), &tenant)).unwrap();
        block_on(vault.set(&Op { tenant, ..op(0) }, write("dev/A", "x"))).unwrap();
    }
    block_on(store.test.set("dev/A", "x")).unwrap();
    let entries = |after| {
        let filter = EntryFilter { action: Some("audit_heads".to_owned()), ..EntryFilter::default() };
        let log = block_on(vault.audit_query(&op(after), &filter, None, 9, true)).unwrap().entries;
        let heads = log.iter().map(|entry| entry.detail.as_ref().unwrap()["heads"].as_array().unwrap().len());
        heads.collect::<Vec<_>>()
    };
    assert_eq!(
        block_on(vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap().heads,
        261,
        "theirs and the default one's"
    );
    assert_eq!(entries(0), [256, 5]);
    block_on(vault.set(&op(HOUR), write("dev/A", "y"))).unwrap();
    assert_eq!(block_on(vault.upkeep(&op(HOUR), KEPT_A_YEAR)).unwrap().heads, 1);
    // The keys of heads are in no order of names: which part it is in is anybody's guess, and a part without any leaves no entry but the last.
    let after = entries(HOUR);
    assert!((3..=4).contains(&after.len()) && after.iter().sum::<usize>() == 262, "{after:?}");
    let report = block_on(vault.audit_verify(&op(HOUR), &[], true, &|_| {})).unwrap();
    assert_eq!(report.problems, [""; 0]);
}

/// A store of three tenants, of which each has something pending; and what happens before each look for that.
fn hooked(happens: impl Fn(Option<TenantId>) + Send + Sync + 'static) -> (Store, TestVault) {
    let store = Store::new();
    let hooked = Hooked::before_pending(Arc::clone(&store.storage) as Arc<dyn Storage>, happens);
    let test = block_on(TestVault::over(hooked)).unwrap();
    for name in ["acme", "apex"] {
        let tenant = TenantName::parse(name).unwrap();
        block_on(test.vault.tenant_create(&op(0), &tenant)).unwrap();
        block_on(test.vault.set(&Op { tenant, ..op(0) }, write("dev/A", "x"))).unwrap();
    }
    block_on(test.set("dev/A", "x")).unwrap();
    (store, test)
}

#[test]
fn upkeep_looks_once_for_what_is_pending_of_all() {
    let of_one = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&of_one);
    let (store, test) = hooked(move |of| {
        // The instance's own entry, of the heads, is behind what was read.
        if of.is_some_and(|of| of != TenantId::INSTANCE) {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    // What is due once a day reads the logs as whoever asks does.
    block_on(test.vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    for tenant in [TenantName::parse("acme").unwrap(), TenantName::default_tenant()] {
        block_on(test.vault.get(&Op { tenant, ..op(0) }, &path("dev/A"), Which::CURRENT)).unwrap();
    }
    of_one.store(0, Ordering::Relaxed);
    assert_eq!(block_on(test.vault.upkeep(&op(1000), KEPT_A_YEAR)).unwrap().integrated, 2);
    assert_eq!(of_one.load(Ordering::Relaxed), 0);
    assert!(block_on(store.storage.pending(None, None, 9)).unwrap().is_empty());
    assert_eq!(store.problems(0), [""; 0]);
}

#[test]
fn what_another_puts_into_the_log_meanwhile_is_in_it_once() {
    // Before the look that finds no more rows: those that were found are in the log then, and its head is read after that.
    let looks = Arc::new(AtomicU32::new(0));
    let other: Arc<OnceLock<TestVault>> = Arc::default();
    let (counted, integrates) = (Arc::clone(&looks), Arc::clone(&other));
    let (store, test) = hooked(move |of| {
        if let Some(other) = integrates.get()
            && of.is_none()
            && counted.fetch_add(1, Ordering::Relaxed) == 1
        {
            block_on(other.vault.audit_query(&op(0), &EntryFilter::default(), None, 1, false)).unwrap();
        }
    });
    assert!(other.set(store.again()).is_ok());
    block_on(test.vault.upkeep(&op(0), KEPT_A_YEAR)).unwrap();
    assert!(looks.load(Ordering::Relaxed) > 2);
    let all = store.query(&EntryFilter::default(), usize::MAX);
    let ids: BTreeSet<&str> = all.iter().map(|entry| entry.id.as_str()).collect();
    assert_eq!(ids.len(), all.len(), "each once");
    assert_eq!(store.problems(0), [""; 0]);
}
