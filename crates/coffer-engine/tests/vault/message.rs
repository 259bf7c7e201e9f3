//! Why: a message goes into the entry of each change, and beside the version that a change makes.

use coffer_engine::audit::EntryFilter;
use coffer_engine::message::Message;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::FolderPath;
use coffer_engine::secret::Value;
use coffer_engine::testkit::TestVault;
use coffer_engine::vault::{Expect, NewValue, Write};
use coffer_engine::version::Which;
use coffer_engine::{Op, RequestId};

use crate::support::{coded, number, path, write};

fn saying(text: &str) -> Op {
    let message = Some(Message::parse(text).unwrap());
    Op { message, request: RequestId::generate().unwrap(), ..TestVault::op().unwrap() }
}

/// `action outcome message` of all entries but those of this look.
async fn said(vault: &TestVault) -> Vec<String> {
    let op = TestVault::op().unwrap();
    let log = vault.vault.audit_query(&op, &EntryFilter::default(), None, 1000, false).await.unwrap();
    let entries = log.entries.iter().filter(|entry| entry.action != "audit_query");
    let line = |entry: &coffer_engine::audit::LoggedEntry| {
        format!("{} {} {}", entry.action, entry.outcome, entry.message.as_deref().unwrap_or("-"))
    };
    entries.map(line).collect()
}

#[tokio::test]
async fn every_change_says_why_and_no_read_does() {
    let vault = TestVault::in_memory().await.unwrap();
    let (op, why) = (saying("case 12"), "case 12");
    let a = path("dev/A");
    vault.vault.set(&op, write("dev/A", "one")).await.unwrap();
    let before = said(&vault).await.len();
    let fields = [("user".to_owned(), None)].into();
    let merge = Write {
        path: path("dev/DB"),
        value: Some(NewValue::Merge(fields)),
        references: false,
        expect: Expect::Anything,
        metadata: MetadataPatch::default(),
    };
    assert_eq!(coded(vault.vault.set(&op, merge).await).map(|_| ()), Err("value.no_fields"));
    vault
        .vault
        .set_all(&op, vec![(a.clone(), Value::text("two")), (path("dev/B"), Value::text("b"))])
        .await
        .unwrap();
    vault.vault.rotate(&op, &a, Some(Value::text("three"))).await.unwrap();
    vault.vault.undo(&op, &a).await.unwrap();
    vault.vault.remove(&op, &a).await.unwrap();
    vault.vault.undo(&op, &a).await.unwrap();
    vault.vault.destroy(&op, &a, Some(number(1))).await.unwrap();
    assert_eq!(coded(vault.vault.remove(&op, &path("dev/NOWHERE")).await), Err("secret.not_found"));
    vault.vault.get(&op, &a, Which::CURRENT).await.unwrap();
    vault.vault.history(&op, &a).await.unwrap();
    vault.vault.list(&op, &FolderPath::root(), true).await.unwrap();
    let expected = [
        // A merge reads first, and that is a read.
        "secret_merge absent -".to_owned(),
        format!("secret_set done {why}"),
        format!("secret_set done {why}"),
        format!("secret_rotate done {why}"),
        format!("secret_undo done {why}"),
        format!("secret_remove done {why}"),
        format!("secret_undo done {why}"),
        format!("secret_destroy done {why}"),
        format!("secret_remove absent {why}"),
        "secret_get done -".to_owned(),
        "secret_history done -".to_owned(),
        "secret_list done -".to_owned(),
    ];
    assert_eq!(said(&vault).await[before..], expected);
}

#[tokio::test]
async fn a_version_says_why_it_was_made() {
    let vault = TestVault::in_memory().await.unwrap();
    vault.vault.set(&saying("made"), write("dev/A", "one")).await.unwrap();
    vault.vault.set(&TestVault::op().unwrap(), write("dev/A", "two")).await.unwrap();
    vault.vault.rotate(&saying("it leaked"), &path("dev/A"), Some(Value::text("three"))).await.unwrap();
    // Neither makes a version.
    vault.vault.undo(&saying("not so"), &path("dev/A")).await.unwrap();
    let about = Write { value: None, metadata: MetadataPatch::default(), ..write("dev/A", "") };
    vault.vault.set(&saying("about"), about).await.unwrap();
    vault.vault.destroy(&saying("gone"), &path("dev/A"), Some(number(1))).await.unwrap();
    let history = vault.vault.history(&TestVault::op().unwrap(), &path("dev/A")).await.unwrap();
    let said: Vec<Option<&str>> = history.versions.iter().map(|version| version.message.as_deref()).collect();
    assert_eq!(said, [Some("made"), None, Some("it leaked")]);
}
