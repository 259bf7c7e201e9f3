//! Tokens that have ended: what they are tried for is in the log, for a while; then they are removed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use coffer_engine::access::Role;
use coffer_engine::audit::EntryFilter;
use coffer_engine::limits::{TOKEN_KEPT_DAYS, TOKENS_REMOVED_MAX};
use coffer_engine::storage::Storage;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::token::{Token, TokenHash, TokenId};
use coffer_engine::vault::{NewToken, Upkeep};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::log::{DAY, HOUR, START, op};
use crate::log_upkeep::KEPT_A_YEAR;
use crate::members::{grant, made, name};
use crate::support::{coded, path};

const KEPT: u64 = TOKEN_KEPT_DAYS * DAY;

/// A vault whose storage has the time that the test says, and so have its operations.
struct World {
    test: TestVault,
    clock: Arc<AtomicU64>,
}

impl World {
    fn new() -> Self {
        let clock = Arc::new(AtomicU64::new(START));
        let read = Arc::clone(&clock);
        let storage =
            MemoryStorage::new(Arc::new(move || Timestamp::from_millis(read.load(Ordering::SeqCst))));
        let test = block_on(TestVault::over(storage as Arc<dyn Storage>)).unwrap();
        block_on(test.set("dev/A", "one")).unwrap();
        block_on(made(&test, "maya", &[grant(Role::Owner, "**")]));
        Self { test, clock }
    }

    fn jump_to(&self, after_ms: u64) {
        self.clock.store(START + after_ms, Ordering::SeqCst);
    }

    fn now(&self) -> Op {
        op(self.clock.load(Ordering::SeqCst) - START)
    }

    fn with(&self, token: &Token) -> Op {
        Op { actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()), ..self.now() }
    }

    fn make(&self, op: &Op, hours: u64, uses: Option<u32>) -> (Token, TokenId) {
        let (member, networks, label) = (Some(name("maya")), Vec::new(), String::new());
        let seconds = hours * 3600;
        let new = NewToken { member, ttl_seconds: seconds, max_seconds: seconds, uses, networks, label };
        let (token, info) = block_on(self.test.vault.token_create(op, &new, false)).unwrap();
        (token, info.id)
    }

    /// Whether the token is good; and if it is not, whether the log says that it was tried.
    fn tried(&self, token: &Token) -> Result<(), bool> {
        let got = block_on(self.test.vault.get(&self.with(token), &path("dev/A"), Which::CURRENT));
        got.map(|_| ()).map_err(|error| {
            assert_eq!(error.code(), "token.invalid");
            error.entry().is_some()
        })
    }

    fn upkeep(&self) -> Upkeep {
        block_on(self.test.vault.upkeep(&self.now(), KEPT_A_YEAR)).unwrap()
    }

    fn stored(&self) -> usize {
        block_on(self.test.vault.token_list(&self.now(), false)).unwrap().len()
    }
}

const GOOD: Result<(), bool> = Ok(());
const ENDED: Result<(), bool> = Err(true);
const UNKNOWN: Result<(), bool> = Err(false);

#[test]
fn a_token_that_has_ended_is_somebodys_for_a_while_and_then_nobodys() {
    let world = World::new();
    let vault = &world.test.vault;
    let (expired, _) = world.make(&world.now(), 1, None);
    let (its_child, _) = world.make(&world.with(&expired), 24 * 300, None);
    let (revoked, revoked_id) = world.make(&world.now(), 24 * 300, None);
    let (orphan, _) = world.make(&world.with(&revoked), 24 * 300, None);
    let (used_up, _) = world.make(&world.now(), 24 * 300, Some(1));
    let (good, _) = world.make(&world.now(), 24 * 300, None);
    let (short, _) = world.make(&world.with(&good), 1, None);
    block_on(vault.token_revoke(&world.now(), revoked_id, false)).unwrap();
    assert_eq!(world.tried(&used_up), GOOD);
    let ended = [&expired, &its_child, &revoked, &orphan, &used_up, &short];

    world.jump_to(KEPT);
    assert_eq!(world.upkeep().tokens, 0, "the last moment");
    assert_eq!(ended.map(|token| world.tried(token)), [ENDED; 6]);
    world.jump_to(KEPT + 1);
    assert_eq!(world.upkeep().tokens, 0, "once a day");
    world.jump_to(KEPT + DAY);
    assert_eq!((world.upkeep().tokens, world.stored()), (6, 1));
    assert_eq!(ended.map(|token| world.tried(token)), [UNKNOWN; 6]);
    assert_eq!(world.tried(&good), GOOD);

    let filter = EntryFilter { action: Some("token_sweep".to_owned()), ..EntryFilter::default() };
    let log = block_on(vault.audit_query(&world.now(), &filter, None, 9, false)).unwrap().entries;
    assert_eq!((log.len(), log[0].actor.via.as_str(), log[0].outcome.as_str()), (1, "system", "done"));
    let ids = log[0].detail.as_ref().unwrap()["tokens"].as_array().unwrap();
    assert!(ids.len() == 6 && ids.contains(&revoked_id.to_string().into()));
    let report = block_on(vault.audit_verify(&world.now(), &[], false, &|_| {})).unwrap();
    assert_eq!(report.problems, [""; 0]);
    // Nobody but the vault itself: there is no verb for it.
    assert_eq!(coded(block_on(vault.token_revoke(&world.now(), revoked_id, false))), Err("token.not_found"));
}

/// Each by what ended first: one that was revoked early and would have expired late, and the reverse.
#[test]
fn what_ended_lately_stays_whenever_it_would_have_ended_otherwise() {
    let world = World::new();
    let vault = &world.test.vault;
    let (early, early_id) = world.make(&world.now(), 24 * 300, None);
    let (late, late_id) = world.make(&world.now(), 24 * 300, None);
    let (last_used, _) = world.make(&world.now(), 24 * 300, Some(2));
    let (parent, parent_id) = world.make(&world.now(), 24 * 300, None);
    let (child, _) = world.make(&world.with(&parent), 1, None);
    block_on(vault.token_revoke(&world.now(), early_id, false)).unwrap();
    assert_eq!(world.tried(&last_used), GOOD);
    world.jump_to(10 * DAY);
    block_on(vault.token_revoke(&world.now(), late_id, false)).unwrap();
    // Again, ten days later: it had ended before.
    block_on(vault.token_revoke(&world.now(), early_id, false)).unwrap();
    block_on(vault.token_revoke(&world.now(), parent_id, false)).unwrap();
    assert_eq!(world.tried(&last_used), GOOD);
    world.jump_to(KEPT + 2 * HOUR);
    assert_eq!(world.upkeep().tokens, 2);
    let all = [&early, &late, &last_used, &parent, &child];
    assert_eq!(all.map(|token| world.tried(token)), [UNKNOWN, ENDED, ENDED, ENDED, UNKNOWN]);
    world.jump_to(KEPT + 11 * DAY);
    assert_eq!((world.upkeep().tokens, world.stored()), (3, 0));
    assert_eq!(all.map(|token| world.tried(token)), [UNKNOWN; 5]);
}

#[test]
fn a_clock_that_jumps_forth_and_back_removes_once_and_brings_nothing_back() {
    let world = World::new();
    let (token, _) = world.make(&world.now(), 24, None);
    let (other, _) = world.make(&world.now(), 24 * 366, None);
    world.jump_to(DAY + KEPT + DAY);
    assert_eq!(world.upkeep().tokens, 1);
    world.jump_to(0);
    assert_eq!(world.upkeep().tokens, 0);
    assert_eq!((world.tried(&token), world.tried(&other)), (UNKNOWN, GOOD));
    // Before all of it: nothing is old then.
    world.clock.store(START - 20 * 366 * DAY, Ordering::SeqCst);
    let past = Op { now: Timestamp::from_millis(START - 20 * 366 * DAY), ..op(0) };
    assert_eq!(block_on(world.test.vault.upkeep(&past, KEPT_A_YEAR)).unwrap().tokens, 0);
    world.jump_to(HOUR);
    assert_eq!(world.tried(&other), GOOD);
}

#[test]
fn many_are_removed_in_slices_each_with_its_entry() {
    let world = World::new();
    let many = TOKENS_REMOVED_MAX + 44;
    let (first, _) = world.make(&world.now(), 24 * 300, None);
    for _ in 0..many {
        world.make(&world.with(&first), 1, None);
    }
    world.jump_to(KEPT + DAY);
    assert_eq!((world.upkeep().tokens, world.stored()), (many, 1));
    let filter = EntryFilter { action: Some("token_sweep".to_owned()), ..EntryFilter::default() };
    let vault = &world.test.vault;
    let log = block_on(vault.audit_query(&world.now(), &filter, None, 9, false)).unwrap().entries;
    let counts: Vec<usize> =
        log.iter().map(|entry| entry.detail.as_ref().unwrap()["tokens"].as_array().unwrap().len()).collect();
    assert_eq!(counts, [TOKENS_REMOVED_MAX, 44]);
    let report = block_on(vault.audit_verify(&world.now(), &[], false, &|_| {})).unwrap();
    assert_eq!(report.problems, [""; 0]);
}
