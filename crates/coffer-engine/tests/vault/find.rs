//! Finding secrets: who sees what, what a search means, and that the index is never behind.

use std::sync::Arc;

use coffer_encryption::SecretBytes;
use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::metadata::{Classification, MetadataPatch, OnExpiry};
use coffer_engine::secret::Value;
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, ListPart, NewValue, Search, UpkeepSettings, Write};

use coffer_engine::version::Which;

use crate::support::{coded, folder, memory, newest, path, write};

const NOW: u64 = 1_767_225_600_000;
const DAY: u64 = 24 * 60 * 60 * 1000;

async fn found(vault: &TestVault, op: &Op, search: Search) -> Vec<String> {
    let found = vault.vault.find(op, &search, ListPart::WHOLE).await.unwrap();
    found.secrets.iter().map(|secret| secret.path.to_string()).collect()
}

async fn describe(vault: &TestVault, raw: &str, metadata: MetadataPatch) {
    let change =
        Write { path: path(raw), value: None, references: false, expect: Expect::Anything, metadata };
    vault.vault.set(&TestVault::op().unwrap(), change).await.unwrap();
}

fn words(words: &[&str]) -> Search {
    Search { words: words.iter().map(|word| (*word).to_owned()).collect(), ..Search::default() }
}

fn some(text: &str) -> Option<Option<String>> {
    Some(Some(text.to_owned()))
}

#[test]
fn a_search_means_what_it_says() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        for raw in ["dev/shop/DB", "dev/shop/MAIL", "dev/blog/DB", "prod/shop/DB"] {
            vault.set(raw, "x").await.unwrap();
        }
        let days = |days: u64| Timestamp::from_millis(NOW + days * DAY);
        let tags = ["db", "billing"].map(str::to_owned).into();
        let metadata = MetadataPatch {
            owner: some("Maya"),
            description: some("The ORDERS database in Zürich"),
            add_tags: tags,
            expires: Some(Some(days(10))),
            classification: Some(Some(Classification::Restricted)),
            personal_data: Some(true),
            residency: some("CH"),
            purpose: some("invoices"),
            rotate_every: Some(Some(5 * 24 * 60 * 60)),
            ..MetadataPatch::default()
        };
        describe(&vault, "prod/shop/DB", metadata).await;
        let all = ["dev/blog/DB", "dev/shop/DB", "dev/shop/MAIL", "prod/shop/DB"];
        let (one, others) = (&all[3..], &all[..3]);
        let none: &[&str] = &[];
        let cases: Vec<(Search, &[&str])> = vec![
            (Search::default(), &all),
            (Search { folder: folder("dev/shop"), ..Search::default() }, &all[1..3]),
            // A folder is a whole segment, and is not in itself.
            (Search { folder: folder("dev/sho"), ..Search::default() }, none),
            (Search { folder: folder("dev/shop/DB"), ..Search::default() }, none),
            (words(&["shop", "db"]), &["dev/shop/DB", "prod/shop/DB"]),
            (words(&["orders"]), one),
            (words(&["mAyA", "INVOICE", "bill"]), one),
            (words(&["ZÜRICH"]), one),
            (words(&["zurich"]), none),
            (words(&[""]), &all),
            (words(&["a word that is longer than anything that stands in any of these texts"]), none),
            (Search { tags: ["db".to_owned()].into(), ..Search::default() }, one),
            (Search { tags: ["db".to_owned(), "x".to_owned()].into(), ..Search::default() }, none),
            // Tags are words as they are; parts of them are what words are for.
            (Search { tags: ["DB".to_owned()].into(), ..Search::default() }, none),
            (Search { owner: Some("Maya".to_owned()), ..Search::default() }, one),
            (Search { ownerless: true, ..Search::default() }, others),
            (Search { classification: Some(Some(Classification::Restricted)), ..Search::default() }, one),
            (Search { classification: Some(Some(Classification::Public)), ..Search::default() }, none),
            (Search { classification: Some(None), ..Search::default() }, others),
            (Search { personal_data: Some(true), ..Search::default() }, one),
            (Search { personal_data: Some(false), ..Search::default() }, others),
            (Search { residency: Some("CH".to_owned()), ..Search::default() }, one),
            // It is good at the moment at which it expires.
            (Search { expired_by: Some(days(10)), ..Search::default() }, none),
            (
                Search { expired_by: Some(Timestamp::from_millis(NOW + 10 * DAY + 1)), ..Search::default() },
                one,
            ),
            (Search { good_at: Some(days(10)), ..Search::default() }, &all),
            (Search { good_at: Some(days(11)), ..Search::default() }, others),
            (Search { overdue_by: Some(days(5)), ..Search::default() }, none),
            (Search { overdue_by: Some(days(6)), ..Search::default() }, one),
            (Search { unchanged_since: Some(days(0)), ..Search::default() }, none),
            (Search { unchanged_since: Some(days(1)), ..Search::default() }, &all),
            (Search { trashed: true, ..Search::default() }, none),
        ];
        for (search, expected) in cases {
            assert_eq!(found(&vault, &op, search.clone()).await, expected, "{search:?}");
        }
        vault.vault.remove(&op, &path("dev/blog/DB")).await.unwrap();
        assert_eq!(found(&vault, &op, Search { trashed: true, ..Search::default() }).await, ["dev/blog/DB"]);
        assert_eq!(found(&vault, &op, Search::default()).await, &all[1..]);
        let many = words(&["x"; 17]);
        assert_eq!(coded(vault.vault.find(&op, &many, ListPart::WHOLE).await.map(drop)), Err("search.words"));
    });
}

#[test]
fn a_search_shows_what_its_reader_may_list() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        for raw in ["dev/app/A", "dev/B", "prod/C"] {
            vault.set(raw, "x").await.unwrap();
        }
        let in_dev = vault.member(1, &[(Role::Reader, "dev/**")]).await.unwrap();
        assert_eq!(found(&vault, &in_dev, Search::default()).await, ["dev/B", "dev/app/A"]);
        let in_prod = Search { folder: folder("prod"), ..Search::default() };
        assert_eq!(found(&vault, &in_dev, in_prod).await, [""; 0]);
        let at_one = vault.member(2, &[(Role::Reader, "prod/C")]).await.unwrap();
        assert_eq!(found(&vault, &at_one, Search::default()).await, ["prod/C"]);
        let nowhere = vault.member(3, &[]).await.unwrap();
        let refused = vault.vault.find(&nowhere, &Search::default(), ListPart::WHOLE).await;
        assert_eq!(coded(refused.map(drop)), Err("access.denied"));
        let entries = newest(&vault, 3).await;
        let said: Vec<_> =
            entries.iter().map(|entry| (entry.action.as_str(), entry.outcome.as_str())).collect();
        assert_eq!(said, [("member_change", "done"), ("secret_find", "refused"), ("audit_query", "done")]);
        // What was granted is gone: from then on so is what is found.
        let nothing_any_more = vault.member(1, &[(Role::Reader, "dev/B")]).await.unwrap();
        assert_eq!(found(&vault, &nothing_any_more, Search::default()).await, ["dev/B"]);
    });
}

#[test]
fn an_index_is_made_anew_when_the_log_was_pruned_meanwhile() {
    block_on(async {
        let storage = memory();
        let over = || TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>);
        let (one, other) = (over().await.unwrap(), over().await.unwrap());
        one.set("dev/A", "x").await.unwrap();
        let op = TestVault::op().unwrap();
        assert_eq!(found(&one, &op, Search::default()).await, ["dev/A"]);
        // The other process writes, puts it into the log, and prunes that: 300 entries, of which a pack is whole.
        for number in 0..300 {
            let write = write(&format!("dev/B{}", number % 3), "x");
            other.vault.set(&op, write).await.unwrap();
        }
        let later = Op { now: Timestamp::from_millis(NOW + DAY), ..op.clone() };
        other.vault.upkeep(&op, UpkeepSettings { retention_days: 365 }).await.unwrap();
        let pruned = other.vault.audit_prune(&later, Timestamp::from_millis(NOW + 1), false).await.unwrap();
        assert!(pruned.entries >= 256, "{pruned:?}");
        assert_eq!(found(&one, &op, Search::default()).await, ["dev/A", "dev/B0", "dev/B1", "dev/B2"]);
    });
}

/// A list of many comes from the index, and says the same as one of few.
#[test]
fn a_long_list_is_the_same_in_parts() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let mut writes = Vec::new();
        for number in 0..700 {
            let raw =
                if number % 7 == 0 { format!("dev/app/S{number:03}") } else { format!("dev/S{number:03}") };
            writes.push((path(&raw), Value::text("x")));
        }
        vault.vault.set_all(&op, writes).await.unwrap();
        vault.vault.remove(&op, &path("dev/S001")).await.unwrap();
        for (recursive, count, folders) in [(false, 599, 1), (true, 699, 1)] {
            let whole = vault.vault.list(&op, &folder("dev"), recursive).await.unwrap();
            assert_eq!((whole.secrets.len(), whole.folders.len(), whole.more), (count, folders, false));
            let (mut parts, mut after) = (Vec::new(), None::<String>);
            loop {
                let part = ListPart { after: after.as_deref(), limit: 64 };
                let listed = vault.vault.list_part(&op, &folder("dev"), recursive, part).await.unwrap();
                after = listed.secrets.last().map(|last| last.path.to_string());
                parts.extend(listed.secrets);
                if !listed.more {
                    break;
                }
            }
            assert_eq!(parts, whole.secrets);
        }
        // The few of a folder below are read from the storage.
        let few = vault.vault.list(&op, &folder("dev/app"), false).await.unwrap();
        assert_eq!(few.secrets.len(), 100);
        assert!(few.secrets.is_sorted_by(|left, right| left.path < right.path));
    });
}

#[test]
fn what_is_said_by_values_is_said_to_readers_alone() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let long = "a value that is used in several places";
        for (raw, text) in [("dev/A", long), ("dev/B", long), ("prod/C", long), ("dev/D", "another, alone")] {
            vault.set(raw, text).await.unwrap();
        }
        for raw in ["dev/PORT", "prod/PORT"] {
            vault.set(raw, "8000").await.unwrap();
        }
        let fields = [("user", "maya"), ("password", long)];
        let fields = fields.map(|(name, text)| (name.to_owned(), SecretBytes::copy_from(text.as_bytes())));
        let write = Write {
            value: Some(NewValue::Replace(Value::Fields(fields.into()))),
            ..write("prod/DB", "fields")
        };
        vault.vault.set(&op, write).await.unwrap();
        let same_as = |raw: &str| Search { same_as: Some(path(raw)), ..Search::default() };
        let reused = Search { reused: true, ..Search::default() };
        assert_eq!(found(&vault, &op, same_as("dev/A")).await, ["dev/B", "prod/C", "prod/DB"]);
        assert_eq!(found(&vault, &op, same_as("prod/DB")).await, ["dev/A", "dev/B", "prod/C"]);
        assert_eq!(found(&vault, &op, same_as("dev/D")).await, [""; 0]);
        // Short values are equal by nature: no report says so, and whoever asks is told.
        assert_eq!(found(&vault, &op, same_as("dev/PORT")).await, ["prod/PORT"]);
        assert_eq!(found(&vault, &op, reused.clone()).await, ["dev/A", "dev/B", "prod/C", "prod/DB"]);
        assert_eq!(vault.vault.report(&op, &folder("")).await.unwrap().reused, 4);
        // Who reads `dev` learns of nothing that is equal elsewhere, and of `prod` not by asking for it.
        let grants = [(Role::Reader, "dev/**"), (Role::Auditor, "prod/**")];
        let member = vault.member(1, &grants).await.unwrap();
        assert_eq!(found(&vault, &member, same_as("dev/A")).await, ["dev/B"]);
        assert_eq!(found(&vault, &member, same_as("dev/PORT")).await, [""; 0]);
        assert_eq!(found(&vault, &member, reused.clone()).await, ["dev/A", "dev/B"]);
        assert_eq!(vault.vault.report(&member, &folder("")).await.unwrap().reused, 2);
        for raw in ["prod/C", "prod/nothing"] {
            let refused = vault.vault.find(&member, &same_as(raw), ListPart::WHOLE).await;
            assert_eq!(coded(refused.map(drop)), Err("access.denied"), "{raw}");
        }
        let absent = vault.vault.find(&op, &same_as("prod/nothing"), ListPart::WHOLE).await;
        assert_eq!(coded(absent.map(drop)), Err("secret.not_found"));
        // What has expired and is denied then gives its value through no door, and says nothing of it by others.
        let on_expiry = Some(OnExpiry::Deny);
        let expires = Some(Some(Timestamp::from_millis(NOW + DAY)));
        describe(&vault, "prod/DB", MetadataPatch { expires, on_expiry, ..MetadataPatch::default() }).await;
        let later = Op { now: Timestamp::from_millis(NOW + DAY + 1), ..op.clone() };
        assert_eq!(found(&vault, &op, same_as("dev/A")).await, ["dev/B", "prod/C", "prod/DB"]);
        assert_eq!(found(&vault, &later, same_as("dev/A")).await, ["dev/B", "prod/C"]);
        assert_eq!(found(&vault, &later, same_as("prod/DB")).await, [""; 0]);
        assert_eq!(found(&vault, &later, reused.clone()).await, ["dev/A", "dev/B", "prod/C"]);
        assert_eq!(vault.vault.report(&later, &folder("")).await.unwrap().reused, 3);
        // What is in the trash, or was the value before, is not in use.
        vault.set("dev/B", "a new value of its own").await.unwrap();
        vault.vault.remove(&op, &path("prod/C")).await.unwrap();
        assert_eq!(found(&vault, &op, reused).await, ["dev/A", "prod/DB"]);
    });
}

#[test]
fn a_report_counts_what_a_search_finds() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        for (raw, days) in
            [("dev/A", 0), ("dev/B", 1), ("dev/C", 7), ("dev/D", 8), ("dev/E", 31), ("prod/F", 1)]
        {
            vault.set(raw, raw).await.unwrap();
            let expires = Some(Some(Timestamp::from_millis(NOW + days * DAY)));
            describe(&vault, raw, MetadataPatch { expires, ..MetadataPatch::default() }).await;
        }
        vault.set("dev/G", "g").await.unwrap();
        let rotate_every = Some(Some(24 * 60 * 60));
        describe(
            &vault,
            "dev/G",
            MetadataPatch { owner: some("Maya"), rotate_every, ..MetadataPatch::default() },
        )
        .await;
        vault.set("dev/H", "h").await.unwrap();
        vault.vault.remove(&op, &path("dev/H")).await.unwrap();
        let later = Op { now: Timestamp::from_millis(NOW + 1), ..op.clone() };
        let report = vault.vault.report(&later, &folder("dev")).await.unwrap();
        let expiring = report.expiring;
        assert_eq!((report.secrets, report.trashed, report.ownerless, report.overdue), (6, 1, 5, 0));
        assert_eq!(
            (expiring.expired, expiring.in_a_day, expiring.in_7_days, expiring.in_30_days),
            (1, 1, 2, 3)
        );
        let later = Op { now: Timestamp::from_millis(NOW + 2 * DAY), ..op.clone() };
        let report = vault.vault.report(&later, &folder("")).await.unwrap();
        assert_eq!((report.secrets, report.overdue, report.expiring.expired), (7, 1, 3));
        let expired_by = Some(later.now);
        let expired = Search { expired_by, ..Search::default() };
        assert_eq!(found(&vault, &later, expired).await, ["dev/A", "dev/B", "prod/F"]);
    });
}

/// What was read is told from what is pending, from the last entries of the log, and from the summaries of those before.
#[test]
fn what_nobody_reads_is_found() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let at = |day: u64| Op { now: Timestamp::from_millis(NOW + day * DAY), ..TestVault::op().unwrap() };
        let read = async |raw: &str, day: u64| {
            vault.vault.get(&at(day), &path(raw), Which::CURRENT).await.unwrap();
        };
        for raw in ["dev/A", "dev/B", "dev/C", "dev/D"] {
            vault.set(raw, "x").await.unwrap();
        }
        let unread = async |since: u64| {
            let unread_since = Some(Timestamp::from_millis(NOW + since * DAY));
            found(&vault, &at(100), Search { unread_since, ..Search::default() }).await
        };
        read("dev/A", 1).await;
        for _ in 0..300 {
            read("dev/B", 20).await;
        }
        read("dev/C", 40).await;
        let all = ["dev/A", "dev/B", "dev/C", "dev/D"];
        let expected = async || {
            assert_eq!(unread(0).await, [""; 0], "nothing is from before that");
            assert_eq!(unread(1).await, ["dev/D"]);
            assert_eq!(unread(2).await, ["dev/A", "dev/D"]);
            assert_eq!(unread(20).await, ["dev/A", "dev/D"]);
            assert_eq!(unread(21).await, ["dev/A", "dev/B", "dev/D"]);
            assert_eq!(unread(41).await, all);
        };
        expected().await;
        vault.vault.upkeep(&at(50), UpkeepSettings { retention_days: 365 }).await.unwrap();
        expected().await;
        // A refusal and an absence are no reads; a list and a history neither; a new value is from after that.
        let nobody = vault.member(1, &[]).await.unwrap();
        assert!(vault.vault.get(&nobody, &path("dev/D"), Which::CURRENT).await.is_err());
        vault.vault.list(&at(60), &folder("dev"), false).await.unwrap();
        vault.vault.history(&at(60), &path("dev/D")).await.unwrap();
        assert_eq!(unread(1).await, ["dev/D"]);
        assert_eq!(vault.vault.report(&at(100), &folder("")).await.unwrap().unread, Some(2));
        vault.vault.set(&at(60), write("dev/A", "y")).await.unwrap();
        assert_eq!(unread(50).await, ["dev/B", "dev/C", "dev/D"]);
    });
}
