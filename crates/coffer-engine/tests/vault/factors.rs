//! A second factor: enrolled and confirmed by its member, asked for beside the password, each code good once.

use std::sync::Arc;

use coffer_encryption::{TOTP_STEP_SECONDS, TotpSecret, totp_step};
use coffer_engine::access::{Conditions, Grant, Role};
use coffer_engine::code::{Code, CodeHash};
use coffer_engine::limits::{ACCESS_ATTEMPTS_MAX, CODE_ATTEMPTS_MAX, LOCK_SECONDS};
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{MemberChange, NewCode, ShownPassword, SignedIn};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op, RequestId};

use crate::members::{grant, made, name};
use crate::support::{coded, newest, path, records};

const RIGHT: &str = "correct horse battery staple";
const WRONG: &str = "correct horse battery stable";
const HERE: &str = "192.0.2.1";

fn op() -> Op {
    Op { request: RequestId::generate().unwrap(), ..TestVault::op().unwrap() }
}

fn stranger(source: &str) -> Op {
    Op { actor: Actor::Stranger, source: Some(source.parse().unwrap()), ..op() }
}

fn with_token(signed: &SignedIn) -> Op {
    let actor = Actor::Token(TokenHash::of_text(signed.token.expose()).unwrap());
    Op { actor, source: Some(HERE.parse().unwrap()), ..op() }
}

async fn by_code(vault: &TestVault, member: &str) -> Op {
    let code = Code::generate().unwrap();
    let new = NewCode { member: name(member), ttl_seconds: 60, for_instance_too: false };
    vault.vault.member_code(&op(), &code, &new, false).await.unwrap();
    let shown = Op { actor: Actor::Code(CodeHash::of_text(code.expose()).unwrap()), ..op() };
    with_token(&vault.vault.sign_in(&shown, false).await.unwrap())
}

/// What an authenticator reads from what it is shown.
fn scanned(text: &str) -> TotpSecret {
    let value = |digit: u8| match digit {
        b'A'..=b'Z' => digit - b'A',
        _ => digit - b'2' + 26,
    };
    let bits: Vec<u8> =
        text.bytes().flat_map(|digit| (0..5).rev().map(move |at| value(digit) >> at & 1)).collect();
    let bytes: Vec<u8> = bits.chunks(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect();
    TotpSecret::from_bytes(bytes.try_into().unwrap())
}

/// The code of now and so many steps.
fn code(secret: &TotpSecret, steps: i64) -> String {
    let now = totp_step(op().now.millis() / 1000);
    secret.code(now.checked_add_signed(steps).unwrap()).to_string()
}

/// `maya` has a password; with a factor that she has confirmed a step ago, so that the code of now is still good.
struct World {
    vault: TestVault,
    storage: Arc<MemoryStorage>,
    maya: Op,
    secret: TotpSecret,
}

impl World {
    async fn new() -> Self {
        let storage = MemoryStorage::new(clock_at(TestVault::op().unwrap().now));
        let vault = TestVault::over(storage.clone()).await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        vault.set("prod/A", "two").await.unwrap();
        made(&vault, "maya", &[grant(Role::Reader, "dev/**")]).await;
        let maya = by_code(&vault, "maya").await;
        vault.vault.password_set(&maya, (None, RIGHT), false).await.unwrap();
        let enrolled = vault.vault.factor_enrol(&maya, None, false).await.unwrap();
        let secret = scanned(&enrolled.secret());
        assert!(enrolled.uri().contains(enrolled.secret().as_str()), "one secret in both");
        let world = Self { vault, storage, maya, secret };
        assert!(!world.signs_in(RIGHT, None).await.unwrap(), "it counts once it is confirmed");
        world.confirm(&world.code(-1)).await.unwrap();
        world
    }

    fn code(&self, steps: i64) -> String {
        code(&self.secret, steps)
    }

    async fn confirm(&self, code: &str) -> Result<(), &'static str> {
        coded(self.vault.vault.factor_confirm(&self.maya, code, false).await)
    }

    async fn remove(&self, code: &str) -> Result<(), &'static str> {
        coded(self.vault.vault.factor_remove_own(&self.maya, code, false).await)
    }

    async fn tries(&self, op: &Op, password: &str, code: Option<&str>) -> Result<SignedIn, &'static str> {
        let shown = ShownPassword { user: "maya", password, code };
        coded(self.vault.vault.sign_in_with_password(op, &shown, false).await)
    }

    /// Whether a second factor was shown.
    async fn signs_in(&self, password: &str, code: Option<&str>) -> Result<bool, &'static str> {
        let signed = self.tries(&stranger(HERE), password, code).await?;
        let id = signed.about.id.to_string();
        let entries = newest(&self.vault, 500).await;
        let details = entries.into_iter().filter_map(|entry| entry.detail);
        let detail = details.into_iter().find(|detail| detail["token"] == id.as_str()).unwrap();
        Ok(detail["second_factor"] == true)
    }
}

#[test]
fn a_factor_is_asked_for_once_it_is_confirmed_until_it_is_removed() {
    block_on(async {
        let world = World::new().await;
        assert_eq!(world.signs_in(RIGHT, None).await, Err("token.invalid"));
        assert_eq!(world.signs_in(RIGHT, Some("")).await, Err("token.invalid"));
        assert_eq!(world.signs_in(WRONG, Some(&world.code(0))).await, Err("token.invalid"));
        assert_eq!(
            world.signs_in(RIGHT, Some(&world.code(0))).await,
            Ok(true),
            "and no other try used it up"
        );
        // Another password, and signing in with a code by an owner, change nothing of it.
        let by_code = by_code(&world.vault, "maya").await;
        let vault = &world.vault.vault;
        vault.password_set(&by_code, (None, WRONG), false).await.unwrap();
        assert_eq!(world.signs_in(WRONG, None).await, Err("token.invalid"));
        assert_eq!(coded(vault.factor_enrol(&by_code, None, false).await).err(), Some("factor.exists"));
        assert_eq!(world.confirm(&world.code(1)).await, Err("factor.not_found"), "it is confirmed");
        assert_eq!(world.remove(&world.code(0)).await, Err("factor.wrong"), "it was shown");
        assert_eq!(world.remove(&world.code(1)).await, Ok(()));
        assert_eq!(world.remove(&world.code(1)).await, Err("factor.not_found"));
        assert_eq!(world.signs_in(WRONG, None).await, Ok(false));
        let report = vault.audit_verify(&op(), &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
    });
}

/// T-A3: each step once for a member, whichever server is asked, however it is spelled, and whatever was shown meanwhile.
#[test]
fn t_a3_a_code_is_good_once_on_all_servers_and_in_one_spelling() {
    block_on(async {
        let world = World::new().await;
        let another = TestVault::over(world.storage.clone()).await.unwrap();
        let on_another = async |code: &str| {
            let shown = ShownPassword { user: "maya", password: RIGHT, code: Some(code) };
            coded(another.vault.sign_in_with_password(&stranger("192.0.2.2"), &shown, false).await).err()
        };
        let now = world.code(0);
        // Both have read the record before.
        assert_eq!(on_another(&world.code(-1)).await, Some("token.invalid"), "it has confirmed");
        for spelled in [format!(" {now}"), format!("{now} "), format!("{} {}", &now[..3], &now[3..])] {
            assert_eq!(world.signs_in(RIGHT, Some(&spelled)).await, Err("token.invalid"), "{spelled:?}");
        }
        // However the name is spelled, the factor is hers, or it is nobody's name.
        for user in ["Maya", "MAYA", " maya", "maya ", "maya\0", "\u{ff4d}aya"] {
            for code in [None, Some(now.as_str())] {
                let shown = ShownPassword { user, password: RIGHT, code };
                let signed = world.vault.vault.sign_in_with_password(&stranger(HERE), &shown, false).await;
                assert_eq!(coded(signed).err(), Some("token.invalid"), "{user:?}");
            }
        }
        assert_eq!(world.signs_in(RIGHT, Some(&now)).await, Ok(true));
        for spelled in
            [now.clone(), format!(" {now}"), format!("{now}\n"), format!("{} {}", &now[..3], &now[3..])]
        {
            assert_eq!(on_another(&spelled).await, Some("token.invalid"), "{spelled:?}");
        }
        vault_unlocks(&world).await;
        assert_eq!(world.signs_in(RIGHT, Some(&now)).await, Err("token.invalid"));
        assert_eq!(on_another(&world.code(1)).await, None);
        for step in [-2, -1, 0, 1, 2] {
            let (code, source) = (world.code(step), format!("198.51.100.{}", step + 10));
            assert!(world.tries(&stranger(&source), RIGHT, Some(&code)).await.is_err(), "{step}");
        }
        // A step later the next one is good, and the same digits of another moment are not.
        let later = Op { now: op().now.plus_seconds(TOTP_STEP_SECONDS), ..stranger("203.0.113.1") };
        assert!(world.tries(&later, RIGHT, Some(&world.code(1))).await.is_err());
        assert!(world.tries(&later, RIGHT, Some(&world.code(2))).await.is_ok());
    });
}

async fn vault_unlocks(world: &World) {
    world.vault.vault.member_unlock(&op(), &name("maya"), false).await.unwrap();
}

/// Of many that show one code at the same time, on two servers, one signs in.
#[test]
fn t_a3_of_many_at_once_one_signs_in() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let world = World::new().await;
        let another = TestVault::over(world.storage.clone()).await.unwrap();
        let code = world.code(0);
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..8_u8 {
            let vault = if number % 2 == 0 { &world.vault } else { &another };
            let (vault, code) = (vault.vault.clone(), code.clone());
            tasks.spawn(async move {
                let shown = ShownPassword { user: "maya", password: RIGHT, code: Some(&code) };
                let from = stranger(&format!("192.0.2.{}", 100 + number));
                coded(vault.sign_in_with_password(&from, &shown, false).await.map(drop))
            });
        }
        let answers = tasks.join_all().await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|answer| matches!(answer, Ok(()) | Err("token.invalid"))), "{answers:?}");
    });
}

/// Tries are counted as those of a password are, and nobody who guesses is told that the password was right.
#[test]
fn t_a3_wrong_codes_lock_and_tell_no_more_than_wrong_passwords() {
    block_on(async {
        let world = World::new().await;
        let mut seen = Vec::new();
        for (password, code) in [
            (WRONG, None),
            (RIGHT, None),
            (RIGHT, Some("000000")),
            (WRONG, Some("000000")),
            (RIGHT, Some("x")),
        ] {
            let hashed = world.vault.vault.passwords_hashed();
            let shown = ShownPassword { user: "maya", password, code };
            let error =
                world.vault.vault.sign_in_with_password(&stranger(HERE), &shown, false).await.unwrap_err();
            assert_eq!(world.vault.vault.passwords_hashed(), hashed + 1, "one Argon2id");
            seen.push((error.code(), error.to_string(), error.entry()));
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{seen:?}");
        assert_eq!(ACCESS_ATTEMPTS_MAX, 5);
        let good = world.code(0);
        assert!(world.signs_in(RIGHT, Some(&good)).await.is_err(), "locked here");
        assert_eq!(world.remove(&good).await, Err("factor.wrong"), "also for who has a token");
        assert!(world.tries(&stranger("192.0.2.2"), RIGHT, Some(&good)).await.is_ok(), "and not elsewhere");
        // The log tells that somebody has the password.
        let entries = newest(&world.vault, 500).await;
        let refused = entries.iter().filter(|entry| entry.action == "sign_in" && entry.outcome == "refused");
        let was_right =
            refused.filter(|entry| entry.detail.as_ref().unwrap()["password_was_right"] == true).count();
        assert_eq!(was_right, 3);
        let later = Op { now: op().now.plus_seconds(LOCK_SECONDS + 1), ..stranger(HERE) };
        let (steps, rest) = ((LOCK_SECONDS + 1) / TOTP_STEP_SECONDS, (LOCK_SECONDS + 1) % TOTP_STEP_SECONDS);
        assert!(rest < TOTP_STEP_SECONDS);
        assert!(world.tries(&later, RIGHT, Some(&world.code(i64::try_from(steps).unwrap()))).await.is_ok());
    });
}

/// Who has the password, and many addresses, has no more tries for it.
#[test]
fn t_a3_wrong_codes_count_wherever_they_come_from() {
    block_on(async {
        let world = World::new().await;
        for number in 0..CODE_ATTEMPTS_MAX {
            let from = stranger(&format!("2001:db8:{number}::1"));
            assert!(world.tries(&from, RIGHT, Some("000000")).await.is_err());
            // Who has not the password locks nobody out.
            assert!(world.tries(&from, WRONG, Some("000000")).await.is_err());
        }
        let (last, good) = (CODE_ATTEMPTS_MAX + 1, world.code(0));
        assert!(world.tries(&stranger("192.0.2.77"), RIGHT, Some(&good)).await.is_err());
        assert_eq!(world.remove(&good).await, Err("factor.wrong"));
        let entries = newest(&world.vault, 500).await;
        let lock = entries.iter().find(|entry| entry.action == "member_lock").unwrap();
        let detail = lock.detail.as_ref().unwrap();
        assert_eq!((&detail["source"], &detail["failed"]), (&"anywhere".into(), &(last - 1).into()));
        let unlocked = world.vault.vault.member_unlock(&op(), &name("maya"), false).await.unwrap();
        assert_eq!(unlocked, u64::from(last));
        // One that is right begins the count anew.
        for number in 1..CODE_ATTEMPTS_MAX {
            let from = stranger(&format!("2001:db8:{number}::1"));
            assert!(world.tries(&from, RIGHT, None).await.is_err());
        }
        assert!(world.tries(&stranger(HERE), RIGHT, Some(&good)).await.is_ok());
        assert!(world.tries(&stranger(HERE), RIGHT, Some("000000")).await.is_err());
        assert!(world.tries(&stranger("192.0.2.2"), RIGHT, Some(&world.code(1))).await.is_ok());
    });
}

/// Guesses with a token count at the same place.
#[test]
fn t_a3_wrong_codes_to_remove_or_to_confirm_lock_too() {
    block_on(async {
        let world = World::new().await;
        for _ in 0..ACCESS_ATTEMPTS_MAX {
            assert_eq!(world.remove("000000").await, Err("factor.wrong"));
        }
        assert_eq!(world.remove(&world.code(0)).await, Err("factor.wrong"));
        assert!(world.signs_in(RIGHT, Some(&world.code(0))).await.is_err());
        let locks = newest(&world.vault, 500).await.into_iter().filter(|entry| entry.action == "member_lock");
        assert_eq!(locks.count(), 1);
        vault_unlocks(&world).await;
        assert_eq!(world.remove(&world.code(0)).await, Ok(()));
        world.vault.vault.factor_enrol(&world.maya, None, false).await.unwrap();
        assert_eq!(world.confirm(&world.code(1)).await, Err("factor.wrong"), "of another secret");
    });
}

/// Who has nothing but a token needs the password too.
#[test]
fn a_token_alone_enrols_nothing() {
    block_on(async {
        let world = World::new().await;
        world.remove(&world.code(0)).await.unwrap();
        let token = with_token(&world.tries(&stranger(HERE), RIGHT, None).await.unwrap());
        let vault = &world.vault.vault;
        let enrol = async |op: &Op, password| coded(vault.factor_enrol(op, password, false).await.map(drop));
        assert_eq!(enrol(&token, None).await, Err("password.unproved"));
        assert_eq!(enrol(&token, Some(WRONG)).await, Err("password.wrong"));
        let long = "x".repeat(1025);
        assert_eq!(enrol(&token, Some(&long)).await, Err("password.long"));
        assert_eq!(enrol(&token, Some(RIGHT)).await, Ok(()));
        assert_eq!(enrol(&token, Some(RIGHT)).await, Ok(()), "one that is not confirmed gives way");
        for op in [op(), stranger(HERE), Op { actor: Actor::System, ..op() }] {
            assert_eq!(enrol(&op, None).await, Err("token.none"));
            assert_eq!(coded(vault.factor_confirm(&op, "000000", false).await), Err("token.none"));
            assert_eq!(coded(vault.factor_remove_own(&op, "000000", false).await), Err("token.none"));
        }
        assert!(!world.signs_in(RIGHT, None).await.unwrap(), "none is confirmed");
    });
}

/// By who grants, and holds what the member holds.
#[test]
fn a_factor_that_is_lost_is_removed_by_who_grants() {
    block_on(async {
        let world = World::new().await;
        let vault = &world.vault.vault;
        for (number, role) in (1_u8..).zip(Role::ALL) {
            let op = world.vault.member(number, &[(role, "**")]).await.unwrap();
            if role != Role::Owner {
                let removed = coded(vault.factor_remove(&op, &name("maya"), false).await);
                assert_eq!(removed, Err("access.denied"), "{role:?}");
            }
        }
        let less = world.vault.member(90, &[(Role::Owner, "other/**")]).await.unwrap();
        assert_eq!(coded(vault.factor_remove(&less, &name("maya"), false).await), Err("access.denied"));
        assert!(world.signs_in(RIGHT, None).await.is_err());
        assert_eq!(coded(vault.factor_remove(&op(), &name("maya"), false).await), Ok(true));
        assert_eq!(coded(vault.factor_remove(&op(), &name("maya"), false).await), Ok(false));
        assert_eq!(coded(vault.factor_remove(&op(), &name("nobody"), false).await), Err("member.not_found"));
        assert_eq!(world.signs_in(RIGHT, None).await, Ok(false));
    });
}

/// A grant that waits for a second factor holds for who has shown one, and for no other.
#[test]
fn a_grant_that_needs_a_second_factor_holds_with_one() {
    block_on(async {
        let world = World::new().await;
        let when = Conditions { second_factor: true, ..Conditions::default() };
        let change = MemberChange {
            grants: Some(vec![
                grant(Role::Reader, "dev/**"),
                Grant { when, ..grant(Role::Reader, "prod/**") },
            ]),
            ..MemberChange::default()
        };
        let vault = &world.vault.vault;
        vault.member_change(&op(), &name("maya"), &change, false).await.unwrap();
        let reads =
            async |op: &Op, raw: &str| coded(vault.get(op, &path(raw), Which::CURRENT).await.map(drop));
        let shown = with_token(&world.tries(&stranger(HERE), RIGHT, Some(&world.code(0))).await.unwrap());
        assert_eq!((reads(&shown, "dev/A").await, reads(&shown, "prod/A").await), (Ok(()), Ok(())));
        // A code is a way in, and no second factor.
        let by_code = by_code(&world.vault, "maya").await;
        assert_eq!(
            (reads(&by_code, "dev/A").await, reads(&by_code, "prod/A").await),
            (Ok(()), Err("access.denied"))
        );
        world.remove(&world.code(1)).await.unwrap();
        let alone = with_token(&world.tries(&stranger(HERE), RIGHT, None).await.unwrap());
        assert_eq!(
            (reads(&alone, "dev/A").await, reads(&alone, "prod/A").await),
            (Ok(()), Err("access.denied"))
        );
    });
}

#[test]
fn t_l1_neither_secret_nor_code_is_anywhere() {
    block_on(async {
        let world = World::new().await;
        let (text, shown) = (world.secret.base32(), world.code(0));
        world.signs_in(RIGHT, Some(&shown)).await.unwrap();
        let marks: [&[u8]; 3] = [world.secret.expose(), text.as_bytes(), &world.secret.expose()[..8]];
        let has =
            |bytes: &[u8]| marks.iter().any(|mark| bytes.windows(mark.len()).any(|window| window == *mark));
        for (key, record) in records(world.storage.as_ref()).await {
            assert!(!has(key.as_bytes()) && !has(&record.value), "{key:?}");
        }
        let says = |leaf: &[u8]| leaf.windows(6).any(|window| window == shown.as_bytes());
        assert!(newest(&world.vault, 500).await.iter().all(|entry| !has(&entry.leaf)));
        let details = newest(&world.vault, 500).await.into_iter().filter_map(|entry| entry.detail);
        assert!(details.into_iter().all(|detail| !says(&serde_json::to_vec(&detail).unwrap())));
    });
}
