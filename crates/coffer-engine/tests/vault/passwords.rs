//! Passwords: set by their members, shown to sign in, and locked at a source after so many that were wrong.

use coffer_engine::access::Role;
use coffer_engine::code::{Code, CodeHash};
use coffer_engine::limits::{ACCESS_ATTEMPTS_MAX, LOCK_SECONDS, PASSWORD_MAX_BYTES, PASSWORDS_WAITING_MAX};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{MemberChange, NewCode, NewToken, ShownPassword, SignedIn, UpkeepSettings};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op, RequestId};

use crate::members::{grant, made, name};
use crate::support::{coded, newest, op_in, path, records};

const RIGHT: &str = "correct horse battery staple";
const WRONG: &str = "correct horse battery stable";

fn op() -> Op {
    Op { request: RequestId::generate().unwrap(), ..TestVault::op().unwrap() }
}

fn stranger(source: &str) -> Op {
    Op { actor: Actor::Stranger, source: Some(source.parse().unwrap()), ..op() }
}

fn with_token(signed: &SignedIn) -> Op {
    Op { actor: Actor::Token(TokenHash::of_text(signed.token.expose()).unwrap()), ..op() }
}

/// Signed in with a code: who may set a password without one.
async fn by_code(vault: &TestVault, member: &str) -> Op {
    let code = Code::generate().unwrap();
    let new = NewCode { member: name(member), ttl_seconds: 60, for_instance_too: false };
    vault.vault.member_code(&op(), &code, &new, false).await.unwrap();
    let shown = Op { actor: Actor::Code(CodeHash::of_text(code.expose()).unwrap()), ..op() };
    with_token(&vault.vault.sign_in(&shown, false).await.unwrap())
}

async fn over(storage: std::sync::Arc<MemoryStorage>) -> TestVault {
    let vault = TestVault::over(storage).await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    for member in ["maya", "jo"] {
        made(&vault, member, &[grant(Role::Reader, "dev/**")]).await;
    }
    let maya = by_code(&vault, "maya").await;
    vault.vault.password_set(&maya, (None, RIGHT), false).await.unwrap();
    vault
}

async fn vault() -> TestVault {
    over(crate::support::memory()).await
}

async fn tries(vault: &TestVault, op: &Op, user: &str, password: &str) -> Result<SignedIn, &'static str> {
    coded(vault.vault.sign_in_with_password(op, &ShownPassword { user, password, code: None }, false).await)
}

async fn is_good(vault: &TestVault, source: &str, password: &str) -> bool {
    tries(vault, &stranger(source), "maya", password).await.is_ok()
}

async fn reads(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::CURRENT).await.map(drop))
}

/// What the log says of locks and passwords, in its order.
async fn said(vault: &TestVault) -> Vec<String> {
    let mut entries = newest(vault, 500).await;
    entries.sort_by_key(|entry| entry.index);
    let of = ["sign_in", "member_lock", "member_unlock", "attempts_sweep", "password_set"];
    let entries = entries.iter().filter(|entry| of.contains(&entry.action.as_str()));
    entries.map(|entry| format!("{} {} {}", entry.actor.via, entry.action, entry.outcome)).collect()
}

#[test]
fn t_a5_a_password_signs_in_and_its_tokens_end_with_the_next() {
    block_on(async {
        let vault = vault().await;
        let signed = tries(&vault, &stranger("192.0.2.1"), "maya", RIGHT).await.unwrap();
        assert_eq!((signed.name.as_str(), signed.for_instance_too), ("maya", false));
        let token = with_token(&signed);
        reads(&vault, &token).await.unwrap();
        // Who only has a token needs the old one.
        let set = async |op: &Op, old, new| coded(vault.vault.password_set(op, (old, new), false).await);
        let next = "another horse battery staple";
        assert_eq!(set(&token, None, next).await, Err("password.unproved"));
        assert_eq!(set(&token, Some(WRONG), next).await, Err("password.wrong"));
        assert_eq!(set(&token, Some(RIGHT), next).await, Ok(()));
        // T-A5: what was signed in for with the old one is over, and so is the old one.
        assert_eq!(reads(&vault, &token).await, Err("token.invalid"));
        assert_eq!(tries(&vault, &stranger("192.0.2.1"), "maya", RIGHT).await.err(), Some("token.invalid"));
        let signed = tries(&vault, &stranger("192.0.2.1"), "maya", next).await.unwrap();
        reads(&vault, &with_token(&signed)).await.unwrap();
        // Who has forgotten it is let in by a code.
        let lost = by_code(&vault, "maya").await;
        assert_eq!(set(&lost, None, RIGHT).await, Ok(()));
        reads(&vault, &lost).await.unwrap();
        assert_eq!(reads(&vault, &with_token(&signed)).await, Err("token.invalid"));
        let report = vault.vault.audit_verify(&op(), &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
        let detail = newest(&vault, 500).await.into_iter().rfind(|entry| entry.actor.via == "password");
        assert_eq!(detail.unwrap().detail.unwrap()["method"], "password");
    });
}

#[test]
fn nobody_sets_a_password_that_is_short_or_absurd_or_anothers() {
    block_on(async {
        let vault = vault().await;
        let jo = by_code(&vault, "jo").await;
        let set =
            async |op: &Op, old, new: &str| coded(vault.vault.password_set(op, (old, new), false).await);
        for new in ["", "fourteen chars", &"ä".repeat(14)] {
            assert_eq!(set(&jo, None, new).await, Err("password.short"));
        }
        let long = "x".repeat(PASSWORD_MAX_BYTES + 1);
        assert_eq!(set(&jo, None, &long).await, Err("password.long"));
        assert_eq!(set(&jo, Some(&long), RIGHT).await, Err("password.long"));
        assert_eq!(tries(&vault, &stranger("::1"), "maya", &long).await.err(), Some("password.long"));
        assert_eq!(set(&jo, None, &"x".repeat(PASSWORD_MAX_BYTES)).await, Ok(()));
        assert_eq!(set(&jo, None, &"ä".repeat(15)).await, Ok(()));
        // Whoever is no member with a token has none; a token that an owner made proves nothing of its member.
        for op in [op(), stranger("::1"), Op { actor: Actor::System, ..op() }] {
            assert_eq!(set(&op, None, RIGHT).await, Err("token.none"));
        }
        let new = NewToken {
            member: Some(name("jo")),
            ttl_seconds: 60,
            max_seconds: 60,
            uses: None,
            networks: Vec::new(),
            label: String::new(),
        };
        let (token, _) = vault.vault.token_create(&op(), &new, false).await.unwrap();
        let token = Op { actor: Actor::Token(TokenHash::of_text(token.expose()).unwrap()), ..op() };
        let hashed = vault.vault.passwords_hashed();
        assert_eq!(set(&token, None, RIGHT).await, Err("password.unproved"));
        let unknown = coffer_engine::code::Code::generate().unwrap();
        let unknown = Op { actor: Actor::Code(CodeHash::of_text(unknown.expose()).unwrap()), ..op() };
        assert_eq!(set(&unknown, None, RIGHT).await, Err("token.none"));
        assert_eq!(vault.vault.passwords_hashed(), hashed, "who may not has nothing hashed (T-D6)");
    });
}

/// Unknown, no name at all, wrong, locked, disabled, without a password, in no tenant: one error, one Argon2id, and no entry but of the wrong
/// one.
#[test]
fn t_a2_whatever_is_wrong_is_answered_alike_after_the_same_work() {
    block_on(async {
        let vault = vault().await;
        let off = by_code(&vault, "jo").await;
        vault.vault.password_set(&off, (None, RIGHT), false).await.unwrap();
        let disable = MemberChange { disabled: Some(true), ..MemberChange::default() };
        vault.vault.member_change(&op(), &name("jo"), &disable, false).await.unwrap();
        made(&vault, "without", &[]).await;
        for _ in 0..ACCESS_ATTEMPTS_MAX {
            assert!(!is_good(&vault, "192.0.2.9", WRONG).await);
        }
        let from = |tenant: &str, source| Op { tenant: op_in(tenant).tenant, ..stranger(source) };
        for (op, user, password, entries) in [
            (from("default", "192.0.2.1"), "maya", WRONG, 1),
            (from("default", "192.0.2.1"), "nobody", RIGHT, 0),
            (from("default", "192.0.2.1"), "", RIGHT, 0),
            (from("default", "192.0.2.1"), "local", RIGHT, 0),
            (from("default", "192.0.2.1"), "no\nname", RIGHT, 0),
            (from("default", "192.0.2.1"), &"x".repeat(300), RIGHT, 0),
            (from("default", "192.0.2.1"), "without", RIGHT, 0),
            (from("default", "192.0.2.1"), "jo", RIGHT, 0),
            (from("default", "192.0.2.1"), "jo", WRONG, 0),
            (from("default", "192.0.2.9"), "maya", RIGHT, 0),
            (from("default", "192.0.2.9"), "maya", WRONG, 0),
            (from("elsewhere", "192.0.2.1"), "maya", RIGHT, 0),
        ] {
            let (hashed, before) = (vault.vault.passwords_hashed(), said(&vault).await.len());
            let shown = ShownPassword { user, password, code: None };
            let error = vault.vault.sign_in_with_password(&op, &shown, false).await.unwrap_err();
            assert_eq!((error.code(), error.entry()), ("token.invalid", None), "{user:?}");
            assert_eq!(vault.vault.passwords_hashed(), hashed + 1, "{user:?}");
            assert_eq!(said(&vault).await.len(), before + entries, "{user:?}");
        }
    });
}

/// However a name is spelled: it is the member's, or nobody's; and what is nobody's is no other try.
#[test]
fn t_a1_a_spelling_gives_no_new_tries() {
    block_on(async {
        let vault = vault().await;
        made(&vault, "mäya", &[]).await;
        for _ in 0..3 {
            for user in
                ["Maya", "MAYA", " maya", "maya ", "may\u{61}\u{301}", "ma\u{308}ya", "maya\0", "\u{ff4d}aya"]
            {
                assert_eq!(
                    tries(&vault, &stranger("192.0.2.1"), user, RIGHT).await.err(),
                    Some("token.invalid")
                );
            }
        }
        assert!(is_good(&vault, "192.0.2.1", RIGHT).await, "and none of them was one at hers");
        let locks = |network: &'static str| network;
        for last in 1..=ACCESS_ATTEMPTS_MAX {
            assert!(!is_good(&vault, &format!("2001:db8:1:2:{last}::{last}"), WRONG).await);
        }
        assert!(!is_good(&vault, locks("2001:db8:1:2:ffff::1"), RIGHT).await, "one network, one count");
        assert!(is_good(&vault, "2001:db8:1:3::1", RIGHT).await);
    });
}

/// The pair is locked and nothing else; the lock ends with its time, and with `member_unlock`; all of it is in the log.
#[test]
fn so_many_wrong_passwords_lock_the_member_at_this_source_alone() {
    block_on(async {
        let storage = crate::support::memory();
        let vault = over(storage.clone()).await;
        let before = said(&vault).await.len();
        for _ in 1..ACCESS_ATTEMPTS_MAX {
            assert!(!is_good(&vault, "192.0.2.1", WRONG).await);
        }
        // One that is right begins the count anew.
        assert!(is_good(&vault, "192.0.2.1", RIGHT).await);
        for _ in 0..ACCESS_ATTEMPTS_MAX {
            assert!(!is_good(&vault, "192.0.2.1", WRONG).await);
        }
        // Also for who opens the same store: another server, or the same after a restart.
        let another = TestVault::over(storage.clone()).await.unwrap();
        for vault in [&vault, &another] {
            assert!(!is_good(vault, "192.0.2.1", RIGHT).await);
            assert!(is_good(vault, "192.0.2.2", RIGHT).await, "nobody is locked out elsewhere");
        }
        let now = said(&vault).await.split_off(before);
        let wrong = |many: u32| (0..many).map(|_| "password sign_in refused".to_owned());
        let good = || ["password sign_in done".to_owned()];
        let expected: Vec<String> = wrong(ACCESS_ATTEMPTS_MAX - 1)
            .chain(good())
            .chain(wrong(ACCESS_ATTEMPTS_MAX))
            .chain(["password member_lock done".to_owned()])
            .chain(good())
            .chain(good())
            .collect();
        assert_eq!(now, expected);
        let lock =
            newest(&vault, 500).await.into_iter().rfind(|entry| entry.action == "member_lock").unwrap();
        let detail = lock.detail.unwrap();
        let until = op().now.plus_seconds(LOCK_SECONDS);
        assert_eq!(
            (&detail["source"], &detail["failed"]),
            (&"192.0.2.1/32".into(), &ACCESS_ATTEMPTS_MAX.into())
        );
        assert_eq!(detail["until"], until.millis());
        // T-A4: to its last moment, and no longer.
        let at = |after: u64| Op { now: op().now.plus_seconds(after), ..stranger("192.0.2.1") };
        assert!(tries(&vault, &at(LOCK_SECONDS), "maya", RIGHT).await.is_err());
        assert_eq!(vault.vault.member_unlock(&op(), &name("maya"), false).await.unwrap(), 1);
        assert_eq!(vault.vault.member_unlock(&op(), &name("maya"), false).await.unwrap(), 0);
        assert!(is_good(&vault, "192.0.2.1", RIGHT).await);
        for _ in 0..ACCESS_ATTEMPTS_MAX {
            assert!(!is_good(&vault, "192.0.2.1", WRONG).await);
        }
        assert!(tries(&vault, &at(LOCK_SECONDS + 1), "maya", RIGHT).await.is_ok());
        let report = vault.vault.audit_verify(&op(), &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
    });
}

#[test]
fn what_counts_no_more_is_forgotten_and_the_end_of_a_lock_is_told() {
    block_on(async {
        let vault = vault().await;
        for _ in 0..ACCESS_ATTEMPTS_MAX {
            assert!(!is_good(&vault, "192.0.2.1", WRONG).await);
        }
        assert!(!is_good(&vault, "192.0.2.2", WRONG).await);
        let late = |after: u64| Op { now: op().now.plus_seconds(after), ..op() };
        let sweep =
            async |op: Op| vault.vault.upkeep(&op, UpkeepSettings { retention_days: 36_500 }).await.unwrap();
        sweep(late(1)).await;
        sweep(late(LOCK_SECONDS)).await;
        assert!(!said(&vault).await.iter().any(|line| line.contains("attempts_sweep")));
        sweep(late(2 * 24 * 3600)).await;
        let entry =
            newest(&vault, 500).await.into_iter().rfind(|entry| entry.action == "attempts_sweep").unwrap();
        assert_eq!((entry.outcome.as_str(), entry.changes.len()), ("done", 2));
        assert_eq!(entry.detail.unwrap()["members"].as_array().unwrap().len(), 1);
    });
}

/// Eight at once from one source have no more tries than eight after each other.
#[test]
fn tries_at_once_are_all_counted_and_no_more_wait_than_may() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let vault = vault().await;
        let before = said(&vault).await.len();
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..40 {
            let vault = vault.vault.clone();
            tasks.spawn(async move {
                let shown = ShownPassword { user: "maya", password: WRONG, code: None };
                coded(vault.sign_in_with_password(&stranger("192.0.2.1"), &shown, false).await.map(drop))
            });
        }
        let answers = tasks.join_all().await;
        let refused = answers.iter().filter(|answer| **answer == Err("token.invalid")).count();
        let turned_away = answers.iter().filter(|answer| **answer == Err("password.busy")).count();
        assert_eq!(refused + turned_away, 40);
        assert!(refused > PASSWORDS_WAITING_MAX, "{refused}");
        let now = said(&vault).await.split_off(before);
        assert_eq!(now.len(), usize::try_from(ACCESS_ATTEMPTS_MAX).unwrap() + 1, "{now:?}");
        assert!(!is_good(&vault, "192.0.2.1", RIGHT).await);
    });
}

#[test]
fn only_who_grants_unlocks() {
    block_on(async {
        let vault = vault().await;
        for (number, role) in (1_u8..).zip(Role::ALL) {
            let op = vault.member(number, &[(role, "**")]).await.unwrap();
            let unlocked = vault.vault.member_unlock(&op, &name("maya"), false).await;
            assert_eq!(unlocked.is_ok(), role == Role::Owner, "{role:?}");
        }
        let nobody = vault.vault.member_unlock(&op(), &name("nobody"), false).await;
        assert_eq!(coded(nobody), Err("member.not_found"));
    });
}

/// In a tenant that is suspended, who shows the right one is told; who does not learns nothing.
#[test]
fn a_tenant_that_is_suspended_says_so_to_its_members_alone() {
    block_on(async {
        let vault = vault().await;
        vault.vault.tenant_suspend(&op(), &op().tenant).await.unwrap();
        assert_eq!(tries(&vault, &stranger("::1"), "maya", WRONG).await.err(), Some("token.invalid"));
        assert_eq!(tries(&vault, &stranger("::1"), "nobody", RIGHT).await.err(), Some("token.invalid"));
        assert_eq!(tries(&vault, &stranger("::1"), "maya", RIGHT).await.err(), Some("tenant.suspended"));
    });
}

/// T-A10: whoever has shown nothing does nothing.
#[test]
fn t_a10_a_stranger_does_nothing_else() {
    block_on(async {
        let vault = vault().await;
        assert_eq!(reads(&vault, &stranger("::1")).await, Err("token.invalid"));
        let op = stranger("::1");
        assert_eq!(coded(vault.vault.sign_in(&op, false).await).err(), Some("code.none"));
        assert_eq!(coded(vault.vault.token_list(&op, false).await).err(), Some("token.invalid"));
    });
}

#[test]
fn t_l1_a_password_is_nowhere() {
    block_on(async {
        let storage = MemoryStorage::new(clock_at(TestVault::op().unwrap().now));
        let vault = over(storage.clone()).await;
        is_good(&vault, "192.0.2.1", WRONG).await;
        is_good(&vault, "192.0.2.1", RIGHT).await;
        let has = |bytes: &[u8]| bytes.windows(7).any(|window| window == b"battery");
        for (key, record) in records(storage.as_ref()).await {
            assert!(!has(key.as_bytes()) && !has(&record.value), "{key:?}");
        }
        assert!(newest(&vault, 500).await.iter().all(|entry| !has(&entry.leaf)));
    });
}

/// Nothing of it is left for whoever gets the name later, nor in lists.
#[test]
fn t_n6_what_a_member_signed_in_with_goes_with_the_member() {
    block_on(async {
        let storage = crate::support::memory();
        let vault = over(storage.clone()).await;
        let of_sign_in = async || {
            let all = records(storage.as_ref()).await;
            let tables: Vec<u8> = all.iter().map(|(key, _)| key.as_bytes()[16]).collect();
            tables.into_iter().filter(|table| matches!(table, 0x1c..=0x1e | 0x40 | 0x42)).collect::<Vec<_>>()
        };
        vault.vault.client_secret_create(&op(), &crate::client_secrets::new("maya"), false).await.unwrap();
        vault.vault.client_secret_create(&op(), &crate::client_secrets::new("jo"), false).await.unwrap();
        assert!(!is_good(&vault, "192.0.2.1", WRONG).await);
        assert!(!is_good(&vault, "192.0.2.2", WRONG).await);
        let maya = by_code(&vault, "maya").await;
        vault.vault.factor_enrol(&maya, None, false).await.unwrap();
        assert!(vault.vault.get(&maya, &path("prod/A"), Which::CURRENT).await.is_err());
        let mut before = of_sign_in().await;
        before.sort_unstable();
        assert_eq!(before, [0x1c, 0x1d, 0x1d, 0x1e, 0x40, 0x40, 0x42]);
        vault.vault.member_remove(&op(), &name("maya"), false).await.unwrap();
        assert_eq!(of_sign_in().await, [0x1d], "that of another");
        let listed = vault.vault.client_secret_list(&op(), false).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert!(vault.vault.audit_verify(&op(), &[], false, &|_| {}).await.unwrap().problems.is_empty());
    });
}
