//! What members are refused is counted; programs that go on are suspended, people are watched.

use std::sync::Arc;

use coffer_engine::access::{Attached, Conditions, IdentityKind, Place, Role};
use coffer_engine::action::Right;
use coffer_engine::slug::PolicyName;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::token::{TokenHash, TokenId};
use coffer_engine::vault::{
    MemberChange, MemberEdit, NewMember, NewToken, Question, UpkeepSettings, ViolationAction,
};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op, Vault};

use crate::members::{grant, name};
use crate::support::{coded, memory, newest, path, records};

/// A vault that suspends after three.
async fn strict(storage: &Arc<MemoryStorage>) -> TestVault {
    let storage = Arc::clone(storage);
    let vault =
        TestVault::with_settings(storage, |settings| settings.violation_action = ViolationAction::Suspend);
    let vault = vault.await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    vault
}

/// A member, and an operation with a token of theirs.
async fn member(vault: &TestVault, called: &str, kind: IdentityKind, role: Role, on: &str) -> (Op, TokenId) {
    let op = TestVault::op().unwrap();
    let new = NewMember::with(kind, vec![grant(role, on)]);
    vault.vault.member_create(&op, &name(called), &new, false).await.unwrap();
    token(vault, called).await
}

async fn token(vault: &TestVault, called: &str) -> (Op, TokenId) {
    let op = TestVault::op().unwrap();
    let new = NewToken {
        member: Some(name(called)),
        ttl_seconds: 1_000_000,
        max_seconds: 1_000_000,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    };
    let (token, about) = vault.vault.token_create(&op, &new, false).await.unwrap();
    (Op { actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()), ..op }, about.id)
}

async fn reads(vault: &Vault, op: &Op, raw: &str) -> Result<(), &'static str> {
    coded(vault.get(op, &path(raw), Which::CURRENT).await.map(drop))
}

/// What the log says of suspensions, the oldest first.
async fn suspensions(vault: &TestVault) -> Vec<String> {
    let said: Vec<String> = newest(vault, 200)
        .await
        .into_iter()
        .filter(|entry| entry.action == "member_suspend")
        .map(|entry| String::from_utf8(entry.leaf).unwrap())
        .collect();
    said
}

async fn is_disabled(vault: &TestVault, called: &str) -> (bool, bool) {
    let op = TestVault::op().unwrap();
    let members = vault.vault.member_list(&op, false).await.unwrap();
    let one = members.into_iter().find(|one| one.identity.name == called).unwrap().identity;
    (one.disabled, one.violations)
}

#[test]
fn a_program_that_asks_for_three_things_that_it_may_not_is_suspended() {
    block_on(async {
        let vault = strict(&memory()).await;
        let (shop, _) = member(&vault, "shop", IdentityKind::Service, Role::Reader, "dev/**").await;
        let (other, _) = token(&vault, "shop").await;
        for (at, raw) in ["prod/A", "prod/B", "prod/A", "prod/A"].into_iter().enumerate() {
            assert_eq!(reads(&vault.vault, &shop, raw).await, Err("access.denied"), "{at}");
        }
        assert_eq!(reads(&vault.vault, &shop, "dev/A").await, Ok(()), "the same counts once");
        assert!(suspensions(&vault).await.is_empty());
        assert_eq!(reads(&vault.vault, &other, "prod/C").await, Err("access.denied"), "with whichever token");
        assert_eq!(is_disabled(&vault, "shop").await, (true, true));
        let said = suspensions(&vault).await;
        assert_eq!(said.len(), 1);
        assert!(said[0].contains(r#""suspended":true"#) && said[0].contains(r#""violations":3"#), "{said:?}");
        // No token of theirs has power, from the next request on.
        for op in [&shop, &other] {
            assert_eq!(reads(&vault.vault, op, "dev/A").await, Err("access.denied"));
        }
        let op = TestVault::op().unwrap();
        let enable = MemberChange { disabled: Some(false), ..MemberChange::default() };
        vault.vault.member_change(&op, &name("shop"), &enable, false).await.unwrap();
        assert_eq!(is_disabled(&vault, "shop").await, (false, false));
        assert_eq!(reads(&vault.vault, &shop, "dev/A").await, Ok(()));
        // The count begins anew.
        for raw in ["prod/D", "prod/E"] {
            assert_eq!(reads(&vault.vault, &shop, raw).await, Err("access.denied"));
        }
        assert_eq!(is_disabled(&vault, "shop").await, (false, false));
        assert_eq!(reads(&vault.vault, &shop, "prod/F").await, Err("access.denied"));
        assert_eq!(is_disabled(&vault, "shop").await, (true, true));
        // It can be taken back as any change of what they may do.
        vault.vault.member_undo(&op, &name("shop"), false).await.unwrap();
        assert_eq!(is_disabled(&vault, "shop").await, (false, false));
        assert!(vault.vault.audit_verify(&op, &[], false, &|_| {}).await.unwrap().problems.is_empty());
    });
}

#[test]
fn a_person_and_who_alone_can_grant_are_watched_and_nothing_else() {
    block_on(async {
        let vault = strict(&memory()).await;
        let (maya, _) = member(&vault, "maya", IdentityKind::Human, Role::Reader, "dev/**").await;
        let (robot, _) = member(&vault, "robot", IdentityKind::Agent, Role::Owner, "dev/**").await;
        let (chief, _) = member(&vault, "chief", IdentityKind::Service, Role::Owner, "**").await;
        let own = TestVault::op().unwrap();
        let deny = PolicyName::parse("deny").unwrap();
        let text = r#"path "prod/*" { capabilities = ["deny"] }"#;
        vault.vault.policy_set(&own, &deny, text, false).await.unwrap();
        let attached = Attached { policy: deny, when: Conditions::default() };
        let change = MemberChange { edits: vec![MemberEdit::Attach(attached)], ..MemberChange::default() };
        vault.vault.member_change(&own, &name("chief"), &change, false).await.unwrap();
        for (op, called) in [(&maya, "maya"), (&chief, "chief"), (&robot, "robot")] {
            for raw in ["prod/A", "prod/B", "prod/C", "prod/D", "prod/E"] {
                assert_eq!(reads(&vault.vault, op, raw).await, Err("access.denied"));
            }
            let is = is_disabled(&vault, called).await;
            // Who owns a part grants nothing.
            assert_eq!(is, (called == "robot", called == "robot"), "{called}");
        }
        let said = suspensions(&vault).await;
        let suspended: Vec<bool> = said.iter().map(|said| said.contains(r#""suspended":true"#)).collect();
        assert_eq!(suspended, [false, false, true], "once each");
    });
}

#[test]
fn a_token_that_was_revoked_counts_once_and_a_stranger_nothing() {
    block_on(async {
        let storage = memory();
        let vault = strict(&storage).await;
        let op = TestVault::op().unwrap();
        let (shop, _) = member(&vault, "shop", IdentityKind::Service, Role::Reader, "dev/**").await;
        let mut revoked = Vec::new();
        for _ in 0..3 {
            let (with, id) = token(&vault, "shop").await;
            vault.vault.token_revoke(&op, id, false).await.unwrap();
            revoked.push(with);
        }
        for with in [&revoked[0], &revoked[0], &revoked[0], &revoked[1], &revoked[0]] {
            assert_eq!(reads(&vault.vault, with, "dev/A").await, Err("token.invalid"));
        }
        assert_eq!(is_disabled(&vault, "shop").await, (false, false));
        // One that has ended by its time, and one that is none, are nothing of the kind.
        let late = Op { now: Timestamp::from_millis(shop.now.millis() + 1_000_001_000), ..shop.clone() };
        let elsewhere = strict(&memory()).await;
        let (none, _) = member(&elsewhere, "shop", IdentityKind::Service, Role::Reader, "dev/**").await;
        for with in [&late, &none] {
            for raw in ["prod/A", "prod/B", "prod/C"] {
                assert_eq!(reads(&vault.vault, with, raw).await, Err("token.invalid"));
            }
        }
        assert_eq!(is_disabled(&vault, "shop").await, (false, false));
        assert_eq!(reads(&vault.vault, &revoked[2], "dev/A").await, Err("token.invalid"));
        assert_eq!(is_disabled(&vault, "shop").await, (true, true));
    });
}

/// Who asks why, is shown less in a list, or whose time is over, has done nothing wrong; and a day later nothing counts.
#[test]
fn what_is_no_violation_does_not_count_and_none_counts_for_ever() {
    block_on(async {
        let storage = memory();
        let vault = strict(&storage).await;
        let op = TestVault::op().unwrap();
        let (shop, _) = member(&vault, "shop", IdentityKind::Service, Role::Reader, "dev/**").await;
        vault.set("prod/A", "two").await.unwrap();
        for raw in ["prod/A", "prod/B", "prod/C", "prod/D"] {
            let question =
                Question { who: Some(name("shop")), right: Right::Read, place: Place::Secret(path(raw)) };
            assert_eq!(
                coded(vault.vault.check_permission(&shop, &question, false).await).map(drop),
                Err("access.denied")
            );
        }
        assert_eq!(is_disabled(&vault, "shop").await, (false, false));
        let before = records(storage.as_ref()).await.len();
        for raw in ["prod/A", "prod/B"] {
            assert_eq!(reads(&vault.vault, &shop, raw).await, Err("access.denied"));
        }
        assert_eq!(records(storage.as_ref()).await.len(), before + 1, "one record");
        let day = 24 * 60 * 60 * 1000;
        let tomorrow = Op { now: Timestamp::from_millis(shop.now.millis() + day + 1), ..shop.clone() };
        assert_eq!(reads(&vault.vault, &tomorrow, "prod/C").await, Err("access.denied"));
        assert_eq!(is_disabled(&vault, "shop").await, (false, false));
        let settings = UpkeepSettings { retention_days: 365 };
        let later = Op { now: Timestamp::from_millis(op.now.millis() + 3 * day), ..op.clone() };
        assert!(vault.vault.upkeep(&later, settings).await.unwrap().swept > 0);
        assert_eq!(
            records(storage.as_ref()).await.iter().filter(|(key, _)| key.as_bytes()[16] == 0x42).count(),
            0
        );
    });
}
