//! Secrets that expire: from that moment on, on whichever clock says so first, no door gives what is to be denied then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coffer_encryption::SecretBytes;
use coffer_engine::Op;
use coffer_engine::access::Role;
use coffer_engine::metadata::{Classification, MetadataPatch, OnExpiry};
use coffer_engine::storage::Storage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{Expect, Expiring, NewValue, Write};
use coffer_engine::version::{Stage, Which};

use crate::members::{grant, made};
use crate::support::{coded, newest, number, path, text, write};
use crate::tokens::{clocked, issue, new, with};

const START: u64 = 1_767_225_600_000;
const SECOND: u64 = 1000;
const DAY: u64 = 24 * 60 * 60 * SECOND;

/// A vault whose storage has this clock, with `dev/A` at its second version, which expires after a second.
async fn expiring(on_expiry: OnExpiry) -> (TestVault, Arc<AtomicU64>) {
    let (storage, clock) = clocked();
    let vault = TestVault::over(storage as Arc<dyn Storage>).await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    vault.set("dev/A", "two").await.unwrap();
    vault.set("dev/B", "three").await.unwrap();
    let expires = Some(Some(Timestamp::from_millis(START + SECOND)));
    let metadata = MetadataPatch { expires, on_expiry: Some(on_expiry), ..MetadataPatch::default() };
    describe(&vault, &TestVault::op().unwrap(), metadata).await;
    (vault, clock)
}

async fn describe(vault: &TestVault, op: &Op, metadata: MetadataPatch) {
    let change =
        Write { path: path("dev/A"), value: None, references: false, expect: Expect::Anything, metadata };
    vault.vault.set(op, change).await.unwrap();
}

/// What every door says to this operation.
async fn doors(vault: &TestVault, op: &Op) -> Vec<Result<String, &'static str>> {
    let (a, b) = (path("dev/A"), path("dev/B"));
    let mut said = Vec::new();
    for which in
        [Which::CURRENT, Which::Stage(Stage::Previous), Which::Number(number(1)), Which::Number(number(2))]
    {
        said.push(coded(vault.vault.get(op, &a, which).await.map(|secret| text(&secret))));
    }
    let both = [(b, Which::CURRENT), (a, Which::CURRENT)];
    said.push(coded(vault.vault.get_all(op, &both).await.map(|all| all.iter().map(text).collect())));
    said
}

#[test]
fn from_its_moment_on_no_door_gives_what_is_denied_then() {
    block_on(async {
        let (vault, clock) = expiring(OnExpiry::Deny).await;
        let member = vault.member(1, &[(Role::Owner, "**")]).await.unwrap();
        let early = TestVault::op().unwrap();
        let late = |by: u64| Op { now: Timestamp::from_millis(START + by), ..early.clone() };
        let all = ["two", "one", "one", "two", "threetwo"].map(|text| Ok(text.to_owned())).to_vec();
        let none = vec![Err("secret.expired"); 5];
        for op in [&early, &member] {
            assert_eq!(doors(&vault, op).await, all);
        }
        assert_eq!(doors(&vault, &late(SECOND)).await, all, "it is good at that moment");
        assert_eq!(doors(&vault, &late(SECOND + 1)).await, none, "and not after it");
        // The storage's clock is ahead of whoever asks: it decides with the commit.
        clock.store(START + SECOND, Ordering::SeqCst);
        assert_eq!(doors(&vault, &early).await, all);
        clock.store(START + SECOND + 1, Ordering::SeqCst);
        for op in [&early, &member] {
            assert_eq!(doors(&vault, op).await, none);
        }
        let last = newest(&vault, 2).await.into_iter().find(|entry| entry.action == "secret_get").unwrap();
        assert_eq!((last.outcome.as_str(), last.path.as_str(), last.version), ("expired", "dev/A", None));
        assert_eq!(coded(vault.vault.get(&early, &path("dev/B"), Which::CURRENT).await.map(drop)), Ok(()));
        // A clock that goes back: as far as anybody can tell, it has not expired.
        clock.store(START, Ordering::SeqCst);
        assert_eq!(doors(&vault, &early).await, all);
    });
}

#[test]
fn a_token_that_is_good_is_not_taken_for_the_secret_that_is_not() {
    block_on(async {
        let (vault, clock) = expiring(OnExpiry::Deny).await;
        made(&vault, "maya", &[grant(Role::Owner, "**")]).await;
        let (token, _) = issue(&vault, &TestVault::op().unwrap(), &new("maya", 3600, 3600)).await;
        let op = with(&token);
        clock.store(START + SECOND + 1, Ordering::SeqCst);
        assert_eq!(
            coded(vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.map(drop)),
            Err("secret.expired")
        );
        assert_eq!(coded(vault.vault.get(&op, &path("dev/B"), Which::CURRENT).await.map(drop)), Ok(()));
        clock.store(START + 3_600 * SECOND + 1, Ordering::SeqCst);
        for secret in ["dev/A", "dev/B"] {
            assert_eq!(
                coded(vault.vault.get(&op, &path(secret), Which::CURRENT).await.map(drop)),
                Err("token.invalid")
            );
        }
    });
}

#[test]
fn who_may_write_it_makes_it_last() {
    block_on(async {
        let (vault, clock) = expiring(OnExpiry::Deny).await;
        let op = TestVault::op().unwrap();
        clock.store(START + 2 * SECOND, Ordering::SeqCst);
        // A new value alone changes nothing about that: somebody has to say how long it is good.
        vault.vault.set(&op, write("dev/A", "new")).await.unwrap();
        assert_eq!(
            coded(vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.map(drop)),
            Err("secret.expired")
        );
        // Nor does a field that is merged with those that are there; they go to nobody.
        let merge = |field: &str| {
            let fields = [(field.to_owned(), Some(SecretBytes::copy_from(b"value")))].into();
            let metadata = MetadataPatch {
                expires: Some(Some(Timestamp::from_millis(START + SECOND))),
                on_expiry: Some(OnExpiry::Deny),
                ..MetadataPatch::default()
            };
            let value = Some(NewValue::Merge(fields));
            Write { path: path("dev/FIELDS"), value, references: false, expect: Expect::Anything, metadata }
        };
        for field in ["user", "password"] {
            vault.vault.set(&op, merge(field)).await.unwrap();
        }
        let fields = vault.vault.get(&op, &path("dev/FIELDS"), Which::CURRENT).await;
        assert_eq!(coded(fields.map(drop)), Err("secret.expired"));
        let later = Some(Some(Timestamp::from_millis(START + 9 * SECOND)));
        describe(&vault, &op, MetadataPatch { expires: later, ..MetadataPatch::default() }).await;
        let secret = vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.unwrap();
        assert_eq!((text(&secret).as_str(), secret.expires()), ("new", later.flatten()));
        // Undone, it is expired again; and without an end it never is.
        vault.vault.undo(&op, &path("dev/A")).await.unwrap();
        assert_eq!(
            coded(vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.map(drop)),
            Err("secret.expired")
        );
        describe(&vault, &op, MetadataPatch { expires: Some(None), ..MetadataPatch::default() }).await;
        assert_eq!(doors(&vault, &op).await.first(), Some(&Ok("new".to_owned())));
    });
}

#[test]
fn what_is_only_warned_of_is_read_and_says_so() {
    block_on(async {
        let (vault, clock) = expiring(OnExpiry::Warn).await;
        clock.store(START + 2 * SECOND, Ordering::SeqCst);
        let secret =
            vault.vault.get(&TestVault::op().unwrap(), &path("dev/A"), Which::CURRENT).await.unwrap();
        assert_eq!(secret.expires(), Some(Timestamp::from_millis(START + SECOND)));
    });
}

#[test]
fn what_is_known_has_fields_of_its_own_and_limits() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let all = MetadataPatch {
            owner: Some(Some("maya".to_owned())),
            classification: Some(Some(Classification::Restricted)),
            personal_data: Some(true),
            residency: Some(Some("eu".to_owned())),
            purpose: Some(Some("billing".to_owned())),
            rotate_every: Some(Some(90 * 24 * 3600)),
            ..MetadataPatch::default()
        };
        describe(&vault, &op, all).await;
        let known = vault.vault.history(&op, &path("dev/A")).await.unwrap().metadata;
        assert_eq!(
            (known.classification, known.personal_data(), known.on_expiry(), known.rotate_every),
            (Some(Classification::Restricted), true, OnExpiry::Warn, Some(7_776_000))
        );
        assert_eq!((known.residency.as_deref(), known.purpose.as_deref()), (Some("eu"), Some("billing")));
        let refused = async |metadata| {
            let change = Write {
                path: path("dev/A"),
                value: None,
                references: false,
                expect: Expect::Anything,
                metadata,
            };
            coded(vault.vault.set(&op, change).await.map(drop)).unwrap_err()
        };
        let long = |bytes: usize| Some(Some("x".repeat(bytes)));
        for (metadata, code) in [
            (
                MetadataPatch { rotate_every: Some(Some(59)), ..MetadataPatch::default() },
                "metadata.rotate_every",
            ),
            (
                MetadataPatch { rotate_every: Some(Some(u32::MAX)), ..MetadataPatch::default() },
                "metadata.rotate_every",
            ),
            (MetadataPatch { purpose: long(256), ..MetadataPatch::default() }, "name.too_long"),
            (MetadataPatch { residency: long(65), ..MetadataPatch::default() }, "name.too_long"),
            (MetadataPatch { purpose: long(0), ..MetadataPatch::default() }, "name.empty"),
        ] {
            assert_eq!(refused(metadata).await, code);
        }
    });
}

#[test]
fn what_expires_soon_is_counted_for_the_tenants_in_use() {
    block_on(async {
        let (vault, clock) = expiring(OnExpiry::Deny).await;
        let op = TestVault::op().unwrap();
        for (name, end) in [("B", 2), ("C", 6 * DAY), ("D", 30 * DAY), ("E", 30 * DAY + 3), ("TRASHED", DAY)]
        {
            let metadata = MetadataPatch {
                expires: Some(Some(Timestamp::from_millis(START + end))),
                ..MetadataPatch::default()
            };
            vault.vault.set(&op, Write { metadata, ..write(&format!("dev/{name}"), "x") }).await.unwrap();
        }
        vault.vault.remove(&op, &path("dev/TRASHED")).await.unwrap();
        let now = Timestamp::from_millis(START + 2);
        let found = vault.vault.expiring(now).await.unwrap();
        assert_eq!(found, Expiring { tenants: 1, expired: 0, in_a_day: 2, in_7_days: 3, in_30_days: 4 });
        let later = vault.vault.expiring(Timestamp::from_millis(START + 3)).await.unwrap();
        assert_eq!((later.expired, later.in_30_days), (1, 4), "what was 30 days and a bit away is nearer");
        drop(clock);
    });
}
