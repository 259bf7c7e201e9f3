//! The list of routes, walked: what each leaves in the log, which right it needs, its limits; and what those see who may not.

use axum::http::StatusCode;
use coffer_encryption::SecretBytes;
use coffer_engine::access::{Grant, IdentityKind, PathPattern, Rights, Role};
use coffer_engine::action::{Action, Right};
use coffer_engine::content::MediaType;
use coffer_engine::identity::MemberName;
use coffer_engine::jwt::Algorithm;
use coffer_engine::lock_code::LockCode;
use coffer_engine::metadata::MetadataPatch;
use coffer_engine::path::SecretPath;
use coffer_engine::quota::QuotaChange;
use coffer_engine::slug::{AuthorityName, GroupName, PolicyName, RoleName};
use coffer_engine::tenant::TenantName;
use coffer_engine::testkit::TestAuthority;
use coffer_engine::vault::{
    AuthorityChange, Expect, IssuerName, KeysFrom, MemberChange, NewIssuer, NewMember, WriteFile,
};
use coffer_engine::version::Which;
use coffer_engine::x509::NamePattern;
use coffer_server::routes::{Audit, ROUTES, Route};
use coffer_wire::file::OpenFile;
use serde_json::json;

use super::world::{NOW, Reply, World, op};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/routes.txt");
const PERMISSIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/permissions.txt");

/// A lock code.
pub(crate) const LOCK_CODE: &str = "LOCK-01234-56789-ABCDE-FGHJK-MNPQR-SRBEW";

/// Opens the tenant again, whose log is to be read.
pub(crate) async fn unlock(world: &World, route: &Route) {
    if route.operation == "tenant_lock" {
        world.vault.tenant_unlock(&op(), &LockCode::read(LOCK_CODE).unwrap()).await.unwrap();
    }
}

/// A target that the route takes, with nothing wrong about it.
pub(crate) fn target(route: &Route) -> String {
    let (own, rest) = route.path.split_once('{').map_or((route.path, ""), |(own, rest)| (own, rest));
    let rest = match rest {
        "" if route.operation == "audit_consistency" => "?old=0&new=1",
        "" if route.operation == "access_explain" => "?member=owner&right=read&path=prod/db/PASSWORD",
        "" if route.operation == "access_preview" => "?member=owner",
        "" => "",
        "*path}" if route.operation == "secret_list" => "prod",
        "*path}" if matches!(route.operation, "secret_get_file" | "secret_set_file") => "prod/db/KEYSTORE",
        "*path}" => "prod/db/PASSWORD",
        "*name}" if matches!(route.operation, "tenant_rename" | "tenant_erase" | "tenant_certificate") => {
            "doomed"
        }
        "*name}" if route.operation.starts_with("tenant_") => "default",
        "*name}" if is_ruled(route.operation) => "deployer",
        "*name}" if route.operation.starts_with("issuer_") => "github",
        "*name}" => "owner",
        "*id}" => "000102030405060708090a0b0c0d0e0f",
        "*entry}" => "0",
        rest => panic!("what stands for {rest}?"),
    };
    // What takes the place of a whole value says so.
    let over =
        if matches!(route.operation, "secret_set" | "secret_set_file") { "?overwrite=true" } else { "" };
    format!("{own}{rest}{over}")
}

/// Whether it is about a role, a policy or a group; or about a member who is there for this alone.
fn is_ruled(operation: &str) -> bool {
    ["role_", "policy_", "group_", "authority_", "member_remove"]
        .iter()
        .any(|noun| operation.starts_with(noun))
}

/// A body that the route takes. What it has to name is made for it.
pub(crate) async fn body(world: &World, route: &Route) -> String {
    let fixed = match route.operation {
        "audit_publish" => {
            let publication = world.vault.audit_publish(&op(), "a test", false).await.unwrap();
            return json!({ "to": "a test", "note": publication.note().to_string() }).to_string();
        }
        "secret_get_file" => {
            let file = WriteFile {
                path: SecretPath::parse("prod/db/KEYSTORE").unwrap(),
                media_type: MediaType::bytes(),
                expect: Expect::Anything,
                metadata: MetadataPatch::default(),
                replace: false,
            };
            let mut upload = world.vault.set_file(&op(), file).await.unwrap();
            upload.push(b"a file").unwrap();
            upload.commit(NOW, None).await.unwrap();
            ""
        }
        "file_open" => {
            let (path, content) =
                (SecretPath::parse("prod/db/.env").unwrap(), SecretBytes::copy_from(b"A=1"));
            let sealed = world.vault.file_seal(&op(), &path, content).await.unwrap();
            return serde_json::to_string(&OpenFile { file_base64: sealed.bytes().to_vec() }).unwrap();
        }
        "audit_prune" => {
            // So many that some of them can go.
            for _ in 0..300 {
                world
                    .vault
                    .get(&op(), &SecretPath::parse("prod/db/USER").unwrap(), Which::CURRENT)
                    .await
                    .unwrap();
            }
            r#"{"before":"2027-01-01T00:00:00Z"}"#
        }
        "tenant_undo" => {
            let change = QuotaChange { secrets: Some(Some(1000)), ..QuotaChange::default() };
            world.vault.tenant_quota(&op(), &op().tenant, change).await.unwrap();
            ""
        }
        "member_undo" => {
            // More than it may already: what is taken back leaves it what it had.
            let grants = [(Role::Owner, "**"), (Role::Reader, "dev/**")];
            let grant = |(role, raw): (Role, &str)| Grant::always(role, PathPattern::parse(raw).unwrap());
            let change = MemberChange { grants: Some(grants.map(grant).to_vec()), ..MemberChange::default() };
            world
                .vault
                .member_change(&op(), &MemberName::parse("owner").unwrap(), &change, false)
                .await
                .unwrap();
            ""
        }
        "issuer_create" => {
            r#"{"name":"ci","issuer":"https://ci.example","audiences":["https://coffer.example"]}"#
        }
        "issuer_change" | "issuer_remove" | "issuer_undo" => {
            let issuer = NewIssuer {
                name: IssuerName::parse("github").unwrap(),
                issuer: "https://github.example".to_owned(),
                audiences: vec!["https://coffer.example".to_owned()],
                algorithms: vec![Algorithm::Rs256],
                keys: KeysFrom::Discovery,
                leeway_seconds: 0,
                once: false,
                token_seconds: 60,
            };
            // There already, where one world is for all routes.
            let made = world.vault.issuer_create(&op(), &issuer, false).await;
            assert!(made.is_ok() || made.is_err_and(|error| error.code() == "name.exists"));
            if route.operation != "issuer_change" { "" } else { r#"{"once":true}"# }
        }
        "authority_set" => {
            let pem = TestAuthority::new("acme").unwrap().pem();
            return json!({ "certificates": pem, "names": ["cn:build"], "member": "owner" }).to_string();
        }
        "authority_remove" | "authority_undo" => {
            let change = AuthorityChange {
                certificates: Some(vec![TestAuthority::new("acme").unwrap().der()]),
                names: Some(vec![NamePattern::parse("cn:build").unwrap()]),
                member: Some(MemberName::parse("owner").unwrap()),
                ..AuthorityChange::default()
            };
            let name = AuthorityName::parse("deployer").unwrap();
            world.vault.authority_set(&op(), &name, &change, false).await.unwrap();
            ""
        }
        "tenant_rename" | "tenant_erase" | "tenant_certificate" => {
            let name = TenantName::parse("doomed").unwrap();
            drop(world.vault.tenant_create(&op(), &name).await);
            if route.operation == "tenant_rename" {
                return r#"{"to":"moved"}"#.to_owned();
            }
            if route.operation == "tenant_certificate" {
                world.vault.tenant_erase(&op(), &name, 0).await.unwrap();
                return String::new();
            }
            r#"{"backups_kept_days":35}"#
        }
        "audit_hold" => r#"{"held":false,"reason":"the case is closed"}"#,
        "audit_forget" => r#"{"subject":"maya","reason":"she asked for it"}"#,
        "secret_set" => r#"{"value":"changed"}"#,
        "secret_set_file" => "changed",
        "secret_find" => r#"{"same_as":"prod/db/PASSWORD"}"#,
        "secret_get_together" => r#"{"paths":["prod/db/PASSWORD"]}"#,
        "secret_compare" => r#"{"folders":["prod","dev"]}"#,
        "secret_set_together" => {
            r#"{"secrets":[{"path":"prod/db/PASSWORD","value":"changed","overwrite":true}]}"#
        }
        "secret_destroy" => "{}",
        "secret_override_remove" => {
            let bearer = format!("Bearer {}", world.owner);
            let (target, value) = ("/api/v1/overrides/prod/db/PASSWORD", r#"{"value":"own"}"#.to_owned());
            world.ask_with("PUT", target, &[("authorization", &bearer)], value).await;
            ""
        }
        "secret_label" => r#"{"label":"stable"}"#,
        "secret_pin" => r#"{"consumer":"billing"}"#,
        "secret_override" => r#"{"value":"changed"}"#,
        "file_seal" => r#"{"value":"changed"}"#,
        "tenant_create" => r#"{"name":"acme"}"#,
        "tenant_lock" | "tenant_unlock" => return json!({ "code": LOCK_CODE }).to_string(),
        "tenant_set" => r#"{"residency":"EU","synced_reads":true,"token_max_seconds":86400}"#,
        "tenant_quota" => r#"{"quota":{"secrets":1000,"bytes":null}}"#,
        "unlocker_add" => r#"{"passphrase":"six words that are changed"}"#,
        "role_remove" | "role_undo" => {
            let rights = Rights::of([Right::Read]);
            world.vault.role_set(&op(), &RoleName::parse("deployer").unwrap(), rights, false).await.unwrap();
            ""
        }
        "policy_get" | "policy_remove" | "policy_undo" => {
            let text = "path \"dev/*\" { capabilities = [\"read\"] }";
            world
                .vault
                .policy_set(&op(), &PolicyName::parse("deployer").unwrap(), text, false)
                .await
                .unwrap();
            ""
        }
        "group_remove" | "group_undo" => {
            world.vault.group_set(&op(), &GroupName::parse("deployer").unwrap(), &[], false).await.unwrap();
            ""
        }
        "member_remove" => {
            let new = NewMember::with(IdentityKind::Human, Vec::new());
            world
                .vault
                .member_create(&op(), &MemberName::parse("deployer").unwrap(), &new, false)
                .await
                .unwrap();
            ""
        }
        "role_set" => r#"{"rights":["read"]}"#,
        "policy_set" => r#"{"text":""}"#,
        "group_set" => "{}",
        "member_create" => r#"{"name":"new","kind":"service"}"#,
        "member_change" => r#"{"disabled":false}"#,
        "store_unseal" => r#"{"passphrase":"changed"}"#,
        "sign_in" => r#"{"code":"changed"}"#,
        "password_set" => r#"{"old":"it was changed since","new":"it is changed by now"}"#,
        "factor_enrol" => "{}",
        "factor_confirm" | "factor_remove_own" => r#"{"totp":"000000"}"#,
        "member_code" => r#"{"member":"owner"}"#,
        "client_secret_create" => r#"{"ttl_seconds":60,"member":"owner"}"#,
        "token_create" => r#"{"ttl_seconds":60,"member":"owner"}"#,
        _ => "",
    };
    fixed.to_owned()
}

/// Whether a token is not enough for it: see `passwords.rs` and `factors.rs`.
pub(crate) fn has_to_show_more(route: &Route, reply: &Reply) -> bool {
    let code = match route.operation {
        "password_set" => "password.wrong",
        "factor_enrol" => "password.unproved",
        "factor_confirm" | "factor_remove_own" => "factor.not_found",
        _ => return false,
    };
    !reply.status.is_success() && reply.code() == code
}

/// Whether only the instance's own tokens are good for it, and its entries are in the instance's log.
pub(crate) fn is_of_the_instance(route: &Route) -> bool {
    let is_instances = |action: &Action| {
        matches!(
            action,
            Action::StoreSeal
                | Action::TenantList
                | Action::TenantCreate
                | Action::TenantCertificate
                | Action::TenantErase
                | Action::TenantRename
                | Action::TenantSweep
                | Action::TenantQuota
                | Action::TenantResume
                | Action::TenantShow
                | Action::TenantSuspend
                | Action::TenantSet
                | Action::TenantUndo
                | Action::UnlockerList
                | Action::UnlockerAdd
                | Action::UnlockerRemove
        )
    };
    !actions(route).is_empty() && actions(route).iter().all(is_instances)
}

/// All that leave an entry.
fn recorded() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| !actions(route).is_empty())
}

/// What it does for who shows a token.
fn actions(route: &Route) -> &'static [Action] {
    match route.audit {
        Audit::Entry(actions) => actions,
        Audit::InBody(_) | Audit::Nothing => &[],
    }
}

#[test]
fn every_route_has_its_line() {
    let mut table =
        String::from("# method path: operation; actions and the rights they need; bytes of a body; time\n");
    for route in ROUTES {
        let needs: Vec<String> = actions(route)
            .iter()
            .map(|action| format!("{} ({})", action.name(), action.needs().name()))
            .collect();
        let needs = match route.audit {
            Audit::Entry(_) => needs.join(", "),
            Audit::InBody(actions) => {
                let names: Vec<_> = actions.iter().map(|action| action.name()).collect();
                format!("{} (by what is in the body)", names.join(", "))
            }
            Audit::Nothing => "anybody, no entry".to_owned(),
        };
        table.push_str(&format!(
            "{:6} {}: {}; {needs}; {}; {} ms\n",
            route.method,
            route.path,
            route.operation,
            route.body_max_bytes,
            route.time.as_millis()
        ));
        assert!(!route.about.is_empty() && !route.time.is_zero(), "{}", route.operation);
    }
    if std::env::var_os("COFFER_TEST_WRITE_GOLDEN").is_some() {
        std::fs::write(GOLDEN, &table).unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap_or_default();
    assert!(
        table == golden,
        "routes have changed: COFFER_TEST_WRITE_GOLDEN=1 writes the file; review it\n{table}"
    );
}

#[test]
fn operations_are_named_once() {
    let mut names: Vec<_> = ROUTES.iter().map(|route| route.operation).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ROUTES.len());
}

/// Whoever is nobody in a tenant sees the same: whether there is such a tenant, such a path, such a token elsewhere.
#[tokio::test]
async fn t_n1_strangers_and_neighbours_see_what_is_not_there() {
    let world = World::new().await;
    let neighbour = world.tenant("acme").await;
    let of_neighbour = world.token(&neighbour, "mallory", &[(Role::Owner, "**")], false).await;
    let of_instance = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    let disabled = world.token(&op(), "leaver", &[(Role::Owner, "**")], false).await;
    let change = MemberChange { disabled: Some(true), ..MemberChange::default() };
    world.vault.member_change(&op(), &MemberName::parse("leaver").unwrap(), &change, false).await.unwrap();
    let made_up = format!("coffer_{}", "A".repeat(48));
    let mut bodies = Vec::new();
    for route in recorded() {
        bodies.push(body(&world, route).await);
    }
    let before = world.entries(&op(), false).await;
    for (route, body) in recorded().zip(bodies) {
        let target = target(route);
        let nowhere = target
            .replace("prod/db/PASSWORD", "no/such/THING")
            .replace("owner", "nobody")
            .replace("deployer", "nobody");
        let nowhere = nowhere.replace("prod/db/KEYSTORE", "no/such/THING");
        let nowhere = nowhere.replace("/default", "/nowhere");
        let bearer = |token: &str| format!("Bearer {token}");
        let mut seen = Vec::new();
        for (token, tenant, target) in [
            (&made_up, "default", &target),
            (&of_neighbour, "default", &target),
            (&of_neighbour, "default", &nowhere),
            (&of_neighbour, "no-such-tenant", &target),
            (&of_instance, "default", &target),
            (&made_up, "no/such tenant", &target),
            (&"coffer_short".to_owned(), "default", &target),
        ] {
            // What the instance's tokens are good for is in the instance's log.
            if is_of_the_instance(route) && token == &of_instance {
                continue;
            }
            let headers = [("authorization", bearer(token)), ("x-coffer-tenant", tenant.to_owned())];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = world.ask_with(route.method, target, &headers, body.clone()).await;
            assert_eq!(reply.code(), "token.invalid", "{} {tenant} {target}", route.operation);
            assert_eq!(
                reply.header("x-coffer-audit-id"),
                "",
                "{}: nobody in particular has asked",
                route.operation
            );
            seen.push(reply.without_ids());
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{}: {seen:#?}", route.operation);
        let reply = world.ask_with(route.method, &target, &[], body.clone()).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNAUTHORIZED, "token.missing"));
        // Who was a member once is somebody: the answer is the same, and there is an entry.
        let headers = [("authorization", bearer(&disabled))];
        let reply = world.ask_with(route.method, &target, &[("authorization", &headers[0].1)], body).await;
        assert_eq!(reply.code(), "token.invalid", "{}", route.operation);
    }
    let refused = world.entries(&op(), false).await.split_off(before.len());
    assert!(refused.iter().all(|line| line.ends_with("refused")), "{refused:?}");
}

/// T-N3: what belongs to the instance is out of reach for whatever power there is in a tenant.
#[tokio::test]
async fn t_n3_no_power_in_a_tenant_reaches_the_instance() {
    let world = World::new().await;
    let mut tried = 0;
    for route in recorded().filter(|route| is_of_the_instance(route)) {
        let (target, body) = (target(route), body(&world, route).await);
        let bearer = format!("Bearer {}", world.owner);
        let reply = world.ask_with(route.method, &target, &[("authorization", &bearer)], body).await;
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (StatusCode::UNAUTHORIZED, "token.invalid"),
            "{}",
            route.operation
        );
        tried += 1;
    }
    assert!(tried > 10, "{tried}");
}

/// What each route answers to whom: reviewed as a change of the golden file. A route without a line fails the test.
#[tokio::test]
async fn t_l3_every_route_leaves_its_entry_and_needs_its_right() {
    let mut table = String::from(
        "# operation: stranger; owner of another tenant; member without any right; member with it\n",
    );
    for route in recorded() {
        let world = World::new().await;
        let of_the_instance = is_of_the_instance(route);
        let (owner, member) = if of_the_instance {
            let owner = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
            (owner, world.token(&op(), "member", &[], true).await)
        } else {
            (world.owner.clone(), world.token(&op(), "member", &[], false).await)
        };
        let neighbour = world.tenant("neighbour").await;
        let neighbour = world.token(&neighbour, "mallory", &[(Role::Owner, "**")], false).await;
        let (target, body) = (target(route), body(&world, route).await);
        let mut answers = Vec::new();
        for nobody in [format!("coffer_{}", "A".repeat(48)), neighbour] {
            let bearer = format!("Bearer {nobody}");
            let headers = [("authorization", bearer.as_str())];
            let reply = world.ask_with(route.method, &target, &headers, body.clone()).await;
            answers.push(format!("{} {}", reply.status.as_u16(), reply.code()));
        }
        let bearer = format!("Bearer {member}");
        let before = world.entries(&op(), of_the_instance).await;
        let reply = world.ask_with(route.method, &target, &[("authorization", &bearer)], body.clone()).await;
        let entries = world.entries_since(&before, of_the_instance).await;
        answers.push(told(&reply));
        let needed = actions(route)[0].needs().name();
        let is_own = actions(route).iter().all(|action| action.on_oneself());
        let is_unproved = has_to_show_more(route, &reply);
        if is_own {
            assert!(reply.status.is_success() || is_unproved, "{}: {reply:?}", route.operation);
        } else {
            assert_eq!((reply.status, reply.code().as_str()), (StatusCode::FORBIDDEN, "access.denied"));
            let detail = reply.json()["detail"].as_str().unwrap().to_owned();
            assert!(detail.contains(&format!("needs `{needed}`")), "{}: {detail}", route.operation);
            assert_eq!(entries.len(), 1, "{}: {entries:?}", route.operation);
            assert!(entries[0].starts_with(reply.header("x-coffer-audit-id")), "{entries:?}");
            assert!(entries[0].ends_with("refused"), "{entries:?}");
        }
        let before = world.entries(&op(), of_the_instance).await;
        let bearer = format!("Bearer {owner}");
        let reply = world.ask_with(route.method, &target, &[("authorization", &bearer)], body).await;
        answers.push(told(&reply));
        unlock(&world, route).await;
        table.push_str(&format!("{}: {}\n", route.operation, answers.join("; ")));
        let mut entries = world.entries_since(&before, of_the_instance).await;
        let is_absent = matches!(
            route.operation,
            "token_revoke" | "client_secret_revoke" | "audit_forget" | "unlocker_remove"
        );
        assert!(
            reply.status.is_success() || is_unproved || is_absent && reply.status == 404,
            "{}: {reply:?}",
            route.operation
        );
        entries.retain(|entry| !entry.contains(" tenant_unlock "));
        let last = entries.last().unwrap_or_else(|| panic!("{} left no entry", route.operation));
        let id = reply.header("x-coffer-audit-id");
        assert!(!id.is_empty() && last.starts_with(id), "{}: {id} {entries:?}", route.operation);
        for entry in &entries {
            let known = actions(route).iter().any(|action| entry.contains(&format!(" {} ", action.name())));
            assert!(known, "{}: {entry}", route.operation);
        }
    }
    if std::env::var_os("COFFER_TEST_WRITE_GOLDEN").is_some() {
        std::fs::write(PERMISSIONS, &table).unwrap();
    }
    let golden = std::fs::read_to_string(PERMISSIONS).unwrap_or_default();
    assert!(
        table == golden,
        "who may do what has changed: COFFER_TEST_WRITE_GOLDEN=1 writes the file; review it\n{table}"
    );
}

/// A status, and why it was no.
fn told(reply: &Reply) -> String {
    let status = reply.status.as_u16();
    if reply.status.is_success() { status.to_string() } else { format!("{status} {}", reply.code()) }
}

#[tokio::test]
async fn what_is_no_route_is_a_problem() {
    let world = World::new().await;
    assert_eq!(world.ask("GET", "/api/v1/nothing", "").await.code(), "route.not_found");
    assert_eq!(world.ask("PATCH", "/api/v1/tenants", "").await.code(), "route.method");
    for target in ["/health", "/health/ready", "/health/secrets", "/api/v1/openapi.json"] {
        let reply = world.ask_with("GET", target, &[], "").await;
        assert_eq!(reply.status, StatusCode::OK, "{target}");
        assert_eq!(reply.header("x-coffer-audit-id"), "");
    }
}

#[tokio::test]
async fn a_sealed_server_says_so_everywhere() {
    let world = World::new().await;
    world.seal().await;
    let made_up = format!("Bearer coffer_{}", "A".repeat(48));
    let mine = format!("Bearer {}", world.owner);
    for route in recorded() {
        let body = body(&world, route).await;
        for headers in [&[("authorization", mine.as_str())][..], &[("authorization", &made_up)], &[]] {
            let reply = world.ask_with(route.method, &target(route), headers, body.clone()).await;
            let said = (reply.status.as_u16(), reply.code());
            assert_eq!(said, (503, "server.sealed".to_owned()), "{}", route.operation);
        }
    }
    let reply = world.ask("GET", "/health/ready", "").await;
    assert_eq!((reply.status.as_u16(), reply.json()["reason"].as_str()), (503, Some("server.sealed")));
    assert_eq!(world.ask("GET", "/health", "").await.status, StatusCode::OK);
    assert_eq!(world.unseal().await.status, StatusCode::NO_CONTENT);
    assert_eq!(world.ask("GET", "/health/ready", "").await.status, StatusCode::OK);
    world.service.drain();
    let reply = world.ask("GET", "/health/ready", "").await;
    assert_eq!((reply.status.as_u16(), reply.json()["reason"].as_str()), (503, Some("server.draining")));
    assert_eq!(world.ask("GET", "/api/v1/secrets/prod/db/USER", "").await.status, StatusCode::OK);
}
