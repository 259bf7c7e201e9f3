//! One-time codes: good once, for signing in, until their end.

use coffer_engine::access::Role;
use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::code::{Code, CodeHash};
use coffer_engine::limits::{CODE_LIFE_MAX_SECONDS, SIGN_IN_MAX_SECONDS};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{MemberChange, NewCode, SignedIn};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Error, Op};

use crate::members::{grant, made, name};
use crate::support::{coded, op_in, path, records, write};

fn new(ttl_seconds: u64) -> NewCode {
    NewCode { member: name("maya"), ttl_seconds, for_instance_too: false }
}

fn with(code: &Code) -> Op {
    Op { actor: Actor::Code(CodeHash::of_text(code.expose()).unwrap()), ..TestVault::op().unwrap() }
}

async fn code(vault: &TestVault, ttl_seconds: u64) -> Code {
    let code = Code::generate().unwrap();
    vault.vault.member_code(&TestVault::op().unwrap(), &code, &new(ttl_seconds), false).await.unwrap();
    code
}

async fn vault() -> TestVault {
    let vault = TestVault::in_memory().await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    made(&vault, "maya", &[grant(Role::Reader, "dev/**")]).await;
    vault
}

fn with_token(signed: &SignedIn) -> Op {
    Op { actor: Actor::Token(TokenHash::of_text(signed.token.expose()).unwrap()), ..TestVault::op().unwrap() }
}

async fn signs(vault: &TestVault) -> Vec<LoggedEntry> {
    let (op, filter) = (TestVault::op().unwrap(), EntryFilter::default());
    let log = vault.vault.audit_query(&op, &filter, None, 1000, false).await.unwrap().entries;
    log.into_iter().filter(|entry| matches!(entry.action.as_str(), "sign_in" | "member_code")).collect()
}

#[test]
fn a_code_is_changed_for_a_token_once() {
    block_on(async {
        let vault = vault().await;
        let code = code(&vault, 3600).await;
        let signed = vault.vault.sign_in(&with(&code), false).await.unwrap();
        assert!(!signed.about.has_parent && !signed.for_instance_too);
        let op = with_token(&signed);
        assert_eq!(coded(vault.vault.get(&op, &path("dev/A"), Which::CURRENT).await.map(drop)), Ok(()));
        assert_eq!(coded(vault.vault.set(&op, write("dev/A", "two")).await.map(drop)), Err("access.denied"));
        // It is renewed like any token, to its maximum.
        assert!(signed.about.expires < TestVault::op().unwrap().now.plus_seconds(SIGN_IN_MAX_SECONDS));
        assert_eq!(coded(vault.vault.sign_in(&with(&code), false).await.map(drop)), Err("token.invalid"));
        let entries = signs(&vault).await;
        let said: Vec<_> = entries
            .iter()
            .map(|entry| (entry.action.as_str(), entry.outcome.as_str(), entry.actor.via.as_str()))
            .collect();
        assert_eq!(
            said,
            [
                ("member_code", "done", "unlocker"),
                ("sign_in", "done", "code"),
                ("sign_in", "refused", "code")
            ]
        );
        assert_eq!(entries[1].actor.id, entries[2].actor.id, "a code that was used is somebody's");
        let (made, used) = (entries[0].detail.as_ref().unwrap(), entries[1].detail.as_ref().unwrap());
        assert_eq!((&made["code"], &made["member"]), (&used["code"], &used["member"]));
        assert_eq!(used["token"], signed.about.id.to_string());
        assert_eq!(entries[1].changes.len(), 2, "the token and the code, in one commit");
        let report = vault.vault.audit_verify(&TestVault::op().unwrap(), &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
    });
}

/// Two at once: one of them.
#[test]
fn of_two_at_once_one_signs_in() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        for _ in 0..20 {
            let vault = vault().await;
            let code = code(&vault, 3600).await;
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let (vault, op) = (vault.vault.clone(), with(&code));
                tasks.spawn(async move { vault.sign_in(&op, false).await.is_ok() });
            }
            let signed = tasks.join_all().await.into_iter().filter(|signed| *signed).count();
            assert_eq!(signed, 1);
        }
    });
}

#[test]
fn t_a4_a_code_ends_at_its_moment() {
    block_on(async {
        let start = TestVault::op().unwrap().now;
        for (after, expected) in [(0, Ok(())), (59, Ok(())), (60, Ok(())), (61, Err("token.invalid"))] {
            let now = start.plus_seconds(after);
            let storage = MemoryStorage::new(clock_at(now));
            let vault = TestVault::over(storage).await.unwrap();
            made(&vault, "maya", &[]).await;
            let code = code(&vault, 60).await;
            // What the operation says of the time is not what decides: the storage's clock is asked too.
            for op in
                [Op { now, ..with(&code) }, with(&code)].into_iter().take(if after == 61 { 2 } else { 1 })
            {
                assert_eq!(coded(vault.vault.sign_in(&op, false).await.map(drop)), expected, "{after}");
            }
        }
        let vault = vault().await;
        for ttl in [0, CODE_LIFE_MAX_SECONDS + 1, u64::MAX] {
            let (op, code) = (TestVault::op().unwrap(), Code::generate().unwrap());
            let made = vault.vault.member_code(&op, &code, &new(ttl), false).await;
            assert_eq!(coded(made).err(), Some("code.lifetime"));
        }
    });
}

/// T-A2, T-A10: whoever has no code that is good is nobody, and a code is good for nothing else.
#[test]
fn a_code_is_good_for_its_member_and_for_signing_in_and_for_nothing_else() {
    block_on(async {
        let vault = vault().await;
        let op = TestVault::op().unwrap();
        vault.vault.tenant_create(&op, &op_in("acme").tenant).await.unwrap();
        let shown = code(&vault, 3600).await;
        let unauthenticated = |error: Error| assert_eq!(error.code(), "token.invalid");
        unauthenticated(vault.vault.get(&with(&shown), &path("dev/A"), Which::CURRENT).await.unwrap_err());
        unauthenticated(vault.vault.token_list(&with(&shown), false).await.unwrap_err());
        // In another tenant, and in the instance, it is nobody's: no entry.
        for (op, instance) in [
            (Op { tenant: op_in("acme").tenant, ..with(&shown) }, false),
            (Op { tenant: op_in("nobody").tenant, ..with(&shown) }, false),
            (with(&shown), true),
            (with(&Code::generate().unwrap()), false),
        ] {
            let error = vault.vault.sign_in(&op, instance).await.unwrap_err();
            assert!(error.entry().is_none(), "nobody in particular has asked");
            unauthenticated(error);
        }
        for op in [op.clone(), Op { actor: Actor::System, ..op.clone() }] {
            assert_eq!(coded(vault.vault.sign_in(&op, false).await.map(drop)), Err("code.none"));
        }
        // Still good: none of that has used it up.
        let disable =
            |disabled| MemberChange { disabled: Some(disabled), grants: None, ..MemberChange::default() };
        vault.vault.member_change(&op, &name("maya"), &disable(true), false).await.unwrap();
        let error = vault.vault.sign_in(&with(&shown), false).await.unwrap_err();
        assert_eq!(error.code(), "access.denied");
        let another = vault.vault.member_code(&op, &Code::generate().unwrap(), &new(60), false).await;
        assert_eq!(coded(another).err(), Some("member.disabled"));
        vault.vault.member_change(&op, &name("maya"), &disable(false), false).await.unwrap();
        vault.vault.tenant_suspend(&op, &op.tenant).await.unwrap();
        assert_eq!(coded(vault.vault.sign_in(&with(&shown), false).await.map(drop)), Err("tenant.suspended"));
        vault.vault.tenant_resume(&op, &op.tenant).await.unwrap();
        assert!(vault.vault.sign_in(&with(&shown), false).await.is_ok());
    });
}

#[test]
fn only_who_grants_makes_codes() {
    block_on(async {
        let vault = vault().await;
        for (number, role) in (1_u8..).zip(Role::ALL) {
            let op = vault.member(number, &[(role, "**")]).await.unwrap();
            let made = vault.vault.member_code(&op, &Code::generate().unwrap(), &new(60), false).await;
            assert_eq!(made.is_ok(), role == Role::Owner, "{role:?}");
        }
        let nobody = NewCode { member: name("nobody"), ..new(60) };
        let op = TestVault::op().unwrap();
        let made = vault.vault.member_code(&op, &Code::generate().unwrap(), &nobody, false).await;
        assert_eq!(coded(made).err(), Some("member.not_found"));
    });
}

/// Neither the code nor what it is hashed from is in the store or in the log.
#[test]
fn t_l1_a_code_is_nowhere() {
    block_on(async {
        let storage = crate::support::memory();
        let vault = TestVault::over(storage.clone()).await.unwrap();
        made(&vault, "maya", &[]).await;
        let code = code(&vault, 3600).await;
        vault.vault.sign_in(&with(&code), false).await.unwrap();
        let shown: Vec<String> = signs(&vault)
            .await
            .iter()
            .map(|entry| String::from_utf8_lossy(&entry.leaf).into_owned())
            .collect();
        let group = &code.expose()[5..10];
        assert!(shown.iter().all(|leaf| !leaf.contains(group)), "{shown:?}");
        for (_, record) in records(storage.as_ref()).await {
            assert!(!record.value.windows(5).any(|bytes| bytes == group.as_bytes()));
        }
        assert_eq!(format!("{code:?}"), "Code(..)");
    });
}
