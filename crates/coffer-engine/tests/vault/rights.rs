//! Roles of one's own, policies, groups, conditions: what they give, what they take, and who may say so.

use std::net::IpAddr;

use coffer_engine::access::{Attached, Conditions, Effect, Grant, Hours, IdentityKind, Place, Rights, Role};
use coffer_engine::action::Right;
use coffer_engine::identity::{IdentityId, MemberName};
use coffer_engine::network::Network;
use coffer_engine::path::FolderPath;
use coffer_engine::slug::{GroupName, PolicyName, RoleName};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::time::Timestamp;
use coffer_engine::vault::{
    ListPart, MemberChange, MemberEdit, NewCode, NewMember, NewToken, NewValue, Question, Write,
};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Error, Op};

use crate::members::{grant, made, name};
use crate::support::{coded, path, write};

fn group(raw: &str) -> GroupName {
    GroupName::parse(raw).unwrap()
}

fn policy(raw: &str) -> PolicyName {
    PolicyName::parse(raw).unwrap()
}

fn role(raw: &str) -> RoleName {
    RoleName::parse(raw).unwrap()
}

fn attached(raw: &str) -> Attached {
    Attached { policy: policy(raw), when: Conditions::default() }
}

fn by(id: IdentityId) -> Op {
    Op { actor: Actor::Identity(id), ..TestVault::op().unwrap() }
}

/// A vault with three secrets, and what tests do to it.
struct World(TestVault);

impl World {
    async fn new() -> Self {
        let vault = TestVault::in_memory().await.unwrap();
        for place in ["dev/A", "prod/db/URL", "prod/db/url", "prod/app/KEY"] {
            vault.set(place, place).await.unwrap();
        }
        Self(vault)
    }

    async fn edit(&self, by: &Op, who: &str, edit: MemberEdit) -> Result<(), &'static str> {
        let change = MemberChange { edits: vec![edit], ..MemberChange::default() };
        coded(self.0.vault.member_change(by, &name(who), &change, false).await)
    }

    async fn give(&self, who: &str, edit: MemberEdit) {
        self.edit(&TestVault::op().unwrap(), who, edit).await.unwrap();
    }

    async fn policy(&self, raw: &str, text: &str) {
        self.0.vault.policy_set(&TestVault::op().unwrap(), &policy(raw), text, false).await.unwrap();
    }

    async fn group(&self, raw: &str, edits: &[MemberEdit]) {
        self.0.vault.group_set(&TestVault::op().unwrap(), &group(raw), edits, false).await.unwrap();
    }

    async fn reads(&self, op: &Op, place: &str) -> bool {
        match self.0.vault.get(op, &path(place), Which::CURRENT).await {
            Ok(_) => true,
            Err(error) if error.code() == "access.denied" => false,
            Err(error) => panic!("{place}: {error}"),
        }
    }
}

#[test]
fn a_policy_gives_and_its_deny_is_stronger_than_a_role() {
    block_on(async {
        let world = World::new().await;
        world.policy("ci", "path \"prod/*\" { capabilities = [\"read\", \"list\"] }\npath \"prod/db/URL\" { capabilities = [\"deny\"] }").await;
        let ci = by(made(&world.0, "ci", &[grant(Role::Reader, "prod/db/**")]).await);
        assert!(world.reads(&ci, "prod/db/URL").await && !world.reads(&ci, "prod/app/KEY").await);
        world.give("ci", MemberEdit::Attach(attached("ci"))).await;
        assert!(world.reads(&ci, "prod/app/KEY").await);
        // T-P3: of either case.
        assert!(!world.reads(&ci, "prod/db/URL").await && !world.reads(&ci, "prod/db/url").await);
        let refused = world.0.vault.get(&ci, &path("prod/db/URL"), Which::CURRENT).await.unwrap_err();
        assert!(refused.to_string().contains("which a policy denies"), "{refused}");
        // Its names are not in lists either, and not found.
        let listed = world.0.vault.list(&ci, &FolderPath::parse("prod").unwrap(), true).await.unwrap();
        let paths: Vec<&str> = listed.secrets.iter().map(|secret| secret.path.as_str()).collect();
        assert_eq!(paths, ["prod/app/KEY"]);
        let part = ListPart { after: None, limit: 1 };
        let folder = FolderPath::parse("prod/db").unwrap();
        let part = world.0.vault.list_part(&ci, &folder, false, part).await.unwrap();
        assert!(part.secrets.is_empty() && !part.more);
        world.give("ci", MemberEdit::Detach(policy("ci"))).await;
        assert!(world.reads(&ci, "prod/db/URL").await && !world.reads(&ci, "prod/app/KEY").await);
    });
}

/// T-N5: who is taken out of a group, or whose group is changed or removed, has lost it with the next request.
#[test]
fn t_n5_removal_from_a_group_takes_effect_at_once() {
    block_on(async {
        let world = World::new().await;
        let op = TestVault::op().unwrap();
        world.group("ops", &[MemberEdit::Grant(grant(Role::Reader, "prod/**"))]).await;
        let maya = by(made(&world.0, "maya", &[]).await);
        assert!(!world.reads(&maya, "prod/db/URL").await);
        let join = || MemberEdit::Join(group("ops"));
        world.give("maya", join()).await;
        assert!(world.reads(&maya, "prod/db/URL").await);
        world.give("maya", MemberEdit::Leave(group("ops"))).await;
        assert!(!world.reads(&maya, "prod/db/URL").await);
        world.give("maya", join()).await;
        let everything = grant(Role::Reader, "prod/**");
        world.group("ops", &[MemberEdit::Revoke(everything.role.clone(), everything.pattern)]).await;
        assert!(!world.reads(&maya, "prod/db/URL").await);
        world.0.vault.group_undo(&op, &group("ops"), false).await.unwrap();
        assert!(world.reads(&maya, "prod/db/URL").await);
        world.0.vault.group_remove(&op, &group("ops"), false).await.unwrap();
        assert!(!world.reads(&maya, "prod/db/URL").await);
        world.0.vault.group_undo(&op, &group("ops"), false).await.unwrap();
        assert!(world.reads(&maya, "prod/db/URL").await, "what comes back has its members");
    });
}

/// T-N6: one that is made again under the name of one that was removed is another: a group has none of its members, a member nothing of it.
#[test]
fn t_n6_who_gets_a_name_later_inherits_nothing() {
    block_on(async {
        let world = World::new().await;
        let op = TestVault::op().unwrap();
        world.group("ops", &[]).await;
        let maya = by(made(&world.0, "maya", &[]).await);
        world.give("maya", MemberEdit::Join(group("ops"))).await;
        world.0.vault.group_remove(&op, &group("ops"), false).await.unwrap();
        world.group("ops", &[MemberEdit::Grant(grant(Role::Owner, "**"))]).await;
        assert!(!world.reads(&maya, "dev/A").await);

        let leo = by(made(&world.0, "leo", &[grant(Role::Owner, "**")]).await);
        assert!(world.reads(&leo, "dev/A").await);
        world.0.vault.member_remove(&op, &name("leo"), false).await.unwrap();
        let gone = world.0.vault.get(&leo, &path("dev/A"), Which::CURRENT).await.unwrap_err();
        assert!(!gone.to_string().contains("dev/A"), "{gone}");
        let again = by(made(&world.0, "leo", &[]).await);
        assert!(!world.reads(&again, "dev/A").await);
        assert_eq!(
            coded(world.0.vault.member_undo(&op, &name("leo"), false).await).err(),
            Some("undo.nothing")
        );
    });
}

#[test]
fn a_grant_holds_where_and_when_its_conditions_do() {
    block_on(async {
        let world = World::new().await;
        let id = made(&world.0, "maya", &[]).await;
        let plain = by(id);
        let from = |address: &str| Op { source: Some(address.parse::<IpAddr>().unwrap()), ..by(id) };
        let at = |millis: u64| Op { now: Timestamp::from_millis(millis), ..by(id) };
        let when = |when: Conditions| MemberEdit::Grant(Grant { when, ..grant(Role::Reader, "prod/**") });

        let networks = vec![Network::parse("10.0.0.0/8").unwrap()];
        world.give("maya", when(Conditions { networks, ..Conditions::default() })).await;
        assert!(world.reads(&from("10.9.9.9"), "prod/db/URL").await);
        assert!(
            !world.reads(&from("11.0.0.1"), "prod/db/URL").await && !world.reads(&plain, "prod/db/URL").await
        );

        world.give("maya", when(Conditions { second_factor: true, ..Conditions::default() })).await;
        assert!(!world.reads(&plain, "prod/db/URL").await, "nobody has shown one");

        // T-A4: the last millisecond is in, the next one is not. The storage's clock stands at the operation's.
        let now = plain.now.millis();
        world.give("maya", when(Conditions { until_ms: Some(now), ..Conditions::default() })).await;
        assert!(world.reads(&plain, "prod/db/URL").await && !world.reads(&at(now + 1), "prod/db/URL").await);
        world.give("maya", when(Conditions { until_ms: Some(now - 1), ..Conditions::default() })).await;
        assert!(!world.reads(&plain, "prod/db/URL").await);

        let day = 86_400_000;
        let sunday = (now / day + 13 - (now / day + 3) % 7) * day;
        let hours = Some(Hours::parse("mon 08:00-18:00").unwrap());
        world.give("maya", when(Conditions { hours, ..Conditions::default() })).await;
        let monday = sunday + day;
        assert!(!world.reads(&at(monday + 8 * 3_600_000 - 1), "prod/db/URL").await);
        assert!(world.reads(&at(monday + 8 * 3_600_000), "prod/db/URL").await);
        assert!(!world.reads(&at(monday + 18 * 3_600_000), "prod/db/URL").await);
        assert!(!world.reads(&at(sunday + 9 * 3_600_000), "prod/db/URL").await);
    });
}

/// A member has an end, too, after which it is nobody.
#[test]
fn t_n5_who_has_expired_or_is_disabled_has_no_power() {
    block_on(async {
        let world = World::new().await;
        let op = TestVault::op().unwrap();
        let id = made(&world.0, "maya", &[grant(Role::Reader, "**")]).await;
        let now = op.now.millis();
        let expires = |at: Option<u64>| MemberChange {
            expires: Some(at.map(Timestamp::from_millis)),
            ..MemberChange::default()
        };
        world.0.vault.member_change(&op, &name("maya"), &expires(Some(now)), false).await.unwrap();
        assert!(world.reads(&by(id), "dev/A").await);
        let later = Op { now: Timestamp::from_millis(now + 1), ..by(id) };
        let gone = world.0.vault.get(&later, &path("dev/A"), Which::CURRENT).await.unwrap_err();
        assert!(!gone.to_string().contains("dev/A"), "who has expired is told nothing: {gone}");
        world.0.vault.member_undo(&op, &name("maya"), false).await.unwrap();
        assert!(world.reads(&later, "dev/A").await);
    });
}

/// T-P10: by no verb does anybody give what they do not hold.
#[test]
fn t_p10_nobody_grants_more_than_they_hold() {
    block_on(async {
        let world = World::new().await;
        let op = TestVault::op().unwrap();
        // Says who may do what, and may not read.
        let keeper = Rights::of([Right::Grant, Right::Manage, Right::List, Right::Metadata]);
        world.0.vault.role_set(&op, &role("keeper"), keeper, false).await.unwrap();
        let keeper =
            by(made(&world.0, "kay", &[Grant::always(role("keeper"), grant(Role::Owner, "**").pattern)])
                .await);
        made(&world.0, "maya", &[grant(Role::Viewer, "dev/**")]).await;
        made(&world.0, "boss", &[grant(Role::Owner, "**")]).await;
        let vault = &world.0.vault;
        let denied = Err("access.denied");

        let viewer = MemberEdit::Grant(grant(Role::Viewer, "prod/**"));
        let reader = || MemberEdit::Grant(grant(Role::Reader, "prod/**"));
        assert_eq!(world.edit(&keeper, "maya", viewer).await, Ok(()));
        assert_eq!(world.edit(&keeper, "maya", reader()).await, denied);
        assert_eq!(world.edit(&keeper, "kay", reader()).await, denied, "not to oneself either");
        let new = NewMember::with(IdentityKind::Human, vec![grant(Role::Reader, "**")]);
        assert_eq!(coded(vault.member_create(&keeper, &name("jo"), &new, false).await).map(drop), denied);

        let text = "path \"prod/*\" { capabilities = [\"read\"] }";
        assert_eq!(coded(vault.policy_set(&keeper, &policy("p"), text, false).await), denied);
        world.policy("p", text).await;
        assert_eq!(world.edit(&keeper, "maya", MemberEdit::Attach(attached("p"))).await, denied);
        let read = Rights::of([Right::Read]);
        assert_eq!(coded(vault.role_set(&keeper, &role("r"), read, false).await), denied);
        assert_eq!(coded(vault.group_set(&keeper, &group("g"), &[reader()], false).await), denied);
        world.group("g", &[reader()]).await;
        assert_eq!(world.edit(&keeper, "maya", MemberEdit::Join(group("g"))).await, denied);

        // A credential of somebody's is all that they can.
        let member = |who: &str| MemberName::parse(who).unwrap();
        let code = coffer_engine::code::Code::generate().unwrap();
        let new = |who: &str| NewCode { member: member(who), ttl_seconds: 60, for_instance_too: false };
        assert_eq!(coded(vault.member_code(&keeper, &code, &new("boss"), false).await).map(drop), denied);
        assert_eq!(coded(vault.member_code(&keeper, &code, &new("maya"), false).await).map(drop), Ok(()));
        let token = NewToken {
            member: Some(member("boss")),
            ttl_seconds: 60,
            max_seconds: 60,
            uses: None,
            networks: Vec::new(),
            label: String::new(),
        };
        assert_eq!(coded(vault.token_create(&keeper, &token, false).await).map(drop), denied);

        // What was taken is not given back by who could not give it: by undo, by enabling, by taking a deny away.
        world.give("maya", reader()).await;
        let everything = grant(Role::Reader, "prod/**");
        world.give("maya", MemberEdit::Revoke(everything.role, everything.pattern)).await;
        assert_eq!(coded(vault.member_undo(&keeper, &name("maya"), false).await).map(drop), denied);
        let disabled = |disabled| MemberChange { disabled: Some(disabled), ..MemberChange::default() };
        assert_eq!(coded(vault.member_change(&keeper, &name("boss"), &disabled(true), false).await), Ok(()));
        assert_eq!(coded(vault.member_change(&keeper, &name("boss"), &disabled(false), false).await), denied);
        world.policy("no", "path \"prod/db/*\" { capabilities = [\"deny\"] }").await;
        world.give("maya", MemberEdit::Attach(attached("no"))).await;
        assert_eq!(world.edit(&keeper, "maya", MemberEdit::Detach(policy("no"))).await, denied);
        let nothing = "path \"x/*\" { capabilities = [\"deny\"] }";
        assert_eq!(coded(vault.policy_set(&keeper, &policy("no"), nothing, false).await), denied);
        // A change that says nothing of rights runs through the same check, and passes.
        let purpose = MemberChange { purpose: Some("cooks".into()), ..MemberChange::default() };
        assert_eq!(coded(vault.member_change(&keeper, &name("maya"), &purpose, false).await), Ok(()));
    });
}

/// What holds for a while is not given on for longer.
#[test]
fn temporary_access_is_not_made_lasting() {
    block_on(async {
        let world = World::new().await;
        let now = TestVault::op().unwrap().now.millis();
        let until = |end: Option<u64>| Conditions { until_ms: end, ..Conditions::default() };
        let owner = Grant { when: until(Some(now + 1000)), ..grant(Role::Owner, "**") };
        let temp = by(made(&world.0, "temp", &[owner]).await);
        made(&world.0, "maya", &[]).await;
        let reader = |end| MemberEdit::Grant(Grant { when: until(end), ..grant(Role::Reader, "dev/**") });
        assert_eq!(world.edit(&temp, "maya", reader(None)).await, Err("access.denied"));
        assert_eq!(world.edit(&temp, "maya", reader(Some(now + 1001))).await, Err("access.denied"));
        assert_eq!(world.edit(&temp, "maya", reader(Some(now + 1000))).await, Ok(()));
    });
}

/// T-P5: one spelling for one name.
#[test]
fn t_p5_names_have_one_spelling() {
    for raw in [
        "Root",
        " root",
        "root ",
        "ROOT",
        "r\u{043e}ot",
        "roo\u{200b}t",
        "",
        "a/b",
        "../a",
        "a,b",
        "a b",
        "é",
    ] {
        assert!(
            PolicyName::parse(raw).is_err()
                && GroupName::parse(raw).is_err()
                && RoleName::parse(raw).is_err(),
            "{raw:?}"
        );
    }
    block_on(async {
        let world = World::new().await;
        let op = TestVault::op().unwrap();
        for role_name in Role::ALL {
            let taken =
                world.0.vault.role_set(&op, &role_name.into(), Rights::of([Right::Read]), false).await;
            assert_eq!(coded(taken), Err("role.built_in"), "{}", role_name.name());
        }
    });
}

/// T-P4: a policy and a path have one spelling where they are written, and the same where they are looked up.
#[test]
fn t_p4_rules_and_paths_are_compared_in_one_form() {
    for raw in
        ["prod//db", "prod/./db", "prod/../db", "/prod/db", "prod/db\u{0}", "prod%2fdb", "pro\u{64}\u{0301}"]
    {
        let text = format!("path {raw:?} {{ capabilities = [\"read\"] }}");
        assert!(coffer_engine::access::policy::parse(&text).is_err(), "{raw:?}");
        assert!(coffer_engine::path::SecretPath::parse(raw).is_err(), "{raw:?}");
    }
    block_on(async {
        let world = World::new().await;
        world.policy("ci", "path \"prod/*\" { capabilities = [\"read\"] }").await;
        for raw in ["CI", "ci ", "ci/", "./ci", "ci\u{200b}"] {
            assert!(PolicyName::parse(raw).is_err(), "{raw:?}");
        }
        let missing = world.0.vault.policy_get(&TestVault::op().unwrap(), &policy("c.i"), false).await;
        assert_eq!(coded(missing).map(drop), Err("access.not_found"));
    });
}

/// T-P7: what is kept of one tenant's rights is never another's, whatever things are called.
#[test]
fn t_p7_what_is_kept_of_rights_is_by_tenant() {
    block_on(async {
        let world = World::new().await;
        let vault = &world.0.vault;
        let acme = TenantName::parse("acme").unwrap();
        vault.tenant_create(&TestVault::op().unwrap(), &acme).await.unwrap();
        let of = |tenant: &TenantName| Op { tenant: tenant.clone(), ..TestVault::op().unwrap() };
        let tenants = [TenantName::default_tenant(), acme];
        let mut members = Vec::new();
        for (tenant, pattern) in tenants.iter().zip(["dev/*", "prod/*"]) {
            let op = of(tenant);
            vault.set(&op, write("dev/A", "a")).await.unwrap();
            vault.set(&op, write("prod/B", "b")).await.unwrap();
            let text = format!("path \"{pattern}\" {{ capabilities = [\"read\"] }}");
            vault.policy_set(&op, &policy("p"), &text, false).await.unwrap();
            let new = NewMember {
                policies: vec![attached("p")],
                ..NewMember::with(IdentityKind::Human, Vec::new())
            };
            members.push(vault.member_create(&op, &name("maya"), &new, false).await.unwrap());
        }
        for _ in 0..3 {
            for (at, tenant) in tenants.iter().enumerate() {
                let op = Op { actor: Actor::Identity(members[at]), ..of(tenant) };
                assert_eq!(world.reads(&op, "dev/A").await, at == 0);
                assert_eq!(world.reads(&op, "prod/B").await, at == 1);
                // The other's member is nobody here.
                let op = Op { actor: Actor::Identity(members[1 - at]), ..of(tenant) };
                assert!(!world.reads(&op, "dev/A").await && !world.reads(&op, "prod/B").await);
            }
        }
    });
}

/// T-P8: no name gives anything by what it is.
#[test]
fn t_p8_names_that_mean_something_elsewhere_mean_nothing() {
    block_on(async {
        let world = World::new().await;
        for raw in ["root", "self", "default", "system", "sudo", "admin"] {
            world.policy(raw, "path \"nowhere/*\" { capabilities = [\"read\"] }").await;
            world.group(raw, &[]).await;
            let member = by(made(&world.0, raw, &[]).await);
            world.give(raw, MemberEdit::Attach(attached(raw))).await;
            world.give(raw, MemberEdit::Join(group(raw))).await;
            assert!(
                !world.reads(&member, "dev/A").await && !world.reads(&member, "prod/db/URL").await,
                "{raw}"
            );
        }
    });
}

#[test]
fn what_is_in_use_is_not_removed_and_every_change_is_taken_back() {
    block_on(async {
        let world = World::new().await;
        let (op, vault) = (TestVault::op().unwrap(), &world.0.vault);
        let read = Rights::of([Right::Read]);
        vault.role_set(&op, &role("r"), read, false).await.unwrap();
        world.policy("p", "path \"dev/*\" { capabilities = [\"read\"] }").await;
        let everywhere = grant(Role::Owner, "**").pattern;
        world.group("g", &[MemberEdit::Grant(Grant::always(role("r"), everywhere.clone()))]).await;
        let maya = by(made(&world.0, "maya", &[]).await);
        world.give("maya", MemberEdit::Attach(attached("p"))).await;
        assert_eq!(coded(vault.role_remove(&op, &role("r"), false).await), Err("access.in_use"));
        assert_eq!(coded(vault.policy_remove(&op, &policy("p"), false).await), Err("access.in_use"));
        assert_eq!(coded(vault.policy_undo(&op, &policy("p"), false).await).map(drop), Err("access.in_use"));

        assert!(world.reads(&maya, "dev/A").await);
        world.policy("p", "path \"prod/*\" { capabilities = [\"read\"] }").await;
        assert!(!world.reads(&maya, "dev/A").await && world.reads(&maya, "prod/db/URL").await);
        let undone = vault.policy_undo(&op, &policy("p"), false).await.unwrap().unwrap();
        assert_eq!(undone.text, "path \"dev/*\" { capabilities = [\"read\"] }");
        assert!(world.reads(&maya, "dev/A").await && !world.reads(&maya, "prod/db/URL").await);

        world.give("maya", MemberEdit::Detach(policy("p"))).await;
        vault.policy_remove(&op, &policy("p"), false).await.unwrap();
        assert_eq!(
            coded(vault.policy_get(&op, &policy("p"), false).await).map(drop),
            Err("access.not_found")
        );
        assert!(vault.policy_list(&op, false).await.unwrap().is_empty());
        vault.policy_undo(&op, &policy("p"), false).await.unwrap();
        assert_eq!(vault.policy_get(&op, &policy("p"), false).await.unwrap().undo_steps, 1);
        // What is not there is given to nobody.
        let missing = MemberEdit::Grant(Grant::always(role("missing"), everywhere));
        assert_eq!(world.edit(&op, "maya", missing).await, Err("access.not_found"));
        assert_eq!(
            world.edit(&op, "maya", MemberEdit::Attach(attached("missing"))).await,
            Err("access.not_found")
        );
        assert_eq!(
            world.edit(&op, "maya", MemberEdit::Join(group("missing"))).await,
            Err("access.not_found")
        );
    });
}

#[test]
fn a_rule_limits_the_fields_that_are_written() {
    block_on(async {
        let world = World::new().await;
        world.policy("w", "path \"dev/*\" { capabilities = [\"write\"]\n allowed_parameters = { \"user\" = [], \"env\" = [\"d*\"] } }").await;
        let maya = by(made(&world.0, "maya", &[]).await);
        world.give("maya", MemberEdit::Attach(attached("w"))).await;
        let fields = |fields: &[(&str, &str)]| {
            let fields = fields.iter().map(|(name, value)| {
                ((*name).to_owned(), Some(coffer_encryption::SecretBytes::copy_from(value.as_bytes())))
            });
            Write { value: Some(NewValue::Merge(fields.collect())), ..write("dev/F", "") }
        };
        let set = async |write: Write| coded(world.0.vault.set(&maya, write).await).map(drop);
        assert_eq!(set(fields(&[("user", "u"), ("env", "dev")])).await, Ok(()));
        assert_eq!(set(fields(&[("env", "prod")])).await, Err("access.denied"));
        assert_eq!(set(fields(&[("password", "x")])).await, Err("access.denied"));
        assert_eq!(set(write("dev/G", "one value")).await, Err("access.denied"), "it has none of the fields");
        // Nor by another way of writing.
        let undo = coded(world.0.vault.undo(&maya, &path("dev/F")).await).map(drop);
        assert_eq!(undo, Err("access.denied"));
    });
}

#[test]
fn a_refusal_names_who_can_grant_and_how() {
    block_on(async {
        let world = World::new().await;
        made(&world.0, "boss", &[grant(Role::Owner, "**")]).await;
        made(&world.0, "off", &[grant(Role::Owner, "**")]).await;
        let off = MemberChange { disabled: Some(true), ..MemberChange::default() };
        let op = TestVault::op().unwrap();
        world.0.vault.member_change(&op, &name("off"), &off, false).await.unwrap();
        let maya = by(made(&world.0, "maya b", &[grant(Role::Reader, "dev/**")]).await);
        let refused = |error: Error| (error.to_string(), error.fix().into_owned());
        let (cause, fix) =
            refused(world.0.vault.get(&maya, &path("prod/db/URL"), Which::CURRENT).await.unwrap_err());
        assert_eq!(cause, "secret_get needs `read` on prod/db/URL; you have reader on dev/**");
        assert_eq!(fix, "boss can grant it: coffer role grant reader 'maya b' --path prod/db/URL");
    });
}

#[test]
fn one_function_says_why_somebody_may() {
    block_on(async {
        let world = World::new().await;
        let (op, vault) = (TestVault::op().unwrap(), &world.0.vault);
        world.policy("no", "path \"prod/db/*\" { capabilities = [\"deny\"] }").await;
        world.group("ops", &[MemberEdit::Grant(grant(Role::Reader, "prod/**"))]).await;
        let maya = by(made(&world.0, "maya", &[]).await);
        world.give("maya", MemberEdit::Join(group("ops"))).await;
        world.give("maya", MemberEdit::Attach(attached("no"))).await;
        let ask = |who: Option<&str>, right, place: &str| Question {
            who: who.map(name),
            right,
            place: Place::Secret(path(place)),
        };
        let explained = vault
            .check_permission(&op, &ask(Some("maya"), Right::Read, "prod/app/KEY"), false)
            .await
            .unwrap();
        assert!(explained.allowed && explained.member == "maya");
        assert_eq!(explained.reasons[0].what, "reader on prod/** (by group ops)");
        assert_eq!(explained.reasons[0].effect, Effect::Gives);
        let denied =
            vault.check_permission(&op, &ask(Some("maya"), Right::Read, "prod/db/URL"), false).await.unwrap();
        assert!(!denied.allowed);
        assert_eq!(denied.reasons[0].what, "policy no: deny on prod/db/*");
        assert_eq!(denied.reasons[0].effect, Effect::Denies);
        // It is the decision: what it says is what happens.
        for place in ["prod/app/KEY", "prod/db/URL", "dev/A"] {
            let said = vault.check_permission(&maya, &ask(None, Right::Read, place), false).await.unwrap();
            assert_eq!(said.allowed, world.reads(&maya, place).await, "{place}");
        }
        // Of others asks who manages.
        let other = vault.check_permission(&maya, &ask(Some("maya"), Right::Read, "dev/A"), false).await;
        assert!(coded(other).is_err());
        let disabled = MemberChange { disabled: Some(true), ..MemberChange::default() };
        vault.member_change(&op, &name("maya"), &disabled, false).await.unwrap();
        let off = vault
            .check_permission(&op, &ask(Some("maya"), Right::Read, "prod/app/KEY"), false)
            .await
            .unwrap();
        assert!(!off.allowed && off.powerless == Some("disabled"));
    });
}

#[test]
fn a_preview_shows_what_somebody_sees() {
    block_on(async {
        let world = World::new().await;
        let (op, vault) = (TestVault::op().unwrap(), &world.0.vault);
        made(&world.0, "maya", &[grant(Role::Viewer, "prod/db/**")]).await;
        let seen = vault.access_preview(&op, &name("maya"), &FolderPath::root(), true).await.unwrap();
        let paths: Vec<&str> = seen.secrets.iter().map(|secret| secret.path.as_str()).collect();
        assert_eq!(paths, ["prod/db/URL", "prod/db/url"]);
        let maya = by(made(&world.0, "leo", &[grant(Role::Viewer, "**")]).await);
        let denied = vault.access_preview(&maya, &name("maya"), &FolderPath::root(), true).await;
        assert_eq!(coded(denied).map(drop), Err("access.denied"));
    });
}
