//! T-L1 over every route: a marked secret, token, header, query and body, whole and mangled; nothing of them comes back but where the
//! answer is the value itself, and the log has none of it.

use axum::body::Body;
use coffer_engine::access::Role;
use coffer_engine::lock_code::LockCode;
use coffer_server::routes::{Audit, ROUTES, Route};

use super::routes::{LOCK_CODE, body, is_of_the_instance, target};
use super::world::{World, op};

const MARK: &str = "m4rk3d-v4lu3";

fn bodies(right: &str) -> Vec<Vec<u8>> {
    let marked = right.replace("changed", MARK);
    vec![
        marked.clone().into_bytes(),
        marked.as_bytes()[..marked.len() / 2].to_vec(),
        format!("{{\"{MARK}\":1}}").into_bytes(),
        format!("{{\"value\":[\"{MARK}\"]}}").into_bytes(),
        format!("\"{MARK}").into_bytes(),
        format!("{}\"{MARK}\"", "[".repeat(100)).into_bytes(),
        [b"\xff\x00\xfe", MARK.as_bytes()].concat(),
        format!("{{\"value\":\"{MARK}{}\"}}", "x".repeat(8 * 1024 * 1024)).into_bytes(),
        format!("{{\"ttl_seconds\":-1,\"label\":\"{MARK}\"}}").into_bytes(),
        format!("{{\"version\":\"{MARK}\"}}").into_bytes(),
    ]
}

/// What opens a store, and what does not, is told by nobody.
#[tokio::test]
async fn t_l1_nothing_that_is_sent_to_a_sealed_server_is_told() {
    let world = World::new().await;
    world.seal().await;
    for route in ROUTES.iter().filter(|route| !matches!(route.audit, Audit::Nothing)) {
        let right = body(&world, route).await;
        for sent in bodies(&right) {
            let headers = [("authorization", format!("Bearer {MARK}")), ("x-marked", MARK.to_owned())];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = world.ask_with(route.method, &target(route), &headers, Body::from(sent)).await;
            let is_refused =
                reply.status == 503 || route.operation == "store_unseal" && reply.status.is_client_error();
            assert!(is_refused, "{}: {reply:?}", route.operation);
            assert_silent(route.operation, &reply, &[MARK]);
        }
    }
}

/// What was done may have ended the answers: they go on.
async fn go_on(world: &World, route: &Route, operator: &str) {
    match route.operation {
        "store_seal" => drop(world.unseal().await),
        "tenant_lock" => {
            let code = LockCode::read(LOCK_CODE).unwrap();
            drop(world.vault.tenant_unlock(&op(), &code).await);
        }
        "tenant_suspend" => drop(world.ask_as(operator, "POST", "/api/v1/resume/default").await),
        _ => {}
    }
}

#[tokio::test]
async fn t_l1_nothing_that_is_sent_is_told() {
    let world = World::new().await;
    let of_instance = world.token(&op(), "operator", &[(Role::Owner, "**")], true).await;
    for route in ROUTES {
        let owner = if is_of_the_instance(route) { &of_instance } else { &world.owner };
        let right = body(&world, route).await;
        for sent in bodies(&right) {
            let token = world.another_token(&op(), "owner", false).await;
            let token = if route.operation.ends_with("_own") { &token } else { owner };
            let headers = [("authorization", format!("Bearer {token}")), ("x-marked", MARK.to_owned())];
            let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let reply = world.ask_with(route.method, &target(route), &headers, Body::from(sent)).await;
            assert!(reply.status.as_u16() < 500, "{}: {reply:?}", route.operation);
            // What was written is there to be read.
            let is_read = matches!(route.operation, "secret_get" | "secret_get_together");
            let marks = [MARK, "hunter2", &token[7..]];
            assert_silent(route.operation, &reply, if is_read { &[] } else { &marks });
            go_on(&world, route, &of_instance).await;
        }
        let queries = [
            format!("?{MARK}=1"),
            format!("?limit={MARK}"),
            format!("?cursor={MARK}"),
            format!("?version={MARK}"),
        ];
        for query in queries {
            let target = format!("{}{query}", target(route));
            let headers = [("authorization", format!("Bearer {owner}"))];
            let reply = world
                .ask_with(route.method, &target, &[("authorization", &headers[0].1)], right.clone())
                .await;
            assert!(reply.status.as_u16() < 500, "{}: {reply:?}", route.operation);
            assert_silent(route.operation, &reply, &[MARK]);
            go_on(&world, route, &of_instance).await;
        }
        for header in [
            MARK.to_owned(),
            format!("Bearer {MARK}"),
            format!("Bearer coffer_{MARK}"),
            format!("Basic {MARK}"),
        ] {
            let reply = world
                .ask_with(route.method, &target(route), &[("authorization", &header)], right.clone())
                .await;
            let expected = match route.audit {
                Audit::Nothing => Some(200),
                Audit::Entry(_) => Some(401),
                // Nobody looks at it.
                Audit::InBody(_) => None,
            };
            let status = reply.status.as_u16();
            assert!(expected.is_none_or(|expected| expected == status), "{}: {status}", route.operation);
            assert_silent(route.operation, &reply, &[MARK]);
        }
    }
    for instance in [false, true] {
        let filter = coffer_engine::audit::EntryFilter::default();
        let log = world.vault.audit_query(&op(), &filter, None, 100_000, instance).await.unwrap();
        for entry in log.entries {
            let leaf = String::from_utf8(entry.leaf).unwrap();
            assert!(!leaf.contains(MARK) && !leaf.contains("hunter2"), "{leaf}");
        }
    }
    let metrics = world.service.metrics(coffer_server::Form::OpenMetrics).await;
    assert!(!metrics.contains(MARK) && !metrics.contains("PASSWORD"), "{metrics}");
}

fn assert_silent(operation: &str, reply: &super::world::Reply, marks: &[&str]) {
    let said = format!("{:?} {}", reply.headers, String::from_utf8_lossy(&reply.body));
    for mark in marks {
        assert!(!said.contains(mark), "{operation} told {mark}: {said}");
    }
}
