//! Tokens of issuers that a tenant trusts: whom they mean, and all in which they mean nobody.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use coffer_engine::access::{Grant, Identity, IdentityKind, PathPattern, Rights, Role};
use coffer_engine::action::Right;
use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::identity::IdentityId;
use coffer_engine::jwt::{Algorithm, ClaimPatterns, IssuerKeys, KeySet, KeysAt, NoKeys};
use coffer_engine::slug::RoleName;
use coffer_engine::storage::memory::MemoryStorage;
use coffer_engine::testkit::{TestVault, TokenSigner, block_on, clock_at};
use coffer_engine::time::Timestamp;
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{
    IssuerChange, IssuerName, KeysFrom, MemberChange, NewIssuer, SignedIn, UpkeepSettings,
};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op, Vault};

use crate::members::{grant, made, name};
use crate::support::{coded, newest, op_in, path, records};

/// 2026-01-01T00:00:00Z, the moment of every test, in seconds.
const NOW: u64 = 1_767_225_600;
const GITHUB: &str = "https://token.actions.githubusercontent.com";
const GITLAB: &str = "https://gitlab.example.com";
const CLUSTER: &str = "https://kubernetes.default.svc.cluster.local";

pub(crate) fn an_issuer(name: &str, issuer: &str, keys: KeysFrom) -> NewIssuer {
    NewIssuer {
        name: IssuerName::parse(name).unwrap(),
        issuer: issuer.to_owned(),
        audiences: vec!["https://coffer.example".to_owned()],
        algorithms: vec![Algorithm::Rs256, Algorithm::Es256],
        keys,
        leeway_seconds: 0,
        once: false,
        token_seconds: 900,
    }
}

pub(crate) fn claims(said: &[(&str, &str)]) -> ClaimPatterns {
    let said = said.iter().map(|(name, said)| ((*name).to_owned(), (*said).to_owned()));
    ClaimPatterns::new(said.collect::<BTreeMap<_, _>>()).unwrap()
}

/// As GitHub's runners get it.
fn github(sub: &str) -> String {
    format!(
        r#"{{"jti":"example-id","sub":"{sub}","aud":"https://coffer.example","ref":"refs/heads/main","sha":"example-sha",
        "repository":"acme/shop","repository_owner":"acme","actor_id":"12","repository_visibility":"private",
        "repository_id":"74","repository_owner_id":"65","run_id":"example-run-id","run_number":"10","run_attempt":"2",
        "runner_environment":"github-hosted","actor":"maya","workflow":"example-workflow","head_ref":"","base_ref":"",
        "event_name":"push","ref_type":"branch","job_workflow_ref":"acme/automation/.github/workflows/oidc.yml@refs/heads/main",
        "iss":"{GITHUB}","nbf":{},"exp":{},"iat":{NOW}}}"#,
        NOW - 600,
        NOW + 300
    )
}

/// As GitLab's jobs get it.
fn gitlab(project: &str, protected: bool) -> String {
    format!(
        r#"{{"namespace_id":"72","namespace_path":"acme","project_id":"20","project_path":"{project}","user_id":"1",
        "user_login":"maya","user_email":"maya@example.com","user_access_level":"owner","pipeline_id":"574","pipeline_source":"push",
        "job_id":"302","ref":"main","ref_type":"branch","ref_path":"refs/heads/main","ref_protected":"{protected}",
        "groups_direct":["acme/platform","acme/shop"],"environment_protected":"false","runner_id":1,
        "runner_environment":"self-hosted","sha":"714a629c0b401fdce83e847fc9589983fc6f46bc","jti":"235b3a54-b797-45c7-ae9a-f72d7bc6ef5b",
        "iss":"{GITLAB}","iat":{NOW},"nbf":{},"exp":{},"sub":"project_path:{project}:ref_type:branch:ref:main",
        "aud":"https://coffer.example"}}"#,
        NOW - 5,
        NOW + 3600
    )
}

/// As a pod finds it in its projected volume.
fn kubernetes(namespace: &str) -> String {
    format!(
        r#"{{"aud":["https://coffer.example"],"exp":{},"iat":{NOW},"iss":"{CLUSTER}","jti":"6e9a-1",
        "kubernetes.io":{{"namespace":"{namespace}","node":{{"name":"one","uid":"8a2b"}},"pod":{{"name":"shop-0","uid":"5e0c"}},
        "serviceaccount":{{"name":"shop","uid":"27fe"}},"warnafter":{}}},"nbf":{NOW},"sub":"system:serviceaccount:{namespace}:shop"}}"#,
        NOW + 3607,
        NOW + 3000
    )
}

/// A vault that trusts all three, by keys in its records.
struct World {
    vault: TestVault,
    github: TokenSigner,
    gitlab: TokenSigner,
    cluster: TokenSigner,
}

impl World {
    async fn new() -> Self {
        Self::over(TestVault::in_memory().await.unwrap()).await
    }

    async fn over(vault: TestVault) -> Self {
        vault.set("dev/A", "one").await.unwrap();
        for member in ["ci", "deploy", "shop"] {
            made(&vault, member, &[grant(Role::Reader, "dev/**")]).await;
        }
        let world = Self {
            vault,
            github: TokenSigner::rs256("38826b17").unwrap(),
            gitlab: TokenSigner::rs256("4i3sFE7sxqNPOT7FdvcGA1ZVGGI_r-tsDXnEuYT4ZqE").unwrap(),
            cluster: TokenSigner::es256("f9b1").unwrap(),
        };
        let op = TestVault::op().unwrap();
        for (issuer, url, signer) in [
            ("github", GITHUB, &world.github),
            ("gitlab", GITLAB, &world.gitlab),
            ("cluster", CLUSTER, &world.cluster),
        ] {
            let keys = KeysFrom::Set(TokenSigner::set([signer]).into_bytes());
            world.vault.vault.issuer_create(&op, &an_issuer(issuer, url, keys), false).await.unwrap();
        }
        world.bind("github", &[("repository_owner_id", "65"), ("sub", "repo:acme/shop:ref:*")], "ci").await;
        world.bind("github", &[("sub", "repo:acme/shop:environment:production")], "deploy").await;
        world.bind("gitlab", &[("project_path", "acme/*"), ("ref_protected", "true")], "deploy").await;
        world.bind("cluster", &[("/kubernetes.io/namespace", "prod")], "shop").await;
        world
    }

    async fn change(&self, issuer: &str, change: &IssuerChange) -> Result<(), &'static str> {
        let (op, issuer) = (TestVault::op().unwrap(), IssuerName::parse(issuer).unwrap());
        coded(self.vault.vault.issuer_change(&op, &issuer, change, false).await)
    }

    async fn bind(&self, issuer: &str, said: &[(&str, &str)], member: &str) {
        let bind = vec![(claims(said), name(member))];
        self.change(issuer, &IssuerChange { bind, ..IssuerChange::default() }).await.unwrap();
    }

    async fn shows(&self, token: &str) -> Result<SignedIn, &'static str> {
        self.shows_at(&TestVault::op().unwrap(), token).await
    }

    async fn shows_at(&self, op: &Op, token: &str) -> Result<SignedIn, &'static str> {
        coded(self.vault.vault.sign_in_jwt(op, (token, None), &NoKeys, false).await)
    }

    /// What the log says of signing in.
    async fn entries(&self) -> Vec<LoggedEntry> {
        let filter = EntryFilter { action: Some("sign_in".to_owned()), ..EntryFilter::default() };
        let op = TestVault::op().unwrap();
        self.vault.vault.audit_query(&op, &filter, None, 100, false).await.unwrap().entries
    }
}

async fn reads(vault: &Vault, signed: &SignedIn, now: Timestamp) -> Result<(), &'static str> {
    let hash = TokenHash::of_text(signed.token.expose()).unwrap();
    let op = Op { actor: Actor::Token(hash), now, ..TestVault::op().unwrap() };
    coded(vault.get(&op, &path("dev/A"), Which::CURRENT).await.map(drop))
}

#[test]
fn the_tokens_of_github_gitlab_and_kubernetes_mean_members() {
    block_on(async {
        let world = World::new().await;
        let vault = &world.vault.vault;
        for (token, member) in [
            (world.github.token(&github("repo:acme/shop:ref:refs/heads/main")), "ci"),
            (world.github.token(&github("repo:acme/shop:environment:production")), "deploy"),
            (world.gitlab.token(&gitlab("acme/shop", true)), "deploy"),
            (world.cluster.token(&kubernetes("prod")), "shop"),
        ] {
            let signed = world.shows(&token).await.unwrap();
            assert_eq!(signed.name, member);
            let op = TestVault::op().unwrap();
            assert_eq!(signed.about.expires, op.now.plus_seconds(900), "as long as the issuer's record says");
            assert_eq!(reads(vault, &signed, op.now).await, Ok(()));
            let last = signed.about.expires;
            assert_eq!(reads(vault, &signed, last).await, Ok(()));
            let after = Timestamp::from_millis(last.millis() + 1);
            assert_eq!(reads(vault, &signed, after).await, Err("token.invalid"));
            // It is not renewed beyond that.
            let hash = TokenHash::of_text(signed.token.expose()).unwrap();
            let op = Op { actor: Actor::Token(hash), now: last, ..op };
            assert_eq!(vault.token_renew(&op, false).await.unwrap(), last);
        }
        let entries = world.entries().await;
        assert_eq!(entries.len(), 4);
        for entry in &entries {
            assert_eq!((entry.outcome.as_str(), entry.actor.via.as_str()), ("done", "jwt"));
            let said = String::from_utf8(entry.leaf.clone()).unwrap();
            assert!(said.contains(r#""method":"jwt""#) && !said.contains("eyJ"), "{said}");
        }
        assert!(
            vault
                .audit_verify(&TestVault::op().unwrap(), &[], false, &|_| {})
                .await
                .unwrap()
                .problems
                .is_empty()
        );
    });
}

/// Whoever shows them learns nothing, and leaves no entry: nobody in particular is meant.
#[test]
fn t_a8_a_token_that_is_not_all_right_means_nobody() {
    block_on(async {
        let world = World::new().await;
        let good = github("repo:acme/shop:ref:refs/heads/main");
        let signed = |claims: &str| world.github.token(claims);
        let kid = world.github.id();
        let header = |text: &str| world.github.token_with(&text.replace("KID", kid), &good);
        let stranger = TokenSigner::rs256(kid).unwrap();
        let with = |from: &str, to: &str| {
            assert!(good.contains(from), "{from}");
            signed(&good.replace(from, to))
        };
        let other = "repo:acme/other:ref:refs/heads/main";
        let (end, from) = (format!(r#""exp":{}"#, NOW + 300), format!(r#""nbf":{}"#, NOW - 600));
        let wrong = [
            ("another key of the same id", stranger.token(&good)),
            ("another issuer's key", world.gitlab.token(&good)),
            (
                "another issuer's key and id",
                world.gitlab.token_with(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), &good),
            ),
            ("no signature", header(r#"{"alg":"none"}"#)),
            ("a shared key", header(r#"{"alg":"HS256","kid":"KID"}"#)),
            ("an algorithm that is not the key's", header(r#"{"alg":"ES256","kid":"KID"}"#)),
            ("an algorithm that is not allowed", header(r#"{"alg":"RS384","kid":"KID"}"#)),
            ("an id that no key has", header(r#"{"alg":"RS256","kid":"another"}"#)),
            ("something critical", header(r#"{"alg":"RS256","kid":"KID","crit":["exp"]}"#)),
            ("an issuer that nobody trusts", with(GITHUB, "https://github.example")),
            ("an issuer with a slash more", with(GITHUB, &format!("{GITHUB}/"))),
            ("another audience", with("https://coffer.example", "https://other.example")),
            ("no audience", with(r#""aud":"https://coffer.example","#, "")),
            ("ended now", with(&end, &format!(r#""exp":{NOW}"#))),
            ("no end", with(&end, r#""end":1"#)),
            ("good later", with(&from, &format!(r#""nbf":{}"#, NOW + 1))),
            ("made later", with(&format!(r#""iat":{NOW}"#), &format!(r#""iat":{}"#, NOW + 1))),
            ("claims that mean nobody", signed(&github(other))),
            (
                "another owner of that name",
                with(r#""repository_owner_id":"65""#, r#""repository_owner_id":"66""#),
            ),
            (
                "a member twice",
                with(r#""repository":"acme/shop""#, r#""repository":"a","repository":"acme/shop""#),
            ),
            ("GitLab's, not protected", world.gitlab.token(&gitlab("acme/shop", false))),
            ("GitLab's, of others", world.gitlab.token(&gitlab("acme-evil/shop", true))),
            ("Kubernetes', another namespace", world.cluster.token(&kubernetes("prod-evil"))),
            ("a token of Coffer's", "coffer_AAAA".to_owned()),
            ("nothing", String::new()),
        ];
        for (why, token) in wrong {
            assert_eq!(world.shows(&token).await.map(drop), Err("token.invalid"), "{why}");
        }
        // The control: it is the token that is wrong, each time.
        let token = signed(&good);
        assert!(world.shows(&token).await.is_ok());
        let (op, vault) = (TestVault::op().unwrap(), &world.vault.vault);
        // Elsewhere it is a stranger's, and so it is by another name.
        let acme = coffer_engine::tenant::TenantName::parse("acme").unwrap();
        vault.tenant_create(&op, &acme).await.unwrap();
        for tenant in ["acme", "nowhere"] {
            assert_eq!(world.shows_at(&op_in(tenant), &token).await.map(drop), Err("token.invalid"));
        }
        for (named, instance) in [(None, true), (Some("gitlab"), false), (Some("none"), false)] {
            let shown = vault.sign_in_jwt(&op, (&token, named), &NoKeys, instance).await;
            assert_eq!(coded(shown).map(drop), Err("token.invalid"), "{named:?}");
        }
        let named = vault.sign_in_jwt(&op, (&token, Some("github")), &NoKeys, false).await;
        assert_eq!(named.unwrap().name, "ci");
        assert_eq!(world.entries().await.len(), 2, "the two that signed in");
        let log = vault.audit_query(&op, &EntryFilter::default(), None, 999, true).await.unwrap().entries;
        assert!(log.iter().all(|entry| entry.outcome != "refused" && entry.outcome != "absent"), "{log:?}");
        // Two bindings fit: nobody can say who is meant.
        world.bind("github", &[("ref", "refs/heads/main")], "deploy").await;
        assert_eq!(world.shows(&token).await.map(drop), Err("token.invalid"));
        assert_eq!(world.entries().await.len(), 2);
    });
}

#[test]
fn a_member_who_is_disabled_is_refused_and_that_has_an_entry() {
    block_on(async {
        let world = World::new().await;
        let token = world.cluster.token(&kubernetes("prod"));
        let op = TestVault::op().unwrap();
        let change = MemberChange { disabled: Some(true), ..MemberChange::default() };
        world.vault.vault.member_change(&op, &name("shop"), &change, false).await.unwrap();
        let refused = world.vault.vault.sign_in_jwt(&op, (&token, None), &NoKeys, false).await.unwrap_err();
        assert!(refused.entry().is_some());
        let entries = world.entries().await;
        let said: Vec<_> =
            entries.iter().map(|entry| (entry.outcome.as_str(), entry.actor.via.as_str())).collect();
        assert_eq!(said, [("refused", "jwt")]);
    });
}

#[test]
fn a_token_that_is_good_once_signs_in_once_and_is_forgotten_after_its_time() {
    block_on(async {
        let storage = MemoryStorage::new(clock_at(Timestamp::from_millis(NOW * 1000)));
        let world = World::over(TestVault::over(storage.clone()).await.unwrap()).await;
        let change = IssuerChange { once: Some(true), leeway_seconds: Some(60), ..IssuerChange::default() };
        world.change("cluster", &change).await.unwrap();
        let before = records(storage.as_ref()).await.len();
        let token = world.cluster.token(&kubernetes("prod"));
        assert!(world.shows(&token).await.is_ok());
        for _ in 0..2 {
            assert_eq!(world.shows(&token).await.map(drop), Err("token.invalid"));
        }
        let outcomes: Vec<String> = world.entries().await.into_iter().map(|entry| entry.outcome).collect();
        assert_eq!(outcomes, ["done", "refused", "refused"], "it means somebody, each time");
        let another = kubernetes("prod").replace("6e9a-1", "6e9a-2");
        assert!(world.shows(&world.cluster.token(&another)).await.is_ok());
        for none in [r#""jti":"""#, r#""jti":7"#, r#""jit":"x""#] {
            let unnamed = kubernetes("prod").replace(r#""jti":"6e9a-1""#, none);
            assert_eq!(world.shows(&world.cluster.token(&unnamed)).await.map(drop), Err("token.invalid"));
        }
        // Elsewhere it may be shown as often as one likes.
        let token = world.gitlab.token(&gitlab("acme/shop", true));
        assert!(world.shows(&token).await.is_ok() && world.shows(&token).await.is_ok());
        let (op, settings) = (TestVault::op().unwrap(), UpkeepSettings { retention_days: 365 });
        let last = (NOW + 3607 + 60) * 1000 - 1;
        let at = |ms| Op { now: Timestamp::from_millis(ms), ..op.clone() };
        assert_eq!(world.vault.vault.upkeep(&at(last), settings).await.unwrap().swept, 0);
        assert_eq!(
            world.vault.vault.upkeep(&at(last + 24 * 60 * 60 * 1000), settings).await.unwrap().swept,
            2
        );
        assert!(records(storage.as_ref()).await.len() > before, "tokens, and the log");
    });
}

/// Gets keys, and does something else first.
struct Between<F> {
    set: String,
    first: F,
    asked: Mutex<Vec<(KeysAt, Option<String>)>>,
}

impl<F: Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync> IssuerKeys for Between<F> {
    fn keys<'a>(
        &'a self,
        at: &'a KeysAt,
        id: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<Arc<KeySet>>> + Send + 'a>> {
        self.asked.lock().unwrap().push((at.clone(), id.map(str::to_owned)));
        Box::pin(async move {
            (self.first)().await;
            KeySet::parse(self.set.as_bytes()).ok().map(Arc::new)
        })
    }
}

/// What was withdrawn while the keys were got signs nobody in: the round looks at the record anew, and expects it.
#[test]
fn nobody_signs_in_on_an_issuer_that_was_changed_meanwhile() {
    block_on(async {
        type Meanwhile = fn(Vault) -> Pin<Box<dyn Future<Output = ()> + Send>>;
        let meanwhile: [(&str, Meanwhile, bool); 4] = [
            ("nothing", |_| Box::pin(async {}), true),
            (
                "removed",
                |vault| {
                    Box::pin(async move {
                        let issuer = IssuerName::parse("cluster").unwrap();
                        vault.issuer_remove(&TestVault::op().unwrap(), &issuer, false).await.unwrap();
                    })
                },
                false,
            ),
            (
                "unbound",
                |vault| {
                    Box::pin(async move {
                        let unbind = vec![claims(&[("/kubernetes.io/namespace", "prod")])];
                        let change = IssuerChange { unbind, ..IssuerChange::default() };
                        let issuer = IssuerName::parse("cluster").unwrap();
                        vault
                            .issuer_change(&TestVault::op().unwrap(), &issuer, &change, false)
                            .await
                            .unwrap();
                    })
                },
                false,
            ),
            (
                "another is changed",
                |vault| {
                    Box::pin(async move {
                        let change = IssuerChange { once: Some(true), ..IssuerChange::default() };
                        let issuer = IssuerName::parse("gitlab").unwrap();
                        vault
                            .issuer_change(&TestVault::op().unwrap(), &issuer, &change, false)
                            .await
                            .unwrap();
                    })
                },
                true,
            ),
        ];
        for (what, meanwhile, is_good) in meanwhile {
            let world = World::new().await;
            let keys = Some(KeysFrom::Discovery);
            world.change("cluster", &IssuerChange { keys, ..IssuerChange::default() }).await.unwrap();
            let vault = world.vault.vault.clone();
            let first = {
                let vault = vault.clone();
                move || meanwhile(vault.clone())
            };
            let set = TokenSigner::set([&world.cluster]);
            let keys = Between { set, first, asked: Mutex::default() };
            let (op, token) = (TestVault::op().unwrap(), world.cluster.token(&kubernetes("prod")));
            let signed = coded(vault.sign_in_jwt(&op, (&token, None), &keys, false).await);
            assert_eq!(signed.is_ok(), is_good, "{what}: {signed:?}");
            let asked = keys.asked.into_inner().unwrap();
            assert_eq!(asked, [(KeysAt::Discovery(CLUSTER.to_owned()), Some("f9b1".to_owned()))]);
        }
        // Nobody is asked for keys on a token that would be refused with any.
        let world = World::new().await;
        let keys = Some(KeysFrom::Address("https://keys.example/set".to_owned()));
        world.change("cluster", &IssuerChange { keys, ..IssuerChange::default() }).await.unwrap();
        let first = || -> Pin<Box<dyn Future<Output = ()> + Send>> { Box::pin(async {}) };
        let keys = Between { set: String::new(), first, asked: Mutex::default() };
        let old = kubernetes("prod").replace(&(NOW + 3607).to_string(), &NOW.to_string());
        for token in [world.cluster.token(&old), world.github.token(&github("x")), "x".to_owned()] {
            let op = TestVault::op().unwrap();
            assert!(world.vault.vault.sign_in_jwt(&op, (&token, None), &keys, false).await.is_err());
        }
        assert_eq!(*keys.asked.lock().unwrap(), []);
    });
}

/// The clock of the storage decides, whatever the server's says.
#[test]
fn t_a4_a_token_ends_on_the_clock_of_the_storage() {
    block_on(async {
        for (ms, is_good) in [(3_607_000 - 1, true), (3_607_000, false)] {
            let clock = Arc::new(Mutex::new(NOW * 1000));
            let read = Arc::clone(&clock);
            let storage = MemoryStorage::new(Arc::new(move || Timestamp::from_millis(*read.lock().unwrap())));
            let world = World::over(TestVault::over(storage).await.unwrap()).await;
            *clock.lock().unwrap() += ms;
            let signed = world.shows(&world.cluster.token(&kubernetes("prod"))).await;
            assert_eq!(signed.is_ok(), is_good, "{ms}: {signed:?}");
        }
    });
}

#[test]
fn who_is_trusted_is_said_by_who_may_grant_and_has_rules() {
    block_on(async {
        let world = World::new().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let create = async |op: &Op, new: &NewIssuer| coded(vault.issuer_create(op, new, false).await);
        let new = |name: &str, issuer: &str| an_issuer(name, issuer, KeysFrom::Discovery);
        let admin = world.vault.member(8, &[(Role::Admin, "**")]).await.unwrap();
        assert_eq!(create(&admin, &new("x", "https://x.example")).await, Err("access.denied"));
        assert_eq!(coded(vault.issuer_list(&admin, false).await.map(drop)), Err("access.denied"));
        assert_eq!(create(&op, &new("github", "https://x.example")).await, Err("name.exists"));
        assert_eq!(create(&op, &new("again", GITHUB)).await, Err("name.exists"));
        for issuer in [
            "http://x.example",
            "x.example",
            "https://",
            "https:///x",
            "https://maya@x.example",
            "https://x.example/?a=1",
            "https://x.example/#a",
            "https://x.example\\@y.example",
            "http://127.0.0.1.evil.example/",
            "http://127.0.0.1@evil.example/",
            "file:///etc/passwd",
            "https://x .example",
            "",
        ] {
            assert_eq!(create(&op, &new("x", issuer)).await, Err("issuer.invalid"), "{issuer}");
        }
        let base = || new("x", "https://x.example");
        let static_set = |set: &str| KeysFrom::Set(set.as_bytes().to_vec());
        for wrong in [
            NewIssuer { audiences: vec![], ..base() },
            NewIssuer { audiences: vec![String::new()], ..base() },
            NewIssuer { audiences: vec!["a".to_owned(); 17], ..base() },
            NewIssuer { algorithms: vec![], ..base() },
            NewIssuer { leeway_seconds: 301, ..base() },
            NewIssuer { token_seconds: 0, ..base() },
            NewIssuer { token_seconds: 24 * 60 * 60 + 1, ..base() },
            NewIssuer { keys: static_set(r#"{"keys":[]}"#), ..base() },
            NewIssuer { keys: static_set(r#"{"keys":[{"kty":"oct","k":"AA"}]}"#), ..base() },
            NewIssuer { keys: KeysFrom::Address("http://x.example/keys".to_owned()), ..base() },
        ] {
            assert_eq!(create(&op, &wrong).await, Err("issuer.invalid"), "{wrong:?}");
        }
        let change = async |change: IssuerChange| world.change("github", &change).await;
        let bind = |said: &[(&str, &str)], member: &str| IssuerChange {
            bind: vec![(claims(said), name(member))],
            ..IssuerChange::default()
        };
        assert_eq!(change(bind(&[("sub", "a")], "nobody")).await, Err("member.not_found"));
        let there = [("sub", "repo:acme/shop:environment:production")];
        assert_eq!(change(bind(&there, "ci")).await, Err("name.exists"));
        let moved = IssuerChange { unbind: vec![claims(&there)], ..bind(&there, "ci") };
        assert_eq!(change(moved).await, Ok(()));
        let token = world.github.token(&github("repo:acme/shop:environment:production"));
        assert_eq!(world.shows(&token).await.unwrap().name, "ci");
        assert_eq!(world.change("none", &IssuerChange::default()).await, Err("issuer.not_found"));
        let listed = vault.issuer_list(&op, false).await.unwrap();
        let names: Vec<_> = listed.iter().map(|issuer| issuer.made.name.as_str()).collect();
        assert_eq!(names, ["cluster", "github", "gitlab"]);
        let members: Vec<_> = listed[1].bindings.iter().filter_map(|one| one.member.clone()).collect();
        assert_eq!(members, [name("ci"), name("ci")]);
        assert_eq!(vault.issuer_list(&op, true).await.unwrap(), [], "the instance has its own");
        let github = IssuerName::parse("github").unwrap();
        vault.issuer_remove(&op, &github, false).await.unwrap();
        assert_eq!(coded(vault.issuer_remove(&op, &github, false).await), Err("issuer.not_found"));
        assert_eq!(world.shows(&token).await.map(drop), Err("token.invalid"));
    });
}

/// Whoever has the keys of an issuer; and from where each was asked for.
struct Asked {
    keys: Arc<KeySet>,
    places: Mutex<Vec<KeysAt>>,
}

impl IssuerKeys for Asked {
    fn keys<'a>(
        &'a self,
        at: &'a KeysAt,
        _: Option<&'a str>,
    ) -> Pin<Box<dyn Future<Output = Option<Arc<KeySet>>> + Send + 'a>> {
        self.places.lock().unwrap().push(at.clone());
        Box::pin(std::future::ready(Some(Arc::clone(&self.keys))))
    }
}

/// What a token says of keys is not looked at: they are where the issuer's record says (CVE-2025-49827, CVE-2025-49831).
#[test]
fn t_a7_keys_are_asked_for_where_the_record_says_and_nowhere_else() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        made(&vault, "ci", &[grant(Role::Reader, "dev/**")]).await;
        let op = TestVault::op().unwrap();
        let issuer = an_issuer("github", GITHUB, KeysFrom::Discovery);
        vault.vault.issuer_create(&op, &issuer, false).await.unwrap();
        let bind = vec![(claims(&[("sub", "repo:acme/shop:ref:refs/heads/main")]), name("ci"))];
        let change = IssuerChange { bind, ..IssuerChange::default() };
        vault.vault.issuer_change(&op, &issuer.name, &change, false).await.unwrap();
        let (own, thief) = (TokenSigner::es256("k").unwrap(), TokenSigner::es256("k").unwrap());
        let keys = Arc::new(KeySet::parse(TokenSigner::set([&own]).as_bytes()).unwrap());
        let asked = Asked { keys, places: Mutex::default() };
        let good = github("repo:acme/shop:ref:refs/heads/main");
        let thiefs = TokenSigner::set([&thief]);
        let of_thief = thiefs.trim_start_matches(r#"{"keys":["#).trim_end_matches("]}");
        let headers = [
            r#"{"alg":"ES256","kid":"k","jku":"https://evil.example/keys"}"#.to_owned(),
            r#"{"alg":"ES256","kid":"k","x5u":"https://evil.example/chain"}"#.to_owned(),
            format!(r#"{{"alg":"ES256","kid":"k","jwk":{of_thief}}}"#),
            r#"{"alg":"ES256","kid":"https://evil.example/keys"}"#.to_owned(),
        ];
        for header in &headers {
            let token = thief.token_with(header, &good);
            let shown = vault.vault.sign_in_jwt(&op, (&token, None), &asked, false).await;
            assert_eq!(coded(shown).map(drop), Err("token.invalid"), "{header}");
        }
        // Of another issuer nobody asks at all, wherever it says that it is.
        let other = good.replace(GITHUB, "https://evil.example");
        let shown = vault.vault.sign_in_jwt(&op, (&thief.token(&other), None), &asked, false).await;
        assert_eq!(coded(shown).map(drop), Err("token.invalid"));
        let signed =
            vault.vault.sign_in_jwt(&op, (&own.token_with(&headers[0], &good), None), &asked, false).await;
        assert_eq!(signed.unwrap().name, "ci", "with its own key it is good, whatever else it says");
        let places = asked.places.lock().unwrap();
        assert_eq!(places.len(), headers.len() + 1);
        assert!(places.iter().all(|at| *at == KeysAt::Discovery(GITHUB.to_owned())), "{places:?}");
    });
}

/// What is bound is said whole: no beginning of it, no other spelling, no list that is not one of texts (CVE-2025-3879).
#[test]
fn t_a7_a_claim_is_compared_whole_and_exactly() {
    block_on(async {
        let world = World::new().await;
        let good = github("repo:acme/shop:environment:production");
        let shows =
            async |claims: String| world.shows(&world.github.token(&claims)).await.map(|signed| signed.name);
        assert_eq!(shows(good.clone()).await.as_deref(), Ok("deploy"), "the control");
        let sub = r#""sub":"repo:acme/shop:environment:production""#;
        for other in [
            r#""sub":"repo:acme/shop:environment:production2""#,
            r#""sub":"repo:acme/shop:environment:productio""#,
            r#""sub":"repo:acme/shop:environment:production ""#,
            r#""sub":" repo:acme/shop:environment:production""#,
            r#""sub":"repo:acme/shop:environment:Production""#,
            r#""sub":"repo:acme/shop:environment:production\u0000""#,
            r#""sub":"repo:acme/shop:environment:production/""#,
            r#""sub":"xrepo:acme/shop:environment:production""#,
            r#""sub":{"repo:acme/shop:environment:production":true}"#,
            r#""sub":[["repo:acme/shop:environment:production"]]"#,
            r#""Sub":"repo:acme/shop:environment:production""#,
            r#""sub ":"repo:acme/shop:environment:production""#,
        ] {
            assert!(good.contains(sub));
            assert_eq!(shows(good.replace(sub, other)).await.err(), Some("token.invalid"), "{other}");
        }
    });
}

/// What it was, whom its tokens meant, and that it was there, can be gone back to; nobody signs in on what was taken back.
#[test]
fn changes_of_an_issuer_are_taken_back_one_by_one_and_its_removal_too() {
    block_on(async {
        let world = World::new().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let cluster = IssuerName::parse("cluster").unwrap();
        let token = world.cluster.token(&kubernetes("prod"));
        let shows = async || world.shows(&token).await.map(|signed| signed.name);
        let undo = async || coded(vault.issuer_undo(&op, &cluster, false).await);
        let steps = async || {
            let listed = vault.issuer_list(&op, false).await.unwrap();
            listed.iter().find(|one| one.made.name == cluster).map(|one| one.undo_steps)
        };
        // It was made, and claims were bound.
        assert_eq!((shows().await, steps().await), (Ok("shop".to_owned()), Some(2)));
        vault.issuer_remove(&op, &cluster, false).await.unwrap();
        assert_eq!((shows().await, steps().await), (Err("token.invalid"), None));
        assert_eq!(undo().await, Ok(true));
        assert_eq!((shows().await, steps().await), (Ok("shop".to_owned()), Some(2)));
        let unbind = vec![claims(&[("/kubernetes.io/namespace", "prod")])];
        world.change("cluster", &IssuerChange { unbind, ..IssuerChange::default() }).await.unwrap();
        assert_eq!(shows().await, Err("token.invalid"));
        // What changes nothing is nothing to go back to.
        world.change("cluster", &IssuerChange::default()).await.unwrap();
        assert_eq!(undo().await, Ok(true));
        assert_eq!(shows().await, Ok("shop".to_owned()));
        assert_eq!(undo().await, Ok(true));
        assert_eq!(shows().await, Err("token.invalid"), "nobody was bound yet");
        assert_eq!(undo().await, Ok(false));
        assert_eq!((undo().await, steps().await), (Err("undo.nothing"), None));
        let last = newest(&world.vault, 9).await;
        let undone =
            last.iter().filter(|one| (one.action.as_str(), one.outcome.as_str()) == ("issuer_undo", "done"));
        assert!(
            undone.clone().count() > 0
                && undone.clone().all(|one| one.detail.as_ref().unwrap()["name"] == "cluster")
        );
        let report = vault.audit_verify(&op, &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, [""; 0]);
        // One that is made again is another.
        let keys = KeysFrom::Set(TokenSigner::set([&world.cluster]).into_bytes());
        vault.issuer_create(&op, &an_issuer("cluster", CLUSTER, keys), false).await.unwrap();
        assert_eq!(steps().await, Some(1));
    });
}

#[test]
fn nothing_is_taken_back_past_another_with_the_same_iss_nor_by_who_does_not_hold_it() {
    block_on(async {
        let world = World::new().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let cluster = IssuerName::parse("cluster").unwrap();
        // Who may say who does what, and reads nothing: no binding to one who reads is his to bring back.
        let keeper = world.vault.member(9, &[]).await.unwrap();
        let role = RoleName::parse("keeper").unwrap();
        vault.role_set(&op, &role, Rights::of([Right::Grant]), false).await.unwrap();
        let grants = vec![Grant::always(role, PathPattern::everything())];
        let identity = Identity::new("keeper", IdentityKind::Human, grants);
        vault.put_identity(&op, IdentityId::from_bytes([9; 16]), &identity).await.unwrap();
        let undo = async |op: &Op| coded(vault.issuer_undo(op, &cluster, false).await);
        vault.issuer_remove(&keeper, &cluster, false).await.unwrap();
        assert_eq!(undo(&keeper).await, Err("access.denied"));
        let reader = world.vault.member(8, &[(Role::Owner, "dev/**")]).await.unwrap();
        assert_eq!(undo(&reader).await, Err("access.denied"), "it takes `grant` on everything");
        // Another has come in its place.
        let keys = KeysFrom::Set(TokenSigner::set([&world.cluster]).into_bytes());
        vault.issuer_create(&op, &an_issuer("new", CLUSTER, keys), false).await.unwrap();
        assert_eq!(undo(&op).await, Err("name.exists"));
        vault.issuer_remove(&op, &IssuerName::parse("new").unwrap(), false).await.unwrap();
        assert_eq!(undo(&op).await, Ok(true));
        // To take a binding back gives nothing to anybody: what he could do by unbinding he may.
        assert_eq!(undo(&keeper).await, Ok(true));
        assert_eq!(undo(&keeper).await, Ok(false));
    });
}
