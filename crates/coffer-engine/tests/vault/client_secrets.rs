//! Client secrets: shown with the client id of their member, until their end, as often and from where they are good.

use coffer_engine::access::Role;
use coffer_engine::client::{Client, ClientSecret, ClientSecretHash};
use coffer_engine::identity::IdentityId;
use coffer_engine::limits::{CLIENT_SECRET_KEPT_DAYS, CLIENT_SECRETS_MAX, TOKEN_LIFE_MAX_SECONDS};
use coffer_engine::network::Network;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{ClientSecretInfo, MemberChange, NewClientSecret, SignedIn, UpkeepSettings};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::members::{grant, made, name};
use crate::support::{coded, op_in, path, records};

pub(crate) fn new(member: &str) -> NewClientSecret {
    NewClientSecret {
        member: name(member),
        ttl_seconds: 3600,
        uses: None,
        networks: Vec::new(),
        label: String::new(),
    }
}

fn op() -> Op {
    TestVault::op().unwrap()
}

fn shown(id: IdentityId, secret: &ClientSecret) -> Op {
    let secret = ClientSecretHash::of_text(secret.expose()).unwrap();
    Op { actor: Actor::Client(Client { id, secret }), ..op() }
}

fn with_token(signed: &SignedIn) -> Op {
    Op { actor: Actor::Token(TokenHash::of_text(signed.token.expose()).unwrap()), ..op() }
}

async fn vault() -> TestVault {
    let vault = TestVault::in_memory().await.unwrap();
    vault.set("dev/A", "one").await.unwrap();
    for member in ["shop", "ci"] {
        made(&vault, member, &[grant(Role::Reader, "dev/**")]).await;
    }
    vault
}

async fn secret(vault: &TestVault, new: &NewClientSecret) -> (ClientSecret, ClientSecretInfo) {
    vault.vault.client_secret_create(&op(), new, false).await.unwrap()
}

async fn sign_in(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.sign_in(op, false).await.map(drop))
}

async fn reads(vault: &TestVault, op: &Op) -> Result<(), &'static str> {
    coded(vault.vault.get(op, &path("dev/A"), Which::CURRENT).await.map(drop))
}

#[test]
fn a_secret_is_changed_for_tokens_and_all_of_it_is_written_down() {
    block_on(async {
        let vault = vault().await;
        let (one, about) = secret(&vault, &new("shop")).await;
        let signed = vault.vault.sign_in(&shown(about.client, &one), false).await.unwrap();
        assert_eq!((signed.name.as_str(), signed.for_instance_too), ("shop", false));
        reads(&vault, &with_token(&signed)).await.unwrap();
        sign_in(&vault, &shown(about.client, &one)).await.unwrap();
        let entries = crate::support::newest(&vault, 100).await;
        let entry = entries.iter().find(|entry| entry.action == "sign_in").unwrap();
        let detail = entry.detail.as_ref().unwrap();
        assert_eq!(entry.actor.via, "secret");
        assert_eq!(
            (detail["method"].as_str(), detail["secret"].as_str()),
            (Some("secret"), Some(&*about.id.to_string()))
        );
        assert_eq!(detail.get("code"), None);
        let report = vault.vault.audit_verify(&op(), &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, Vec::<String>::new());
    });
}

/// Two are good at once; the end of one is that of all that it was changed for, and of nothing else.
#[test]
fn secrets_are_changed_without_a_moment_in_which_none_is_good() {
    block_on(async {
        let vault = vault().await;
        let (old, first) = secret(&vault, &new("shop")).await;
        let with_old = with_token(&vault.vault.sign_in(&shown(first.client, &old), false).await.unwrap());
        let (next, second) = secret(&vault, &NewClientSecret { label: "next".into(), ..new("shop") }).await;
        let with_next = with_token(&vault.vault.sign_in(&shown(second.client, &next), false).await.unwrap());
        // What is made with the token ends with it.
        let below = coffer_engine::vault::NewToken {
            member: None,
            ttl_seconds: 60,
            max_seconds: 60,
            uses: None,
            networks: Vec::new(),
            label: String::new(),
        };
        let (below, _) = vault.vault.token_create(&with_old, &below, false).await.unwrap();
        let below = Op { actor: Actor::Token(TokenHash::of_text(below.expose()).unwrap()), ..op() };
        for op in [&with_old, &with_next, &below] {
            reads(&vault, op).await.unwrap();
        }
        vault.vault.client_secret_revoke(&op(), first.id, false).await.unwrap();
        vault.vault.client_secret_revoke(&op(), first.id, false).await.unwrap();
        for op in [&with_old, &below] {
            assert_eq!(reads(&vault, op).await, Err("token.invalid"));
        }
        assert_eq!(sign_in(&vault, &shown(first.client, &old)).await, Err("token.invalid"));
        reads(&vault, &with_next).await.unwrap();
        sign_in(&vault, &shown(second.client, &next)).await.unwrap();
        let listed = vault.vault.client_secret_list(&op(), false).await.unwrap();
        let states: Vec<_> = listed.iter().map(|one| (one.id == second.id, one.revoked)).collect();
        assert!(states.contains(&(true, false)) && states.contains(&(false, true)) && states.len() == 2);
    });
}

/// One that is another's is nobody's: not used, not counted, and without an entry.
#[test]
fn t_a6_a_secret_of_one_member_is_nothing_with_the_client_id_of_another() {
    block_on(async {
        let vault = vault().await;
        vault.vault.tenant_create(&op(), &op_in("acme").tenant).await.unwrap();
        let (of_shop, shop) = secret(&vault, &NewClientSecret { uses: Some(1), ..new("shop") }).await;
        let (_, ci) = secret(&vault, &new("ci")).await;
        for (op, instance) in [
            (shown(ci.client, &of_shop), false),
            (shown(IdentityId::LOCAL, &of_shop), false),
            (shown(IdentityId::from_bytes([7; 16]), &of_shop), false),
            (shown(shop.client, &ClientSecret::generate().unwrap()), false),
            (Op { tenant: op_in("acme").tenant, ..shown(shop.client, &of_shop) }, false),
            (Op { tenant: op_in("nobody").tenant, ..shown(shop.client, &of_shop) }, false),
            (shown(shop.client, &of_shop), true),
        ] {
            let error = vault.vault.sign_in(&op, instance).await.unwrap_err();
            assert_eq!((error.code(), error.entry()), ("token.invalid", None));
        }
        let listed = vault.vault.client_secret_list(&op(), false).await.unwrap();
        assert_eq!(listed.iter().find(|one| one.id == shop.id).unwrap().uses_left, Some(1));
        sign_in(&vault, &shown(shop.client, &of_shop)).await.unwrap();
        // It is good for signing in, and for nothing else (T-A10).
        let (again, about) = secret(&vault, &new("shop")).await;
        assert_eq!(reads(&vault, &shown(about.client, &again)).await, Err("token.invalid"));
    });
}

#[test]
fn t_a4_a_secret_ends_at_its_moment_on_the_clock_of_the_storage() {
    block_on(async {
        let start = op().now;
        for (after, expected) in [(0, Ok(())), (59, Ok(())), (60, Ok(())), (61, Err("token.invalid"))] {
            let now = start.plus_seconds(after);
            let vault = TestVault::over(MemoryStorage::new(clock_at(now))).await.unwrap();
            made(&vault, "shop", &[]).await;
            let (secret, about) = secret(&vault, &NewClientSecret { ttl_seconds: 60, ..new("shop") }).await;
            // Whatever the operation says of the time.
            let late = shown(about.client, &secret);
            for op in [Op { now, ..late.clone() }, late].into_iter().take(if after == 61 { 2 } else { 1 }) {
                assert_eq!(sign_in(&vault, &op).await, expected, "{after}");
            }
        }
        let vault = vault().await;
        for ttl_seconds in [0, TOKEN_LIFE_MAX_SECONDS + 1, u64::MAX] {
            let new = NewClientSecret { ttl_seconds, ..new("shop") };
            let made = vault.vault.client_secret_create(&op(), &new, false).await;
            assert_eq!(coded(made).err(), Some("client_secret.lifetime"));
        }
    });
}

/// The last use is one, of however many at once.
#[test]
fn of_eight_at_once_as_many_sign_in_as_it_is_good_for() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        for uses in [1, 3] {
            let vault = vault().await;
            let (secret, about) = secret(&vault, &NewClientSecret { uses: Some(uses), ..new("shop") }).await;
            let mut tasks = tokio::task::JoinSet::new();
            for _ in 0..8 {
                let (vault, op) = (vault.vault.clone(), shown(about.client, &secret));
                tasks.spawn(async move { vault.sign_in(&op, false).await.is_ok() });
            }
            let signed = tasks.join_all().await.into_iter().filter(|signed| *signed).count();
            assert_eq!(signed, usize::try_from(uses).unwrap());
        }
    });
}

#[test]
fn a_secret_and_its_tokens_are_good_in_their_networks() {
    block_on(async {
        let vault = vault().await;
        let networks = vec![Network::parse("10.0.0.0/8").unwrap()];
        let (secret, about) = secret(&vault, &NewClientSecret { networks, ..new("shop") }).await;
        let from = |op: Op, source: &str| Op { source: Some(source.parse().unwrap()), ..op };
        let at = |source: &str| from(shown(about.client, &secret), source);
        for op in [at("192.0.2.7"), shown(about.client, &secret)] {
            assert_eq!(sign_in(&vault, &op).await, Err("token.invalid"));
        }
        let token = with_token(&vault.vault.sign_in(&at("10.1.2.3"), false).await.unwrap());
        reads(&vault, &from(token.clone(), "10.9.9.9")).await.unwrap();
        assert_eq!(reads(&vault, &from(token, "192.0.2.7")).await, Err("token.invalid"));
    });
}

#[test]
fn who_is_disabled_does_not_sign_in_and_only_who_grants_makes_secrets() {
    block_on(async {
        let vault = vault().await;
        let (made, about) = secret(&vault, &new("shop")).await;
        let disable = MemberChange { disabled: Some(true), ..MemberChange::default() };
        vault.vault.member_change(&op(), &name("shop"), &disable, false).await.unwrap();
        assert_eq!(sign_in(&vault, &shown(about.client, &made)).await, Err("access.denied"));
        let another = vault.vault.client_secret_create(&op(), &new("shop"), false).await;
        assert_eq!(coded(another).err(), Some("member.disabled"));
        for (number, role) in (1_u8..).zip(Role::ALL) {
            let op = vault.member(number, &[(role, "**")]).await.unwrap();
            let may = role == Role::Owner;
            assert_eq!(
                vault.vault.client_secret_create(&op, &new("ci"), false).await.is_ok(),
                may,
                "{role:?}"
            );
            assert_eq!(vault.vault.client_secret_revoke(&op, about.id, false).await.is_ok(), may, "{role:?}");
        }
        for _ in 1..CLIENT_SECRETS_MAX {
            secret(&vault, &new("ci")).await;
        }
        let more = vault.vault.client_secret_create(&op(), &new("ci"), false).await;
        assert_eq!(coded(more).err(), Some("client_secret.too_many"));
        let many = vec![Network::parse("::1").unwrap(); 33];
        for (wrong, code) in [
            (NewClientSecret { uses: Some(0), ..new("ci") }, "client_secret.uses"),
            (NewClientSecret { networks: many, ..new("ci") }, "client_secret.networks"),
            (NewClientSecret { label: "\n".into(), ..new("ci") }, "name.character"),
            (new("nobody"), "member.not_found"),
        ] {
            let made = vault.vault.client_secret_create(&op(), &wrong, false).await;
            assert_eq!(coded(made).err(), Some(code));
        }
        let none = coffer_engine::token::TokenId::from_bytes([1; 16]);
        let revoked = vault.vault.client_secret_revoke(&op(), none, false).await;
        assert_eq!(coded(revoked).err(), Some("client_secret.not_found"));
    });
}

/// Neither the secret nor a part of it is in the store.
#[test]
fn t_l1_a_client_secret_is_nowhere() {
    block_on(async {
        let storage = crate::support::memory();
        let vault = TestVault::over(storage.clone()).await.unwrap();
        made(&vault, "shop", &[]).await;
        let (secret, about) = secret(&vault, &new("shop")).await;
        sign_in(&vault, &shown(about.client, &secret)).await.unwrap();
        let group = &secret.expose().as_bytes()[5..10];
        let has = |bytes: &[u8]| bytes.windows(5).any(|window| window == group);
        for (key, record) in records(storage.as_ref()).await {
            assert!(!has(key.as_bytes()) && !has(&record.value), "{key:?}");
        }
        assert!(
            !format!("{secret:?} {about:?} {:?}", shown(about.client, &secret))
                .contains(&secret.expose()[5..10])
        );
    });
}

#[test]
fn one_whose_time_is_over_is_not_listed_and_goes_after_a_while() {
    block_on(async {
        let storage = crate::support::memory();
        let vault = TestVault::over(storage.clone()).await.unwrap();
        made(&vault, "shop", &[grant(Role::Reader, "dev/**")]).await;
        let (_, about) = secret(&vault, &new("shop")).await;
        let at = |millis| Op { now: Timestamp::from_millis(millis), ..op() };
        let (ends, day) = (about.expires.millis(), 24 * 60 * 60 * 1000);
        let listed = async |op: Op| vault.vault.client_secret_list(&op, false).await.unwrap().len();
        assert_eq!((listed(at(ends)).await, listed(at(ends + 1)).await), (1, 0));
        let left = async || {
            let all = records(storage.as_ref()).await;
            all.iter().filter(|(key, _)| key.as_bytes()[16] == 0x1d).count()
        };
        let settings = UpkeepSettings { retention_days: 36_500 };
        let kept = ends + CLIENT_SECRET_KEPT_DAYS * day;
        vault.vault.upkeep(&at(kept), settings).await.unwrap();
        assert_eq!(left().await, 1);
        vault.vault.upkeep(&at(kept + 2 * day), settings).await.unwrap();
        assert_eq!(left().await, 0);
    });
}
