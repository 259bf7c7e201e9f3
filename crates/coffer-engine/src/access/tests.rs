use std::fmt::Write as _;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::action::Action;
use crate::path::{FolderPath, SecretPath};
use crate::tenant::TenantId;

const TENANT: TenantId = TenantId::from_bytes([7; 16]);

fn member(grants: &[(Role, &str)]) -> Identity {
    let grants =
        grants.iter().map(|(role, raw)| Grant::always(*role, PathPattern::parse(raw).unwrap())).collect();
    Identity::new("m", IdentityKind::Human, grants)
}

/// The decision on an identity that has nothing but its grants.
fn decided(identity: &Identity, action: Action, place: Place) -> Result<Permit, Refusal> {
    let powers = Arc::new(compile(identity, &Sources::default()).unwrap());
    let standing = Arc::default();
    decide(TENANT, Some(Holder { identity, powers: &powers, standing: &standing }), action, place, None)
}

fn secret(raw: &str) -> Place {
    Place::Secret(SecretPath::parse(raw).unwrap())
}

fn folder(raw: &str) -> Place {
    Place::Folder(FolderPath::parse(raw).unwrap())
}

#[test]
fn the_matrix_of_roles_and_actions_is_the_reviewed_one() {
    let mut table = String::from("action            ");
    for role in Role::ALL {
        let _ = write!(table, "{:>8}", role.name());
    }
    for action in Action::ALL {
        let _ = write!(table, "\n{:<18}", action.name());
        for role in Role::ALL {
            let allowed = decided(&member(&[(role, "**")]), action, Place::Tenant).is_ok();
            let _ = write!(table, "{:>8}", if allowed { "yes" } else { "-" });
        }
    }
    table.push('\n');
    let golden = include_str!("../../tests/golden/access_matrix.txt");
    assert_eq!(table, golden, "a change of rights is reviewed as a change of tests/golden/access_matrix.txt");
}

#[test]
fn a_grant_reaches_as_far_as_its_pattern() {
    let reader = member(&[(Role::Reader, "dev/**"), (Role::Reader, "prod/db/URL")]);
    let may = |place| decided(&reader, Action::SecretGet, place).is_ok();
    assert!(
        may(secret("dev/A"))
            && may(secret("dev/app/A"))
            && may(secret("prod/db/URL"))
            && may(folder("dev/app"))
    );
    assert!(
        !may(secret("developer/A"))
            && !may(secret("prod/db/URL2"))
            && !may(secret("prod/db"))
            && !may(folder(""))
    );
    assert!(!may(folder("prod/db")) && !may(Place::Tenant));
}

#[test]
fn strangers_learn_nothing() {
    let refusal = decide(TENANT, None, Action::SecretGet, secret("prod/db/URL"), None).unwrap_err();
    let refusal = refusal.grantable_by(&["maya".to_owned()]);
    for told in [refusal.to_string(), refusal.fix()] {
        assert!(!told.contains("prod") && !told.contains("maya"));
    }
}

#[test]
fn a_member_is_told_what_is_missing() {
    let reader = member(&[(Role::Reader, "dev/**")]);
    let refusal = decided(&reader, Action::SecretGet, secret("prod/db/URL")).unwrap_err();
    assert_eq!(refusal.to_string(), "secret_get needs `read` on prod/db/URL; you have reader on dev/**");
    let fix = refusal.grantable_by(&["maya".to_owned(), "leo".to_owned()]).fix();
    assert_eq!(fix, "maya, leo can grant it: coffer role grant reader m --path prod/db/URL");
}

/// What the vault may do in its own upkeep is fixed, and what only it does nobody else may do.
#[test]
fn the_vault_itself_may_keep_its_log_sweep_and_rotate_and_nothing_else() {
    let owner = member(&[(Role::Owner, "**")]);
    for action in Action::ALL {
        let upkeep = decide_upkeep(TENANT, action, Place::Tenant).is_ok();
        assert_eq!(upkeep, action.by_system());
        let sweeps = matches!(
            action,
            Action::OnceSweep
                | Action::TokenSweep
                | Action::TenantSweep
                | Action::AttemptsSweep
                | Action::SecretPurge
        );
        let rotates = action == Action::SecretRotate;
        // Not upkeep: for whoever shows the code of the lock. Of what can't be opened nobody can be a member.
        let unlocks = action == Action::TenantUnlock;
        let is_known = action.name().starts_with("audit_") || sweeps || rotates || unlocks;
        assert!(!upkeep || is_known, "{}", action.name());
        assert_eq!(decided(&owner, action, Place::Tenant).is_err(), action.only_by_system());
    }
}

proptest! {
    /// The reference: a pattern is a list of segments, compared one by one.
    #[test]
    fn t_p9_decisions_agree_with_a_plain_reference(
        grants in prop::collection::vec((0usize..7, "(a|b|ab)(/(a|b|ab)){0,2}(/\\*\\*)?"), 0..5),
        path in "(a|b|ab)(/(a|b|ab)){1,3}",
        which in 0..Action::ALL.len(),
    ) {
        let action = Action::ALL[which];
        let listed: Vec<(Role, &str)> = grants.iter().map(|(role, raw)| (Role::ALL[*role], raw.as_str())).collect();
        let expected = listed.iter().any(|(role, raw)| {
            let pattern: Vec<&str> = raw.split('/').collect();
            let segments: Vec<&str> = path.split('/').collect();
            let covered = match pattern.split_last() {
                Some((&"**", head)) => segments.len() > head.len() && segments[..head.len()] == *head,
                _ => pattern == segments,
            };
            covered && role.rights().has(action.needs()) && !action.only_by_system()
        });
        let expected = expected || action.on_oneself();
        prop_assert_eq!(decided(&member(&listed), action, secret(&path)).is_ok(), expected);
    }
}
