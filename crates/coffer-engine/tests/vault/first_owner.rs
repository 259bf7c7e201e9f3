//! A tenant that is made with its first owner: both or neither, and a code that is given once.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use coffer_engine::access::Role;
use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::code::{Code, CodeHash};
use coffer_engine::limits::CODE_LIFE_MAX_SECONDS;
use coffer_engine::op::Manager;
use coffer_engine::storage::StorageError;
use coffer_engine::testkit::{Hooked, TestVault, block_on};
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{FirstOwner, NewCode};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op, RequestId};

use crate::members::name;
use crate::once::keyed;
use crate::support::{coded, memory, newest, op_in, path, records, write};

const CHILD: &str = "default/eu";

fn owner(member: &str, ttl_seconds: u64) -> FirstOwner {
    FirstOwner { member: name(member), ttl_seconds }
}

/// An administrator of `default`, who manages what is below it.
async fn parent(vault: &TestVault) -> Op {
    let member = vault.member(1, &[(Role::Admin, "**")]).await.unwrap();
    Op { manager: Manager::Parent, ..member }
}

async fn create(vault: &TestVault, op: &Op, owner: &FirstOwner, code: &Code) -> Result<(), &'static str> {
    let child = op_in(CHILD).tenant;
    coded(vault.vault.tenant_create_with(op, &child, owner, code).await.map(drop))
}

/// Whoever signs in with it.
async fn signed_in(vault: &TestVault, code: &Code) -> Result<Op, &'static str> {
    let shown = Op {
        actor: Actor::Code(CodeHash::of_text(code.expose()).unwrap()),
        request: RequestId::generate().unwrap(),
        ..op_in(CHILD)
    };
    let signed = coded(vault.vault.sign_in(&shown, false).await)?;
    Ok(Op { actor: Actor::Token(TokenHash::of_text(signed.token.expose()).unwrap()), ..op_in(CHILD) })
}

/// The last entry of a creation in a log; and that the log and the store agree.
async fn last(vault: &TestVault, op: &Op, instance: bool) -> LoggedEntry {
    let wanted = EntryFilter { action: Some("tenant_create".to_owned()), ..EntryFilter::default() };
    let found = vault.vault.audit_query(op, &wanted, None, 9, instance).await.unwrap().entries.pop();
    let report = vault.vault.audit_verify(op, &[], instance, &|_| ()).await.unwrap();
    assert_eq!(report.problems, [""; 0], "{} {instance}", op.tenant.as_str());
    found.unwrap()
}

#[test]
fn the_owner_signs_in_once_and_whoever_made_the_tenant_reads_nothing_in_it() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (admin, code) = (parent(&vault).await, Code::generate().unwrap());
        assert_eq!(create(&vault, &admin, &owner("maya", 60), &code).await, Ok(()));
        let maya = signed_in(&vault, &code).await.unwrap();
        vault.vault.set(&maya, write("dev/A", "one")).await.unwrap();
        assert!(vault.vault.get(&maya, &path("dev/A"), Which::CURRENT).await.is_ok());
        let members = vault.vault.member_list(&maya, false).await.unwrap();
        let names: Vec<_> = members.iter().map(|member| member.identity.name.as_str()).collect();
        assert_eq!(names, ["local", "maya"]);
        assert_eq!(signed_in(&vault, &code).await.err(), Some("token.invalid"), "it was used");

        // He is nobody in it, and no later code is his to make: not there, and not as its manager.
        let there = Op { tenant: op_in(CHILD).tenant, ..admin.clone() };
        let read = vault.vault.get(&there, &path("dev/A"), Which::CURRENT).await;
        assert_eq!(coded(read.map(drop)), Err("access.denied"));
        let new = NewCode { member: name("maya"), ttl_seconds: 60, for_instance_too: false };
        for manager in [Manager::Instance, Manager::Parent] {
            let (op, another) = (Op { manager, ..there.clone() }, Code::generate().unwrap());
            assert_eq!(
                coded(vault.vault.member_code(&op, &another, &new, false).await),
                Err("access.denied")
            );
        }
        let another = Code::generate().unwrap();
        assert_eq!(create(&vault, &admin, &owner("maya", 60), &another).await, Err("name.exists"));
        assert_eq!(signed_in(&vault, &another).await.err(), Some("token.invalid"));
    });
}

#[test]
fn every_log_says_so_and_none_says_the_code() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (admin, code) = (parent(&vault).await, Code::generate().unwrap());
        create(&vault, &admin, &owner("maya", 60), &code).await.unwrap();
        let op = TestVault::op().unwrap();
        let (mine, of_instance) = (last(&vault, &op, false).await, last(&vault, &op, true).await);
        let told = last(&vault, &op_in(CHILD), false).await;
        assert_eq!((mine.path.as_str(), of_instance.path.as_str(), told.path.as_str()), (CHILD, CHILD, ""));
        assert!(mine.changes.is_empty() && !of_instance.changes.is_empty());
        assert_eq!(told.changes.len(), 3, "the name, the member and the code");
        assert_eq!(told.actor.tenant.as_deref(), Some(mine.tenant.as_str()));
        let details = [&mine, &of_instance, &told].map(|entry| entry.detail.clone().unwrap());
        assert_eq!((&details[0], &details[0]), (&details[1], &details[2]));
        assert!(!details[0].to_string().contains(code.expose()));
        // The sign-in names the code that was shown.
        let maya = signed_in(&vault, &code).await.unwrap();
        let entries = vault.vault.audit_query(&maya, &EntryFilter::default(), None, 9, false).await.unwrap();
        let sign_in = entries.entries.iter().find(|entry| entry.action == "sign_in").unwrap();
        let shown = sign_in.detail.as_ref().unwrap();
        assert_eq!((&shown["code"], &shown["member"]), (&details[0]["code"], &details[0]["member"]));
    });
}

#[test]
fn a_replay_is_told_that_the_code_was_given() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let admin = parent(&vault).await;
        let once = |request| keyed(&admin, "the-key", request);
        let (code, another) = (Code::generate().unwrap(), Code::generate().unwrap());
        assert_eq!(create(&vault, &once("one"), &owner("maya", 60), &code).await, Ok(()));
        let replayed = create(&vault, &once("one"), &owner("maya", 60), &another).await;
        assert_eq!(replayed, Err("idempotency.replayed"));
        let other = create(&vault, &once("other"), &owner("maya", 60), &another).await;
        assert_eq!(other, Err("idempotency.mismatch"));
        assert_eq!(signed_in(&vault, &another).await.err(), Some("token.invalid"));
        assert!(signed_in(&vault, &code).await.is_ok());
    });
}

/// Either all of it is there or nothing: the tenant, its keys, the owner and the code are in one batch.
#[test]
fn a_commit_that_fails_leaves_nothing_half() {
    block_on(async {
        let storage = memory();
        // Directory, keys, record, member and code.
        let wanted = BTreeSet::from([0x10, 0x03, 0x04, 0x11, 0x12, 0x15, 0x18]);
        let (fails, seen) = (Arc::new(Mutex::new(false)), Arc::new(Mutex::new(0)));
        let (failing, counted) = (Arc::clone(&fails), Arc::clone(&seen));
        let hooked = Hooked::new(Arc::clone(&storage), move |_, group| {
            let tables = |batch: &coffer_engine::storage::Batch| {
                batch.put.iter().map(|put| put.key.as_bytes()[16]).collect::<BTreeSet<u8>>()
            };
            let whole = group.batches.iter().filter(|batch| tables(batch).is_superset(&wanted)).count();
            *counted.lock().unwrap() += whole;
            (*failing.lock().unwrap() && whole > 0).then_some(Err(StorageError::Full))
        });
        let vault = TestVault::over(hooked).await.unwrap();
        let (admin, code) = (parent(&vault).await, Code::generate().unwrap());
        *fails.lock().unwrap() = true;
        let before = records(storage.as_ref()).await.len();
        assert!(create(&vault, &admin, &owner("maya", 60), &code).await.is_err());
        assert_eq!(records(storage.as_ref()).await.len(), before);
        assert_eq!(signed_in(&vault, &code).await.err(), Some("token.invalid"));
        *fails.lock().unwrap() = false;
        assert_eq!(create(&vault, &admin, &owner("maya", 60), &code).await, Ok(()));
        assert_eq!(*seen.lock().unwrap(), 2, "one batch for each attempt");
        assert!(signed_in(&vault, &code).await.is_ok());
    });
}

#[test]
fn what_can_not_be_is_refused_and_so_is_who_manages_nothing() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let (admin, code) = (parent(&vault).await, Code::generate().unwrap());
        for ttl in [0, CODE_LIFE_MAX_SECONDS + 1] {
            assert_eq!(create(&vault, &admin, &owner("maya", ttl), &code).await, Err("code.lifetime"));
        }
        assert_eq!(create(&vault, &admin, &owner("me", 60), &code).await, Err("member.reserved"));
        let of_tenant = Op { manager: Manager::Instance, ..admin.clone() };
        assert_eq!(create(&vault, &of_tenant, &owner("maya", 60), &code).await, Err("access.denied"));
        let reader = vault.member(2, &[(Role::Reader, "**")]).await.unwrap();
        let reader = Op { manager: Manager::Parent, ..reader };
        assert_eq!(create(&vault, &reader, &owner("maya", 60), &code).await, Err("access.denied"));
        let outside = op_in("acme").tenant;
        let made = vault.vault.tenant_create_with(&admin, &outside, &owner("maya", 60), &code).await;
        assert_eq!(coded(made.map(drop)), Err("tenant.not_below"));
        let last = newest(&vault, 2).await.remove(0);
        assert_eq!((last.action.as_str(), last.outcome.as_str()), ("tenant_create", "invalid"));
        assert_eq!(signed_in(&vault, &code).await.err(), Some("token.invalid"));
        // Whoever manages the instance may.
        assert_eq!(create(&vault, &TestVault::op().unwrap(), &owner("maya", 60), &code).await, Ok(()));
        assert!(signed_in(&vault, &code).await.is_ok());
    });
}
