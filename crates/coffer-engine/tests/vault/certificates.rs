//! Client certificates of authorities that a tenant trusts: whom they mean, and all in which they mean nobody.

use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::audit::{EntryFilter, LoggedEntry};
use coffer_engine::slug::AuthorityName;
use coffer_engine::testkit::rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, NameConstraints,
    date_time_ymd,
};
use coffer_engine::testkit::{TestAuthority, TestCertificate, TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::token::TokenHash;
use coffer_engine::vault::{AuthorityChange, MemberChange, NewMember, NewToken, SignedIn};
use coffer_engine::version::Which;
use coffer_engine::x509::{NamePattern, ShownChain};
use coffer_engine::{Actor, Op, Vault};

use crate::members::{grant, made, name};
use crate::support::{coded, op_in, path};

pub(crate) fn authority_name(raw: &str) -> AuthorityName {
    AuthorityName::parse(raw).unwrap()
}

/// An authority of these certificates, whose machines are this member.
pub(crate) fn trusting(certificates: &[Vec<u8>], names: &[&str], member: &str) -> AuthorityChange {
    AuthorityChange {
        certificates: Some(certificates.to_vec()),
        names: Some(names.iter().map(|name| NamePattern::parse(name).unwrap()).collect()),
        member: Some(name(member)),
        ..AuthorityChange::default()
    }
}

/// A vault that trusts one authority, by one name.
struct World {
    vault: TestVault,
    root: TestAuthority,
}

const SHOP: &str = "uri:spiffe://acme.example/prod/shop";

impl World {
    async fn new() -> Self {
        let vault = TestVault::in_memory().await.unwrap();
        vault.set("dev/A", "one").await.unwrap();
        for member in ["shop", "other"] {
            made(&vault, member, &[grant(Role::Reader, "dev/**")]).await;
        }
        let root = TestAuthority::new("acme").unwrap();
        let world = Self { vault, root };
        let names = ["uri:spiffe://acme.example/prod/*"];
        world.set("acme", &trusting(&[world.root.der()], &names, "shop")).await.unwrap();
        world
    }

    async fn set(&self, authority: &str, change: &AuthorityChange) -> Result<(), &'static str> {
        let (op, authority) = (TestVault::op().unwrap(), authority_name(authority));
        coded(self.vault.vault.authority_set(&op, &authority, change, false).await)
    }

    async fn shows(&self, chain: &[Vec<u8>]) -> Result<SignedIn, &'static str> {
        self.shows_at(&TestVault::op().unwrap(), chain).await
    }

    async fn shows_at(&self, op: &Op, chain: &[Vec<u8>]) -> Result<SignedIn, &'static str> {
        coded(self.vault.vault.sign_in_certificate(op, (&shown(chain), None), false).await)
    }

    async fn entries(&self) -> Vec<LoggedEntry> {
        let filter = EntryFilter { action: Some("sign_in".to_owned()), ..EntryFilter::default() };
        let op = TestVault::op().unwrap();
        self.vault.vault.audit_query(&op, &filter, None, 100, false).await.unwrap().entries
    }
}

fn shown(chain: &[Vec<u8>]) -> ShownChain {
    ShownChain::new(chain.iter().map(Vec::as_slice)).unwrap()
}

fn with(signed: &SignedIn, chain: Option<&[Vec<u8>]>) -> Op {
    let hash = TokenHash::of_text(signed.token.expose()).unwrap();
    let certificate = chain.map(|chain| shown(chain).thumbprint());
    Op { actor: Actor::Token(hash), certificate, ..TestVault::op().unwrap() }
}

async fn reads(vault: &Vault, op: &Op) -> Result<(), &'static str> {
    coded(vault.get(op, &path("dev/A"), Which::CURRENT).await.map(drop))
}

#[test]
fn a_certificate_of_an_authority_that_is_trusted_means_its_member() {
    block_on(async {
        let world = World::new().await;
        let chain = [world.root.issue(&[SHOP]).unwrap().der()];
        let signed = world.shows(&chain).await.unwrap();
        assert_eq!(signed.name, "shop");
        let op = TestVault::op().unwrap();
        assert_eq!(signed.about.expires, op.now.plus_seconds(60 * 60));
        assert_eq!(reads(&world.vault.vault, &with(&signed, Some(&chain))).await, Ok(()));
        // Not renewed beyond that.
        let last = Op { now: signed.about.expires, ..with(&signed, Some(&chain)) };
        assert_eq!(world.vault.vault.token_renew(&last, false).await.unwrap(), signed.about.expires);
        // Below another one, which is shown too.
        let below = world.root.below("ci", |_| {}).unwrap();
        let chain = [below.issue(&["dns:a.example", SHOP]).unwrap().der(), below.der()];
        assert_eq!(world.shows(&chain).await.unwrap().name, "shop");
        assert_eq!(
            world.shows(&chain[..1]).await.map(drop),
            Err("token.invalid"),
            "nobody leads to the root"
        );
        let entries = world.entries().await;
        assert_eq!(entries.len(), 2);
        let said = String::from_utf8(entries[1].leaf.clone()).unwrap();
        assert!(said.contains(r#""method":"certificate""#), "{said}");
        assert!(entries.iter().all(|entry| entry.actor.via == "certificate"));
        assert!(world.vault.vault.audit_verify(&op, &[], false, &|_| {}).await.unwrap().problems.is_empty());
    });
}

/// Whoever shows them learns nothing, and leaves no entry: nobody in particular is meant.
#[test]
fn t_a9_a_certificate_that_is_not_all_right_means_nobody() {
    block_on(async {
        let world = World::new().await;
        let root = &world.root;
        let issue = |change: fn(&mut CertificateParams)| vec![root.issue_as(&[SHOP], change).unwrap().der()];
        let stranger = TestAuthority::new("acme").unwrap();
        let short = root.below("short", |params| params.not_after = date_time_ymd(2025, 12, 31)).unwrap();
        let leaf = root.issue(&[SHOP]).unwrap();
        let narrow = root
            .below("narrow", |params| {
                let permitted_subtrees = vec![GeneralSubtree::DnsName("other.example".to_owned())];
                params.name_constraints =
                    Some(NameConstraints { permitted_subtrees, excluded_subtrees: Vec::new() });
            })
            .unwrap();
        let servers = root
            .below("servers", |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth])
            .unwrap();
        let limited = root
            .below("limited", |params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0)))
            .unwrap();
        let deeper = limited.below("deeper", |_| {}).unwrap();
        let wrong = [
            ("another authority of that name", vec![stranger.issue(&[SHOP]).unwrap().der()]),
            ("another authority, shown too", vec![stranger.issue(&[SHOP]).unwrap().der(), stranger.der()]),
            ("nobody's", vec![TestCertificate::of_itself(&[SHOP], |_| {}).unwrap().der()]),
            ("an authority's", issue(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained))),
            ("the authority itself", vec![root.der()]),
            (
                "not for clients",
                issue(|params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]),
            ),
            ("for nothing", issue(|params| params.extended_key_usages = Vec::new())),
            ("ended", issue(|params| params.not_after = date_time_ymd(2025, 12, 31))),
            ("good later", issue(|params| params.not_before = date_time_ymd(2026, 1, 2))),
            ("below one that has ended", vec![short.issue(&[SHOP]).unwrap().der(), short.der()]),
            ("below one for servers", vec![servers.issue(&[SHOP]).unwrap().der(), servers.der()]),
            (
                "below one for other names",
                vec![narrow.issue(&["dns:shop.example", SHOP]).unwrap().der(), narrow.der()],
            ),
            ("too deep", vec![deeper.issue(&[SHOP]).unwrap().der(), deeper.der(), limited.der()]),
            ("another name", vec![root.issue(&["uri:spiffe://acme.example/test/shop"]).unwrap().der()]),
            (
                "the name in another kind",
                vec![root.issue(&["cn:spiffe://acme.example/prod/shop"]).unwrap().der()],
            ),
            ("no name", vec![root.issue(&[]).unwrap().der()]),
            ("signed by a client", {
                // As if the one before had been an authority.
                vec![stranger.issue(&[SHOP]).unwrap().der(), leaf.der()]
            }),
            ("no certificate", vec![b"no certificate".to_vec()]),
        ];
        for (why, chain) in wrong {
            assert_eq!(world.shows(&chain).await.map(drop), Err("token.invalid"), "{why}");
        }
        // The control: it is the certificate that is wrong, each time.
        let chain = [leaf.der()];
        assert!(world.shows(&chain).await.is_ok());
        let (op, vault) = (TestVault::op().unwrap(), &world.vault.vault);
        // Elsewhere it is a stranger's, and so it is by another name.
        let acme = coffer_engine::tenant::TenantName::parse("acme").unwrap();
        vault.tenant_create(&op, &acme).await.unwrap();
        for tenant in ["acme", "nowhere"] {
            assert_eq!(world.shows_at(&op_in(tenant), &chain).await.map(drop), Err("token.invalid"));
        }
        for (named, instance) in [(None, true), (Some("none"), false)] {
            let refused = vault.sign_in_certificate(&op, (&shown(&chain), named), instance).await;
            assert_eq!(coded(refused).map(drop), Err("token.invalid"), "{named:?}");
        }
        assert!(vault.sign_in_certificate(&op, (&shown(&chain), Some("acme")), false).await.is_ok());
        assert_eq!(world.entries().await.len(), 2, "the two that signed in");
        // Two authorities say that it is somebody else: nobody can say who is meant.
        world.set("twice", &trusting(&[root.der()], &[SHOP], "other")).await.unwrap();
        assert_eq!(world.shows(&chain).await.map(drop), Err("token.invalid"));
        let named = vault.sign_in_certificate(&op, (&shown(&chain), Some("twice")), false).await.unwrap();
        assert_eq!(named.name, "other");
    });
}

#[test]
fn t_a9_a_list_of_revoked_certificates_fails_closed() {
    block_on(async {
        let world = World::new().await;
        let (good, gone) = (world.root.issue(&[SHOP]).unwrap(), world.root.issue(&[SHOP]).unwrap());
        let below = world.root.below("ci", |_| {}).unwrap();
        let deep = [below.issue(&[SHOP]).unwrap().der(), below.der()];
        for chain in [&[good.der()][..], &[gone.der()], &deep] {
            assert!(world.shows(chain).await.is_ok());
        }
        let list = world.root.list(&[&gone], (2026, 1, 2)).unwrap();
        let lists = |lists: &[&Vec<u8>]| AuthorityChange {
            lists: Some(lists.iter().map(|list| (*list).clone()).collect()),
            ..AuthorityChange::default()
        };
        world.set("acme", &lists(&[&list])).await.unwrap();
        assert!(world.shows(&[good.der()]).await.is_ok());
        assert_eq!(world.shows(&[gone.der()]).await.map(drop), Err("token.invalid"), "revoked");
        assert_eq!(
            world.shows(&deep).await.map(drop),
            Err("token.invalid"),
            "nobody says whom that one has revoked"
        );
        let of_below = below.list(&[], (2026, 1, 2)).unwrap();
        world.set("acme", &lists(&[&list, &of_below])).await.unwrap();
        assert!(world.shows(&deep).await.is_ok());
        // From its last moment on nobody knows who has been revoked since.
        let op = TestVault::op().unwrap();
        let ends = Timestamp::from_millis(1_767_311_999_999);
        let at = |now| Op { now, ..op.clone() };
        assert!(world.shows_at(&at(ends), &[good.der()]).await.is_ok());
        let after = at(Timestamp::from_millis(ends.millis() + 1));
        assert_eq!(world.shows_at(&after, &[good.der()]).await.map(drop), Err("token.invalid"));
        // One of another authority of that name says nothing.
        let stranger = TestAuthority::new("acme").unwrap().list(&[], (2027, 1, 1)).unwrap();
        world.set("acme", &lists(&[&stranger])).await.unwrap();
        assert_eq!(world.shows(&[good.der()]).await.map(drop), Err("token.invalid"));
        let listed = world.vault.vault.authority_list(&op, false).await.unwrap();
        assert_eq!((listed[0].lists, listed[0].lists_until.unwrap().millis()), (1, 1_798_761_599_999));
        world.set("acme", &lists(&[])).await.unwrap();
        assert!(world.shows(&[gone.der()]).await.is_ok(), "the control");
    });
}

#[test]
fn t_a9_a_certificate_that_is_no_authoritys_means_itself_alone() {
    block_on(async {
        let world = World::new().await;
        let own = TestCertificate::of_itself(&["cn:build"], |_| {}).unwrap();
        world.set("own", &trusting(&[own.der()], &[], "other")).await.unwrap();
        assert_eq!(world.shows(&[own.der()]).await.unwrap().name, "other");
        // One that was signed by somebody, whom nobody trusts.
        let stranger = TestAuthority::new("stranger").unwrap();
        let (one, another) = (stranger.issue(&["cn:a"]).unwrap(), stranger.issue(&["cn:a"]).unwrap());
        world.set("one", &trusting(&[one.der()], &["cn:a"], "other")).await.unwrap();
        assert!(world.shows(&[one.der()]).await.is_ok());
        for (why, chain) in [
            ("another one", vec![another.der()]),
            ("another one, behind which it stands", vec![another.der(), one.der()]),
            ("its authority", vec![stranger.der()]),
            (
                "the same name, of itself",
                vec![TestCertificate::of_itself(&["cn:build"], |_| {}).unwrap().der()],
            ),
        ] {
            assert_eq!(world.shows(&chain).await.map(drop), Err("token.invalid"), "{why}");
        }
        let mut bytes = own.der();
        *bytes.last_mut().unwrap() ^= 1;
        assert_eq!(world.shows(&[bytes]).await.map(drop), Err("token.invalid"), "a byte of the signature");
        // What can't ever be good, or would mean whomever, is refused when it is set.
        let server =
            TestCertificate::of_itself(&["cn:build"], |params| params.extended_key_usages = Vec::new());
        let list = world.root.list(&[], (2026, 1, 2)).unwrap();
        for (why, change) in [
            ("not for clients", trusting(&[server.unwrap().der()], &[], "other")),
            ("not called so", trusting(&[own.der()], &["cn:other"], "other")),
            ("an authority without names", trusting(&[world.root.der()], &[], "other")),
            (
                "a list of nobody's",
                AuthorityChange { lists: Some(vec![list]), ..trusting(&[own.der()], &[], "other") },
            ),
            ("no certificate", trusting(&[b"x".to_vec()], &["cn:a"], "other")),
            ("none", trusting(&[], &["cn:a"], "other")),
            (
                "no list",
                AuthorityChange {
                    lists: Some(vec![own.der()]),
                    ..trusting(&[world.root.der()], &["cn:a"], "other")
                },
            ),
            ("no member", AuthorityChange { member: None, ..trusting(&[own.der()], &[], "other") }),
            ("no time", AuthorityChange { token_seconds: Some(0), ..trusting(&[own.der()], &[], "other") }),
        ] {
            assert_eq!(world.set("new", &change).await, Err("authority.invalid"), "{why}");
        }
        assert_eq!(world.set("new", &trusting(&[own.der()], &[], "nobody")).await, Err("member.not_found"));
    });
}

/// RFC 8705, section 3: who has stolen the token has not the key.
#[test]
fn t_a9_a_token_is_good_with_the_certificate_that_it_was_made_for() {
    block_on(async {
        let world = World::new().await;
        let vault = &world.vault.vault;
        let (own, another) =
            ([world.root.issue(&[SHOP]).unwrap().der()], [world.root.issue(&[SHOP]).unwrap().der()]);
        let signed = world.shows(&own).await.unwrap();
        assert!(signed.about.bound);
        assert_eq!(reads(vault, &with(&signed, Some(&own))).await, Ok(()));
        for elsewhere in [None, Some(another.as_slice())] {
            assert_eq!(reads(vault, &with(&signed, elsewhere)).await, Err("token.invalid"));
        }
        // Nor is one that was made with it.
        let new = NewToken {
            member: None,
            ttl_seconds: 60,
            max_seconds: 60,
            uses: None,
            networks: Vec::new(),
            label: String::new(),
        };
        let (below, _) = vault.token_create(&with(&signed, Some(&own)), &new, false).await.unwrap();
        let hash = TokenHash::of_text(below.expose()).unwrap();
        let below = |certificate| Op { actor: Actor::Token(hash), ..certificate };
        assert_eq!(reads(vault, &below(with(&signed, Some(&own)))).await, Ok(()));
        assert_eq!(reads(vault, &below(with(&signed, None))).await, Err("token.invalid"));
        // Unless the authority's record says otherwise.
        let unbound = AuthorityChange { bound: Some(false), ..AuthorityChange::default() };
        world.set("acme", &unbound).await.unwrap();
        let signed = world.shows(&own).await.unwrap();
        assert!(!signed.about.bound);
        assert_eq!(reads(vault, &with(&signed, None)).await, Ok(()));
    });
}

#[test]
fn a_token_ends_with_its_certificate_and_says_how_it_was_signed_in_for() {
    block_on(async {
        let world = World::new().await;
        let vault = &world.vault.vault;
        // Half a day before the certificate ends.
        let ends = date_time_ymd(2026, 1, 2);
        let chain = [world.root.issue_as(&[SHOP], |params| params.not_after = ends).unwrap().der()];
        let long = AuthorityChange { token_seconds: Some(24 * 60 * 60), ..AuthorityChange::default() };
        world.set("acme", &long).await.unwrap();
        let op = TestVault::op().unwrap();
        let op = Op { now: op.now.plus_seconds(12 * 60 * 60), ..op };
        let signed = world.shows_at(&op, &chain).await.unwrap();
        assert_eq!(signed.about.expires, op.now.plus_seconds(12 * 60 * 60));
        // A grant that holds for who signs in so.
        let mut by = Grant::always(Role::Reader, PathPattern::parse("prod/**").unwrap());
        by.when.methods = vec![coffer_engine::proof::Method::Certificate];
        let new = NewMember::with(IdentityKind::Service, vec![by]);
        vault.member_create(&op, &name("machine"), &new, false).await.unwrap();
        world.vault.set("prod/A", "two").await.unwrap();
        let own = TestCertificate::of_itself(&["cn:m"], |_| {}).unwrap();
        world.set("m", &trusting(&[own.der()], &[], "machine")).await.unwrap();
        let signed = world.shows(&[own.der()]).await.unwrap();
        let read = vault.get(&with(&signed, Some(&[own.der()])), &path("prod/A"), Which::CURRENT).await;
        assert!(read.is_ok());
    });
}

#[test]
fn what_is_withdrawn_signs_nobody_in_and_can_be_taken_back() {
    block_on(async {
        let world = World::new().await;
        let (vault, op) = (&world.vault.vault, TestVault::op().unwrap());
        let chain = [world.root.issue(&[SHOP]).unwrap().der()];
        let acme = authority_name("acme");
        vault.authority_remove(&op, &acme, false).await.unwrap();
        assert_eq!(world.shows(&chain).await.map(drop), Err("token.invalid"));
        assert!(vault.authority_list(&op, false).await.unwrap().is_empty());
        assert_eq!(coded(vault.authority_remove(&op, &acme, false).await), Err("access.not_found"));
        assert!(vault.authority_undo(&op, &acme, false).await.unwrap());
        assert_eq!(world.shows(&chain).await.unwrap().name, "shop");
        let other = AuthorityChange { member: Some(name("other")), ..AuthorityChange::default() };
        world.set("acme", &other).await.unwrap();
        assert_eq!(world.shows(&chain).await.unwrap().name, "other");
        // Before it was there.
        assert!(vault.authority_undo(&op, &acme, false).await.unwrap());
        assert!(!vault.authority_undo(&op, &acme, false).await.unwrap());
        assert_eq!(coded(vault.authority_undo(&op, &acme, false).await), Err("undo.nothing"));
        assert_eq!(world.shows(&chain).await.map(drop), Err("token.invalid"));
        // A member who is disabled is refused, and that has an entry.
        world.set("acme", &trusting(&[world.root.der()], &[SHOP], "shop")).await.unwrap();
        let disable = MemberChange { disabled: Some(true), ..MemberChange::default() };
        vault.member_change(&op, &name("shop"), &disable, false).await.unwrap();
        let refused = vault.sign_in_certificate(&op, (&shown(&chain), None), false).await.unwrap_err();
        assert!(refused.entry().is_some());
    });
}

/// T-P10: to trust an authority is to grant what its member has.
#[test]
fn nobody_trusts_an_authority_for_more_than_they_hold() {
    block_on(async {
        let world = World::new().await;
        let vault = &world.vault.vault;
        made(&world.vault, "chief", &[grant(Role::Owner, "**")]).await;
        let granter = world.vault.member(9, &[(Role::Owner, "dev/**")]).await.unwrap();
        let change = trusting(&[world.root.der()], &[SHOP], "chief");
        let set = vault.authority_set(&granter, &authority_name("mine"), &change, false).await;
        assert_eq!(coded(set), Err("access.denied"));
        let member = AuthorityChange { member: Some(name("chief")), ..AuthorityChange::default() };
        let set = vault.authority_set(&granter, &authority_name("acme"), &member, false).await;
        assert_eq!(coded(set), Err("access.denied"));
        let op = TestVault::op().unwrap();
        vault.authority_set(&op, &authority_name("acme"), &member, false).await.unwrap();
        vault.authority_remove(&op, &authority_name("acme"), false).await.unwrap();
        let undo = vault.authority_undo(&granter, &authority_name("acme"), false).await;
        assert_eq!(coded(undo), Err("access.denied"));
    });
}
