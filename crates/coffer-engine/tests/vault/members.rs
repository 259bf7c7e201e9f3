//! Members: made, changed, listed, and who may do so.

use coffer_engine::access::{Grant, IdentityKind, PathPattern, Role};
use coffer_engine::identity::{IdentityId, MemberName};
use coffer_engine::limits::{GRANTS_MAX, GRANTS_MAX_BYTES, MEMBER_NAME_MAX_BYTES};
use coffer_engine::testkit::{TestVault, block_on};
use coffer_engine::vault::{MemberChange, NewMember};
use coffer_engine::version::Which;
use coffer_engine::{Actor, Op};

use crate::support::{coded, newest, op_in, path, write};

pub(crate) fn name(raw: &str) -> MemberName {
    MemberName::parse(raw).unwrap()
}

pub(crate) fn grant(role: Role, raw: &str) -> Grant {
    Grant::always(role, PathPattern::parse(raw).unwrap())
}

/// Makes a member of the tenant `default`.
pub(crate) async fn made(vault: &TestVault, raw: &str, grants: &[Grant]) -> IdentityId {
    let op = TestVault::op().unwrap();
    vault
        .vault
        .member_create(&op, &name(raw), &NewMember::with(IdentityKind::Human, grants.to_vec()), false)
        .await
        .unwrap()
}

fn as_member(id: IdentityId) -> Op {
    Op { actor: Actor::Identity(id), ..TestVault::op().unwrap() }
}

#[test]
fn a_member_may_what_it_was_granted_and_no_more_once_it_was_taken() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let maya = made(&vault, "maya", &[grant(Role::Reader, "dev/**")]).await;
        let get = async || {
            coded(vault.vault.get(&as_member(maya), &path("dev/A"), Which::CURRENT).await).map(|_| ())
        };
        let change = async |change: MemberChange| {
            coded(vault.vault.member_change(&op, &name("maya"), &change, false).await).unwrap();
        };
        assert_eq!(get().await, Ok(()));
        let write = coded(vault.vault.set(&as_member(maya), write("dev/A", "two")).await);
        assert_eq!(write.err(), Some("access.denied"));
        change(MemberChange { disabled: Some(true), ..MemberChange::default() }).await;
        assert_eq!(get().await, Err("access.denied"));
        change(MemberChange { disabled: Some(false), ..MemberChange::default() }).await;
        assert_eq!(get().await, Ok(()));
        change(MemberChange { grants: Some(Vec::new()), ..MemberChange::default() }).await;
        assert_eq!(get().await, Err("access.denied"));

        let listed = vault.vault.member_list(&op, false).await.unwrap();
        let names: Vec<_> = listed.iter().map(|member| member.identity.name.as_str()).collect();
        assert_eq!(names, ["local", "maya"]);
        assert_eq!((listed[1].id, listed[1].identity.grants.len()), (maya, 0));
    });
}

#[test]
fn names_are_unique_in_a_tenant_and_mean_nothing_in_another() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.vault.tenant_create(&op, &op_in("other").tenant).await.unwrap();
        made(&vault, "maya", &[]).await;
        let again = vault
            .vault
            .member_create(&op, &name("maya"), &NewMember::with(IdentityKind::Service, Vec::new()), false)
            .await;
        assert_eq!(coded(again).err(), Some("name.exists"));
        let nothing = MemberChange::default();
        let other = vault.vault.member_change(&op_in("other"), &name("maya"), &nothing, false).await;
        assert_eq!(coded(other), Err("member.not_found"));
        let instance = vault.vault.member_change(&op, &name("maya"), &nothing, true).await;
        assert_eq!(coded(instance), Err("member.not_found"));
        vault
            .vault
            .member_create(&op, &name("maya"), &NewMember::with(IdentityKind::Human, Vec::new()), true)
            .await
            .unwrap();
        assert_eq!(vault.vault.member_list(&op, true).await.unwrap().len(), 2);
    });
}

/// Whoever could grant could grant himself everything.
#[test]
fn only_an_owner_of_everything_grants() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        made(&vault, "maya", &[]).await;
        for (number, role) in (0_u8..).zip(Role::ALL) {
            for pattern in ["**", "dev/**"] {
                let raw = format!("member-{number}-{}", pattern.len());
                let id = made(&vault, &raw, &[grant(role, pattern)]).await;
                let op = as_member(id);
                let may = (role, pattern) == (Role::Owner, "**");
                let expected = if may { Ok(()) } else { Err("access.denied") };
                let everything = vec![grant(Role::Owner, "**")];
                for raw in [raw.as_str(), "maya"] {
                    let change = MemberChange {
                        grants: Some(everything.clone()),
                        disabled: None,
                        ..MemberChange::default()
                    };
                    assert_eq!(
                        coded(vault.vault.member_change(&op, &name(raw), &change, false).await),
                        expected
                    );
                }
                let new = name(&format!("friend-{raw}"));
                let made = vault
                    .vault
                    .member_create(
                        &op,
                        &new,
                        &NewMember::with(IdentityKind::Human, everything.to_vec()),
                        false,
                    )
                    .await;
                assert_eq!(coded(made).map(|_| ()), expected, "{role:?} on {pattern}");
                let list = coded(vault.vault.member_list(&op, false).await).map(|_| ());
                let lists = matches!(role, Role::Owner | Role::Admin) && pattern == "**";
                assert_eq!(list.is_ok(), lists, "{role:?} on {pattern}");
            }
        }
    });
}

/// The local owner opens the store; there is no way to lock oneself out.
#[test]
fn nobody_touches_the_local_owner_and_names_keep_the_rules() {
    let long = "x".repeat(MEMBER_NAME_MAX_BYTES + 1);
    for raw in ["", "local", " maya", "maya ", "ma\u{200b}ya", "a*b", "a\nb", "e\u{301}", &long] {
        assert!(MemberName::parse(raw).is_err(), "{raw:?}");
    }
    for raw in ["maya@acme", "Maya Lin", "größe", "ci/deploy"] {
        assert_eq!(MemberName::parse(raw).unwrap().to_string(), raw);
    }
}

#[test]
fn more_grants_than_an_entry_has_room_for_are_refused() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let many = vec![grant(Role::Reader, "dev/A"); GRANTS_MAX + 1];
        let segment = "\"".repeat(200);
        let long = vec![grant(Role::Reader, &[segment.as_str(); 5].join("/")); GRANTS_MAX_BYTES / 1000 + 1];
        for grants in [&many, &long] {
            let made = vault
                .vault
                .member_create(
                    &op,
                    &name("maya"),
                    &NewMember::with(IdentityKind::Human, grants.to_vec()),
                    false,
                )
                .await;
            assert_eq!(coded(made).err(), Some("member.too_many_grants"));
        }
        made(&vault, "maya", &many[1..]).await;
        made(&vault, "leo", &long[2..]).await;
    });
}

/// Who was granted what is in the log, by number: a name is a personal field.
#[test]
fn t_l3_a_grant_is_in_the_log_and_no_name() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let id = made(&vault, "maya", &[grant(Role::Reader, "dev/**"), grant(Role::Rotator, "**")]).await;
        let entries = newest(&vault, 2).await;
        let entry = entries.iter().find(|entry| entry.action == "member_create").unwrap();
        let detail = entry.detail.as_ref().unwrap();
        assert_eq!(detail["grants"], serde_json::json!(["reader on dev/**", "rotator on **"]));
        let hex: String = id.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(detail["member"], hex.as_str());
        assert_eq!(entry.changes.len(), 2, "the member, and its name's line");
        assert!(!String::from_utf8_lossy(&entry.leaf).contains("maya"));
    });
}

/// What maya may do, and how many changes of it can be taken back.
async fn power(vault: &TestVault) -> (Vec<Grant>, bool, usize) {
    let listed = vault.vault.member_list(&TestVault::op().unwrap(), false).await.unwrap();
    let maya = listed.into_iter().find(|member| member.identity.name == "maya").unwrap();
    (maya.identity.grants, maya.identity.disabled, maya.undo_steps)
}

#[test]
fn each_change_of_what_a_member_may_do_is_taken_back_in_turn() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        vault.set("dev/A", "one").await.unwrap();
        let (reader, writer) = (grant(Role::Reader, "dev/**"), grant(Role::Writer, "prod/**"));
        let maya = made(&vault, "maya", std::slice::from_ref(&reader)).await;
        let change = async |grants: Option<Vec<Grant>>, disabled| {
            let change = MemberChange { grants, disabled, ..MemberChange::default() };
            vault.vault.member_change(&op, &name("maya"), &change, false).await.unwrap();
        };
        change(Some(vec![writer.clone()]), None).await;
        change(Some(vec![writer.clone()]), None).await;
        change(None, Some(true)).await;
        assert_eq!(power(&vault).await, (vec![writer.clone()], true, 2), "what changes nothing is no step");
        let undo = async || vault.vault.member_undo(&op, &name("maya"), false).await;
        let undone = undo().await.unwrap();
        assert_eq!((undone.grants, undone.disabled, undone.undo_steps), (vec![writer], false, 1));
        let get =
            async || coded(vault.vault.get(&as_member(maya), &path("dev/A"), Which::CURRENT).await.map(drop));
        assert_eq!(get().await, Err("access.denied"));
        undo().await.unwrap();
        assert_eq!(power(&vault).await, (vec![reader], false, 0));
        assert_eq!(get().await, Ok(()), "from the next request on");
        assert_eq!(coded(undo().await.map(drop)), Err("undo.nothing"));
        let unknown = vault.vault.member_undo(&op, &name("nobody"), false).await;
        assert_eq!(coded(unknown.map(drop)), Err("member.not_found"));
        let log = newest(&vault, 9).await;
        let entry =
            log.iter().rfind(|entry| entry.action == "member_undo" && entry.outcome == "done").unwrap();
        let detail = entry.detail.as_ref().unwrap();
        assert_eq!(
            (&detail["grants"], &detail["disabled"]),
            (&serde_json::json!(["reader on dev/**"]), &false.into())
        );
        assert!(!String::from_utf8_lossy(&entry.leaf).contains("maya"));
        let report = vault.vault.audit_verify(&op, &[], false, &|_| ()).await.unwrap();
        assert_eq!(report.problems, [""; 0]);
    });
}

/// To take a revocation back is to grant: who may not grant does not give anything this way, to others or to himself.
#[test]
fn nobody_gets_by_undo_what_he_could_not_grant() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        let roles = [Role::Admin, Role::Writer, Role::Reader, Role::Rotator, Role::Auditor];
        let everything: Vec<Grant> = roles.into_iter().map(|role| grant(role, "**")).collect();
        // One who had every right of an owner, and has all but that of granting now.
        let maya = made(&vault, "maya", &[grant(Role::Owner, "**")]).await;
        let some = made(&vault, "some", &[grant(Role::Owner, "prod/**")]).await;
        let change = MemberChange { grants: Some(everything), disabled: None, ..MemberChange::default() };
        vault.vault.member_change(&op, &name("maya"), &change, false).await.unwrap();
        for who in [maya, some] {
            for whom in ["maya", "some"] {
                let undone = vault.vault.member_undo(&as_member(who), &name(whom), false).await;
                assert_eq!(coded(undone.map(drop)), Err("access.denied"));
            }
        }
        assert_eq!(power(&vault).await.2, 1, "what was refused took nothing back");
        assert_eq!(
            coded(vault.vault.tenant_undo(&as_member(maya), &op.tenant).await.map(drop)),
            Err("access.denied")
        );
    });
}

/// The local owner is changed by nobody, so a tenant whose last other owner loses that role has one still.
#[test]
fn the_last_owner_can_not_be_undone() {
    block_on(async {
        let vault = TestVault::in_memory().await.unwrap();
        let op = TestVault::op().unwrap();
        assert_eq!(MemberName::parse("local").unwrap_err().code(), "member.name_invalid");
        let maya = made(&vault, "maya", &[]).await;
        let change = MemberChange {
            grants: Some(vec![grant(Role::Owner, "**")]),
            disabled: None,
            ..MemberChange::default()
        };
        vault.vault.member_change(&op, &name("maya"), &change, false).await.unwrap();
        // She takes her own promotion back, as she may change herself: it is the last thing that she does.
        vault.vault.member_undo(&as_member(maya), &name("maya"), false).await.unwrap();
        let again = vault.vault.member_undo(&as_member(maya), &name("maya"), false).await;
        assert_eq!(coded(again.map(drop)), Err("access.denied"));
        vault.vault.member_change(&op, &name("maya"), &change, false).await.unwrap();
        assert_eq!(power(&vault).await.0, [grant(Role::Owner, "**")]);
    });
}

/// Two take the last change back at once: one of them did, and the other took back the one before.
#[test]
fn two_who_undo_at_once_take_back_two_changes() {
    let vault = block_on(TestVault::in_memory()).unwrap();
    let op = TestVault::op().unwrap();
    block_on(async {
        made(&vault, "maya", &[]).await;
        for disabled in [true, false] {
            let change = MemberChange { grants: None, disabled: Some(disabled), ..MemberChange::default() };
            vault.vault.member_change(&op, &name("maya"), &change, false).await.unwrap();
        }
    });
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| block_on(vault.vault.member_undo(&op, &name("maya"), false)).unwrap());
        }
    });
    assert_eq!(block_on(power(&vault)), (vec![], false, 0));
}
