//! Tokens: law 3 for what was revoked or has expired, and what else a token must not be.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use coffer_engine::access::Role;
use coffer_engine::identity::IdentityId;
use coffer_engine::limits::{TOKEN_DEPTH_MAX, TOKEN_LIFE_MAX_SECONDS};
use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::token::{Token, TokenHash, TokenId};
use coffer_engine::vault::{MemberChange, NewToken, TokenInfo};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::members::{grant, made, name};
use crate::support::{coded, memory, newest, op_in, path, records};

const HOUR: u64 = 3600;

pub(crate) fn new(raw: &str, ttl_seconds: u64, max_seconds: u64) -> NewToken {
    NewToken {
        member: Some(name(raw)),
        ttl_seconds,
        max_seconds,
        uses: None,
        networks: Vec::new(),
        label: "for a test".to_owned(),
    }
}

/// An operation with this token, as a request would bring it.
pub(crate) fn with(token: &Token) -> Op {
    Op { actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()), ..TestVault::op().unwrap() }
}

pub(crate) async fn issue(vault: &TestVault, op: &Op, new: &NewToken) -> (Token, TokenInfo) {
    vault.vault.token_create(op, new, false).await.unwrap()
}

async fn get(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::CURRENT).await).map(|_| ())
}

/// A vault with a secret and a member who may everything.
async fn with_maya(storage: Arc<dyn Storage>) -> (TestVault, IdentityId) {
    let vault = TestVault::over(storage).await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    let maya = made(&vault, "maya", &[grant(Role::Owner, "**")]).await;
    (vault, maya)
}

/// A memory whose clock a test sets.
pub(crate) fn clocked() -> (Arc<MemoryStorage>, Arc<AtomicU64>) {
    let millis = Arc::new(AtomicU64::new(TestVault::op().unwrap().now.millis()));
    let clock = Arc::clone(&millis);
    (MemoryStorage::new(Arc::new(move || Timestamp::from_millis(clock.load(Ordering::SeqCst)))), millis)
}

#[test]
fn a_token_is_its_member_and_the_log_says_by_which() {
    block_on(async {
        let (vault, maya) = with_maya(memory()).await;
        let owner = TestVault::op().unwrap();
        let (token, info) = issue(&vault, &owner, &new("maya", HOUR, HOUR)).await;
        assert_eq!((info.identity, info.revoked, info.has_parent), (maya, false, false));
        assert_eq!(get(&vault, &with(&token)).await, Ok(()));
        let entry = newest(&vault, 2).await;
        let entry = entry.iter().find(|entry| entry.action == "secret_get").unwrap();
        let hex: String = maya.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((entry.actor.id.as_str(), entry.actor.via.as_str()), (hex.as_str(), "token"));
        assert_eq!(entry.actor.token, Some(info.id.to_string()));
        assert_eq!(vault.vault.token_list(&owner, false).await.unwrap(), [info]);
    });
}

/// T-L1, T-A13: neither the text nor what it decodes to is in the store; it is found by its hash alone.
#[test]
fn t_l1_the_text_of_a_token_is_nowhere() {
    block_on(async {
        let storage = memory();
        let (vault, _) = with_maya(Arc::clone(&storage) as Arc<dyn Storage>).await;
        let owner = TestVault::op().unwrap();
        let (token, info) = issue(&vault, &owner, &new("maya", HOUR, HOUR)).await;
        get(&vault, &with(&token)).await.unwrap();
        let text = token.expose().strip_prefix("coffer_").unwrap().as_bytes();
        let has =
            |bytes: &[u8]| bytes.windows(12).any(|window| text.windows(12).any(|piece| piece == window));
        for (key, record) in records(&*storage).await {
            assert!(!has(key.as_bytes()) && !has(&record.value));
        }
        for entry in newest(&vault, 100).await {
            assert!(!has(&entry.leaf));
        }
        assert!(!has(format!("{token:?} {info:?} {:?}", with(&token)).as_bytes()));
    });
}

#[test]
fn what_was_revoked_is_refused_by_a_vault_that_has_it_cached_and_so_are_its_children() {
    block_on(async {
        let storage = memory();
        let (here, _) = with_maya(Arc::clone(&storage) as Arc<dyn Storage>).await;
        let there = TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>).await.unwrap();
        let owner = TestVault::op().unwrap();
        let (first, _) = issue(&here, &owner, &new("maya", HOUR, HOUR)).await;
        let (child, child_info) = issue(&here, &with(&first), &new("maya", HOUR, HOUR)).await;
        let (grandchild, _) = issue(&here, &with(&child), &new("maya", HOUR, HOUR)).await;
        let (other, _) = issue(&here, &owner, &new("maya", HOUR, HOUR)).await;
        assert!(child_info.has_parent);
        let all = [&first, &child, &grandchild, &other].map(with);
        for op in &all {
            assert_eq!(get(&there, op).await, Ok(()));
        }
        here.vault.token_revoke(&owner, child_info.id, false).await.unwrap();
        here.vault.token_revoke(&owner, child_info.id, false).await.unwrap();
        let [first_op, child_op, grandchild_op, other_op] = &all;
        assert_eq!((get(&there, first_op).await, get(&there, other_op).await), (Ok(()), Ok(())));
        assert_eq!(get(&there, child_op).await, Err("token.invalid"));
        assert_eq!(get(&there, grandchild_op).await, Err("token.invalid"));
        assert_eq!(coded(there.vault.token_renew(child_op, false).await).err(), Some("token.invalid"));
        assert_eq!(
            coded(there.vault.token_revoke_own(grandchild_op, false).await).err(),
            Some("token.invalid")
        );
        there.vault.token_revoke_own(first_op, false).await.unwrap();
        assert_eq!(get(&here, first_op).await, Err("token.invalid"));
        // What a token that has ended asks for is in the log, as refused.
        let refused = newest(&here, 3).await;
        let refused =
            refused.iter().filter(|entry| entry.action == "secret_get" && entry.outcome == "refused");
        assert!(refused.count() >= 1);
        assert_eq!(get(&there, other_op).await, Ok(()));
        let gone = here.vault.token_revoke(&owner, TokenId::from_bytes([1; 16]), false).await;
        assert_eq!(coded(gone), Err("token.not_found"));
    });
}

/// T-A4: expiry is decided when a token is used, on the storage's clock, to the millisecond. The request may say it came earlier.
#[test]
fn t_a4_a_token_ends_at_its_moment_on_the_clock_of_the_storage() {
    block_on(async {
        let (storage, clock) = clocked();
        let (vault, _) = with_maya(Arc::clone(&storage) as Arc<dyn Storage>).await;
        let owner = TestVault::op().unwrap();
        let start = owner.now.millis();
        let (token, info) = issue(&vault, &owner, &new("maya", HOUR, 2 * HOUR)).await;
        let (child, child_info) = issue(&vault, &with(&token), &new("maya", 9 * HOUR, 9 * HOUR)).await;
        assert_eq!(info.expires.millis(), start + HOUR * 1000);
        assert!(child_info.expires > info.expires, "it says so, and ends all the same");
        let both = [with(&token), with(&child)];
        for (millis, expected) in
            [(0, Ok(())), (HOUR * 1000, Ok(())), (HOUR * 1000 + 1, Err("token.invalid"))]
        {
            clock.store(start + millis, Ordering::SeqCst);
            for op in &both {
                assert_eq!(get(&vault, op).await, expected, "{millis}");
            }
        }
        // The other way round: a request from later, at a storage whose clock is behind.
        clock.store(start, Ordering::SeqCst);
        for (millis, expected) in [(HOUR * 1000, Ok(())), (HOUR * 1000 + 1, Err("token.invalid"))] {
            let late = Op { now: Timestamp::from_millis(start + millis), ..both[0].clone() };
            assert_eq!(get(&vault, &late).await, expected, "{millis}");
        }
        clock.store(start + HOUR * 1000 + 1, Ordering::SeqCst);
        assert_eq!(get(&vault, &both[0]).await, Err("token.invalid"));
        let tail = newest(&vault, 2).await;
        let last = tail.iter().find(|entry| entry.action == "secret_get").unwrap();
        assert_eq!((last.outcome.as_str(), last.actor.via.as_str()), ("refused", "token"));
    });
}

#[test]
fn t_a4_no_time_is_for_ever_and_no_renewal_goes_beyond_the_maximum() {
    block_on(async {
        let (storage, clock) = clocked();
        let (vault, _) = with_maya(Arc::clone(&storage) as Arc<dyn Storage>).await;
        let owner = TestVault::op().unwrap();
        let start = owner.now.millis();
        let most = TOKEN_LIFE_MAX_SECONDS;
        for (ttl, max) in [(0, HOUR), (HOUR, 0), (most + 1, most), (most, most + 1), (u64::MAX, u64::MAX)] {
            let refused = vault.vault.token_create(&owner, &new("maya", ttl, max), false).await;
            assert_eq!(coded(refused).err(), Some("token.lifetime"), "{ttl} {max}");
        }
        let (_, info) = issue(&vault, &owner, &new("maya", 3 * HOUR, 2 * HOUR)).await;
        assert_eq!(info.expires.millis(), start + 2 * HOUR * 1000, "the maximum is the less");
        let (token, _) = issue(&vault, &owner, &new("maya", HOUR, 2 * HOUR)).await;
        let renewed_at = async |hours: u64, minutes: u64| {
            let millis = start + (hours * HOUR + minutes * 60) * 1000;
            clock.store(millis, Ordering::SeqCst);
            let op = Op { now: Timestamp::from_millis(millis), ..with(&token) };
            coded(vault.vault.token_renew(&op, false).await).map(|until| until.millis() - start)
        };
        assert_eq!(renewed_at(0, 30).await, Ok(HOUR * 1500));
        assert_eq!(renewed_at(1, 15).await, Ok(HOUR * 2000));
        assert_eq!(renewed_at(2, 0).await, Ok(HOUR * 2000));
        assert_eq!(renewed_at(2, 1).await, Err("token.invalid"));
        assert_eq!(coded(vault.vault.token_renew(&owner, false).await).err(), Some("token.none"));
    });
}

/// T-N1: a token of one tenant is in another what a token is that nobody ever made.
#[test]
fn t_n1_a_token_is_unknown_in_every_other_tenant() {
    block_on(async {
        let (vault, _) = with_maya(memory()).await;
        let owner = TestVault::op().unwrap();
        vault.vault.tenant_create(&owner, &op_in("other").tenant).await.unwrap();
        vault.vault.set(&op_in("other"), crate::support::write("dev/A", "theirs")).await.unwrap();
        let (token, info) = issue(&vault, &owner, &new("maya", HOUR, HOUR)).await;
        let abroad = Op { tenant: op_in("other").tenant, ..with(&token) };
        let told = async |op: &Op| {
            vault.vault.get(op, &path("dev/A"), Which::CURRENT).await.map(|_| ()).unwrap_err().to_string()
        };
        let made_up = "coffer_".to_owned() + &"A".repeat(48);
        assert_eq!(TokenHash::of_text(&made_up), None);
        let (never, _) = {
            let (elsewhere, _) = with_maya(memory()).await;
            issue(&elsewhere, &owner, &new("maya", HOUR, HOUR)).await
        };
        assert_eq!(told(&abroad).await, told(&with(&never)).await);
        let nowhere = Op { tenant: op_in("nowhere").tenant, ..with(&token) };
        assert_eq!(told(&abroad).await, told(&nowhere).await, "nor is it told which tenants there are");
        let theirs = vault.vault.token_revoke(&op_in("other"), info.id, false).await;
        assert_eq!(coded(theirs), Err("token.not_found"));
        assert_eq!(coded(vault.vault.member_list(&with(&token), true).await).err(), Some("token.invalid"));
    });
}

#[test]
fn a_member_without_power_has_no_tokens_that_do_anything() {
    block_on(async {
        let (vault, _) = with_maya(memory()).await;
        let owner = TestVault::op().unwrap();
        let (token, _) = issue(&vault, &owner, &new("maya", HOUR, HOUR)).await;
        let disabled = |disabled| MemberChange { disabled: Some(disabled), ..MemberChange::default() };
        vault.vault.member_change(&owner, &name("maya"), &disabled(true), false).await.unwrap();
        assert_eq!(get(&vault, &with(&token)).await, Err("access.denied"));
        assert_eq!(coded(vault.vault.token_renew(&with(&token), false).await).err(), Some("access.denied"));
        let another = vault.vault.token_create(&owner, &new("maya", HOUR, HOUR), false).await;
        assert_eq!(coded(another).err(), Some("member.disabled"));
        vault.vault.member_change(&owner, &name("maya"), &disabled(false), false).await.unwrap();
        assert_eq!(get(&vault, &with(&token)).await, Ok(()));
        let nobody = vault.vault.token_create(&owner, &new("nobody", HOUR, HOUR), false).await;
        assert_eq!(coded(nobody).err(), Some("member.not_found"));
    });
}

#[test]
fn only_who_may_grant_makes_and_revokes_tokens() {
    block_on(async {
        let (vault, _) = with_maya(memory()).await;
        let owner = TestVault::op().unwrap();
        let (_, mayas) = issue(&vault, &owner, &new("maya", HOUR, HOUR)).await;
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Owner) {
            made(&vault, role.name(), &[grant(role, "**")]).await;
            let (token, _) = issue(&vault, &owner, &new(role.name(), HOUR, HOUR)).await;
            let op = with(&token);
            let for_maya = vault.vault.token_create(&op, &new("maya", HOUR, HOUR), false).await;
            assert_eq!(coded(for_maya).err(), Some("access.denied"), "{role:?}");
            assert_eq!(coded(vault.vault.token_revoke(&op, mayas.id, false).await), Err("access.denied"));
            // Its own it may renew and end, whatever it may else.
            vault.vault.token_renew(&op, false).await.unwrap();
            vault.vault.token_revoke_own(&op, false).await.unwrap();
            assert_eq!(get(&vault, &op).await, Err("token.invalid"));
        }
    });
}

/// With whatever rights: it gives nobody more than he has.
#[test]
fn a_member_makes_a_token_for_himself_that_ends_with_his_own() {
    block_on(async {
        let (vault, _) = with_maya(memory()).await;
        let owner = TestVault::op().unwrap();
        let reader = made(&vault, "reader", &[grant(Role::Reader, "dev/**")]).await;
        let for_oneself = NewToken { member: None, ..new("reader", HOUR, HOUR) };
        let (token, info) = issue(&vault, &owner, &new("reader", HOUR, HOUR)).await;
        let (child, child_info) = issue(&vault, &with(&token), &for_oneself).await;
        assert_eq!((child_info.identity, child_info.has_parent), (reader, true));
        assert_eq!(get(&vault, &with(&child)).await, Ok(()));
        let write = vault.vault.set(&with(&child), crate::support::write("dev/A", "x")).await;
        assert_eq!(coded(write).err(), Some("access.denied"));
        vault.vault.token_revoke(&owner, info.id, false).await.unwrap();
        assert_eq!(get(&vault, &with(&child)).await, Err("token.invalid"));

        let counted = NewToken { uses: Some(9), ..new("reader", HOUR, HOUR) };
        let (token, _) = issue(&vault, &owner, &counted).await;
        let more = vault.vault.token_create(&with(&token), &for_oneself, false).await;
        assert_eq!(coded(more).err(), Some("token.counted"));
        let member = vault.member(9, &[(Role::Owner, "**")]).await.unwrap();
        let without = vault.vault.token_create(&member, &for_oneself, false).await;
        assert_eq!(coded(without).err(), Some("token.none"));
        // The local owner has none that it could end with.
        let (token, info) = issue(&vault, &owner, &for_oneself).await;
        assert!(!info.has_parent && info.identity == coffer_engine::identity::IdentityId::LOCAL);
        assert_eq!(get(&vault, &with(&token)).await, Ok(()));
    });
}

#[test]
fn tokens_are_made_one_with_the_other_only_so_often() {
    block_on(async {
        let (vault, _) = with_maya(memory()).await;
        let mut op = TestVault::op().unwrap();
        for _ in 0..TOKEN_DEPTH_MAX {
            op = with(&issue(&vault, &op, &new("maya", HOUR, HOUR)).await.0);
        }
        assert_eq!(get(&vault, &op).await, Ok(()));
        let one_more = vault.vault.token_create(&op, &new("maya", HOUR, HOUR), false).await;
        assert_eq!(coded(one_more).err(), Some("token.too_deep"));
    });
}

/// Two vaults, as two processes would be; sixteen tasks that show the same token at once.
#[test]
fn a_token_for_five_requests_is_good_for_five() {
    const USES: u32 = 5;
    let storage = memory();
    let (here, _) = block_on(with_maya(Arc::clone(&storage) as Arc<dyn Storage>));
    let there = block_on(TestVault::over(Arc::clone(&storage) as Arc<dyn Storage>)).unwrap();
    let owner = TestVault::op().unwrap();
    let five = NewToken { uses: Some(USES), ..new("maya", HOUR, HOUR) };
    let (token, info) = block_on(issue(&here, &owner, &five));
    assert_eq!(info.uses_left, Some(USES));
    let answers = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for task in 0..16 {
            let (vault, answers, token) = (if task % 2 == 0 { &here } else { &there }, &answers, &token);
            scope.spawn(move || match block_on(get(vault, &with(token))) {
                Ok(()) => {
                    answers.fetch_add(1, Ordering::SeqCst);
                }
                Err(code) => assert!(["token.invalid", "store.contended"].contains(&code), "{code}"),
            });
        }
    });
    let left = block_on(here.vault.token_list(&owner, false)).unwrap()[0].uses_left.unwrap();
    assert_eq!(
        answers.load(Ordering::SeqCst) + u64::from(left),
        u64::from(USES),
        "each answer is counted, once"
    );
    assert!(answers.load(Ordering::SeqCst) > 0);
    for _ in 0..left {
        assert_eq!(block_on(get(&there, &with(&token))), Ok(()));
    }
    assert_eq!(block_on(get(&there, &with(&token))), Err("token.invalid"));
    assert_eq!(block_on(get(&here, &with(&token))), Err("token.invalid"));
}

#[test]
fn a_request_is_counted_once_and_so_are_those_that_are_refused() {
    block_on(async {
        let (vault, _) = with_maya(memory()).await;
        let owner = TestVault::op().unwrap();
        made(&vault, "reader", &[grant(Role::Reader, "dev/**")]).await;
        let three = NewToken { uses: Some(3), ..new("reader", HOUR, HOUR) };
        let (token, _) = issue(&vault, &owner, &three).await;
        let one_request = with(&token);
        for _ in 0..4 {
            assert_eq!(get(&vault, &one_request).await, Ok(()), "several steps of one request");
        }
        let left = async || vault.vault.token_list(&owner, false).await.unwrap()[0].uses_left;
        assert_eq!(left().await, Some(2));
        let refused = vault.vault.set(&with(&token), crate::support::write("dev/A", "x")).await;
        assert_eq!(coded(refused).err(), Some("access.denied"));
        assert_eq!(left().await, Some(1));
        vault.vault.token_renew(&with(&token), false).await.unwrap();
        assert_eq!(left().await, Some(0));
        assert_eq!(get(&vault, &with(&token)).await, Err("token.invalid"));
        let problems = vault.vault.audit_verify(&owner, &[], false, &|_| {}).await.unwrap().problems;
        assert_eq!(problems, [""; 0], "each count is in the log");
        let none = vault.vault.token_create(&owner, &NewToken { uses: Some(0), ..three }, false).await;
        assert_eq!(coded(none).err(), Some("token.uses"));
    });
}

/// Reads altogether, and between two tokens.
const READS: u64 = 10_000;
const READS_A_TURN: u64 = 25;

/// A reader with a warm cache against one who makes a token, and revokes it. How many answers began after a revocation was acknowledged;
/// and how many answers there were at all.
fn answers_after_revocation(readers_storage: Arc<dyn Storage>, storage: &Arc<MemoryStorage>) -> (u64, u64) {
    let (giver, _) = block_on(with_maya(Arc::clone(storage) as Arc<dyn Storage>));
    let reader = block_on(TestVault::over(readers_storage)).unwrap();
    let owner = TestVault::op().unwrap();
    let (reads, answers, violations) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    while reads.load(Ordering::SeqCst) < READS {
        let (token, info) = block_on(issue(&giver, &owner, &new("maya", HOUR, HOUR)));
        let (revoked, ended) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !ended.load(Ordering::SeqCst) {
                    let after = revoked.load(Ordering::SeqCst);
                    match block_on(get(&reader, &with(&token))) {
                        Ok(()) => {
                            answers.fetch_add(1, Ordering::SeqCst);
                            violations.fetch_add(u64::from(after), Ordering::SeqCst);
                        }
                        Err(code) => assert_eq!(code, "token.invalid"),
                    }
                    reads.fetch_add(1, Ordering::SeqCst);
                }
            });
            let read_on = || {
                let goal = reads.load(Ordering::SeqCst) + READS_A_TURN;
                while reads.load(Ordering::SeqCst) < goal {
                    std::thread::yield_now();
                }
            };
            read_on();
            block_on(giver.vault.token_revoke(&owner, info.id, false)).unwrap();
            revoked.store(true, Ordering::SeqCst);
            read_on();
            ended.store(true, Ordering::SeqCst);
        });
    }
    (violations.into_inner(), answers.into_inner())
}

#[test]
fn no_read_that_begins_after_a_revocation_is_answered() {
    let storage = memory();
    let (violations, answers) = answers_after_revocation(Arc::clone(&storage) as Arc<dyn Storage>, &storage);
    assert_eq!(violations, 0);
    assert!(answers > READS / 20, "{answers} reads were answered: there was something to revoke");
}

/// The same without expectations: were the checker blind, this would pass too.
#[test]
fn the_control_without_expectations_finds_answers_after_the_revocation() {
    let storage = memory();
    let careless = Hooked::new(Arc::clone(&storage), |_, group| {
        group.batches.iter_mut().for_each(|batch| batch.expect.clear());
        None
    });
    let (violations, _) = answers_after_revocation(careless, &storage);
    assert!(violations > 0);
}
